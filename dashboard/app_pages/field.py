"""field."""

from dashboard.components.field_page import field_page
from dashboard.filters import context

field_page(context())
