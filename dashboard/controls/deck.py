"""Controls of Deck: its title, its ground, its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import decks
from dashboard.exhibits import ExhibitError
from dashboard.filters import context
from dashboard.text import capital

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.filters import Context

_GROUNDS, _SHAPES = ("light", "dark"), ("16:9", "4:3")


def draw(ctx: Context) -> None:
    """What holds for every slide; nothing while there is none."""
    try:
        deck = decks.current(ctx)
    except ExhibitError:
        return
    if not deck.slides:
        return
    st.text_input(
        "Title of the deck",
        key=_shown("title", deck.title),
        max_chars=300,
        placeholder="Lab meeting",
        on_change=_changed,
        args=("title",),
    )
    _choice("Ground", "ground", deck.ground, _GROUNDS, capital, "Dark for a dark room, light for paper and daylight.")
    _choice("Shape", "shape", deck.shape, _SHAPES, str, "Of the slides: wide for most projectors and screens.")


def _choice(label: str, name: str, now: str, options: tuple[str, ...], words: Callable[[str], str], why: str) -> None:
    st.segmented_control(
        label,
        options,
        required=True,
        format_func=words,
        key=_shown(name, now),
        help=why,
        on_change=_changed,
        args=(name,),
    )


def _widget(name: str) -> str:
    return f"deck-of-{name}"


def _shown(name: str, now: Any) -> str:
    if st.session_state.get(_widget(name)) != now:
        st.session_state[_widget(name)] = now
    return _widget(name)


def _changed(name: str) -> None:
    deck = decks.current(context())
    decks.put(deck.model_copy(update={name: st.session_state[_widget(name)]}))
