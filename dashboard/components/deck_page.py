"""The deck: slides in their order, a look at one of them, and every format that they can be written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import decks
from dashboard.components.deck_contents import Contents, contents, progress
from dashboard.components.deck_empty import empty_deck
from dashboard.components.deck_files import downloads, keep_it, opener
from dashboard.components.deck_list import actions, slide_list, title_of, whence, words
from dashboard.components.deck_look import slide_look
from dashboard.components.deck_present import deck_presented
from dashboard.components.heading import heading
from dashboard.components.where import setting
from dashboard.database import pointer
from dashboard.exhibits import ExhibitError
from dashboard.export.deck import MOST_SLIDES
from dashboard.export.show import data_words
from dashboard.making import assembled
from dashboard.text import capital, count, in_words, listed, plain

if TYPE_CHECKING:
    from dashboard.export.deck import Deck
    from dashboard.export.show import Show
    from dashboard.filters import Context


def deck_page(ctx: Context) -> None:
    """The whole page."""
    try:
        deck = decks.current(ctx)
    except ExhibitError as error:
        heading("This deck is not known here", "")
        st.warning(f"{capital(str(error))}.", icon=":material/link_off:")
        opener("deck-unknown")
        return
    if not deck.slides:
        empty_deck(ctx)
        return
    now = contents(deck)
    show = assembled(deck, now.found, decks.private_contents(), setting(ctx))
    if ctx.view.present:
        _presented(ctx, deck, now, show)
        return
    heading(title(deck), lede(deck))
    _made_on()
    progress(deck, now)
    _desk(ctx, deck, now, show)
    if now.complete and not now.stopped:
        downloads(ctx, show)
    keep_it(ctx, deck)


def _presented(ctx: Context, deck: Deck, now: Contents, show: Show) -> None:
    if now.complete:
        deck_presented(ctx, show)
    else:
        heading(deck.title or title(deck), "")
        progress(deck, now)


def title(deck: Deck) -> str:
    """How many slides there are, and where they come from."""
    pages = list(dict.fromkeys(title_of(slide.page) for slide in deck.slides))
    number = len(deck.slides)
    words = f"{in_words(number)} slide{'s' if number != 1 else ''}"
    return plain(f"{capital(words)}, from {listed(pages)}")


def lede(deck: Deck) -> str:
    """What the file will be."""
    room = MOST_SLIDES - len(deck.slides)
    return (
        f"{deck.shape}, {deck.ground} ground, on {data_words(pointer())}. Every slide is stamped with its filters, n, "
        f"intervals, data and link; the sources stand at the end. Room for {count(room, 'more slide')}."
    )


def _made_on() -> None:
    """Which data the deck of a file was made on, where they are not those in service."""
    before, here = decks.made_on(), pointer()
    if before is not None and before != here.content_hash:
        st.info(
            f"This deck was made on data {plain(before[:12])}; the numbers shown are those of now, {data_words(here)}.",
            icon=":material/history:",
        )


def _desk(ctx: Context, deck: Deck, now: Contents, show: Show) -> None:
    """The slides at the left, the one that is looked at beside them."""
    chosen = min(ctx.view.slide, len(deck.slides)) - 1
    found = now.found
    ready = [bool(slide.private) or (slide.page, slide.query) in found for slide in deck.slides]
    order, look = st.columns([4, 9], gap="large")
    with order:
        slide_list(deck, show.leaves, ready, chosen)
    with look:
        leaf = show.leaves[chosen]
        actions(deck, chosen)
        if ready[chosen]:
            slide_look(deck, leaf)
        else:
            st.caption(":material/hourglass_top: This slide is on its way …")
        whence(ctx, deck.slides[chosen], leaf, ready=ready[chosen])
        words(deck, chosen, leaf)
