from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.records import BULK_TABLES, BUNDLE_FIELD_OF, Bundle, Failure, Run
from engine.store.parquet import read_frame, write_frame
from engine.store.results import result_files, runs_in, write_results

if TYPE_CHECKING:
    from pathlib import Path


def _run(name: str) -> Run:
    return Run(
        run_id=name,
        started_at="2026-01-01T00:00:00+00:00",
        finished_at=None,
        status="finished",
        command="vledger run a.toml",
        spec_hash="0" * 64,
        spec_json="{}",
        engine_version="0.1.0",
        git_commit=None,
        git_dirty=None,
        packages_json="{}",
        device="cpu",
        dtype=None,
        seed=0,
    )


def _failure(name: str) -> Failure:
    return Failure(run_id=name, stage="plan", model_id=None, task_id=None, error_type="SpecError", message="no")


def _predictions(folder: Path, scores: list[float]) -> Path:
    folder.mkdir(exist_ok=True)
    write_frame(folder / "rows.parquet", pd.DataFrame({"score": scores}))
    return folder / "rows.parquet"


def test_tables_with_rows_get_a_file_each(tmp_path: Path) -> None:
    bulk = {"prediction": _predictions(tmp_path / "scratch", [1.0, 2.0])}
    write_results(tmp_path / "results" / "a", Bundle(runs=[_run("a")], failures=[_failure("a")]), bulk)
    names = {path.name for path in (tmp_path / "results" / "a").iterdir()}
    assert names == {"run.parquet", "failure.parquet", "prediction.parquet"}
    assert not bulk["prediction"].exists()
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["a"]


def test_results_replace_those_that_were_there_as_a_whole(tmp_path: Path) -> None:
    write_results(tmp_path / "a", Bundle(runs=[_run("first")], failures=[_failure("first")]), {})
    write_results(tmp_path / "a", Bundle(runs=[_run("second")]), {})
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["run.parquet"]
    assert read_frame(tmp_path / "a" / "run.parquet")["run_id"].tolist() == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_results_that_cannot_be_written_leave_the_old_ones(tmp_path: Path) -> None:
    write_results(tmp_path / "a", Bundle(runs=[_run("first")]), {})
    with pytest.raises(FileNotFoundError):
        write_results(tmp_path / "a", Bundle(runs=[_run("second")]), {"prediction": tmp_path / "none.parquet"})
    assert read_frame(tmp_path / "a" / "run.parquet")["run_id"].tolist() == ["first"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_several_may_write_the_same_results_at_once(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(5):
            write_results(tmp_path / "a", Bundle(runs=[_run(f"run-{number}")]), {})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert read_frame(tmp_path / "a" / "run.parquet")["run_id"].tolist()[0] in {f"run-{number}" for number in range(4)}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_files_come_in_the_order_in_which_tables_are_filled(tmp_path: Path) -> None:
    for name in ("a", "b"):
        bulk = {"prediction": _predictions(tmp_path / "scratch", [1.0])}
        write_results(tmp_path / name, Bundle(runs=[_run(name)], failures=[_failure(name)]), bulk)
    found = result_files([tmp_path / "b", tmp_path / "a"])
    assert list(found) == [table for table in [*BUNDLE_FIELD_OF, *BULK_TABLES] if table in found]
    assert found.keys() == {"run", "failure", "prediction"}
    assert found["run"] == [tmp_path / "b" / "run.parquet", tmp_path / "a" / "run.parquet"]


def test_the_run_written_last_comes_first_and_unfinished_folders_are_none(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        write_results(tmp_path / name, Bundle(runs=[_run(name)]), {})
        stamp = 1_700_000_000 - age
        os.utime(tmp_path / name / "run.parquet", (stamp, stamp))
    (tmp_path / ".half.0123").mkdir()
    write_results(tmp_path / ".half.0123", Bundle(runs=[_run("half")]), {})
    (tmp_path / "empty").mkdir()
    assert [folder.name for folder in runs_in(tmp_path)] == ["new", "middle", "old"]
    assert runs_in(tmp_path / "nowhere") == []
