"""Means over tasks: within one protocol, over the same tasks for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest

from engine.errors import VerificationError
from engine.records import Bundle, Model, Score, Stratum, Task
from engine.store.verify import verify_aggregates
from engine.store.writer import write_store

if TYPE_CHECKING:
    from pathlib import Path

SCORE = Score(
    model_id="m",
    task_id="t",
    stratum="all",
    regime="full",
    protocol="geneb-published",
    metric="MCC",
    value=0.5,
    origin="published",
    provenance="official",
    source_id="s",
)
TASK = Task(
    task_id="t",
    label="T",
    suite="geneb",
    category="C",
    kind="sequence_classification",
    primary_metric="MCC",
    position=0,
    source_id="s",
)
META = {"schema": "x"}


def _two_tasks(*scores: Score) -> Bundle:
    tasks = [TASK, replace(TASK, task_id="u", position=1)]
    strata = [Stratum(task_id=task.task_id, stratum="all", label="All", kind="all", position=0) for task in tasks]
    return Bundle(tasks=tasks, strata=strata, scores=scores)


def test_a_category_is_the_mean_of_its_tasks(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    write_store(path, _two_tasks(SCORE, replace(SCORE, task_id="u", value=0.1)), META)
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("SELECT value, n_tasks FROM category_score").fetchall() == [(pytest.approx(0.3), 2)]
        assert con.execute("SELECT macro, micro FROM suite_score").fetchall() == [(pytest.approx(0.3),) * 2]


def test_a_task_without_value_leaves_its_category_and_suite_without_one(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    undefined = replace(SCORE, task_id="u", value=None, undefined_reason="one class only")
    write_store(path, _two_tasks(SCORE, undefined), META)
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("SELECT value FROM category_score").fetchall() == [(None,)]
        assert con.execute("SELECT macro, micro FROM suite_score").fetchall() == [(None, None)]


def test_a_task_never_scored_leaves_its_category_without_a_value(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    other = replace(SCORE, model_id="n")
    write_store(path, _two_tasks(SCORE, replace(SCORE, task_id="u"), other), META)
    with duckdb.connect(path, read_only=True) as con:
        query = "SELECT model_id, value FROM category_score ORDER BY model_id"
        assert con.execute(query).fetchall() == [("m", pytest.approx(0.5)), ("n", None)]


def test_means_of_one_protocol_take_nothing_from_another(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    own = replace(SCORE, protocol="fair-v1", origin="engine", value=0.9)
    baseline = replace(own, model_id="kmer-4", value=0.7)
    write_store(path, _two_tasks(SCORE, replace(SCORE, task_id="u", value=0.1), own, baseline), META)
    with duckdb.connect(path, read_only=True) as con:
        query = "SELECT protocol, model_id, macro, micro, n_tasks FROM suite_score ORDER BY 1, 2"
        # Under fair-v1 nobody was measured on task u: there, the mean of all is over task t alone.
        assert con.execute(query).fetchall() == [
            ("fair-v1", "kmer-4", 0.7, 0.7, 1),
            ("fair-v1", "m", 0.9, 0.9, 1),
            ("geneb-published", "m", pytest.approx(0.3), pytest.approx(0.3), 2),
        ]


def test_a_system_measured_on_fewer_tasks_of_a_protocol_has_no_mean_there(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    own = replace(SCORE, protocol="fair-v1", origin="engine")
    whole = [replace(own, model_id="kmer-4"), replace(own, model_id="kmer-4", task_id="u")]
    tasks = [TASK, replace(TASK, task_id="u", category="D", position=1)]
    strata = [Stratum(task_id=task.task_id, stratum="all", label="All", kind="all", position=0) for task in tasks]
    write_store(path, Bundle(tasks=tasks, strata=strata, scores=[own, *whole]), META)
    with duckdb.connect(path, read_only=True) as con:
        query = "SELECT model_id, macro, micro FROM suite_score ORDER BY 1"
        assert con.execute(query).fetchall() == [("kmer-4", 0.5, 0.5), ("m", None, None)]


def _geneb(*scores: Score) -> Bundle:
    models = [Model(model_id=name, name=name, role="model", source_id="s") for name in ("m", "kmer-4")]
    return replace(_two_tasks(*scores), models=models)


def test_published_means_are_verified_whatever_else_the_suite_holds(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    own = replace(SCORE, model_id="kmer-4", protocol="geneb-exact", origin="engine", value=0.9)
    bundle = _geneb(SCORE, replace(SCORE, task_id="u", value=0.1), own)
    write_store(path, bundle, META)
    with duckdb.connect(path, read_only=True) as con:
        verify_aggregates(con, {("full", "m"): (0.3, 0.3)})
        with pytest.raises(VerificationError, match="macro MCC of m"):
            verify_aggregates(con, {("full", "m"): (0.9, 0.9)})
        with pytest.raises(VerificationError, match="kmer-4"):
            verify_aggregates(con, {("full", "m"): (0.3, 0.3), ("full", "kmer-4"): (0.9, 0.9)})
