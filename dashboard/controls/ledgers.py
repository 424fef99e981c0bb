"""Controls of Two ledgers: which claims are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.filters import key, many
from dashboard.text import capital

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """Search and filters of the claims."""
    st.text_input(
        "Find a claim",
        key=key("search", ctx.view.search),
        placeholder="any word: system, value, source",
        max_chars=80,
    )
    many("systems", "System", ctx)
    many("families", "Task family", ctx, capital)
    many("outcomes", "Outcome", ctx, capital)
    many("evidence", "Evidence", ctx, capital)
    many("terms", "Terms of access", ctx, capital)
