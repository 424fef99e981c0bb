"""Controls of Systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.filters import pick

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """Which system."""
    pick("who", "System", ctx, str, help="Every system that the literature here states facts of. Type to search.")
