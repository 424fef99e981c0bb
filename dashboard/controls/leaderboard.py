"""Controls of the Leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.controls import board
from dashboard.filters import one, pick

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """What to show, how to sort it, which rows."""
    board.suite(ctx)
    one("show", "Show", ctx, {"heatmap": "Heatmap", "table": "Table"}.get)
    labels = {"name": "Name", "size": "Size"} | board.column_labels(ctx)
    pick(
        "sort",
        "Sort by",
        ctx,
        lambda key: labels.get(key, key),
        help="Highest first; names from A to Z; largest first.",
    )
    board.rows(ctx)
