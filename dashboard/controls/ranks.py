"""Controls of Rank stability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.controls import board

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """What is looked at."""
    board.suite(ctx)
