"""Figures that many readers look at: drawn once for a page, its view and its ground, on one store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.pinned import pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import plotly.graph_objects as go

    from dashboard.filters import Context

_KEPT = 128


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _kept(place: tuple[Hashable, ...], _draw: Callable[[], go.Figure]) -> go.Figure:  # noqa: ARG001 - what it is found by
    return _draw()


def kept_figure(ctx: Context, key: str, draw: Callable[[], go.Figure]) -> go.Figure:
    """A figure of this page, drawn where nobody has asked for it yet; not to be changed.

    Args:
        ctx: of the page.
        key: which of its figures.
        draw: makes it, from what follows from store, view and colours alone.
    """
    # A deck that goes along in the address changes no figure.
    view = repr(replace(ctx.view, deck=""))
    return _kept((str(pinned().path), ctx.page, key, view, ctx.colours.ground), draw)
