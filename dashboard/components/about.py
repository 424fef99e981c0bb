"""What stands beside the numbers of a page wherever they go: how many, how their intervals were made, whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.exhibits import About
from dashboard.text import count

if TYPE_CHECKING:
    from dashboard.queries.board import Board


def about_board(board: Board, sources: tuple[str, ...]) -> About:
    """Of a board: systems and columns; intervals as its rows state them."""
    models = int((board.models["role"] == "model").sum())
    baselines = int((board.models["role"] == "baseline").sum())
    n = f"{count(models, 'model')}, {count(baselines, 'baseline')}, {count(len(board.columns), 'column')}"
    with_interval = bool(board.low.notna().to_numpy().any())
    interval = "95% intervals as stated with each score" if with_interval else "no intervals: none were published"
    return About(n, interval, sources)
