"""Files made of views: the functions that the process for exports runs, each with plain arguments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dashboard.exhibits import ExhibitError, Recording
from dashboard.export import formats, records
from dashboard.export.deck import Deck, Slide
from dashboard.export.private import exhibit_from_json
from dashboard.export.show import Show, data_words, leaf, show
from dashboard.headless import record
from dashboard.pinned import pinned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.exhibits import Exhibit, Ground
    from dashboard.export.show import Leaf
    from dashboard.queries.citations import Source
    from engine.store.location import Pointer

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """One exhibit of a view as a file: `ending` is one of `formats.OF_EXHIBIT`, `base` where the dashboard stands."""

    page: str
    query: str
    key: str
    ground: Ground
    ending: str
    base: str


@lru_cache(maxsize=_KEPT)
def _recorded(page: str, query: str, ground: Ground, _store: str) -> Recording:
    """A run of a page, kept for the next format that somebody wants of it."""
    return record(page, query, ground)


def recorded(page: str, query: str, ground: Ground) -> Recording:
    """Run a page, or find its last run on the same store.

    Raises:
        ExhibitError: the page failed.
    """
    return _recorded(page, query, ground, str(pinned().path))


def exhibit_file(wanted: Wanted) -> bytes:
    """Run the page and write the file.

    Raises:
        ExhibitError: the view does not show it, or the format cannot carry it.
    """
    found = recorded(wanted.page, wanted.query, wanted.ground)
    slide = Slide(page=wanted.page, query=wanted.query, key=wanted.key)
    return _written(leaf(slide, found, base=wanted.base, date=today()), wanted.ground, wanted.ending)


def leaf_file(ready: Leaf, ground: Ground, ending: str) -> bytes:
    """Likewise of an exhibit that no address gives.

    Raises:
        ExhibitError: the format cannot carry it.
    """
    return _written(ready, ground, ending)


def _written(ready: Leaf, ground: Ground, ending: str) -> bytes:
    if ready.failure is not None:
        raise ExhibitError(ready.failure)
    data = ready.stamp.data if ready.stamp else ""
    deck = Deck(ground=ground, slides=(ready.slide,))
    return formats.write_exhibit(Show(deck, (ready,), data, today().isoformat()), ending)


def view_json(page: str, query: str, base: str) -> bytes:
    """Everything that a view shows, for programs.

    Raises:
        ExhibitError: the page failed, or it shows nothing that can be exported.
    """
    found = recorded(page, query, "light")
    if not found.exhibits:
        raise ExhibitError(f"/{page} shows no chart, table or card that could be exported")
    slides = tuple(Slide(page=page, query=query, key=exhibit.key) for exhibit in found.exhibits)
    # Unchecked: a page may show more than a deck may hold.
    deck = Deck.model_construct(title=found.title, ground="light", shape="16:9", slides=slides)
    data = data_words(found.pointer)
    return records.show_json(show(deck, {(page, query): found}, base=base, date=today(), data=data))


def deck_file(ready: Show, ending: str) -> bytes:
    """Write a deck whose contents are there.

    Raises:
        ExhibitError: the format cannot carry it.
    """
    return formats.write_deck(ready, ending)


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands around a deck's contents: where the dashboard is, its store, and the sources that it knows."""

    base: str
    pointer: Pointer
    sources: Mapping[str, Source]


def private_leaf(slide: Slide, exhibit: Exhibit, words: tuple[str, ...], setting: Setting) -> Leaf:
    """A slide of an exhibit that no address gives, stamped like the others."""
    known = dict(setting.sources)
    found = Recording(slide.page, "", setting.pointer, words=words, exhibits=[exhibit], sources=known)
    return leaf(slide, found, base=setting.base, date=today())


def assembled(
    deck: Deck, found: Mapping[tuple[str, str], Recording | str], private: Mapping[str, Any], setting: Setting
) -> Show:
    """The deck with its contents.

    Args:
        deck: the deck.
        found: by page and query, what its run recorded, or why it failed.
        private: contents of private slides by name, as JSON.
        setting: what stands around them.
    """
    data = data_words(setting.pointer)
    plain = show(deck, found, base=setting.base, date=today(), data=data)
    leaves = tuple(_private(ready, private, setting) if ready.slide.private else ready for ready in plain.leaves)
    return Show(deck, leaves, data, plain.date)


def _private(absent: Leaf, private: Mapping[str, Any], setting: Setting) -> Leaf:
    slide = absent.slide
    if slide.private not in private:
        return leaf(slide, _ABSENT, base=setting.base, date=today())
    try:
        return private_leaf(slide, exhibit_from_json(private[slide.private]), (), setting)
    except ExhibitError as error:
        return leaf(slide, str(error), base=setting.base, date=today())


_ABSENT = "What this slide shows is not in this session, and no link carries it; open the deck’s file."


def today() -> dt.date:
    """The day in UTC, as every date of the store."""
    return dt.datetime.now(dt.UTC).date()
