"""What is filtered, as a line of removable chips over the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.filters import choose
from dashboard.text import ACCESS, plain, size
from dashboard.view import FILTERS, View

if TYPE_CHECKING:
    from dashboard.filters import Context
    from dashboard.queries.selection import Filters

_DEFAULT = View()
_CLEARED = {name: getattr(_DEFAULT, name) for name in FILTERS}
_LABELS = {
    "family": "Architecture",
    "tokenizer": "Tokeniser",
    "access": "Access",
    "licence": "Licence",
    "provenance": "Provenance",
    "pretraining": "Pretraining",
}


def chips(ctx: Context, shown: int, total: int) -> None:
    """The active filters with the number of models left; nothing where nothing is filtered."""
    filters = ctx.view.filters
    if not filters.active:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{shown} of {total} models", width="content")
        for label, changes in _active(ctx.view, filters):
            st.button(
                f"{label} ✕",
                key=f"chip-{label}",
                on_click=choose,
                kwargs=changes,
                type="secondary",
                help="Remove this filter",
            )
        st.button("Clear all", key="chip-clear", on_click=choose, kwargs=_CLEARED, type="tertiary")


def clear_button(key: str) -> None:
    """The way out of an empty view."""
    st.button("Clear filters", key=key, on_click=choose, kwargs=_CLEARED, type="primary")


def _active(view: View, filters: Filters) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if view.search:
        found.append((f"“{plain(view.search)}”", {"search": ""}))
    for name, label in _LABELS.items():
        for value in getattr(view, name):
            rest = tuple(other for other in getattr(view, name) if other != value)
            found.append((f"{label}: {ACCESS.get(value, value)}", {name: rest}))
    if filters.by_size:
        found.append((f"{size(filters.smallest)} to {size(filters.largest)}", {"sizes": _DEFAULT.sizes}))
    if view.unsupervised:
        found.append(("without supervised on the same assay", {"unsupervised": False}))
    return found
