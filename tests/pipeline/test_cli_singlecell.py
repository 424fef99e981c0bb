"""`vledger run` on a single-cell spec as it is typed, and what `vledger publish` makes of its results."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from engine import cli
from engine.datasets.fetch import MIRROR
from engine.records import TABLE_OF
from engine.registry.singlecell import CELL_TASKS
from engine.run import publishing
from engine.store.parquet import read_frame
from tests.pipeline.singlecell_runs import CELLS, everything

SPEC = """
name = "mine"
kind = "single-cell"
tasks = ["networks:perturbench"]
baselines = ["gene-mean", "abs-correlation"]

[options]
draws = 200
device = "cpu"
"""


def _carried_out(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vledger", *map(str, arguments)])
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.fixture
def spec(mirror: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec on a machine with the data and an empty cache."""
    del empty_cache
    monkeypatch.setenv(MIRROR, str(mirror))
    path = tmp_path / "mine.toml"
    path.write_text(SPEC, "utf-8")
    return path


def test_run_prints_values_next_to_the_registered_baseline(spec: Path, tmp_path: Path) -> None:
    code, out, err = _carried_out("run", spec, "--results", tmp_path / "out")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["task", "system", "metric", "value", "next", "to", "difference", "article", "paired"]
    assert {line.split()[1] for line in lines[1:]} == {"gene-mean", "gene-lr"}
    assert "no value: abs-correlation on networks:perturbench: scores none" in err
    assert "published, on networks:perturbench: Pairwise attention edges add zero predictive value" in err
    assert f"results in {tmp_path / 'out' / 'mine'}" in err
    assert "3 of 3 systems on tasks" in err


def test_run_prints_every_row_for_programs(spec: Path, tmp_path: Path) -> None:
    code, out, _ = _carried_out("run", spec, "--results", tmp_path / "out", "--format", "csv")
    assert code == 0
    rows = {row["system"]: row for row in csv.DictReader(io.StringIO(out))}
    assert (rows["gene-lr"]["role"], rows["gene-lr"]["baseline"]) == ("baseline", "")
    assert rows["gene-mean"]["baseline"] == "gene-lr"
    assert float(rows["gene-mean"]["ci_low"]) < float(rows["gene-mean"]["value"]) < float(rows["gene-mean"]["ci_high"])
    assert rows["abs-correlation"]["value"] == ""
    assert rows["abs-correlation"]["undefined_reason"]
    (stored,) = read_frame(tmp_path / "out" / "mine" / "run.parquet")["command"]
    assert stored.startswith("vledger run ")


def test_a_plan_computes_nothing(spec: Path, tmp_path: Path) -> None:
    code, out, _ = _carried_out("run", spec, "--plan", "--results", tmp_path / "out", "--format", "json")
    assert code == 0
    assert [row["system"] for row in json.loads(out)] == ["gene-mean", "abs-correlation", "gene-lr"]
    assert not (tmp_path / "out").exists()


def test_a_cluster_is_refused_in_a_sentence(spec: Path) -> None:
    code, _, err = _carried_out("run", spec, "--executor", "ray")
    assert code == 2
    assert "single-cell tasks are small enough for one machine: leave --executor ray out" in " ".join(err.split())


def test_what_is_not_estimated_is_told_in_a_sentence(spec: Path) -> None:
    code, _, err = _carried_out("plan", spec)
    assert code == 2
    assert "`vledger run mine.toml --plan` lists what would be done" in err


def test_something_that_failed_ends_with_exit_code_3(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text("regulator,target\nA,B\n", "utf-8")
    spec.write_text(SPEC + '\n[[edges]]\nname = "mine"\nfile = "edges.csv"\n', "utf-8")
    code, out, err = _carried_out("run", spec, "--results", tmp_path / "out")
    assert code == 3
    assert "not done: mine on networks:perturbench: edges.csv, line 1, column 'score'" in err
    assert "gene-mean" in out


def test_an_interrupted_run_says_what_is_kept(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.run.singlecell import execute  # noqa: PLC0415

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "answer_unit", interrupt)
    code, _, err = _carried_out("run", spec)
    assert code == 130
    assert "what is answered so far is kept, and the same command goes on from there" in err


def test_the_shipped_spec_names_every_task(precomputed: Path) -> None:
    from engine.singlecell_spec import read_singlecell_spec  # noqa: PLC0415

    found = read_singlecell_spec(precomputed / "single-cell.toml")
    assert (found.name, found.tasks, found.baselines) == ("single-cell", "all", "all")


# ---- publishing ----


def _publish(mirror: Path, facts: Path, cache: Path) -> Path:
    """The store of these facts and of a run over all single-cell tasks, in a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(cache))
        patch.delenv(MIRROR, raising=False)
        return publishing.publish(facts, results=everything(mirror).folder.parent)[0]


@pytest.fixture(scope="module")
def published(mirror: Path, precomputed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a run over all single-cell tasks, of which nothing is shipped."""
    folder = tmp_path_factory.mktemp("published")
    facts = Path(shutil.copytree(precomputed, folder / "precomputed"))
    shutil.rmtree(facts / "results" / "single-cell")
    publishing.write_manifest(facts)
    return _publish(mirror, facts, folder / "cache")


def test_a_store_with_the_results_passes_verification_and_has_every_row(published: Path, mirror: Path) -> None:
    found = everything(mirror)
    wanted = {"score": found.scores, "comparison": found.comparisons, "item_value": found.items}
    with duckdb.connect(str(published), read_only=True) as con:
        for table, rows in wanted.items():
            kept = con.execute(f"SELECT * FROM {table} WHERE run_id = ?", [found.run.run_id]).df()
            assert len(kept) == len(rows)
            assert list(kept.columns) == list(TABLE_OF[table].__dataclass_fields__)
        suites = con.execute("SELECT suite, count(*) FROM task GROUP BY ALL").fetchall()
    assert {"perturbation": 3, "cells": 1, "networks": 1}.items() <= dict(suites).items()


def test_means_over_a_suite_are_those_of_its_tasks(published: Path, mirror: Path) -> None:
    found = everything(mirror)
    values = {row.model_id: row.value for row in found.scores if (row.task_id, row.metric) == (CELLS, "AvgBIO")}
    query = "SELECT model_id, macro FROM suite_score WHERE suite = 'cells' AND metric = 'AvgBIO'"
    with duckdb.connect(str(published), read_only=True) as con:
        assert dict(con.execute(query).fetchall()) == values


def test_what_is_shipped_stands_before_the_same_systems_measured_here(
    mirror: Path, precomputed: Path, tmp_path: Path
) -> None:
    run_id = everything(mirror).run.run_id
    (shipped,) = read_frame(precomputed / "results" / "single-cell" / "run.parquet")["run_id"]
    scored = read_frame(precomputed / "results" / "single-cell" / "score.parquet")
    query = "SELECT run_id, count(*) FROM score JOIN task USING (task_id) WHERE kind IN (?, ?, ?) GROUP BY ALL"
    with duckdb.connect(str(_publish(mirror, precomputed, tmp_path)), read_only=True) as con:
        kinds = sorted({str(card.kind) for card in CELL_TASKS.values()})
        assert con.execute(query, kinds).fetchall() == [(shipped, len(scored))]
        both = con.execute("SELECT DISTINCT run_id FROM item_value ORDER BY ALL").fetchall()
    assert both == sorted([(run_id,), (shipped,)])
