"""Files made of views: the functions that the process for exports runs, each with plain arguments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.export import formats
from dashboard.export.deck import Deck, Slide
from dashboard.export.show import show
from dashboard.headless import record_or_why

if TYPE_CHECKING:
    from dashboard.exhibits import Ground
    from dashboard.export.show import Show


@dataclass(frozen=True, slots=True)
class Wanted:
    """One exhibit of a view as a file: `ending` is one of `formats.OF_EXHIBIT`, `base` where the dashboard stands."""

    page: str
    query: str
    key: str
    ground: Ground
    ending: str
    base: str


def exhibit_file(wanted: Wanted) -> bytes:
    """Run the page and write the file.

    Raises:
        ExhibitError: the view does not show it, or the format cannot carry it.
    """
    deck = Deck(ground=wanted.ground, slides=(Slide(page=wanted.page, query=wanted.query, key=wanted.key),))
    found = {(wanted.page, wanted.query): record_or_why(wanted.page, wanted.query, wanted.ground)}
    return formats.write_exhibit(show(deck, found, base=wanted.base, date=today(), data=""), wanted.ending)


def deck_file(ready: Show, ending: str) -> bytes:
    """Write a deck whose contents are there.

    Raises:
        ExhibitError: the format cannot carry it.
    """
    return formats.write_deck(ready, ending)


def today() -> dt.date:
    """The day in UTC, as every date of the store."""
    return dt.datetime.now(dt.UTC).date()
