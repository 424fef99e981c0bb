from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
import pytest

from dashboard.charts.palette import DARK, LIGHT
from dashboard.export.figure_scale import smallest_letters
from dashboard.export.figure_values import letters, plain
from dashboard.export.figures import for_paper, for_slide, rows_left_out
from dashboard.export.letter_widths import text_width, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Ground, Recording

PLACE = {"width": 1216, "height": 480, "smallest": 16.0}
VIEWS = [
    ("overview", ""),
    ("leaderboard", "suite=geneb"),
    ("leaderboard", "suite=geneb&against=yes"),
    ("leaderboard", "suite=proteingym"),
    ("size", "suite=geneb"),
    ("ranks", "suite=geneb"),
    ("task", "suite=geneb&task=leannmlindsey_GUE_human_tf_0"),
    ("model", ""),
    ("compare", ""),
    ("variants", ""),
    ("ledgers", ""),
    ("field", ""),
    ("field", "scene=windows"),
    ("beyond", ""),
]
DARK_TOO = VIEWS[1:2]
CASES: list[tuple[str, str, Ground]] = [
    *((page, query, "light") for page, query in VIEWS),
    *((page, query, "dark") for page, query in DARK_TOO),
]


def _figures(found: Recording) -> list[go.Figure]:
    return [exhibit.figure for exhibit in found.exhibits if exhibit.figure is not None]


def _rows(figure: go.Figure) -> dict[str, float]:
    axis = figure.layout.yaxis
    return {letters(text): place for text, place in zip(axis.ticktext, axis.tickvals, strict=True)}


def _bold(figure: go.Figure) -> list[str]:
    return [letters(text) for text in figure.layout.yaxis.ticktext if "<b>" in text]


def _printed(figure: go.Figure) -> go.Scatter:
    """The numbers of a map."""
    texts = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text"]
    return max(texts, key=lambda trace: len(trace.text))


def _cells(figure: go.Figure) -> dict[tuple[str, float], str]:
    """Printed number of a cell by its row's name and its column's place."""
    names = {round(place, 2): name for name, place in _rows(figure).items()}
    printed = _printed(figure)
    return {
        (names[round(float(y), 2)], round(float(x), 2)): text
        for x, y, text in zip(printed.x, printed.y, printed.text, strict=True)
    }


@pytest.mark.parametrize(("page", "query", "ground"), CASES)
def test_every_figure_of_the_pages_stands_on_a_slide_in_letters_that_can_be_read(
    recorded: Callable[..., Recording], page: str, query: str, ground: Ground
) -> None:
    for figure in _figures(recorded(page, query, ground)):
        before = figure.to_json()
        made = for_slide(figure, ground, **PLACE)
        content = made.to_dict()
        assert (made.layout.width, made.layout.height) == (1216, 480)
        assert made.layout.paper_bgcolor == made.layout.plot_bgcolor == (DARK if ground == "dark" else LIGHT).ground
        # Headings side by side may be a little smaller, so that they do not touch.
        assert smallest_letters(content) >= 0.85 * 16
        assert "NaN" not in made.to_json()
        assert "<a " not in json.dumps(content["layout"], default=str)
        assert not made.layout.hovermode
        assert figure.to_json() == before


@pytest.mark.parametrize(
    ("page", "query", "kept", "baselines"),
    [
        ("leaderboard", "suite=proteingym", 15, 3),
        ("task", "suite=geneb&task=leannmlindsey_GUE_human_tf_0", 14, 5),
        ("leaderboard", "suite=geneb", 16, 0),
    ],
)
def test_a_slide_keeps_the_first_rows_and_all_baselines_and_says_so(
    recorded: Callable[..., Recording], page: str, query: str, kept: int, baselines: int
) -> None:
    figure = _figures(recorded(page, query))[0]
    made = for_slide(figure, "light", width=1216, height=500, smallest=16)
    before, after = list(_rows(figure)), list(_rows(made))
    assert len(after) == kept
    assert _bold(made) == _bold(figure)
    assert len(_bold(made)) == baselines
    others = [name for name in before if name not in _bold(figure)]
    assert [name for name in after if name not in _bold(made)] == others[: kept - baselines]
    also = f" and {baselines} baselines" if baselines else ""
    assert rows_left_out(figure, 500, 16) == f"{kept} of {len(before)} rows: the first {kept - baselines}{also}"


def test_cells_stay_with_their_rows_when_rows_are_left_out(recorded: Callable[..., Recording]) -> None:
    # As lists: a recorded figure may hold its arrays packed.
    figure = go.Figure(plain(_figures(recorded("leaderboard", "suite=proteingym"))[0]))
    before, after = _cells(figure), _cells(for_slide(figure, "light", **PLACE))
    assert 60 < len(after) < len(before)
    assert all(before[cell] == text for cell, text in after.items())


def test_the_fill_of_a_map_moves_with_its_numbers(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("leaderboard", "suite=proteingym"))[0]
    made = for_slide(figure, "light", **PLACE)
    filled = {
        (round(trace.x0 + column, 2), round(trace.y0 + row, 2))
        for trace in made.data
        if trace.type == "heatmap"
        for row, values in enumerate(trace.z)
        for column, value in enumerate(values)
        if value is not None
    }
    printed = _printed(made)
    texts = zip(printed.x, printed.y, printed.text, strict=True)
    assert filled == {(round(float(x), 2), round(float(y), 2)) for x, y, text in texts if text}


def test_what_fits_is_left_whole(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("model", ""))[0]
    assert rows_left_out(figure, 480, 16) is None
    assert len(for_slide(figure, "light", **PLACE).layout.yaxis.ticktext) == len(figure.layout.yaxis.ticktext)


def test_columns_beside_a_chart_keep_their_axes_and_rows(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("task", "suite=geneb&task=leannmlindsey_GUE_human_tf_0"))[0]
    made = for_slide(figure, "light", **PLACE)
    beside = [trace.yaxis for trace in made.data if trace.yaxis not in {None, "y"}]
    # Plotly draws an axis only where a trace is on it.
    assert sorted(beside) == ["y2", "y3"]
    assert list(made.layout.yaxis.tickvals) == list(made.layout.yaxis2.tickvals) == list(made.layout.yaxis3.tickvals)
    low, high = sorted(made.layout.yaxis.range)
    assert all(low <= place <= high for place in made.layout.yaxis.tickvals)
    ends = [place for shape in made.layout.shapes for place in (shape.y0, shape.y1)]
    assert low - 0.01 <= min(ends) < max(ends) <= high + 0.01


def test_paper_shows_every_row(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("leaderboard", "suite=proteingym"))[0]
    made = for_paper(figure, "light", width=1152, smallest=14)
    assert list(made.layout.yaxis.ticktext) == list(figure.layout.yaxis.ticktext)
    assert made.layout.height > 1500


def test_values_can_be_kept_under_the_pointer(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("size", "suite=geneb"))[0]
    made = for_slide(figure, "light", **PLACE, hover=True)
    told: list[Any] = [trace for trace in made.data if trace.customdata is not None]
    assert sum(len(trace.customdata) for trace in told) == 41
    assert all(trace.customdata is None for trace in for_slide(figure, "light", **PLACE).data)


def test_labels_over_a_chart_do_not_touch(recorded: Callable[..., Recording]) -> None:
    figure = next(exhibit.figure for exhibit in recorded("overview", "").exhibits if exhibit.key == "standings")
    labels = [item for item in for_slide(figure, "light", **PLACE).layout.annotations if item.yref == "paper"]
    assert len(labels) == 3
    assert len({item.xshift for item in labels}) > 1


def test_a_width_is_that_of_arial() -> None:
    # "Hello" in Arial: 722 + 556 + 222 + 222 + 556 thousandths.
    assert text_width("Hello", 10) == pytest.approx(22.78)
    assert text_width("<b>Hello</b>", 10) > text_width("<i>Hello</i>", 10) == pytest.approx(22.78)
    assert text_width("a<br>Hello", 10) == pytest.approx(22.78)


def test_lines_are_no_wider_than_their_place() -> None:
    lines = wrapped("The quick brown fox and one" + "x" * 80, 16, 120)
    assert "".join(lines).replace(" ", "") == "Thequickbrownfoxandone" + "x" * 80
    assert all(text_width(line, 16) <= 120 for line in lines)
    assert wrapped("", 16, 120) == []


def test_hatched_cells_become_lines_within_those_cells(recorded: Callable[..., Recording]) -> None:
    figure = _figures(recorded("leaderboard", "suite=geneb&against=yes"))[0]
    made = for_slide(figure, "light", **PLACE)
    assert any(trace.type == "bar" for trace in figure.data)
    assert not any(trace.type == "bar" for trace in made.data)
    lines = next(trace for trace in plain(made)["data"] if trace.get("mode") == "lines")
    places = list(made.layout.yaxis.tickvals)
    ends = [y for y in lines["y"] if y is not None]
    assert len(ends) > 8 * len(places)
    assert all(min(abs(y - place) for place in places) <= 0.46 for y in ends)
