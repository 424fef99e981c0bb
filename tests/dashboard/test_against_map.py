from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.against import ITSELF, against_map
from dashboard.charts.heatmap import heatmap
from dashboard.charts.palette import DARK, LIGHT, OUTCOMES, Palette, fill, outcome_mark, readable_on
from dashboard.charts.standings import standings_chart
from dashboard.queries.against import SPAN, Against, read_against
from dashboard.queries.collapsed import by_cell, read_collapsed
from dashboard.queries.selection import A_SHEET, Filters, select, sheet, sheets
from dashboard.queries.standings import read_standings
from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

    AsData = Callable[[Any], dict[str, Any]]

PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
SUITE = pytest.mark.parametrize("suite", SUITES)
CADUCEUS = "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3"
NUMBER = re.compile(r"[+−]?(\.\d\d|1\.0|[1-9]\.\d\d)")


@pytest.fixture(scope="module")
def pairs(ask: Ask, catalog: Catalog, boards: dict[str, Board]) -> dict[str, tuple[Board, Against]]:
    """The first board of each suite with what stands against it, as the page hands them over."""
    found = {}
    for suite, board in boards.items():
        text = SUITES[suite]
        against = read_against(ask, catalog, suite, text.regimes[0], text.metrics[0], (text.kinds or ("",))[0])
        key = board.columns[0].key
        found[suite] = (against.rows_of(select(board, Filters(), key, against.wide("delta", board))), against)
    return found


def targets(data: dict[str, Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    """What each cell says when it is hovered."""
    (trace,) = [trace for trace in data["data"] if trace.get("marker", {}).get("opacity") == 0]
    return {(card[0], card[1]): tuple(card[2:]) for card in trace["customdata"]}


def texts(board: Board, data: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Text and ink of every cell, row by row."""
    (trace,) = [
        trace for trace in data["data"] if trace.get("mode") == "text" and isinstance(trace["textfont"]["color"], list)
    ]
    names = [(model, key) for model in board.values.index for key in board.values.columns]
    return dict(zip(names, zip(trace["text"], trace["textfont"]["color"], strict=True), strict=True))


@SUITE
@PALETTES
def test_every_cell_prints_its_signed_difference_and_the_glyph_of_its_verdict(
    suite: str, colours: Palette, pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs[suite]
    delta, outcome = against.wide("delta", board), against.wide("outcome", board)
    for (model, key), (text, _) in texts(board, as_data(against_map(board, against, colours))).items():
        value, verdict = delta.at[model, key], outcome.at[model, key]
        if np.isnan(value):
            assert text in {"", ITSELF}
            continue
        number, _, glyph = text.partition("\N{THIN SPACE}")
        assert NUMBER.fullmatch(number)
        assert float(number.replace("−", "-")) == pytest.approx(value, abs=0.00501)
        assert ("+" in number, "−" in number) == (round(value, 2) > 0, round(value, 2) < 0)
        assert glyph == ("" if pd.isna(verdict) else OUTCOMES[verdict].glyph)


@SUITE
@PALETTES
def test_colour_is_the_difference_on_a_fixed_range_around_zero(
    suite: str, colours: Palette, pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs[suite]
    data = as_data(against_map(board, against, colours))
    drawn = [z for block in data["data"] if block["type"] == "heatmap" for row in block["z"] for z in row]
    expected = (against.wide("delta", board).to_numpy(dtype=float) / SPAN[board.metric] + 1) / 2
    assert sorted(z for z in drawn if z is not None) == pytest.approx(
        sorted(expected[~np.isnan(expected)]), abs=0.00051
    )
    for cell, (text, ink) in texts(board, data).items():
        if NUMBER.match(text):
            share = (against.cells.loc[cell, "delta"] / SPAN[board.metric] + 1) / 2
            assert ink == readable_on(fill(colours.diverging, share))


@SUITE
def test_every_model_can_be_looked_behind_in_every_column(
    suite: str, pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs[suite]
    cards = targets(as_data(against_map(board, against, LIGHT)))
    models = board.models.index[board.models["role"] == "model"]
    assert {(model, key) for model in models for key in board.values.columns} <= cards.keys()
    for model, key in cards.keys() & set(against.cells.index):
        cell = against.cells.loc[(model, key)]
        _, value, told = cards[model, key]
        if not pd.isna(cell["delta"]):
            assert re.search(r"[+−]\d\.\d{3}|0\.000", value)
        if isinstance(cell["outcome"], str):
            assert OUTCOMES[cell["outcome"]].glyph in told


def test_a_column_without_a_baseline_is_hatched_and_says_so(
    pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs["geneb"]
    data = as_data(against_map(board, against, LIGHT))
    (hatch,) = [trace for trace in data["data"] if trace["type"] == "bar"]
    assert len(hatch["x"]) == len(board.columns) - len(against.covered(board)) == 9
    assert {*hatch["y"]} == {len(board.models) - 1 + 0.9}
    card = targets(data)[board.values.index[0], "Histone Mod."]
    assert card[1:] == ("Histone Mod.: no baseline yet", "No baseline was probed on any of its 30 tasks yet.")


def test_the_baseline_itself_is_marked_as_what_is_to_beat(
    pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs["brca1_sge"]
    data = as_data(against_map(board, against, LIGHT))
    itself = {cell for cell, (text, _) in texts(board, data).items() if text == ITSELF}
    assert ("consequence+blosum62", "all") in itself
    assert ("phylop", "missense") in itself
    assert "To beat: phyloP (mammalian) 0.724" in targets(data)["phylop", "missense"][2]


def test_a_difference_without_an_interval_has_no_glyph_and_says_why(
    pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs["proteingym"]
    data = as_data(against_map(board, against, LIGHT))
    glyphs = {mark.glyph for mark in OUTCOMES.values()}
    assert not any(glyph in text for text, _ in texts(board, data).values() for glyph in glyphs)
    model = board.models.index[board.models["role"] == "model"][0]
    assert "No verdict: No interval is published" in targets(data)[model, "all"][2]


def test_collapsed_models_are_badged_in_both_maps(
    ask: Ask, pairs: dict[str, tuple[Board, Against]], as_data: AsData
) -> None:
    board, against = pairs["geneb"]
    collapsed = by_cell(read_collapsed(ask, "geneb", "full", "MCC"), board)
    stored = ask(
        "SELECT DISTINCT model_id FROM score WHERE protocol = 'geneb-published' "
        "AND contains(flags, 'MAJORITY_COLLAPSE')"
    )["model_id"]
    assert {model for model, _ in collapsed} == set(stored)
    assert collapsed[CADUCEUS, "DNA Methyl."].startswith("3 of 8 tasks (")
    for figure in (heatmap(board, LIGHT, collapsed), against_map(board, against, LIGHT, collapsed)):
        data = as_data(figure)
        labels = dict(zip(board.values.index, data["layout"]["yaxis"]["ticktext"], strict=True))
        assert {model for model, label in labels.items() if "⊘" in label} == set(stored)
        assert "⊘ collapsed: 3 of 8 tasks" in targets(data)[CADUCEUS, "DNA Methyl."][2]
    in_cells = texts(board, as_data(heatmap(board, LIGHT, collapsed)))
    assert {cell for cell, (text, _) in in_cells.items() if "⊘" in text} == collapsed.keys()


@pytest.fixture
def long(boards: dict[str, Board]) -> Board:
    """A thousand models and five baselines: ClinVar's board over and over, each value a little lower."""
    board = select(boards["clinvar"], Filters(), "all")
    models = list(board.models.index[board.models["role"] == "model"])
    copies = [(models[i % len(models)], f"copy-{i:04}") for i in range(1000)]
    copies += [("rule-based", f"rule-{i}") for i in range(5)]
    sources, names = zip(*copies, strict=True)
    frames = {name: getattr(board, name).loc[list(sources)].set_axis(list(names)) for name in ("values", "low", "high")}
    frames["values"] = frames["values"].sub(np.arange(len(names)) / 1e6, axis="index")
    rows = board.models.loc[list(sources)].set_axis(list(names)).assign(name=list(names))
    return select(type(board)(board.suite, board.regime, board.metric, board.columns, rows, **frames), Filters(), "all")


def test_a_board_of_a_thousand_models_is_drawn_sixty_at_a_time(long: Board, as_data: AsData) -> None:
    assert sheets(long) == 17
    seen: list[str] = []
    for number in range(1, 18):
        part = sheet(long, number)
        models = list(part.models.index[part.models["role"] == "model"])
        assert len(models) == (A_SHEET if number < 17 else 40)
        assert list(part.models.index[:3]) == ["rule-0", "rule-1", "rule-2"]
        seen += models
    assert seen == list(long.models.index[long.models["role"] == "model"])
    data = as_data(heatmap(sheet(long, 2), LIGHT))
    assert len(data["layout"]["yaxis"]["ticktext"]) == A_SHEET + 3


def test_ranks_and_bests_on_a_sheet_are_those_of_the_whole_board(long: Board) -> None:
    part = sheet(long, 3)
    pd.testing.assert_frame_equal(part.ranks(), long.ranks().loc[part.values.index])
    assert part.winners() == long.winners()
    assert part.ranked() == long.ranked()
    assert part.near_ties(0.01).equals(long.near_ties(0.01).loc[part.values.index])
    assert part.ranked()["all"] > A_SHEET


def test_a_short_board_is_one_sheet_with_all_its_baselines(boards: dict[str, Board]) -> None:
    board = select(boards["clinvar"], Filters(), "all")
    assert sheets(board) == 1
    assert sheet(board, 1) is board
    assert sheets(board.keep([])) == 1


def test_standings_agree_with_the_micro_column_of_the_board(ask: Ask, pairs: dict[str, tuple[Board, Against]]) -> None:
    rows = read_standings(ask)
    assert rows["task_id"].is_unique
    geneb = rows[rows["suite"] == "geneb"]
    cells = pairs["geneb"][1].cells.xs("micro", level="key")
    assert len(geneb) == 12
    assert list(geneb[["above", "level", "below"]].sum()) == list(cells[["won", "tied", "lost"]].sum())
    assert (geneb[["above", "level", "below", "unknown"]].sum(axis=1) == 41).all()
    clinvar = rows.set_index("task_id").loc["clinvar_vep_eval"]
    assert list(clinvar[["above", "level", "below", "unknown"]]) == [2, 1, 6, 6]


@PALETTES
def test_a_bar_of_standings_adds_up_and_links_to_its_task(colours: Palette, ask: Ask, as_data: AsData) -> None:
    rows = read_standings(ask)
    rows = rows[rows[["above", "level", "below"]].sum(axis=1) > 0]
    assert len(rows) == 16
    data = as_data(standings_chart(rows, colours, {task: f"task?task={task}&x=1" for task in rows["task_id"]}))
    bars = [trace for trace in data["data"] if trace["type"] == "bar"]
    assert np.sum([bar["x"] for bar in bars], axis=0) == pytest.approx(np.ones(16), abs=2e-4)
    assert [bar["marker"]["color"] for bar in bars] == [
        outcome_mark(side, colours).colour for side in ("below", "level", "above")
    ]
    counts = [trace["text"] for trace in data["data"] if trace.get("mode") == "text"]
    assert counts == [[str(n) for n in rows[side]] for side in ("below", "level", "above")]
    for label, task in zip(data["layout"]["yaxis"]["ticktext"], rows["task_id"], strict=True):
        assert f'<a href="task?task={task}&amp;x=1"' in label
