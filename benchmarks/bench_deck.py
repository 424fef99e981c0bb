"""What decks promise: twelve slides in 10 s, pages and files together, each format by itself, and one picture."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from bench_store import own_cache, publish
from rows import at_most, noted, timed

from dashboard.export import formats
from dashboard.export.presets import preset
from dashboard.export.show import Show, show
from dashboard.headless import record
from dashboard.queries.catalog import read_catalog
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.export.deck import Deck
    from dashboard.queries.catalog import Catalog

_LARGEST_HTML = 8.0


def catalog() -> Catalog:
    """What the store in service has."""
    with open_read_only(current_store()[0]) as con:

        def ask(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
            return con.cursor().execute(sql, dict(parameters or {})).df()

        return read_catalog(ask)


def contents(deck: Deck) -> Show:
    """The deck with what its pages show, each page run once."""
    places = dict.fromkeys((slide.page, slide.query) for slide in deck.slides)
    found = {(page, query): record(page, query, deck.ground) for page, query in places}
    return show(deck, found, base="http://localhost:8501", date=dt.datetime.now(dt.UTC).date(), data="")


def measure() -> list[dict[str, Any]]:
    """The twelve slides of GENEB's board on a store of its own; formats that this machine cannot write are left out."""
    with own_cache():
        publish()
        deck = preset("leaderboard", {}, catalog())
        contents(deck)  # what is imported and cached once is nobody's twelve slides
        ready, pages = timed(lambda: contents(deck))
        rows = [noted(f"pages of {len(deck.slides)} slides, run headless", pages, "s", "part of each line below")]
        for ending in ("pptx", "html", "pdf"):
            if formats.unavailable(ending, of_deck=True) is None:
                formats.write_deck(ready, ending)
                content, seconds = timed(lambda ending=ending: formats.write_deck(ready, ending))
                rows.append(at_most(f"{len(deck.slides)} slides as {ending}, pages and file", pages + seconds, "s", 10))
                if ending == "html":
                    rows.append(at_most("size of its HTML", len(content) / 1e6, "MB", _LARGEST_HTML))
        if formats.unavailable("png") is None:
            one = Show(deck, ready.leaves[:1], ready.data, ready.date)
            formats.write_exhibit(one, "png")
            _, seconds = timed(lambda: formats.write_exhibit(one, "png"))
            rows.append(noted("one figure as PNG, twice its size", seconds, "s", "after the first"))
    return rows
