"""Caches that earlier versions wrote, opened with today's code (tests/data/old_caches says how they were made)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dashboard.export import kept_links
from dashboard.observing.readiness import Watch
from engine.errors import StoreError
from engine.executors.journal import Journal
from engine.run import publishing
from engine.store.location import current_store, switch_pointer
from engine.store.migrations import available, migrate
from engine.store.parquet import read_frame
from engine.store.reader import open_read_only

OLD = Path(__file__).resolve().parents[1] / "data" / "old_caches"
VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
WITH_RUNS = VERSIONS[1:]
KEYS = ["model_id", "task_id", "stratum", "regime", "protocol", "metric"]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache in which every version had left its run, published anew with today's code; the value is the store."""
    cache = tmp_path_factory.mktemp("upgraded")
    for version in VERSIONS:
        shutil.copytree(OLD / version, cache, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(cache))
        return publishing.publish()[0]


def test_every_version_of_the_schema_is_kept_here() -> None:
    assert [path.name for path in sorted(OLD.iterdir()) if path.is_dir()] == list(VERSIONS)
    schemas = [
        json.loads((OLD / version / "store" / "current.json").read_text("utf-8"))["schema"] for version in VERSIONS
    ]
    assert schemas == list(available())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_says_which_command_brings_an_old_cache_up(version: str, empty_cache: Path) -> None:
    shutil.copytree(OLD / version, empty_cache)
    found = Watch().look()
    assert not found.ready
    assert found.reason is not None
    assert found.reason.endswith("run `vledger publish`")
    if version != VERSIONS[-1]:
        assert "is of an older version" in found.reason
    with pytest.raises(StoreError, match="run `vledger publish`"):
        current_store()


@pytest.mark.parametrize("version", WITH_RUNS)
def test_every_number_of_an_old_run_is_in_the_new_store(version: str, upgraded: Path) -> None:
    old = {path.stem: read_frame(path) for path in (OLD / version / "results" / f"kept-{version}").iterdir()}
    (run_id,) = old["run"]["run_id"]
    with open_read_only(upgraded) as con:
        scores = con.execute("SELECT * FROM score WHERE run_id = ?", [run_id]).df()
        predictions = con.execute("SELECT * FROM prediction WHERE run_id = ?", [run_id]).df()
        runs = con.execute("SELECT * FROM run WHERE run_id = ?", [run_id]).df()
    wanted = old["score"].dropna(axis="columns", how="all")
    _same(scores[wanted.columns], wanted, KEYS)
    _same(predictions[old["prediction"].columns], old["prediction"], ["model_id", "item_id"])
    told = [name for name in old["run"].dropna(axis="columns") if not name.endswith("_at")]
    _same(runs[told], old["run"][told], ["run_id"])
    assert len(scores) > 0
    assert len(predictions) > 0


def _same(found: pd.DataFrame, wanted: pd.DataFrame, keys: list[str]) -> None:
    left, right = (rows.sort_values(keys).reset_index(drop=True) for rows in (found, wanted))
    pd.testing.assert_frame_equal(left, right, check_dtype=False, check_exact=True)


def test_verdicts_failures_speeds_and_fits_come_along(upgraded: Path) -> None:
    with open_read_only(upgraded) as con:
        compared = con.execute(
            "SELECT model_id, delta, p, verdict FROM comparison WHERE run_id LIKE 'kept-0002-%'"
        ).fetchall()
        failed = con.execute("SELECT message FROM failure WHERE run_id LIKE 'kept-0002-%'").fetchall()
        speeds = con.execute("SELECT tokens_per_second FROM throughput WHERE run_id LIKE 'kept-0002-%'").fetchall()
        fits = con.execute(
            "SELECT left(run_id, 9), count(*) FROM probe_fit WHERE run_id LIKE 'kept-%' GROUP BY 1"
        ).fetchall()
    assert compared == [("kept-model", 0.25, 0.03125, "PASS")]
    assert failed == [("a fault of version 0002",)]
    assert speeds == [(80.0,)]
    counted = {
        f"kept-{v}": len(read_frame(OLD / v / "results" / f"kept-{v}" / "probe_fit.parquet")) for v in WITH_RUNS[1:]
    }
    assert dict(fits) == counted


@pytest.mark.parametrize("version", WITH_RUNS)
def test_the_journal_of_an_old_run_still_opens(version: str) -> None:
    (folder,) = (OLD / version / "runs").iterdir()
    journal = Journal(folder)
    assert journal.open({})["run_id"] == folder.name
    keys = journal.finished()
    assert len(keys) == (1 if version == "0002" else 2)
    for key in keys:
        assert journal.cost(key)["seconds"] >= 0
        with journal.rows(key) as path:
            assert len(read_frame(path)) > 0


def test_old_short_links_still_lead_where_they_led(upgraded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(upgraded.parent.parent))
    assert kept_links.find(kept_links.word_of("page=task&model=kept")) == "page=task&model=kept"


def test_the_upgraded_store_is_ready(upgraded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(upgraded.parent.parent))
    found = Watch().look()
    assert (found.ready, found.reason) == (True, None)


def test_a_store_of_a_newer_version_gives_one_sentence(served_store: Path) -> None:
    with duckdb.connect(served_store) as con:
        con.execute("INSERT INTO migration VALUES ('0099_later', now()::TIMESTAMP)")
        with pytest.raises(StoreError, match=r"written by a newer version \(migration 0099_later\): update") as refused:
            migrate(con)
    assert "\n" not in str(refused.value)
    _, pointer = current_store()
    switch_pointer(type(pointer)(pointer.file, pointer.content_hash, "0099_later", "9.9.9", pointer.published_at))
    with pytest.raises(StoreError, match=r"is of another version \(0099_later\)") as other:
        current_store()
    assert "\n" not in str(other.value)
