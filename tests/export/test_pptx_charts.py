from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pptx import Presentation

from dashboard.charts.palette import LIGHT
from dashboard.charts.parts import parts_chart
from dashboard.charts.ranks import ranks_chart
from dashboard.exhibits import About, Exhibit
from dashboard.export.deck import Deck, Slide
from dashboard.export.drawing import CannotCarryError
from dashboard.export.kept_rows import kept_rows, left_out
from dashboard.export.pptx import deck_pptx
from dashboard.export.pptx.panels import fitted, panels_of
from dashboard.export.show import Leaf, Show

if TYPE_CHECKING:
    import plotly.graph_objects as go

pd = pytest.importorskip("pandas")
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def drawn(figure: go.Figure, rows: Any = None) -> Any:
    """The first chart of a slide that shows a figure alone."""
    exhibit = Exhibit("one", "chart", "A figure", "What it shows", About("n = 3", "none"), figure, rows)
    leaf = Leaf(Slide(page="task", key="one"), "A figure", exhibit, None)
    stamp = _stamp()
    show = Show(Deck(), (replace(leaf, stamp=stamp),), "", "2026-11-21")
    slide = Presentation(io.BytesIO(deck_pptx(show, None))).slides[0]
    return next(shape.chart for shape in slide.shapes if shape.has_chart)


def _stamp() -> Any:
    from dashboard.export.show import Stamp  # noqa: PLC0415

    return Stamp("A figure", (), "n = 3", "none", "data", "http://localhost/", "vledger report", "2026-11-21", ())


def series(chart: Any) -> dict[str, tuple[list[float | None], list[float | None]]]:
    """x and y of each series by its name; None in a gap."""
    found = {}
    for one in chart._chartSpace.iter(f"{C}ser"):
        columns = []
        for tag in ("xVal", "yVal"):
            cache = one.find(f"{C}{tag}//{C}numCache")
            values: list[float | None] = [None] * int(cache.find(f"{C}ptCount").get("val"))
            for point in cache.iter(f"{C}pt"):
                values[int(point.get("idx"))] = float(point.find(f"{C}v").text)
            columns.append(values)
        found[one.find(f"{C}tx//{C}v").text] = (columns[0], columns[1])
    return found


@pytest.fixture
def parts() -> Any:
    return pd.DataFrame(
        {
            "stratum": ["all", "coding", "intron"],
            "label": ["All", "Coding", "Intron"],
            "n": [300, 200, 100],
            "value": [0.9, 0.8, 0.7],
            "low": [0.85, 0.7, 0.6],
            "high": [0.95, 0.9, 0.85],
            "baseline_value": [0.5, 0.6, 0.65],
            "baseline_low": [0.4, 0.5, 0.55],
            "baseline_high": [0.6, 0.7, 0.75],
        }
    )


def test_intervals_of_a_chart_of_rows_are_those_of_its_numbers(parts: Any) -> None:
    figure = parts_chart(parts, LIGHT, names=("Model", "Rule"), metric="AUROC", noun="variant", shown="all")
    found = series(drawn(figure, parts))
    intervals = [places for name, places in found.items() if name.endswith(": interval")]
    assert len(intervals) == 2
    ends = {(x[0], x[1]) for x, _ in ((places[0][i : i + 2], None) for places in intervals for i in range(0, 9, 3))}
    stored = {*zip(parts["low"], parts["high"], strict=True)}
    stored |= {*zip(parts["baseline_low"], parts["baseline_high"], strict=True)}
    assert {(round(low, 5), round(high, 5)) for low, high in ends} == {
        (round(float(low), 5), round(float(high), 5)) for low, high in stored
    }
    assert all(x[2] is None for x, _ in intervals)


def test_rows_are_named_in_the_chart_and_the_first_is_on_top(parts: Any) -> None:
    figure = parts_chart(parts, LIGHT, names=("Model", "Rule"), metric="AUROC", noun="variant", shown="all")
    chart = drawn(figure, parts)
    _, y = series(chart)["rows"]
    assert [place for place in y if place is not None] == [2, 1, 0]
    named = next(one for one in chart._chartSpace.iter(f"{C}ser") if one.find(f"{C}tx//{C}v").text == "rows")
    texts = ["".join(str(part.text) for part in node.iter(f"{A}t")).strip() for node in named.iter(f"{C}rich")]
    assert texts == ["All", "Coding", "Intron"]


def test_the_numbers_of_a_chart_stand_in_its_workbook(parts: Any) -> None:
    figure = parts_chart(parts, LIGHT, names=("Model", "Rule"), metric="AUROC", noun="variant", shown="all")
    book = drawn(figure, parts).part.chart_workbook.xlsx_part.blob
    sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml").decode()
    assert all(f"<v>{value}</v>" in sheet for value in (*parts["value"], *parts["low"].iloc[1:], *parts["high"]))


def test_upright_intervals_are_error_bars() -> None:
    import plotly.graph_objects as go  # noqa: PLC0415

    bars = {"type": "data", "symmetric": False, "array": [0.1, 0.2], "arrayminus": [0.05, 0.1], "color": "#0B5FA5"}
    trace = go.Scatter(x=[1, 2], y=[0.5, 0.6], mode="markers", marker={"color": "#0B5FA5"}, error_y=bars)
    (errors,) = drawn(go.Figure(trace))._chartSpace.iter(f"{C}errBars")
    assert errors.find(f"{C}errDir").get("val") == "y"
    assert [float(value.text) for value in errors.iterfind(f"{C}plus//{C}v")] == [0.1, 0.2]
    assert [float(value.text) for value in errors.iterfind(f"{C}minus//{C}v")] == [0.05, 0.1]


def test_the_first_series_has_as_many_cells_as_the_longest(parts: Any) -> None:
    figure = parts_chart(parts, LIGHT, names=("Model", "Rule"), metric="AUROC", noun="variant", shown="all")
    found = list(series(drawn(figure, parts)).values())
    assert len(found[0][0]) == max(len(x) for x, _ in found)


def test_of_many_rows_the_first_ones_and_every_baseline_are_drawn_with_their_columns() -> None:
    rows = pd.DataFrame(
        {
            "name": [f"Model {n}" for n in range(40)],
            "role": ["model"] * 35 + ["baseline"] * 5,
            "value": [0.9 - n / 100 for n in range(40)],
            "rank": list(range(1, 41)),
            "value_low": 0.1,
            "value_high": 0.9,
            "rank_low": [max(1, n - 2) for n in range(1, 41)],
            "rank_high": [min(40, n + 3) for n in range(1, 41)],
            "p_best": 0.0,
            "p_top3": 0.1,
            "tier": [1 + n // 10 for n in range(40)],
            "separable_from_first": True,
            "place": list(range(40)),
        },
        index=[f"m{n}" for n in range(40)],
    )
    figure = ranks_chart(rows, LIGHT, value="MCC", metric="MCC")
    (panel,) = panels_of(figure, lambda *_: "", LIGHT.ink)
    kept = kept_rows(panel.bold, 12)
    assert kept == [*range(7), *range(35, 40)]
    assert left_out(kept, 40) == "12 of 40 rows: the first 7 and 5 baselines"
    less = fitted(panel, kept)
    assert ["".join(piece.text for piece in name).strip() for name in less.rows or ()][-1] == "Model 39"
    assert [len(column.cells) for column in less.columns] == [12] * 4
    values = ["".join(piece.text for piece in cell) for cell in less.columns[0].cells]
    assert values[0] == "0.900"
    assert values[-1] == "0.510"
    marks = sorted((y, x) for one in less.series if one.marker for x, y in zip(one.x, one.y, strict=True))
    assert marks[0] == (0.0, 40.0)
    assert marks[-1] == (11.0, 1.0)


def test_what_no_native_chart_carries_says_why() -> None:
    import plotly.graph_objects as go  # noqa: PLC0415

    filled = go.Figure(go.Scatter(x=[1, 2], y=[1, 2], fill="tozeroy"))
    with pytest.raises(CannotCarryError, match="areas are filled"):
        panels_of(filled, lambda *_: "", LIGHT.ink)
    with pytest.raises(CannotCarryError, match="no native chart for pie"):
        panels_of(go.Figure(go.Pie(values=[1, 2])), lambda *_: "", LIGHT.ink)


def test_the_day_of_the_deck_is_the_day_of_its_workbooks() -> None:
    from dashboard.export.pptx.chart_data import Sheet  # noqa: PLC0415

    sheet = Sheet()
    assert sheet.add("=1+1", ["=2+2", 0.5, None]) == ("Data!$A$1", "Data!$A$2:$A$4")
    book = zipfile.ZipFile(io.BytesIO(sheet.as_file(dt.datetime(2026, 11, 21, tzinfo=dt.UTC))))
    assert "2026-11-21" in book.read("docProps/core.xml").decode()
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
