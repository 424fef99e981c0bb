"""Addresses of the dashboard: anything is a view, and the address of a view is that view again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import strategies as st

from dashboard.export.presets import PRESETS, preset
from dashboard.queries.ask import asking
from dashboard.queries.catalog import read_catalog
from dashboard.report import place_of
from dashboard.urlstate import parse, serialise
from dashboard.view import ON_PAGE, PAGES, View, choices
from dashboard.view_words import view_words
from engine.store.reader import open_read_only
from tests.fuzzing.inputs import NUMBERS, texts
from tests.fuzzing.sentences import check_sentence, value_or_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashboard.queries.catalog import Catalog
    from tests.fuzzing.conftest import Fuzzed

_MOST_NOTICES = 80
_SETTINGS = sorted({name for names in ON_PAGE.values() for name in names})


@pytest.fixture(scope="module")
def catalog(store_with_items: Path) -> Iterator[Catalog]:
    with open_read_only(store_with_items) as con:
        yield read_catalog(asking(con))


def _known(name: str, catalog: Catalog) -> list[str]:
    """Values that a setting has somewhere."""
    found: list[str] = []
    for suite in catalog.suites:
        try:
            found += choices(name, View(suite=suite), catalog)[:5]
        except KeyError:
            return ["yes", "1", "100", *found]
    return found or ["yes"]


def addresses(catalog: Catalog) -> st.SearchStrategy[tuple[str, dict[str, list[str]]]]:
    """A page, and settings of which some are good, some are another's, and some are anything."""
    tasks = [task for suite in catalog.suites for task in catalog.tasks_of(suite)[:3]]
    good = {name: st.sampled_from([*_known(name, catalog), *(tasks if name == "task" else [])]) for name in _SETTINGS}
    slices = st.builds(
        "{}~{}".format, texts, st.lists(st.builds("{}={}".format, st.sampled_from(_SETTINGS), texts)).map("&".join)
    )
    anything = st.one_of(texts, st.sampled_from(NUMBERS), slices, st.builds("{}~{}".format, texts, st.integers(-1, 12)))

    def settings(name: str) -> st.SearchStrategy[tuple[str, list[str]]]:
        return st.tuples(st.just(name), st.lists(st.one_of(good.get(name, anything), anything), max_size=3))

    named = st.one_of(st.sampled_from(_SETTINGS), texts)
    query = st.lists(named.flatmap(settings), max_size=8).map(dict)
    return st.tuples(st.sampled_from(PAGES), query)


def test_any_address_is_a_view_and_the_view_s_own_address_gives_it_again(fuzzed: Fuzzed, catalog: Catalog) -> None:
    def check(address: tuple[str, dict[str, list[str]]]) -> None:
        page, raw = address
        view, notices = parse(raw, page, catalog, View())
        assert len(notices) <= _MOST_NOTICES
        for notice in notices:
            check_sentence(notice)
        for words in view_words(view, page, catalog):
            assert words.isprintable()
        query = urlencode(serialise(view, page, catalog), doseq=True)
        again, told = parse(parse_qs(query, keep_blank_values=True), page, catalog, View())
        assert told == []
        assert {name: getattr(again, name) for name in ON_PAGE[page]} == {
            name: getattr(view, name) for name in ON_PAGE[page]
        }

    fuzzed("addresses", addresses(catalog), check, examples=250)


def test_an_address_of_a_thousand_unknown_settings_is_told_of_in_a_few_lines(catalog: Catalog) -> None:
    notices = parse({f"x{number}": ["1"] for number in range(1000)}, "size", catalog, View())[1]
    assert len(notices) == 9
    assert notices[-1] == "So were 992 more settings that this page does not have."


def test_any_view_of_a_report_is_a_page_or_refused_in_one_sentence(
    fuzzed: Fuzzed, catalog: Catalog, empty_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = st.sampled_from(
        ["", "/", "http://localhost:8501/", "http://[", "//", "size", "/leaderboard", "deck", "your-split"]
    )
    query = st.lists(st.builds("{}={}".format, st.sampled_from([*_SETTINGS, "s"]), texts), max_size=4).map("&".join)
    views = st.builds("{}{}?{}".format, start, texts, query) | st.builds("{}?{}".format, start, query)

    def check(view: str) -> None:
        found = value_or_sentence(lambda: place_of(view, catalog))
        assert found is None or found[0] in ON_PAGE
        capsys.readouterr()

    assert not empty_cache.exists()
    fuzzed("views of reports", views, check, examples=150)


def test_any_options_of_a_preset_give_a_deck_or_are_refused_in_one_sentence(fuzzed: Fuzzed, catalog: Catalog) -> None:
    tasks = [task for suite in catalog.suites for task in catalog.tasks_of(suite)[:2]]
    values = st.one_of(texts, st.sampled_from([*catalog.suites, *tasks, *list(catalog.models.index)[:5]]))
    options = st.dictionaries(
        st.sampled_from(["suite", "task", "model", "first", "second", "item"]) | texts, values, max_size=4
    )

    def check(asked: tuple[str, dict[str, Any]]) -> None:
        value_or_sentence(lambda: preset(*asked, catalog))

    fuzzed("presets", st.tuples(st.sampled_from(sorted(PRESETS)) | texts, options), check, examples=100)
