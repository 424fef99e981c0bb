"""Which sheet of a long list is shown, and the way to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.filters import key
from dashboard.text import count

if TYPE_CHECKING:
    from dashboard.filters import Context

_ARROWS, _NUMBER, _MOST = 90, 38, 9
"""Widths in px and the most numbers beside each other: left to itself, the widget shrinks to one number."""


def sheet_number(ctx: Context, sheets: int) -> int:
    """The sheet that is shown: the one asked for, or the last there is."""
    return min(ctx.view.sheet, sheets)


def pager(ctx: Context, *, rows: int, a_sheet: int, noun: str) -> None:
    """Where in the list the sheet is, and its neighbours; nothing where one sheet is enough."""
    sheets = -(-rows // a_sheet)
    if sheets <= 1:
        return
    number = sheet_number(ctx, sheets)
    first, last = (number - 1) * a_sheet + 1, min(number * a_sheet, rows)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(f"{first:,}–{last:,} of {count(rows, noun)}", width="content")
        st.pagination(sheets, key=key("sheet", number), width=_ARROWS + _NUMBER * min(sheets, _MOST))
