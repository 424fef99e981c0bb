"""What the claims are filtered by, as a line of removable chips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.filters import choose
from dashboard.text import capital, plain
from dashboard.view import OF_LEDGER, View

if TYPE_CHECKING:
    from dashboard.filters import Context

_DEFAULT = View()
CLEARED = {name: getattr(_DEFAULT, name) for name in (*OF_LEDGER, "search")}
"""No filter of the claims."""
_LABELS = {"systems": "", "families": "", "outcomes": "", "evidence": "Evidence: ", "terms": "Access: "}


def ledger_chips(ctx: Context, shown: int, total: int) -> None:
    """How many claims are left, and what to remove; nothing where nothing is filtered."""
    found = active(ctx.view)
    if not found:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{shown} of {total} claims", width="content")
        for label, changes in found:
            st.button(
                f"{label} ✕",
                key=f"claim-chip-{label}",
                on_click=choose,
                kwargs=changes,
                help="Remove this filter",
            )
        st.button("Clear all", key="claim-chip-clear", on_click=choose, kwargs=CLEARED, type="tertiary")


def active(view: View) -> list[tuple[str, dict[str, Any]]]:
    """Words of each active filter, and the change that takes it away."""
    found: list[tuple[str, dict[str, Any]]] = []
    if view.search:
        found.append((f"“{plain(view.search)}”", {"search": ""}))
    for name, label in _LABELS.items():
        for value in getattr(view, name):
            rest = tuple(other for other in getattr(view, name) if other != value)
            found.append((plain(label or "") + plain(capital(value) if not label else value), {name: rest}))
    return found
