"""Exhibits of a reader's own file: out into a deck's file, and back."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exhibits import About, Exhibit, ExhibitError
from dashboard.export.figure_check import LARGEST_FIGURE
from dashboard.export.private import MOST_COLUMNS, MOST_ROWS, exhibit_as_json, exhibit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording


def forest() -> Exhibit:
    rows = pd.DataFrame(
        {
            "System": ["PhyloP", "yours"],
            "AUROC": [0.9083, np.nan],
            "n": [100, 200],
            "Rank": pd.array([1, None], dtype="Int64"),
            "Pass": [True, False],
            "Day": pd.to_datetime(["2026-11-21", None]),
            "Care": ["<b>x</b>", None],
        }
    )
    figure = go.Figure(go.Scatter(x=np.array([0.1, np.nan, 0.3]), y=["a", "b", "c"], mode="markers"))
    figure.update_layout(title="A <b>figure</b>", xaxis_range=[0, 1])
    return Exhibit(
        "forest", "chart", "Yours is second", "alt", About("200 variants", "95% bootstrap", ("engine",)), figure, rows,
        ("a note",), {"AUROC": "high"}, (0,), "your-split",
    )  # fmt: skip


def through_a_file(exhibit: Exhibit) -> Exhibit:
    return exhibit_from_json(json.loads(json.dumps(exhibit_as_json(exhibit), allow_nan=False)))


def test_an_exhibit_comes_back_with_its_rows_types_and_figure() -> None:
    before = forest()
    after = through_a_file(before)
    pd.testing.assert_frame_equal(after.rows, before.rows, check_dtype=False)
    assert after.rows is not None
    assert [after.rows[name].dtype.kind for name in ("AUROC", "n", "Rank", "Pass", "Day", "Care")] == list("fiibMO")
    assert after.figure is not None
    assert list(after.figure.data[0].x) == [0.1, None, 0.3]
    assert (after.about, after.notes, after.best, after.baselines) == (
        before.about, before.notes, before.best, before.baselines
    )  # fmt: skip


_CELLS = {
    "integer": st.none() | st.integers(-(2**53), 2**53),
    "number": st.floats(width=64) | st.none(),
    "text": st.none() | st.text(max_size=30),
    "boolean": st.none() | st.booleans(),
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_rows_written_twice_are_the_same(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(_CELLS)), min_size=1, max_size=4))
    n = data.draw(st.integers(0, 5))
    columns = {
        f"c{place}": pd.Series(data.draw(st.lists(_CELLS[kind], min_size=n, max_size=n)), dtype=_dtype(kind))
        for place, kind in enumerate(kinds)
    }
    content = exhibit_as_json(Exhibit("k", "table", "t", "a", About("n", "i"), rows=pd.DataFrame(columns)))
    assert exhibit_as_json(exhibit_from_json(json.loads(json.dumps(content, allow_nan=False)))) == content


def _dtype(kind: str) -> str:
    return {"integer": "Int64", "number": "float64", "text": "object", "boolean": "boolean"}[kind]


@pytest.mark.parametrize("query", ["suite=geneb", "suite=clinvar", "suite=geneb&against=yes"])
def test_our_own_charts_pass_their_own_check(recorded: Callable[..., Recording], query: str) -> None:
    exhibits = [*recorded("leaderboard", query).exhibits, *recorded("size", query.partition("&")[0]).exhibits]
    assert [exhibit_as_json(through_a_file(one)) for one in exhibits] == [exhibit_as_json(one) for one in exhibits]


def edited(path: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(exhibit_as_json(forest()))
    at: Any = content
    *way, last = path.split("/")
    for part in way:
        at = at[int(part) if part.isdigit() else part]
    at[int(last) if last.isdigit() else last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("figure/data/0/type", "image", "type “image” is not among bar, heatmap, scatter"),
        ("figure/data/0/type", "scattermap", "scattermap"),
        ("figure/data/0/type", None, "None"),
        ("figure/data/0/type", ["scatter"], "is not among"),
        ("figure/layout/images", [{"source": "https://evil.example/x.png"}], "images"),
        ("figure/layout/template", {"layout": {"images": [{"source": "x"}]}}, "images"),
        ("figure/layout/updatemenus", [], "updatemenus"),
        ("figure/layout/mapbox", {}, "layout.mapbox"),
        ("figure/data/0/x", {"dtype": "f8", "bdata": "AAAA"}, "bdata"),
        ("figure/layout/title", {"text": "<a href='javascript:alert(1)'>x</a>"}, "holds code"),
        ("figure/layout/title", {"text": "<a href='//evil.example'>x</a>"}, "no plain address"),
        ("figure/layout/title", {"text": "<a href='https://x.example' onclick=alert(1)>x</a>"}, "no plain address"),
        ("figure/layout/title", {"text": "<img src=x onerror=alert(1)>"}, "markup"),
        ("figure/layout/title", {"text": "<script>1</script>"}, "markup"),
        ("figure/layout/title", {"text": "x" * 5_000}, "letters"),
        ("figure/layout/xaxis", {"range": [0, float("inf")]}, "not finite"),
        ("figure/layout/xaxis", {"no such thing": 1}, "Plotly cannot read it"),
        ("figure/frames", [], "frames"),
        ("figure/data", {}, "no list"),
        ("rows/values/0", ["x"], "7 cells"),
        ("rows/values/0/1", "text", "not every cell is of type number"),
        ("rows/values/0/2", True, "not every cell is of type integer"),
        ("rows/values/0/5", "no day", "is a time"),
        ("rows/values/0/2", 10**30, "not every cell is of type integer"),
        ("rows/columns/0/type", "object", "rows.columns.0.type"),
        ("baselines", [7], "names a row that is not there"),
        ("baselines", [-1], "baselines.0"),
        ("file", "../../x", "file"),
        ("file", ".hidden", "file"),
        ("kind", "page", "kind"),
        ("title", "x" * 2_000, "title"),
        ("extra", 1, "extra"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else None,
)
def test_what_our_charts_do_not_hold_is_refused_with_a_sentence(path: str, value: object, says: str) -> None:
    with pytest.raises(ExhibitError) as refused:
        exhibit_from_json(edited(path, value))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_links_to_a_server_or_to_a_page_of_ours_stay() -> None:
    for link in ("https://doi.org/10.1", "/task?task=x&amp;suite=geneb"):
        content = edited("figure/layout/title", {"text": f'<a href="{link}">x</a>'})
        assert exhibit_from_json(content).figure is not None


def test_a_figure_that_is_too_large_or_too_deep_is_refused() -> None:
    with pytest.raises(ExhibitError, match="more than 2 MB"):
        exhibit_from_json(edited("figure/data/0/x", [0.123456789] * (LARGEST_FIGURE // 12)))
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ExhibitError, match="nested more than"):
        exhibit_from_json(edited("figure/data/0/x", deep))


def test_tables_larger_than_a_deck_holds_are_refused_on_the_way_out_and_in() -> None:
    long = pd.DataFrame({"a": range(MOST_ROWS + 1)})
    wide = pd.DataFrame([range(MOST_COLUMNS + 1)])
    for rows in (long, wide):
        with pytest.raises(ExhibitError, match="a private slide holds at most 5,000 rows of 60 columns"):
            exhibit_as_json(Exhibit("k", "table", "t", "a", About("n", "i"), rows=rows))
    with pytest.raises(ExhibitError, match=r"rows\.values"):
        exhibit_from_json(edited("rows/values", [["x", 0.1, 1, 1, True, None, "y"]] * (MOST_ROWS + 1)))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_PLACES = [
    "key", "kind", "title", "alt", "about", "figure", "rows", "notes", "best", "baselines", "file", "figure/data",
    "figure/layout", "figure/data/0", "figure/data/0/x", "figure/data/0/marker", "figure/layout/title",
    "figure/layout/xaxis", "rows/columns", "rows/values", "rows/values/0", "rows/values/0/0", "about/sources",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(_PLACES), value=_JSON)
def test_whatever_stands_in_a_file_it_is_an_exhibit_or_a_sentence(path: str, value: object) -> None:
    try:
        found = exhibit_from_json(edited(path, value))
    except ExhibitError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are right
    else:
        assert through_a_file(found).key == found.key


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_anything_but_an_exhibit_is_refused(value: object) -> None:
    with pytest.raises(ExhibitError, match="a private slide of this deck cannot be read"):
        exhibit_from_json(value)
