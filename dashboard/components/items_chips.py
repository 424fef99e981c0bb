"""The active filters of single items, as a line of removable chips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.charts.palette import with_glyph
from dashboard.filters import choose
from dashboard.queries.item_filters import NAMES
from dashboard.queries.suites import label_words
from dashboard.text import CALLS, plain
from dashboard.view import View

if TYPE_CHECKING:
    from dashboard.filters import Context

_DEFAULT = View()
CLEARED = {name: getattr(_DEFAULT, name) for name in NAMES}
"""No filter of single items."""


def item_chips(ctx: Context, told: str) -> None:
    """How many are left, and what to remove; nothing where nothing is filtered."""
    if not ctx.view.items.active:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(told, width="content")
        for number, (label, changes) in enumerate(active(ctx)):
            st.button(
                f"{label} ✕",
                key=f"item-chip-{number}-{label}",
                on_click=choose,
                kwargs=changes,
                help="Remove this filter",
            )
        st.button("Clear all", key="item-chip-clear", on_click=choose, kwargs=CLEARED, type="tertiary")


def active(ctx: Context) -> list[tuple[str, dict[str, Any]]]:
    """Words of each active filter, and the change that takes it away."""
    view = ctx.view
    found: list[tuple[str, dict[str, Any]]] = []
    if view.label is not None:
        found.append((with_glyph(int(view.label), label_words(view.suite)[int(view.label)]), {"label": None}))
    found += [(value, {"consequence": _without(view.consequence, value)}) for value in view.consequence]
    found += [
        (f"Part: {plain(ctx.catalog.stratum_label(view.task or '', value))}", {"part": _without(view.part, value)})
        for value in view.part
    ]
    if view.gene:
        found.append((f"Gene: {plain(view.gene)}", {"gene": ""}))
    if view.start is not None or view.end is not None:
        found.append((f"Position {_span(view.start, view.end)}", {"start": None, "end": None}))
    if view.outcome:
        found.append((CALLS[view.outcome], {"outcome": None}))
    if view.gap:
        found.append((f"at least {view.gap} points apart", {"gap": 0}))
    if view.find:
        found.append((f"“{plain(view.find)}”", {"find": ""}))
    return found


def _without(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(other for other in values if other != value)


def _span(start: int | None, end: int | None) -> str:
    if end is None:
        return f"from {start:,}"
    return f"up to {end:,}" if start is None else f"{start:,} to {end:,}"
