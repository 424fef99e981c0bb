"""A full disk, a cache that cannot be written, a clock set back, half a file: a sentence each, and nothing is lost."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from engine.datasets.fetch import MIRROR
from engine.registry.tasks import find_task
from engine.run import bookkeeping
from engine.store.location import current_store
from engine.store.parquet import read_frame
from engine.store.reader import open_read_only
from tests.pipeline.killing import Command, differing
from tests.pipeline.real_runs import TASK, Listener, carry_out, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Record = Callable[[str, object], None]

RUN = """
name = "a"
tasks = ["{task}"]
baselines = ["blosum62"]
published = false
models = {models}
[options]
shard = 5000
draws = 100
device = "cpu"
"""
ITEMS = 4996
KIB = 1024


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


def _run(folder: Path, variables: dict[str, str], models: list[Path] | None = None) -> Command:
    path = folder / "run.toml"
    listed = ", ".join(f'{{ id = "{model}" }}' for model in models or [tiny("esm2")])
    path.write_text(RUN.format(task=TASK, models=f"[{listed}]"), "utf-8")
    return Command([["run", str(path), "--no-publish"]], folder / "cache", folder / "told.txt", variables)


def _sentence(command: Command, code: int) -> str:
    """What a command ends with: an exit code and one line, and nothing of how Python sees it."""
    assert command.finish() == code, command.told()
    told = command.told()
    assert "Traceback" not in told
    complaints = [line for line in told.splitlines() if line.startswith("vledger: ")]
    assert len(complaints) == 1, told
    assert told.rstrip().endswith(complaints[0])
    return complaints[0]


def _failures(results: Path) -> list[tuple[str, str, str, str]]:
    rows = read_frame(results / "failure.parquet")
    return list(rows[["stage", "model_id", "error_type", "message"]].itertuples(index=False, name=None))


# ---- the disk is full ----


def test_a_part_that_does_not_fit_is_a_failure_row_and_the_run_goes_on(
    tmp_path: Path, mirror: Path, record_property: Record
) -> None:
    record_property("fault", "disk full while a part is written")
    command = _run(tmp_path, {MIRROR: str(mirror)})
    results = command.cache / "results" / "a"
    # The part has a random number for each variant, the predictions that are left only those of a matrix.
    full = replace(command, largest=20 * KIB)
    assert full.finish() == 3, full.told()
    assert "Traceback" not in full.told()
    ((stage, model, kind, message),) = _failures(results)
    assert (stage, model, kind) == ("score", "tiny-esm2", "StoreError")
    assert "cannot be written" in message
    assert "File too large" in message
    assert set(read_frame(results / "prediction.parquet")["model_id"]) == {"blosum62"}
    assert not [path for path in command.cache.glob("runs/*/parts/*") if path.suffix == ".parquet"]

    assert command.finish() == 0, command.told()
    assert not (results / "failure.parquet").exists()
    assert read_frame(results / "prediction.parquet")["model_id"].value_counts().to_dict() == {
        "blosum62": ITEMS,
        "tiny-esm2": ITEMS,
    }


def test_results_that_do_not_fit_are_one_sentence_and_the_scores_are_kept(
    tmp_path: Path, mirror: Path, record_property: Record
) -> None:
    record_property("fault", "disk full while results are written")
    command = _run(tmp_path, {MIRROR: str(mirror)})
    assert command.finish() == 0, command.told()
    results = command.cache / "results" / "a"
    before = shutil.copytree(results, tmp_path / "before")
    sentence = _sentence(replace(command, largest=4 * KIB), 3)
    assert "cannot be written" in sentence
    assert differing(results, before) == []
    assert command.finish() == 0, command.told()
    assert f"{ITEMS:,} of {ITEMS:,} variants" in command.told()
    assert differing(results, before) == []


@pytest.mark.parametrize("largest", [100 * KIB, 1024 * KIB, 8192 * KIB], ids=["100 KiB", "1 MiB", "8 MiB"])
def test_a_store_that_does_not_fit_is_one_sentence_and_the_old_one_stays(
    served_store: Path, tmp_path: Path, largest: int, record_property: Record
) -> None:
    record_property("fault", f"disk full while a store is built, after {largest:,} bytes")
    command = Command([["publish", "--force"]], served_store.parents[1], tmp_path / "told.txt", largest=largest)
    sentence = _sentence(command, 3)
    assert "no store can be written in" in sentence
    assert "what was in service stays" in sentence
    assert sorted(path.name for path in served_store.parent.iterdir()) == ["current.json", served_store.name]
    _assert_readable(served_store)


def _assert_readable(store: Path) -> None:
    assert current_store()[0] == store
    with open_read_only(store) as con:
        assert con.execute("SELECT count(*) FROM score WHERE origin = 'published'").fetchone() == (25_961,)


# ---- the cache cannot be written ----


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], Path]]:
    """Takes the right to write from a folder and all in it, and gives it back in the end."""
    taken: list[Path] = []

    def take(folder: Path) -> Path:
        taken.extend([folder, *folder.rglob("*")])
        for path in taken:
            path.chmod(path.stat().st_mode & ~0o222)
        return folder

    yield take
    for path in taken:
        path.chmod(path.stat().st_mode | 0o200)


def test_a_read_only_cache_is_one_sentence_of_every_command(
    served_store: Path, tmp_path: Path, mirror: Path, read_only: Callable[[Path], Path], record_property: Record
) -> None:
    record_property("fault", "read-only cache")
    cache = read_only(served_store.parents[1])
    run = replace(_run(tmp_path, {MIRROR: str(mirror)}), cache=cache, privileged=False)
    assert "cannot be written (Permission denied)" in _sentence(run, 3)
    publish = replace(run, lines=[["publish", "--force"]])
    assert f"{cache / 'prepared'} cannot be written (Permission denied)" in _sentence(publish, 3)
    without_data = replace(publish, variables={MIRROR: ""})
    assert f"no store can be written in {cache / 'store'} (" in _sentence(without_data, 3)
    _assert_readable(served_store)
    assert replace(without_data, lines=[["sql", "SELECT count(*) FROM score"]]).finish() == 0


def test_a_file_in_the_place_of_the_cache_is_one_sentence(
    tmp_path: Path, mirror: Path, record_property: Record
) -> None:
    record_property("fault", "a file in the place of the cache")
    run = _run(tmp_path, {MIRROR: str(mirror)})
    run.cache.write_text("a file", "utf-8")
    assert "cannot be written (Not a directory)" in _sentence(run, 3)
    for variables in ({MIRROR: str(mirror)}, {MIRROR: ""}):
        assert "(Not a directory)" in _sentence(replace(run, lines=[["publish"]], variables=variables), 3)


# ---- the clock is set back ----


def test_a_clock_that_is_set_back_between_parts_changes_nothing(
    mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    record_property("fault", "clock set back by a year between parts")
    monkeypatch.setenv(MIRROR, str(mirror))
    content: dict[str, Any] = {"models": [{"id": str(tiny("esm2"))}], "options": {"shard": 1000}}
    first = carry_out(content)
    parts = sorted(empty_cache.glob("runs/*/parts/*.parquet"))
    for path in parts[:2]:
        path.unlink()
    # What is there was written in what is the future now.
    ahead = datetime.now(UTC).timestamp() + 3600
    for path in empty_cache.rglob("*"):
        os.utime(path, (ahead, ahead))
    monkeypatch.setattr(bookkeeping, "datetime", _LastYear)
    listener = Listener()
    second = carry_out(content, listener=listener)
    done, total, _ = listener.steps[0]
    assert 0 < done < total == ITEMS
    assert len(listener.steps) == 3, "only the two missing parts are scored"
    assert [row.value for row in second.scores] == [row.value for row in first.scores]
    assert second.run.run_id == first.run.run_id
    assert second.run.finished_at is not None
    assert second.run.finished_at >= second.run.started_at


class _LastYear(datetime):
    """A clock that is a year late."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        now = datetime.now(tz)
        return now.replace(year=now.year - 1, day=min(now.day, 28))


# ---- half a file ----


def test_half_a_file_of_weights_is_a_failure_row_and_the_other_model_goes_on(
    tmp_path: Path, mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    record_property("fault", "half-downloaded weights")
    monkeypatch.setenv(MIRROR, str(mirror))
    half = shutil.copytree(tiny("esm2"), tmp_path / "half-a-model")
    weights = half / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    summary = carry_out({"models": [{"id": str(half)}, {"id": str(tiny("esm2"))}], "options": {"shard": 5000}})
    (failure,) = summary.failures
    assert (failure.stage, failure.model_id, failure.task_id) == ("load", "half-a-model", None)
    assert "Traceback" not in failure.message
    assert failure.message.startswith("half-a-model")
    assert {row.model_id for row in summary.scores} == {"tiny-esm2", "blosum62"}
    assert _failures(summary.folder)[0][:2] == ("load", "half-a-model")
    assert (empty_cache / "results").is_dir()


def test_half_a_file_of_data_is_one_sentence_before_anything_is_scored(
    tmp_path: Path, mirror: Path, record_property: Record
) -> None:
    record_property("fault", "half-downloaded data: another SHA-256")
    command = _run(tmp_path, {MIRROR: ""})
    names = find_task(TASK).files
    for name in names:
        target = command.cache / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mirror / name, target)
        target.chmod(0o644)
    victim = command.cache / "data" / names[0]
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    sentence = _sentence(command, 2)
    assert f"{victim.name}: the content is not the pinned one" in sentence
    assert "vledger fetch" in sentence
    assert not (command.cache / "runs").exists()
