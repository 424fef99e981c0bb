"""Any bytes as a page and the query of its address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import atheris

from tests.fuzzing.harness.guided import start
from tests.fuzzing.sentences import check_sentence

# Only our own lines are watched: NumPy, pandas and DuckDB would drown them.
with atheris.instrument_imports(include=["dashboard.urlstate", "dashboard.view", "dashboard.view_words"]):
    from dashboard.queries.ask import asking
    from dashboard.queries.catalog import read_catalog
    from dashboard.urlstate import parse, serialise
    from dashboard.view import ON_PAGE, PAGES, View
    from dashboard.view_words import view_words
from engine.store.location import current_store
from engine.store.reader import open_read_only

with open_read_only(current_store()[0]) as con:
    CATALOG = read_catalog(asking(con))


def one(content: bytes) -> None:
    """A view whose own address gives it again."""
    page = PAGES[content[0] % len(PAGES)] if content else PAGES[0]
    view, notices = parse(parse_qs(content[1:].decode("utf-8", "replace")), page, CATALOG, View())
    for notice in notices:
        check_sentence(notice)
    view_words(view, page, CATALOG)
    query = urlencode(serialise(view, page, CATALOG), doseq=True)
    again, told = parse(parse_qs(query, keep_blank_values=True), page, CATALOG, View())
    assert told == []
    assert [getattr(again, name) for name in ON_PAGE[page]] == [getattr(view, name) for name in ON_PAGE[page]]


if __name__ == "__main__":
    start(one)
