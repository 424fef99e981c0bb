"""Boards whose columns are whole tasks: values, differences and words are those of the store, task by task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dashboard.components.board_tasks_words import tasks_lede, tasks_title
from dashboard.components.reproduce import board_query
from dashboard.queries.against import Against, read_against
from dashboard.queries.board import Board, read_board
from dashboard.queries.selection import Filters, select
from dashboard.queries.suites import SUITES, TASKS, of_tasks
from dashboard.text import three

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

WHOLE = [(suite, metric) for suite, text in SUITES.items() if of_tasks(suite) for metric in text.metrics]
DOUBLES = "perturbench:doubles"


def read(ask: Ask, catalog: Catalog, suite: str, metric: str) -> tuple[Board, Against]:
    asked = (suite, SUITES[suite].regimes[0], metric, TASKS)
    return read_board(ask, catalog, *asked), read_against(ask, catalog, *asked)


@pytest.mark.parametrize(("suite", "metric"), WHOLE)
def test_values_and_intervals_are_those_of_the_store(ask: Ask, catalog: Catalog, suite: str, metric: str) -> None:
    board, _ = read(ask, catalog, suite, metric)
    stored = ask(
        "SELECT s.model_id, s.task_id, s.value, s.ci_low, s.ci_high FROM score s JOIN task t USING (task_id) "
        "JOIN model m USING (model_id) WHERE t.suite = $suite AND s.metric = $metric AND s.value IS NOT NULL "
        "AND m.role <> 'control'",
        {"suite": suite, "metric": metric},
    )
    assert len(stored) == board.values.notna().sum().sum()
    for row in stored.itertuples():
        assert board.values.at[row.model_id, row.task_id] == row.value
        assert (board.low.at[row.model_id, row.task_id], board.high.at[row.model_id, row.task_id]) == (
            row.ci_low,
            row.ci_high,
        )
    assert [column.kind for column in board.columns] == ["category"] * len(catalog.tasks_of(suite))


@pytest.mark.parametrize(("suite", "metric"), WHOLE)
def test_differences_are_those_to_the_baseline_of_each_task(
    ask: Ask, catalog: Catalog, suite: str, metric: str
) -> None:
    _, against = read(ask, catalog, suite, metric)
    stored = ask(
        "SELECT c.* FROM comparison c JOIN task t USING (task_id) "
        "WHERE c.registered AND t.suite = $suite AND c.metric = $metric",
        {"suite": suite, "metric": metric},
    )
    assert len(stored) == len(against.cells)
    for row in stored.itertuples():
        cell = against.cells.loc[row.model_id, row.task_id]
        assert (cell["delta"], cell["verdict"], cell["baseline_id"]) == pytest.approx(
            (row.delta, row.verdict, row.baseline_id), nan_ok=True
        )


def test_tasks_of_few_items_name_no_best_and_no_rank(ask: Ask, catalog: Catalog) -> None:
    board, _ = read(ask, catalog, "perturbation", "L2Skill")
    assert board.winners() == {}
    assert board.ranks().isna().all(axis=None)
    assert board.partial == []  # nothing is a mean over the tasks
    cells, _ = read(ask, catalog, "cells", "AvgBIO")
    assert cells.winners() == {"cells:pbmc68k": [cells.values["cells:pbmc68k"].idxmax()]}


@pytest.mark.parametrize(("suite", "metric"), WHOLE)
def test_without_a_model_the_lede_has_what_there_is_to_beat_on_every_task(
    ask: Ask, catalog: Catalog, suite: str, metric: str
) -> None:
    board, against = read(ask, catalog, suite, metric)
    assert tasks_title(board, against, filtered=False) == "No model was run here yet: this is what one must beat"
    assert tasks_title(board, against, filtered=True) == "No model matches these filters"
    lede = tasks_lede(board, against)
    for row in against.baselines.itertuples():
        assert f"**{row.baseline}**" in lede
        if pd.notna(row.value) and row.value:  # a skill is 0 for its own baseline, by definition
            assert three(row.value) in lede
    assert "nan" not in lede
    assert ("too few to name a best" in lede) is not all(column.judged for column in board.columns)


def with_models(board: Board, against: Against, outcomes: dict[str, dict[str, str]]) -> tuple[Board, Against]:
    """The same board with models that came out so."""
    models = pd.DataFrame({"name": list(outcomes), "role": "model"}, index=list(outcomes))
    values = pd.DataFrame(dict.fromkeys(board.values, 0.5), index=list(outcomes))
    grown = replace(
        board,
        models=pd.concat([board.models, models]),
        **{name: pd.concat([getattr(board, name), values]) for name in ("values", "low", "high")},
    )
    rows = [(model, key, outcome) for model, found in outcomes.items() for key, outcome in found.items()]
    cells = pd.DataFrame(rows, columns=["model_id", "key", "outcome"]).set_index(["model_id", "key"])
    return grown, replace(against, cells=pd.concat([against.cells, cells]))


@pytest.mark.parametrize(
    ("outcomes", "title"),
    [
        ({"a": {DOUBLES: "FAIL"}}, "The one model does not beat the baseline on any of three tasks"),
        ({"a": {DOUBLES: "PASS"}}, "The one model beats the baseline on at least one of three tasks"),
        (
            {"a": {DOUBLES: "PASS_PAIRED"}, "b": {DOUBLES: "INCONCLUSIVE"}},
            "Only one of 2 models beats the baseline on at least one of three tasks",
        ),
        ({"a": {DOUBLES: "FAIL"}, "b": {}}, "No model beats the baseline on any of three tasks"),
    ],
)
def test_the_title_counts_models_that_beat_a_baseline(
    ask: Ask, catalog: Catalog, outcomes: dict[str, dict[str, str]], title: str
) -> None:
    board, against = with_models(*read(ask, catalog, "perturbation", "L2Skill"), outcomes)
    assert tasks_title(board, against, filtered=False) == title


def test_a_single_task_is_named_with_its_baseline(ask: Ask, catalog: Catalog) -> None:
    board, against = with_models(
        *read(ask, catalog, "cells", "AvgBIO"), {"a": {"cells:pbmc68k": "FAIL"}, "b": {"cells:pbmc68k": "FAIL"}}
    )
    assert tasks_title(board, against, filtered=False) == "No model beats HVG + PCA on blood cells"


def test_baselines_that_were_compared_stand_in_the_map_of_differences(ask: Ask, catalog: Catalog) -> None:
    board, against = read(ask, catalog, "perturbation", "L2Skill")
    shown = against.rows_of(select(board, Filters(), DOUBLES))
    assert {"linear", "no-change", "additive"} <= set(shown.models.index)


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize(("suite", "metric"), WHOLE)
def test_the_command_gives_the_numbers_of_the_board(
    ask: Ask, catalog: Catalog, suite: str, metric: str, *, against: bool
) -> None:
    board, differences = read(ask, catalog, suite, metric)
    rows = ask(board_query(board, TASKS, against=against)).dropna(subset=["delta" if against else "value"])
    shown = differences.cells["delta"] if against else board.values.stack()  # noqa: PD013 - its index is what is compared
    known = shown.dropna()
    found = {(row.model_id, row.task_id): row.delta if against else row.value for row in rows.itertuples()}
    assert {key: found[key] for key in known.index} == known.to_dict()
