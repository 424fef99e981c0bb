from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries.selection import SIZES, UNKNOWN, Filters, select
from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    from dashboard.queries.board import Board

COLUMN = {
    "family": "family",
    "tokenizer": "tokenizer",
    "access": "access_kind",
    "licence": "licence_group",
    "provenance": "provenance",
    "pretraining": "pretraining_group",
}
SEARCHED = ("name", "family", "architecture", "inputs", "tokenizer", "licence", "licence_group", "pretraining_data")
ALL_SIZES = (1_000_000, 100_000_000_000)


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def passes(model: dict[str, Any], filters: Filters) -> bool:
    """The rules in plain Python."""
    if model["role"] == "baseline":
        return True
    for name, column in COLUMN.items():
        wanted = getattr(filters, name)
        if wanted and (text(model[column]) or UNKNOWN) not in wanted:
            return False
    for word in filters.search.lower().split():
        if not any(word in text(model[column]).lower() for column in SEARCHED):
            return False
    if (filters.smallest, filters.largest) != ALL_SIZES:
        if model["parameters"] != model["parameters"]:
            return False
        if not filters.smallest <= min(max(model["parameters"], ALL_SIZES[0]), ALL_SIZES[1]) <= filters.largest:
            return False
    return not (filters.unsupervised and model["supervised_on_assay"])


def expected(board: Board, filters: Filters) -> set[str]:
    rows = board.models.reset_index().to_dict("records")
    return {row["model_id"] for row in rows if passes(row, filters)}


def found(board: Board, filters: Filters) -> set[str]:
    return set(select(board, filters, board.columns[0].key).models.index)


@pytest.mark.parametrize("name", COLUMN)
def test_a_filter_keeps_the_rows_with_its_value_and_the_baselines(name: str, boards: dict[str, Board]) -> None:
    for board in boards.values():
        values = {text(value) or UNKNOWN for value in board.models[COLUMN[name]]}
        for value in values:
            filters = Filters(**{name: (value,)})
            assert found(board, filters) == expected(board, filters)
        assert found(board, Filters(**{name: tuple(values)})) == set(board.models.index)


def test_some_filter_really_filters(boards: dict[str, Board]) -> None:
    board = boards["geneb"]
    kept = found(board, Filters(family=("State space",)))
    assert 0 < len(kept) < len(board.models)
    assert set(board.models.loc[list(kept), "family"]) == {"State space"}


@pytest.mark.parametrize(
    "search",
    [
        "",
        "  ",
        "esm",
        "ESM",
        "caduceus",
        "mamba 131k",
        "apache",
        "cc-by",
        "mit",
        "(",
        ".*",
        "\\",
        "evo 2",
        "human",
        "ё",
    ],
)
def test_a_search_finds_every_word_anywhere_in_a_row(search: str, boards: dict[str, Board]) -> None:
    for board in boards.values():
        assert found(board, Filters(search=search)) == expected(board, Filters(search=search))


def test_a_search_is_no_pattern(boards: dict[str, Board]) -> None:
    assert found(boards["geneb"], Filters(search=".*")) == set()
    assert found(boards["geneb"], Filters(search="caduceus")) != set()


@pytest.mark.parametrize("low", SIZES[::3])
@pytest.mark.parametrize("high", SIZES[::4])
def test_a_size_range_has_open_ends_and_hides_unknown_sizes(low: int, high: int, boards: dict[str, Board]) -> None:
    filters = Filters(smallest=low, largest=high)
    for board in boards.values():
        assert found(board, filters) == expected(board, filters)


def test_the_slider_runs_from_a_million_to_a_hundred_billion() -> None:
    assert (SIZES[0], SIZES[-1]) == ALL_SIZES
    assert list(SIZES) == sorted(set(SIZES))


def test_supervised_models_can_be_left_out(boards: dict[str, Board]) -> None:
    board = boards["geneb"]
    gone = set(board.models.index) - found(board, Filters(unsupervised=True))
    assert gone == set(board.models.index[board.models["supervised_on_assay"].astype(bool)])
    assert gone


@given(data=st.data(), suite=st.sampled_from(list(SUITES)))
def test_filters_combine_as_in_plain_python(data: st.DataObject, suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    many = {
        name: tuple(data.draw(st.sets(st.sampled_from(sorted({text(v) or UNKNOWN for v in board.models[column]})))))
        for name, column in COLUMN.items()
        if data.draw(st.integers(0, 2)) == 0
    }
    smallest, largest = sorted(data.draw(st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES))))
    whole = data.draw(st.booleans())
    filters = Filters(
        **many,
        search=data.draw(st.sampled_from(["", "", "e", "esm", "transformer", "1"])),
        smallest=SIZES[0] if whole else smallest,
        largest=SIZES[-1] if whole else largest,
        unsupervised=data.draw(st.booleans()),
    )
    assert found(board, filters) == expected(board, filters)


@pytest.mark.parametrize("suite", SUITES)
def test_baselines_always_stay_and_come_first(suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    baselines = set(board.models.index[board.models["role"] == "baseline"])
    assert (len(baselines) > 0) == (suite != "geneb")
    shown = select(board, Filters(search="no such model anywhere"), board.columns[0].key)
    assert set(shown.models.index) == baselines
    everything = list(select(board, Filters(), board.columns[0].key).models.index)
    assert set(everything[: len(baselines)]) == baselines


@pytest.mark.parametrize("suite", SUITES)
def test_any_column_sorts_highest_first_with_missing_values_last(suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    for column in board.columns:
        shown = select(board, Filters(), column.key)
        assert set(shown.models.index) == set(board.models.index)
        for role in (shown.models["role"] == "baseline", shown.models["role"] != "baseline"):
            values = list(shown.values.loc[role, column.key])
            known = [value for value in values if value == value]  # noqa: PLR0124 - NaN
            assert values[: len(known)] == sorted(known, reverse=True)


@pytest.mark.parametrize("suite", SUITES)
def test_names_sort_without_regard_to_case_and_sizes_largest_first(suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    models = select(board, Filters(), "name").models
    names = [name.lower() for name in models.loc[models["role"] != "baseline", "name"]]
    assert names == sorted(names)
    models = select(board, Filters(), "size").models
    sizes = list(models.loc[models["role"] != "baseline", "parameters"])
    known = [size for size in sizes if size == size]  # noqa: PLR0124 - NaN
    assert sizes[: len(known)] == sorted(known, reverse=True)


@settings(max_examples=10)
@given(data=st.data())
def test_all_parts_of_a_selected_board_are_in_the_same_order(data: st.DataObject, boards: dict[str, Board]) -> None:
    board = boards[data.draw(st.sampled_from(list(boards)))]
    sort = data.draw(st.sampled_from([*(column.key for column in board.columns), "name", "size"]))
    shown = select(board, Filters(search=data.draw(st.sampled_from(["", "e", "nothing at all"]))), sort)
    assert list(shown.models.index) == list(shown.values.index) == list(shown.low.index) == list(shown.high.index)
    assert shown.values.equals(board.values.loc[shown.values.index])
