"""Exhibits for programs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dashboard.exhibits import ExhibitError
from dashboard.export.records import MOST_ROWS, as_csv, as_json, show_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.export.show import Leaf, Show


@pytest.fixture
def leaf(shown: Callable[..., Show]) -> Leaf:
    return shown(("size", "suite=geneb", "size")).leaves[0]


def with_rows(leaf: Leaf, rows: pd.DataFrame | None) -> Leaf:
    assert leaf.exhibit is not None
    return replace(leaf, exhibit=replace(leaf.exhibit, rows=rows))


def test_the_rows_of_a_page_with_all_that_its_stamp_says(leaf: Leaf) -> None:
    found = json.loads(as_json(leaf))
    assert leaf.stamp is not None
    assert leaf.exhibit is not None
    assert leaf.exhibit.rows is not None
    assert found["command"] == (
        "vledger report --view '/size?suite=geneb' --exhibit 'size' --out size-geneb-full-MCC-macro.pptx"
    )
    assert (found["link"], found["date"]) == (leaf.stamp.link, "2026-11-21")
    assert [one["id"] for one in found["sources"]] == ["geneb_2026"]
    first = found["rows"][0]
    assert list(first) == found["columns"] == list(leaf.exhibit.rows.columns)
    assert isinstance(first["Parameters"], int)
    assert first["Dominated by"] is None


def test_undefined_is_null_and_integers_stay_integers(leaf: Leaf) -> None:
    rows = pd.DataFrame({
        "n": pd.array([3, None], dtype="Int64"),
        "x": [float("nan"), float("inf")],
        "day": pd.to_datetime(["2026-11-21", None]),
    })  # fmt: skip
    found = json.loads(as_json(with_rows(leaf, rows)))
    assert found["rows"] == [
        {"n": 3, "x": None, "day": "2026-11-21T00:00:00"},
        {"n": None, "x": None, "day": None},
    ]


def test_columns_of_one_name_keep_their_own_values(leaf: Leaf) -> None:
    found = json.loads(as_json(with_rows(leaf, pd.DataFrame([[1, 2]], columns=["x", "x"]))))
    assert found["rows"] == [{"x": 1, "x (2)": 2}]


def test_csv_is_the_page_s_own(leaf: Leaf) -> None:
    assert leaf.exhibit is not None
    assert leaf.exhibit.rows is not None
    assert as_csv(leaf) == leaf.exhibit.rows.to_csv(index=False).encode()
    assert len(pd.read_csv(io.BytesIO(as_csv(leaf)))) == 41


@pytest.mark.parametrize("made", [as_json, as_csv], ids=["json", "csv"])
def test_too_many_rows_or_none_are_refused(made: Callable[[Leaf], bytes], leaf: Leaf) -> None:
    with pytest.raises(ExhibitError, match="at most 100,000 rows"):
        made(with_rows(leaf, pd.DataFrame({"a": range(MOST_ROWS + 1)})))
    with pytest.raises(ExhibitError, match="it broke"):
        made(replace(leaf, exhibit=None, failure="it broke"))
    with pytest.raises(ExhibitError, match="has no rows"):
        as_csv(with_rows(leaf, None))


def test_a_deck_says_of_each_slide_what_it_shows_or_why_not(shown: Callable[..., Show]) -> None:
    found = json.loads(show_json(shown(("size", "suite=geneb", "worth"), ("size", "suite=geneb", "no"), title="T")))
    assert found["title"] == "T"
    assert len(found["slides"][0]["rows"]) == 41
    assert found["slides"][1]["failure"] == "/size?suite=geneb shows no “no” (it shows size, worth)"
