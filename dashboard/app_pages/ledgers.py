"""ledgers."""

from dashboard.components.ledgers_page import ledgers_page
from dashboard.filters import context

ledgers_page(context())
