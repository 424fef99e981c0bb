"""Controls of Size and performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.controls import board
from dashboard.filters import key, pick

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """On what performance is measured, and which rows."""
    board.suite(ctx)
    labels = board.column_labels(ctx)
    pick("column", "Performance on", ctx, lambda key: labels.get(key, key))
    st.toggle(
        "Leave out outliers",
        key=key("robust", ctx.view.robust),
        help="Models further than three robust standard deviations from the Theil–Sen trend; the page names them.",
    )
    board.rows(ctx)
