"""traps."""

from dashboard.components.traps_page import traps_page
from dashboard.filters import context

traps_page(context())
