from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from plotly.io import templates

from dashboard.charts.dots import profile_chart
from dashboard.charts.findings import CHARTS
from dashboard.charts.forest import task_chart
from dashboard.charts.heatmap import heatmap
from dashboard.charts.palette import DARK, LIGHT, Palette, fill, readable_on
from dashboard.charts.size import size_chart
from dashboard.queries.findings import read_findings
from dashboard.queries.model import profile
from dashboard.queries.selection import Filters, select
from dashboard.queries.size import size_view
from dashboard.queries.suites import SUITES
from dashboard.queries.task import read_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import plotly.graph_objects as go

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

    AsData = Callable[[Any], dict[str, Any]]

PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
SUITE = pytest.mark.parametrize("suite", SUITES)
TASKS = [
    ("leannmlindsey_GUE_prom_core_all", "all", "full", "MCC"),
    ("leannmlindsey_GUE_prom_core_all", "all", "10shot", "MCC"),
    ("clinvar_vep_eval", "all", "zero_shot", "AUROC"),
    ("clinvar_vep_eval", "missense", "zero_shot", "AUROC"),
    ("proteingym_dms_substitutions", "all", "zero_shot", "Spearman"),
    ("proteingym_clinical_substitutions", "all", "zero_shot", "AUROC"),
]


@pytest.fixture(scope="module")
def boards(boards: dict[str, Board]) -> dict[str, Board]:
    """The boards as the page hands them over: baselines first, then by the first column."""
    return {suite: select(board, Filters(), board.columns[0].key) for suite, board in boards.items()}


def targets(data: dict[str, Any]) -> dict[str, Any]:
    """The invisible markers that report clicks."""
    (trace,) = [
        trace
        for trace in data["data"]
        if trace.get("marker", {}).get("symbol") == "square" and trace["marker"].get("opacity") == 0
    ]
    return trace


def places(board: Board, data: dict[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """Where the axes say that each row and each column is."""
    layout = data["layout"]
    rows = dict(zip(board.values.index, layout["yaxis"]["tickvals"], strict=True))
    columns = dict(zip((column.key for column in board.columns), layout["xaxis"]["tickvals"], strict=True))
    return rows, columns


def cells(board: Board, data: dict[str, Any]) -> dict[tuple[str, str], float | None]:
    """Colour value of every cell, by where it is drawn."""
    rows, columns = places(board, data)
    at = {(round(y, 4), round(x, 4)): (model, key) for model, y in rows.items() for key, x in columns.items()}
    return {
        at[round(block["y0"] + i * block["dy"], 4), round(block["x0"] + j * block["dx"], 4)]: z
        for block in data["data"]
        if block["type"] == "heatmap"
        for i, row in enumerate(block["z"])
        for j, z in enumerate(row)
    }


def numbers(board: Board, data: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Text and ink of every cell, by where it is drawn."""
    rows, columns = places(board, data)
    at = {(round(y, 4), round(x, 4)): (model, key) for model, y in rows.items() for key, x in columns.items()}
    (trace,) = [
        trace for trace in data["data"] if trace.get("mode") == "text" and isinstance(trace["textfont"]["color"], list)
    ]
    drawn = zip(trace["x"], trace["y"], trace["text"], trace["textfont"]["color"], strict=True)
    return {at[round(y, 4), round(x, 4)]: (text, ink) for x, y, text, ink in drawn}


@SUITE
@PALETTES
def test_every_cell_with_a_value_and_no_other_can_be_clicked(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    data = as_data(heatmap(board, colours))
    trace = targets(data)
    rows, columns = places(board, data)
    known = {(model, key) for key in board.values for model in board.values.index[board.values[key].notna()]}
    clicked = [tuple(custom[:2]) for custom in trace["customdata"]]
    assert len(clicked) == len(known)
    assert set(clicked) == known
    for (model, key), x, y in zip(clicked, trace["x"], trace["y"], strict=True):
        assert (x, y) == (columns[key], rows[model])


@SUITE
def test_the_card_of_a_cell_names_model_and_value(suite: str, boards: dict[str, Board], as_data: AsData) -> None:
    board = boards[suite]
    for model, key, name, value, place in targets(as_data(heatmap(board, LIGHT)))["customdata"]:
        assert name == board.models.at[model, "name"]
        assert f"{board.values.at[model, key]:.3f}" in value.replace("−", "-")
        assert place.startswith("rank ") == bool(np.isfinite(board.ranks().at[model, key]))


@SUITE
@PALETTES
def test_the_numbers_shown_are_the_values_to_two_digits(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    found = numbers(board, as_data(heatmap(board, colours)))
    assert len(found) == board.values.size
    for (model, key), (text, _) in found.items():
        value = board.values.at[model, key]
        shown = re.sub("</?b>", "", text).replace("−", "-")
        assert (shown == "") == bool(np.isnan(value))
        if shown:
            assert float(shown) == pytest.approx(value, abs=0.00501)


@SUITE
def test_only_winners_are_in_bold(suite: str, boards: dict[str, Board], as_data: AsData) -> None:
    board = boards[suite]
    bold = {cell for cell, (text, _) in numbers(board, as_data(heatmap(board, LIGHT))).items() if "<b>" in text}
    assert bold == {(model, key) for key, models in board.winners().items() for model in models}


@SUITE
@PALETTES
def test_the_ink_of_a_number_is_that_for_its_fill(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    data = as_data(heatmap(board, colours))
    colour = cells(board, data)
    for cell, (text, ink) in numbers(board, data).items():
        share = colour[cell]
        assert (text == "") == (share is None)
        if share is not None:
            near = {readable_on(fill(colours.sequential, share + step)) for step in (-0.001, 0, 0.001)}
            assert ink in near


@SUITE
def test_a_cell_keeps_its_colour_whatever_rows_are_shown(suite: str, boards: dict[str, Board], as_data: AsData) -> None:
    board = boards[suite]
    whole = cells(board, as_data(heatmap(board, LIGHT)))
    low, high = SUITES[suite].domain[board.metric]
    for filters, sort in (
        (Filters(search="m"), "name"),
        (Filters(search="1"), "size"),
        (Filters(unsupervised=True), board.categories[0].key),
    ):
        part = select(board, filters, sort)
        assert len(part.models)
        found = cells(part, as_data(heatmap(part, LIGHT)))
        assert len(found) == part.values.size
        assert found == {cell: whole[cell] for cell in found}
    for (model, key), share in whole.items():
        value = board.values.at[model, key]
        assert (share is None) == bool(np.isnan(value))
        if share is not None:
            assert share == pytest.approx((value - low) / (high - low), abs=0.00051)


@SUITE
def test_all_blocks_of_a_map_share_one_scale(suite: str, boards: dict[str, Board], as_data: AsData) -> None:
    blocks = [trace for trace in as_data(heatmap(boards[suite], LIGHT))["data"] if trace["type"] == "heatmap"]
    assert {(block["zmin"], block["zmax"], str(block["colorscale"])) for block in blocks} == {
        (0, 1, str([[i / 7, colour] for i, colour in enumerate(LIGHT.sequential)]))
    }


@SUITE
@PALETTES
def test_there_is_one_frame_for_each_winner_and_near_tie_around_its_cell(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    data = as_data(heatmap(board, colours))
    rows, columns = places(board, data)
    at = {(round(rows[m], 4), round(columns[k], 4)): (m, k) for m in rows for k in columns}
    found: dict[float, list[tuple[str, str]]] = {}
    for shape in data["layout"].get("shapes", []):  # tasks of few items name no best
        centre = round((shape["y0"] + shape["y1"]) / 2, 4), round((shape["x0"] + shape["x1"]) / 2, 4)
        found.setdefault(shape["line"]["width"], []).append(at[centre])
    best = sorted((model, key) for key, models in board.winners().items() for model in models)
    near = board.near_ties(0.01)
    assert sorted(found.get(2, [])) == best
    assert sorted(found.get(1, [])) == sorted((model, key) for key in near for model in near.index[near[key]])


@SUITE
@PALETTES
def test_a_map_is_light_enough_to_send(suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData) -> None:
    figure = heatmap(boards[suite], colours)
    as_data(figure)
    assert len(figure.to_json().encode()) < 300_000


@pytest.mark.parametrize("search", ["no such model", "rule"])
def test_a_map_of_baselines_alone_is_drawn(search: str, boards: dict[str, Board], as_data: AsData) -> None:
    part = select(boards["clinvar"], Filters(search=search), "all")
    assert set(part.models["role"]) == {"baseline"}
    assert len(targets(as_data(heatmap(part, LIGHT)))["customdata"]) == part.values.notna().sum().sum()


def test_every_metric_and_kind_of_columns_can_be_drawn(board: Callable[..., Board], as_data: AsData) -> None:
    for suite, text in SUITES.items():
        for metric in text.metrics:
            for kind in text.kinds or ("",):
                whole = board(suite, text.regimes[0], metric, kind)
                found = select(whole, Filters(), "name")
                assert len(cells(found, as_data(heatmap(found, DARK)))) == found.values.size


@PALETTES
@pytest.mark.parametrize("case", TASKS)
def test_a_task_chart_draws_its_lines_exactly_at_their_values(
    case: tuple[str, str, str, str], colours: Palette, ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view, metric = read_task(ask, catalog, *case), case[-1]
    suite = SUITES[view.facts["suite"]]
    data = as_data(task_chart(view, view.scores, colours, group_by=suite.group_by, metric=metric))
    lines = {shape["line"]["dash"]: shape for shape in data["layout"]["shapes"]}
    expected = {"solid": view.baselines["value"].max(), "dash": view.median, "dot": view.category_median}
    for dash, value in expected.items():
        if value is None or np.isnan(value):
            assert dash not in lines
        else:
            assert (lines[dash]["x0"], lines[dash]["x1"]) == (value, value)
    low, high = data["layout"]["xaxis"]["range"]
    assert all(low < line["x0"] < high for line in lines.values())
    assert len(data["layout"]["annotations"]) == len(lines)


@pytest.mark.parametrize("case", TASKS)
def test_a_task_chart_has_a_mark_for_every_system_in_the_order_given(
    case: tuple[str, str, str, str], ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view, metric = read_task(ask, catalog, *case), case[-1]
    suite = SUITES[view.facts["suite"]]
    rows = view.scores.sort_values("name")
    data = as_data(task_chart(view, rows, LIGHT, group_by=suite.group_by, metric=metric))
    (trace,) = (trace for trace in data["data"] if "customdata" in trace)
    assert [custom[0] for custom in trace["customdata"]] == list(rows.index)
    assert trace["x"] == pytest.approx(list(rows["value"]))
    assert list(trace["y"]) == list(data["layout"]["yaxis"]["tickvals"])
    opened = [symbol.endswith("-open") for symbol in trace["marker"]["symbol"]]
    assert opened == list(rows["partial"])
    baseline = [symbol.removesuffix("-open") == "diamond" for symbol in trace["marker"]["symbol"]]
    assert baseline == list(rows["role"] == "baseline")


def test_bars_end_at_the_bounds_of_the_interval(ask: Ask, catalog: Catalog, as_data: AsData) -> None:
    view = read_task(ask, catalog, "brca1_sge", "all", "zero_shot", "AUROC")
    rows = view.scores.dropna(subset=["value"])
    (trace,) = as_data(task_chart(view, rows, LIGHT, group_by="family", metric="AUROC"))["data"]
    assert rows["ci_low"].notna().all()
    above, below = (np.array(trace["error_x"][side]) for side in ("array", "arrayminus"))
    assert list(rows["value"] + above) == pytest.approx(list(rows["ci_high"]), abs=1e-5)
    assert list(rows["value"] - below) == pytest.approx(list(rows["ci_low"]), abs=1e-5)


@SUITE
@PALETTES
def test_a_profile_has_one_row_a_column_and_says_the_rank(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    for model in (*board.models.index[:3], *board.partial[:2]):
        rows = profile(board, model)
        data = as_data(profile_chart(rows, colours, metric=board.metric))
        words = [note["text"] for note in data["layout"]["annotations"]]
        assert words == [
            "not ranked" if np.isnan(rank) else f"rank {int(rank)} of {int(of)}"
            for rank, of in zip(rows["rank"], rows["n_models"], strict=True)
        ]
        assert data["data"][-1]["x"] == pytest.approx(list(rows["value"]))


@SUITE
@PALETTES
def test_the_size_chart_has_every_sized_model_a_rising_frontier_and_the_line_to_beat(
    suite: str, colours: Palette, boards: dict[str, Board], as_data: AsData
) -> None:
    board = boards[suite]
    view = size_view(board, board.columns[0].key, robust=False)
    data = as_data(size_chart(view, colours, group_by=SUITES[suite].group_by, value_title=board.metric))
    line = next(trace for trace in data["data"] if trace.get("mode") == "lines")
    assert all(before < after for before, after in pairwise(line["x"]))
    assert all(before < after for before, after in pairwise(line["y"]))
    points = [custom[0] for trace in data["data"] if trace["mode"] == "markers" for custom in trace["customdata"]]
    assert sorted(points) == sorted(view.points["name"])
    beaten = [(shape["y0"], shape["y1"]) for shape in data["layout"].get("shapes", [])]
    baselines = board.values.loc[board.models["role"] == "baseline", board.columns[0].key]
    assert beaten == ([(baselines.max(), baselines.max())] if len(baselines) else [])


def drawn(trace: dict[str, Any]) -> Iterator[Any]:
    """The colours that a trace needs, None where one was left to Plotly."""
    if trace["type"] == "heatmap":
        yield trace.get("colorscale")
        return
    parts = {"bar": "marker"}.get(trace["type"], trace.get("mode", "markers"))
    if "marker" in parts and trace["marker"].get("opacity") != 0:
        yield trace["marker"].get("color")
    if "lines" in parts:
        yield trace["line"].get("color")
    if "text" in parts:
        yield trace["textfont"].get("color")


def words(node: Any) -> Iterator[str]:
    """All text of a figure."""
    if isinstance(node, dict):
        for value in node.values():
            yield from words(value)
    elif isinstance(node, list):
        for value in node:
            yield from words(value)
    elif isinstance(node, str):
        yield node


@pytest.fixture(scope="module")
def figures(ask: Ask, catalog: Catalog, boards: dict[str, Board]) -> dict[str, go.Figure]:
    """One of every kind of figure."""
    made = {f"map of {suite}": heatmap(board, LIGHT) for suite, board in boards.items()}
    made |= {f"finding {one.key}": CHARTS[one.key](one.data, LIGHT) for one in read_findings(ask, catalog)}
    for task, stratum, regime, metric in TASKS:
        view = read_task(ask, catalog, task, stratum, regime, metric)
        group = SUITES[view.facts["suite"]].group_by
        made[f"{task} {stratum} {regime}"] = task_chart(view, view.scores, LIGHT, group_by=group, metric=metric)
    for suite, board in boards.items():
        sizes = size_view(board, board.columns[0].key, robust=True)
        made[f"size on {suite}"] = size_chart(sizes, LIGHT, group_by=SUITES[suite].group_by, value_title="value")
        made[f"profile on {suite}"] = profile_chart(profile(board, board.models.index[0]), LIGHT, metric=board.metric)
    return made


def test_no_figure_leaves_a_colour_to_plotly(figures: dict[str, go.Figure], as_data: AsData) -> None:
    defaults = {colour.lower() for colour in templates["plotly"].layout.colorway}
    for name, figure in figures.items():
        data = as_data(figure)
        for trace in data["data"]:
            assert None not in list(drawn(trace)), name
        text = str(data).lower()
        assert [colour for colour in defaults if colour in text] == [], name


def test_no_figure_has_a_legend_box_a_ground_or_a_mode_bar_of_its_own(
    figures: dict[str, go.Figure], as_data: AsData
) -> None:
    for figure in figures.values():
        layout = as_data(figure)["layout"]
        assert layout["showlegend"] is False
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert layout["xaxis"]["fixedrange"] is layout["yaxis"]["fixedrange"] is True


def test_no_figure_carries_or_speaks_of_a_missing_number(figures: dict[str, go.Figure], as_data: AsData) -> None:
    for name, figure in figures.items():
        data = as_data(figure)
        assert data["data"], name
        assert [word for word in words(data) if re.search(r"\b(nan|NaN|None)\b|<NA>", word)] == [], name
