"""Controls of Choose a model: the questions stand on the page itself, the sidebar only says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """Say where the questions are, and how many systems and jobs there are to choose among."""
    st.caption(
        f"The questions are at the top of the page; the address keeps every answer. {len(ctx.catalog.ledger['topic'])} "
        f"jobs, {len(ctx.catalog.ledger['system'])} systems."
    )
