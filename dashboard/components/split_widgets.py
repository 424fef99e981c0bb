"""Widgets of the page `/your-split`: tied to the session's draft alone, never to an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.components.split_desk import draft
from dashboard.filters import repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.local_split.cells.exchange import CellOptions
    from engine.local_split.exchange import Options


def tied(name: str, value: Any, take: Callable[[Any], object]) -> dict[str, Any]:
    """Key and callback of a widget: it shows the draft's value, and `take` writes what is chosen into the draft."""
    key = f"split-{draft().uploads}-{name}"
    if key not in st.session_state or st.session_state[key] != value or repeated():
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: take(st.session_state[key])}


def decide(**changes: Any) -> Options:
    """Change the options, everything else kept."""
    found = draft()
    found.options = replace(found.options, **changes)
    return found.options


def decide_of_cells(**changes: Any) -> CellOptions:
    """Likewise of a file of cells."""
    found = draft()
    found.cells = replace(found.cells, **changes)
    return found.cells
