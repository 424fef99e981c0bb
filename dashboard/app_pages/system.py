"""system."""

from dashboard.components.system_page import system_page
from dashboard.filters import context

system_page(context())
