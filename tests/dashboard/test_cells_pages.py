"""Ranks, Size, Field, Variants and Model on single-cell suites: nothing is ranked over scales, and the pages say so."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dashboard.queries.board import read_board
from dashboard.queries.model import profile, read_scores, read_without_value
from dashboard.queries.suites import TASKS
from dashboard.text import plain
from engine.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

SUITES = ("perturbation", "cells", "networks")


def _title(at: AppTest) -> str:
    assert not at.exception
    return str(at.title[0].value)


def _texts(at: AppTest) -> str:
    return " ".join(str(block.value) for block in (*at.title, *at.markdown, *at.caption, *at.info))


@pytest.mark.parametrize("suite", SUITES)
def test_nobody_is_ranked_over_tasks_of_scales_of_their_own(suite: str, visit: Visit) -> None:
    at = visit("ranks", {"suite": suite})
    wanted = "Nobody is ranked" if suite == "perturbation" else "has one task: nothing to rank over"
    assert wanted in _title(at)
    assert not [box for box in at.get("button_group") if "From tasks" in str(box.proto)]


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_without_a_sized_model_offers_no_filter_to_clear(suite: str, visit: Visit) -> None:
    at = visit("size", {"suite": suite})
    assert "Too few sized models" in _title(at)
    assert "has no model with a stated size yet" in _texts(at)
    assert "Clear filters" not in [button.label for button in at.button]


@pytest.mark.parametrize("suite", SUITES)
def test_single_cells_are_no_variants(suite: str, visit: Visit, catalog: Catalog) -> None:
    at = visit("variants", {"suite": suite})
    assert "is no task of variants" in _title(at)
    assert not at.code, "no command brings variants of cells"
    assert not set(catalog.tasks_of(suite)) & set(catalog.with_items)


@pytest.mark.parametrize("suite", SUITES)
def test_the_tree_says_which_task_colours_it_and_its_command_works(
    suite: str, visit: Visit, catalog: Catalog, app_cache: Path
) -> None:
    assert app_cache.exists()
    at = visit("field", {"suite": suite})
    first = catalog.columns_of(suite, TASKS)[0]
    assert first.short in _title(at)
    assert plain(str(catalog.models.at[catalog.to_beat(suite), "name"])) in _texts(at)
    command = next(shlex.split(code.value) for code in at.code if code.value.startswith("vledger sql"))
    found = CliRunner().invoke(app, [*command[1:], "--format", "csv"])
    assert found.exit_code == 0, found.output
    values = [line for line in found.stdout.splitlines() if line.endswith("-v1")]
    assert len(values) >= 5


@pytest.mark.parametrize(
    ("model", "title"),
    [
        ("additive", "Additive is the baseline to beat on doubles of known singles"),
        ("perturbation-mean", "Mean change is the baseline to beat on doubles with an unknown single and singles"),
        ("hvg-pca", "HVG + PCA is the baseline to beat on blood cells"),
        ("gene-lr", "Gene-level regression is the baseline to beat on genes that respond"),
        ("scvi", "scVI is a baseline: what a model has to beat"),
        ("random-projection", "Random projection is a control: its vectors were drawn at random"),
        ("linear-p-random", "is a control: its vectors were drawn at random"),
    ],
)
def test_a_baseline_or_control_of_single_cells_has_its_page(model: str, title: str, visit: Visit) -> None:
    at = visit("model", {"model": model})
    assert title in _title(at)
    assert "rank runs from" not in _texts(at)


def test_a_system_without_any_value_tells_why_and_shows_no_empty_table(visit: Visit, ask: Ask) -> None:
    at = visit("model", {"model": "abs-correlation"})
    assert not at.exception
    assert not at.dataframe
    assert "scores none of the 13 perturbations" in _texts(at)
    rows = read_without_value(ask, "additive")
    assert list(rows["task"]) == ["Doubles with an unknown single (Norman 2019)", "Singles (Norman 2019)"]
    assert rows["reason"].str.contains("not perturbed alone in train").all()


def test_where_lower_is_better_the_lowest_is_first(ask: Ask) -> None:
    rows = read_scores(ask, "linear", "full")
    row = rows[(rows["metric"] == "L2") & (rows["task_id"] == "perturbench:doubles")].iloc[0]
    assert (row["rank"], row["best"]) == (1, pytest.approx(row["value"]))
    row = (
        read_scores(ask, "perturbation-mean", "full")
        .set_index(["task_id", "metric"])
        .loc[("perturbench:doubles", "L2")]
    )
    assert row["rank"] == row["n_systems"]
    assert row["best"] < row["value"]


def test_a_profile_stands_beside_the_registered_baseline_with_its_interval(ask: Ask, catalog: Catalog) -> None:
    board = read_board(ask, catalog, "perturbation", "full", "L2Skill", TASKS)
    rows = profile(board, "no-change", catalog.registered)
    assert list(rows["baseline"]) == [0.0, 0.0, 0.0], "a skill is relative to the baseline to beat"
    assert (rows["low"] < rows["value"]).all()
    assert (rows["value"] < rows["high"]).all()
    assert (rows["lowest"] <= rows["value"]).all()
    assert rows["rank"].isna().all(), "of so few perturbations nobody is ranked"
    assert rows["label"].iloc[0] == "Doubles of known singles"
