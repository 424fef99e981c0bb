"""What becomes of a deck: files in every format, the deck's own file, and links to it."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import decks
from dashboard.background import file_of, submit_own
from dashboard.components.file_button import File, file_button, told
from dashboard.components.heading import section
from dashboard.components.where import address, base_address
from dashboard.database import pointer
from dashboard.exhibits import ExhibitError
from dashboard.export import formats, kept_links
from dashboard.export.deck import LONGEST_PACKED, Deck, packed
from dashboard.making import deck_file
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from dashboard.export.show import Show
    from dashboard.filters import Context

ENDING = ".vledger-deck.json"
_MENU = "deck"
_OPENED = "_deck_uploads"


def downloads(ctx: Context, show: Show) -> None:
    """The deck in every format, each made when it is clicked."""
    section("Take it with you")
    with st.container(horizontal=True, gap="small"):
        for ending, known in formats.OF_DECK.items():
            file = File(
                name=f"{file_stem(show.deck)}.{ending}",
                label=known.label,
                mime=known.mime,
                help=known.help,
                ask=asking(ctx, show, ending),
                why_not=formats.unavailable(ending, of_deck=True),
            )
            file_button(file, menu=_MENU, primary=ending == "pptx")
    told(_MENU)


def asking(ctx: Context, show: Show, ending: str) -> Callable[[], Future[bytes]]:
    """What starts a file of a deck, or finds it; one that holds something private is kept nowhere."""
    if any(slide.private for slide in show.deck.slides):
        return cache(partial(submit_own, deck_file, show, ending))
    failed = tuple(leaf.failure for leaf in show.leaves)
    place = (packed(show.deck), ending, base_address(ctx.page), show.date, failed)
    return file_of(deck_file, place, show, ending)


def file_stem(deck: Deck) -> str:
    """Stem of a deck's files: its title in letters that every system takes."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in deck.title).lower().split()
    return "-".join(words)[:60].rstrip("-") or "deck"


def keep_it(ctx: Context, deck: Deck) -> None:
    """The deck's own file, its links, another deck's file, and a fresh start."""
    section("Keep it, share it")
    saving, linking = st.columns(2, gap="large")
    with saving:
        st.download_button(
            "Save deck file",
            data=decks.saved(deck, pointer().content_hash),
            file_name=f"{file_stem(deck)}{ENDING}",
            mime="application/json",
            on_click="ignore",
            key="deck-save",
            icon=":material/save:",
            help="Slides, titles and notes in one small file that any Validity Ledger opens",
        )
        opener("deck-open")
        st.button(
            "Clear deck",
            key="deck-clear",
            type="tertiary",
            icon=":material/delete_sweep:",
            on_click=_clear,
            help="Back in your browser undoes it",
        )
    with linking:
        _links(ctx, deck)


def _clear() -> None:
    decks.forget_file()
    decks.put(Deck(), slide=1)
    st.toast("Cleared; Back in your browser brings it back", icon=":material/undo:")


def _links(ctx: Context, deck: Deck) -> None:
    private = sum(bool(slide.private) for slide in deck.slides)
    if private:
        st.caption(f"{count(private, 'slide')} of your own data: in the file, in no link.")
    word = packed(deck)
    if len(word) > LONGEST_PACKED:
        st.caption("This deck is too long for a link: save its file, which anybody can open here.")
        return
    short = kept_links.keep(word)
    if short is not None:
        st.caption("Link to this deck, known to this server")
        st.code(address("deck", f"deck={short}", here=ctx.page), language=None, wrap_lines=True)
    with st.expander("Link that works on every server with the same data"):
        st.code(address("deck", f"deck={word}", here=ctx.page), language=None, wrap_lines=True, height=110)


def opener(key: str) -> None:
    """Where a deck's file is opened."""
    # A new widget for each opened file: the same one can be opened again.
    number = st.session_state.setdefault(_OPENED, 0)
    name = f"{key}-{number}"
    st.file_uploader(
        "Open a deck file",
        type=["json"],
        key=name,
        max_upload_size=20,
        on_change=_open,
        args=(name,),
        help="It takes the place of the deck that you have; Back in your browser brings that back",
    )
    if refused := st.session_state.get(f"_refused-{key}"):
        st.error(refused, icon=":material/error:")


def _open(name: str) -> None:
    given = st.session_state.get(name)
    place = f"_refused-{name.rsplit('-', 1)[0]}"
    st.session_state.pop(place, None)
    if given is None:
        return
    try:
        decks.open_file(given.getvalue())
    except ExhibitError as error:
        st.session_state[place] = str(error)
        return
    st.session_state[_OPENED] += 1
