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
from dashboard.export.deck import Deck, Slide, packed, unpacked, with_slide
from dashboard.export.private import exhibit_as_json
from dashboard.filters import choose, context
from dashboard.view import PRIVATE_PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Exhibit
    from dashboard.filters import Context

_PRIVATE = "_private_exhibits"


def query_of(ctx: Context) -> str:
    """The address of what is shown, without what belongs to the reader: deck and presentation."""
    plain = replace(ctx.view, deck="", present=False)
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
    kept = kept_links.find(word)
    if kept is None:
        raise ExhibitError("this server does not know the deck of this address; open the deck's file under Deck")
    return unpacked(kept)


def put(deck: Deck) -> None:
    """Make this the reader's deck, from a callback; Back undoes it."""
    if deck == Deck():
        choose(deck="")
        return
    word = packed(deck)
    choose(deck=kept_links.keep(word) or word)


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
