"""The slides in their order, and what can be done with the one that is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import streamlit as st

from dashboard import decks, urlstate
from dashboard.components.deck_contents import try_again
from dashboard.components.links import PATHS, TITLES
from dashboard.exhibits import ExhibitError
from dashboard.export.deck import changed, moved, without_slide
from dashboard.filters import choose, context
from dashboard.text import plain
from dashboard.view import PAGES, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.export.deck import Deck, Slide
    from dashboard.export.show import Leaf
    from dashboard.filters import Context

_WAITING = "…"
_LONGEST = 80


def slide_list(deck: Deck, leaves: Sequence[Leaf], ready: Sequence[bool], chosen: int) -> None:
    """A line a slide, each a button that shows it."""
    with st.container(gap=None, key="slide-list"):
        for place, (slide, leaf) in enumerate(zip(deck.slides, leaves, strict=True)):
            st.button(
                f"{place + 1}\u2002{plain(_cut(headline(slide, leaf, ready=ready[place])))}",
                key=f"slide-{place}",
                on_click=choose,
                kwargs={"slide": place + 1},
                type="secondary" if place == chosen else "tertiary",
                help=None if leaf.failure is None or not ready[place] else "This slide cannot be shown",
                icon=":material/error:" if leaf.failure is not None and ready[place] else None,
                width="stretch",
            )


def headline(slide: Slide, leaf: Leaf, *, ready: bool) -> str:
    """What stands over a slide, as far as it is known."""
    return leaf.headline if ready or slide.title else f"{title_of(slide.page)} {_WAITING}"


def _cut(words: str) -> str:
    """As much of a headline as a list needs to be told apart from others."""
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} {_WAITING}"


def title_of(page: str) -> str:
    """Name of a page; a deck of a stranger may name one that there is not."""
    return TITLES.get(page, page)


def actions(deck: Deck, place: int) -> None:
    """Move, retitle, note, remove: for the slide that is looked at."""
    last = len(deck.slides) - 1
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="slide-actions"):
        _move("Up", "arrow_upward", place, -1, off=place == 0)
        _move("Down", "arrow_downward", place, 1, off=place == last)
        st.button(
            "Remove",
            key="slide-remove",
            icon=":material/delete:",
            type="tertiary",
            on_click=_remove,
            args=(place,),
            shortcut="Alt+Delete",
            help="Back in your browser undoes it",
        )


def _move(word: str, icon: str, place: int, by: int, *, off: bool) -> None:
    st.button(
        word,
        key=f"slide-{word.lower()}",
        icon=f":material/{icon}:",
        type="tertiary",
        on_click=_moved,
        args=(place, by),
        disabled=off,
        shortcut=f"Alt+{word}",
    )


def words(deck: Deck, place: int, leaf: Leaf) -> None:
    """The slide's headline and its speaker note."""
    slide = deck.slides[place]
    st.text_input(
        "Headline",
        key=_shown("title", slide.title),
        max_chars=300,
        placeholder=leaf.exhibit.title if leaf.exhibit else "as on its page",
        help="Empty: what its page says of it",
        on_change=_said,
        args=("title", place),
    )
    st.text_area(
        "Speaker note",
        key=_shown("note", slide.note),
        max_chars=4_000,
        height=96,
        placeholder="What you want to say; shown with N while presenting, and in PowerPoint’s notes",
        on_change=_said,
        args=("note", place),
    )


def whence(ctx: Context, slide: Slide, leaf: Leaf, *, ready: bool) -> None:
    """Where a slide comes from, as a link to that view."""
    if slide.private:
        st.caption("From your own file: its content is in this session and in the deck’s file, in no link.")
    elif slide.page in PAGES:
        found, _ = urlstate.parse(parse_qs(slide.query), slide.page, ctx.catalog, View())
        query = urlstate.serialise(replace(found, deck=ctx.view.deck), slide.page, ctx.catalog)
        st.page_link(PATHS[slide.page], label=f"From {TITLES[slide.page]} →", query_params=query)
    if ready and leaf.failure is not None and not slide.private:
        st.button("Try again", key="slide-again", on_click=try_again, args=((slide.page, slide.query),))


def _shown(name: str, now: str) -> str:
    widget = f"slide-{name}"
    if st.session_state.get(widget) != now:
        st.session_state[widget] = now
    return widget


def _now() -> Deck | None:
    try:
        return decks.current(context())
    except ExhibitError:
        return None


def _moved(place: int, by: int) -> None:
    if deck := _now():
        decks.put(moved(deck, place, by), slide=place + by + 1)


def _remove(place: int) -> None:
    if deck := _now():
        left = without_slide(deck, place)
        decks.put(left, slide=max(1, min(place + 1, len(left.slides))))
        st.toast("Removed; Back in your browser brings it back", icon=":material/undo:")


def _said(name: str, place: int) -> None:
    if deck := _now():
        decks.put(changed(deck, place, **{name: st.session_state[f"slide-{name}"].strip()}))
