"""The reader's deck: it stands in the address, as a short word where this server keeps one, else as a whole."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import urlstate
from dashboard.exhibits import ExhibitError
from dashboard.export import kept_links
from dashboard.export.deck import (
    LONGEST_PACKED,
    Deck,
    Slide,
    as_file,
    data_of,
    from_file,
    packed,
    unpacked,
    with_slide,
)
from dashboard.export.private import exhibit_as_json
from dashboard.filters import choose, context
from dashboard.view import PRIVATE_PAGES, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Exhibit
    from dashboard.filters import Context

_PRIVATE, _LONG, _MADE_ON = "_private_exhibits", "_long_decks", "_deck_made_on"


def query_of(ctx: Context) -> str:
    """The address of what is shown, without what belongs to the reader: deck and presentation."""
    plain = replace(ctx.view, deck="", present=False, slide=View().slide)
    return urlencode(urlstate.serialise(plain, ctx.page, ctx.catalog), doseq=True)


def current(ctx: Context) -> Deck:
    """The deck of the address; an empty one where it names none.

    Raises:
        ExhibitError: the address names a deck that is not known here.
    """
    word = ctx.view.deck
    if not word:
        return Deck()
    if len(word) > kept_links.LETTERS:
        return unpacked(word)
    if (here := _of_session().get(word)) is not None:
        return here
    kept = kept_links.find(word)
    if kept is None:
        raise ExhibitError("this server does not know the deck of this address; open the deck's file under Deck")
    return unpacked(kept)


def put(deck: Deck, **changes: Any) -> None:
    """Make this the reader's deck, from a callback; Back undoes it.

    Args:
        deck: the deck.
        **changes: what else of the view changes with it.
    """
    choose(deck=word_of(deck), **changes)


def word_of(deck: Deck) -> str:
    """What stands for a deck in an address: nothing for an empty one, a short word, else the deck as a whole.

    One that is longer than an address may be is kept in this session alone, and in its file.
    """
    if deck == Deck():
        return ""
    word = packed(deck)
    if len(word) > LONGEST_PACKED:
        short = hashlib.sha256(word.encode()).hexdigest()[: kept_links.LETTERS]
        _of_session()[short] = deck
        return short
    return kept_links.keep(word) or word


def _of_session() -> dict[str, Deck]:
    """Decks that are too long for any address, by the word that stands for them in this session."""
    found: dict[str, Deck] = st.session_state.setdefault(_LONG, {})
    return found


def open_file(content: bytes) -> Deck:
    """Make the deck of a file the reader's, with what it carries of private slides.

    Raises:
        ExhibitError: the file is no deck; the sentence says why.
    """
    deck, private = from_file(content)
    private_contents().update(private)
    st.session_state[_MADE_ON] = data_of(content)
    put(deck, slide=1)
    return deck


def saved(deck: Deck, data: str) -> bytes:
    """The deck as a file, private slides included."""
    return as_file(deck, private_contents(), data)


def made_on() -> str | None:
    """Content hash of the store on which the deck of the last opened file was made."""
    found: str | None = st.session_state.get(_MADE_ON)
    return found


def forget_file() -> None:
    """No deck of a file is open any more."""
    st.session_state.pop(_MADE_ON, None)


def add_shown(key: str, made: Callable[[], Exhibit]) -> None:
    """Put what a page shows under a key on a slide at the deck's end; from a callback."""
    ctx = context()
    try:
        slide = _slide(ctx, key, made)
        deck = with_slide(current(ctx), slide)
    except ExhibitError as error:
        st.toast(str(error), icon=":material/error:")
        return
    put(deck)
    st.toast(f"Slide {len(deck.slides)} of your deck", icon=":material/add_to_queue:")


def _slide(ctx: Context, key: str, made: Callable[[], Exhibit]) -> Slide:
    if ctx.page not in PRIVATE_PAGES:
        return Slide(page=ctx.page, query=query_of(ctx), key=key)
    content = exhibit_as_json(made())
    name = hashlib.sha256(repr(sorted(content.items())).encode()).hexdigest()[:16]
    private_contents()[name] = content
    return Slide(page=ctx.page, key=key, private=name)


def private_contents() -> dict[str, Any]:
    """Contents of this session's private slides by name: in memory only."""
    found: dict[str, Any] = st.session_state.setdefault(_PRIVATE, {})
    return found
