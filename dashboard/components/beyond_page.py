"""The page `/beyond`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.heading import heading

if TYPE_CHECKING:
    from dashboard.filters import Context


def beyond_page(ctx: Context) -> None:
    """Draw the page."""
    heading(ctx.page, "")
