from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.charts.palette import palette
from dashboard.export.arrays import each, plain
from dashboard.export.cells import cells_of
from dashboard.export.rich import Piece, is_bold, pieces, words
from dashboard.text import dense

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording

SUITES = ("geneb", "clinvar", "brca1", "proteingym")


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("suite", SUITES)
def test_a_board_on_either_ground_is_read_as_cells_with_the_numbers_of_its_rows(
    recorded: Callable[..., Recording], suite: str, ground: str
) -> None:
    exhibit = recorded("leaderboard", f"suite={suite}", ground).find("heat")
    found = cells_of(exhibit.figure)
    assert found is not None
    assert {len(row.cells) for row in found.rows} == {len(found.headings)}
    names = {str(name)[:20] for name in exhibit.rows.iloc[:, 0]}
    assert len(found.rows) > 10
    assert {row.label.rstrip(" *⊘…")[:20].rstrip() for row in found.rows} <= {name.rstrip() for name in names}
    printed = {cell.text.split()[0] for row in found.rows for cell in row.cells if cell.text}
    numbers = exhibit.rows.select_dtypes("number").to_numpy(dtype=float)
    assert printed <= {dense(value) for value in numbers[~np.isnan(numbers)]}


def test_every_number_stands_on_a_fill_of_the_scale_and_the_best_are_framed_in_ink(
    recorded: Callable[..., Recording],
) -> None:
    found = cells_of(recorded("leaderboard", "suite=geneb").find("heat").figure)
    assert found is not None
    cells = [cell for row in found.rows for cell in row.cells]
    assert all((cell.fill is not None) == bool(cell.text) for cell in cells)
    framed = [cell for cell in cells if cell.frame and cell.frame[1] == 2]
    assert {cell.frame[0] for cell in framed if cell.frame} == {palette("light").ink}
    assert all(cell.bold for cell in framed)
    assert len(framed) >= len(found.headings)


def test_the_map_of_differences_says_which_cells_have_no_baseline(recorded: Callable[..., Recording]) -> None:
    found = cells_of(recorded("leaderboard", "suite=geneb&against=yes").find("heat").figure)
    assert found is not None
    empty = [cell for row in found.rows for cell in row.cells if cell.hatched]
    assert empty
    assert not any(cell.text or cell.fill for cell in empty)


def test_baselines_are_bold_rows_apart_from_the_models(recorded: Callable[..., Recording]) -> None:
    found = cells_of(recorded("leaderboard", "suite=clinvar").find("heat").figure)
    assert found is not None
    marks = {row.mark.meaning for row in found.rows if row.baseline and row.mark}
    assert marks == {"baseline"}
    first_model = next(place for place, row in enumerate(found.rows) if not row.baseline)
    assert found.rows[first_model].apart


def test_a_chart_without_cells_is_no_map(recorded: Callable[..., Recording]) -> None:
    assert cells_of(recorded("size", "suite=geneb").find("size").figure) is None
    assert cells_of(go.Figure(go.Heatmap(z=[[1, 2], [3, 4]]))) is None


def test_bytes_of_an_array_are_read_as_the_numbers_they_are() -> None:
    trace = go.Figure(go.Scatter(x=np.array([1.5, np.nan]))).to_dict()["data"][0]
    assert "bdata" in trace["x"]
    assert plain(trace["x"]) == [1.5, None]
    assert each("red", 2) == ["red", "red"]
    assert each([1], 2) == [1, None]


def test_the_html_of_a_figure_becomes_pieces_and_foreign_letters_stay_letters() -> None:
    text = '<a href="x"><b>A &lt;b&gt;</b></a><br><span style="color:#0B5FA5">●</span> two  '
    assert pieces(text)[0] == Piece("A <b>", bold=True)
    assert Piece("●", colour="#0B5FA5") in pieces(text)
    assert words(text) == "A <b>\n● two"
    assert is_bold(text)
    assert not is_bold("plain <b>bold</b>")
