"""choose."""

from dashboard.components.choose_page import choose_page
from dashboard.filters import context

choose_page(context())
