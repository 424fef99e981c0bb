"""beyond."""

from dashboard.components.beyond_page import beyond_page
from dashboard.filters import context

beyond_page(context())
