"""What of a table fits a slide."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.exhibits import About, Exhibit, ExhibitError
from dashboard.export.cell_words import worded
from dashboard.export.excerpt import LONGEST_CELL, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording


def made(rows: pd.DataFrame, **values: object) -> Exhibit:
    return Exhibit("k", "table", "A table", "alt", About("3 models", "none"), rows=rows, **values)  # type: ignore[arg-type]


def of_models(n: int, *baselines: int) -> Exhibit:
    rows = pd.DataFrame({"Model": [f"m{i}" for i in range(n)], "MCC": np.linspace(0.9, 0.1, n)})
    return made(rows, best={"MCC": "high"}, baselines=baselines)


def test_a_table_that_fits_is_whole_and_nothing_is_said_to_be_missing() -> None:
    found = excerpt(of_models(5, 4), 5)
    assert (len(found.rows), found.baselines, found.left_out) == (5, (4,), None)


def test_the_first_rows_and_all_baselines_stay() -> None:
    found = excerpt(of_models(44, 30, 40), 12)
    assert list(found.rows["Model"]) == [*(f"m{i}" for i in range(10)), "m30", "m40"]
    assert found.baselines == (10, 11)
    assert found.left_out == "12 of 44 rows: the first 10 and 2 baselines"


def test_a_baseline_among_the_first_rows_takes_no_second_place() -> None:
    found = excerpt(of_models(20, 1, 19), 5)
    assert list(found.rows["Model"]) == ["m0", "m1", "m2", "m3", "m19"]
    assert found.baselines == (1, 4)


def test_many_baselines_leave_half_of_the_place_to_the_first_rows() -> None:
    found = excerpt(of_models(40, *range(20, 40)), 10)
    assert len(found.rows) == 10
    assert len(found.baselines) == 5
    assert found.left_out == "10 of 40 rows: the first 5 and 5 baselines; 15 baselines more in the CSV"


@given(n=st.integers(1, 60), most=st.integers(1, 30), baselines=st.sets(st.integers(0, 59), max_size=20))
def test_there_are_never_more_rows_than_fit_and_none_stands_twice(n: int, most: int, baselines: set[int]) -> None:
    found = excerpt(of_models(n, *(one for one in baselines if one < n)), most)
    names = list(found.rows["Model"])
    assert len(names) == min(n, most)
    assert len(set(names)) == len(names)
    assert names[0] == "m0"
    assert {int(names[place][1:]) for place in found.baselines} == baselines & {int(name[1:]) for name in names}


def test_roles_in_the_rows_mark_baselines_where_the_exhibit_says_none() -> None:
    rows = pd.DataFrame({"Model": ["a", "b"], "Role": ["model", "baseline"], "MCC": [0.1, 0.2]})
    assert excerpt(made(rows), 5).baselines == (1,)


def test_the_name_then_values_and_verdicts_are_the_columns_that_stay_in_their_order() -> None:
    rows = pd.DataFrame({
        "Model": ["a", "b"], "Licence": ["x", "y"], "Verdict": ["pass", "fail"], "Empty": [None, None],
        "Note": ["n", "m"], "value": [0.5, 0.6], "value_low": [0.4, 0.5], "Difference": [0.1, -0.2],
    })  # fmt: skip
    found = excerpt(made(rows), 5, columns=5)
    assert list(found.rows.columns) == ["Model", "Verdict", "value", "value low", "Difference"]
    assert found.numeric == {2, 3, 4}
    assert found.left_out == "2 columns are in the CSV"


def test_the_best_is_the_best_of_all_rows_not_of_those_shown() -> None:
    rows = pd.DataFrame({"Model": list("abcd"), "Loss": [0.4, 0.3, 0.2, 0.1]})
    found = excerpt(made(rows, best={"Loss": "low"}), 3)
    assert found.best == frozenset()
    assert excerpt(made(rows, best={"Loss": "low"}), 4).best == {(3, 1)}


def test_equal_values_are_all_best_and_a_column_of_equals_has_none() -> None:
    rows = pd.DataFrame({"M": list("abc"), "x": [0.5, 0.5, 0.1], "y": [0.3, 0.3, np.nan]})
    assert excerpt(made(rows, best={"x": "high", "y": "high"}), 9).best == {(0, 1), (1, 1)}


def test_cells_are_typeset_as_on_screen() -> None:
    rows = pd.DataFrame(
        {
            "Parameters": pd.array([2_500_000_000, None], dtype="Int64"),
            "n": [241_509, 7],
            "Difference": [-0.0361, 0.0002],
            "q": [3e-7, 0.5],
            "Year": [2026, 1975],
            "Open": [True, False],
            "When": pd.to_datetime(["2026-11-21", None]),
            "Care": ["two\nlines", ""],
        }
    )
    assert worded(rows).to_numpy().tolist() == [
        ["2.5B", "241,509", "−0.036", "3e−07", "2026", "yes", "2026-11-21", "two lines"],
        ["–", "7", "0.000", "0.500", "1975", "no", "–", "–"],
    ]


def test_columns_of_the_same_name_keep_their_own_cells() -> None:
    rows = pd.DataFrame([["a", 0.1, 0.2]], columns=["M", "x", "x"])
    assert excerpt(made(rows), 3).rows.to_numpy().tolist() == [["a", "0.100", "0.200"]]


def test_a_long_text_is_cut_at_a_word() -> None:
    (cell,) = excerpt(made(pd.DataFrame({"Claim": ["word " * 100]})), 3).rows["Claim"]
    assert len(cell) <= LONGEST_CELL
    assert cell.endswith("word…")


@pytest.mark.parametrize("rows", [None, pd.DataFrame(), pd.DataFrame({"a": [None]})], ids=["none", "empty", "missing"])
def test_no_rows_are_refused_with_a_sentence(rows: pd.DataFrame | None) -> None:
    with pytest.raises(ExhibitError, match="“A table” has no rows"):
        excerpt(made(rows), 3)  # type: ignore[arg-type]


def test_the_board_of_a_suite_keeps_its_leader_and_both_baselines(recorded: Callable[..., Recording]) -> None:
    exhibit = recorded("leaderboard", "suite=clinvar&show=table").find("board")
    found = excerpt(exhibit, 8)
    assert len(found.rows) == 8
    assert len(found.baselines) == 2
    assert found.rows.columns[0] == "Model"
    assert all(re.fullmatch(r"−?\d\.\d{3}|–", cell) for cell in found.rows.iloc[:, 1])


def test_what_every_row_says_alike_is_a_sentence_and_no_column() -> None:
    reason = "the paired test needs answers that are not published"
    rows = pd.DataFrame({"Model": ["a", "b", "c"], "Value": [0.1, 0.2, 0.3], "No verdict because": [reason] * 3})
    found = excerpt(made(rows), 5)
    assert list(found.rows.columns) == ["Model", "Value"]
    assert found.left_out is None
    assert found.sentence == f"No verdict because: {reason}"


def test_columns_of_links_and_of_more_text_than_a_slide_holds_are_left_to_the_csv() -> None:
    long = "a sentence of some length that fills a line of a slide by itself, and then the next line too, and more"
    names = ["Job", "First", "Second", "Third", "Fourth"]
    rows = pd.DataFrame(
        {name: [f"{name} {n} {long}" for n in range(3)] for name in names} | {"Source": ["https://x.org"] * 3}
    )
    found = excerpt(made(rows), 5)
    assert list(found.rows.columns) == names[:3]
    assert found.left_out == "3 columns are in the CSV"
