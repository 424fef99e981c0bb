"""Controls of the Leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.controls import board
from dashboard.filters import key, one, pick

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """What to show, how to sort it, which rows."""
    board.suite(ctx)
    one("show", "Show", ctx, {"heatmap": "Heatmap", "table": "Table"}.get)
    st.segmented_control(
        "In the cells",
        [False, True],
        format_func={False: "Values", True: "Against the baseline"}.__getitem__,
        required=True,
        key=key("against", ctx.view.against),
        help="The value itself, or its difference to the baseline to beat, with the verdict.",
    )
    labels = {"name": "Name", "size": "Size"} | board.column_labels(ctx)
    pick(
        "sort",
        "Sort by",
        ctx,
        lambda key: labels.get(key, key),
        help="Highest value or difference first; names from A to Z; largest first.",
    )
    board.rows(ctx)
