"""Controls of the Field map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.controls import board
from dashboard.filters import many, pick
from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """What colours the tree and which families grow on it; windows and tokens have nothing to choose here."""
    if ctx.view.scene != "tree":
        st.caption("What is looked at is chosen on the page.")
        return
    pick("suite", "Coloured by", ctx, lambda suite: SUITES[suite].label)
    board.regime_and_metric(ctx)
    many("family", "Families", ctx)
