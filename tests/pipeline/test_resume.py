"""A run that is killed goes on where it was: a real process, a real model, SIGKILL at several moments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.datasets.fetch import MIRROR
from engine.errors import TableError
from engine.store.parquet import read_frame, write_frame
from tests.pipeline.real_runs import TASK, Listener, carry_out, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.run.execute import Summary

ITEMS, SHARD, SHARDS = 4996, 200, 25
SPEC = """
name = "a"
tasks = ["{task}"]
baselines = ["blosum62"]
published = false
models = [{{ id = "{model}" }}]
[options]
shard = {shard}
draws = 100
"""


@pytest.fixture
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


def _start(folder: Path) -> subprocess.Popen[str]:
    path = folder / "run.toml"
    path.write_text(SPEC.format(task=TASK, model=tiny("esm2"), shard=SHARD), "utf-8")
    command = [sys.executable, "-m", "engine", "run", str(path), "--no-publish"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _kill_when(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert process.poll() is None, f"the run ended before it could be killed: {process.communicate()}"
        assert time.monotonic() < deadline, "the moment did not come within 60 s"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def _parts(cache: Path) -> dict[str, int]:
    """Finished shards, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in cache.glob("runs/*/parts/*.parquet")}


def test_a_run_killed_at_several_moments_ends_as_if_nothing_had_happened(machine: Path, tmp_path: Path) -> None:
    _kill_when(lambda: len(_parts(machine)) >= 2, _start(tmp_path))
    early = _parts(machine)
    assert 2 <= len(early) < SHARDS
    _kill_when(lambda: len(_parts(machine)) >= 14, _start(tmp_path))
    late = _parts(machine)
    assert len(early) < len(late) < SHARDS
    assert early.items() <= late.items(), "a finished shard was scored again"
    # All is scored, and the evaluation has begun.
    _kill_when(lambda: len(_parts(machine)) == SHARDS, _start(tmp_path))
    parts = _parts(machine)
    assert late.items() <= parts.items()
    assert not list(machine.glob("results/*/*"))

    process = _start(tmp_path)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert f"{ITEMS:,} of {ITEMS:,} variants" in told
    assert _parts(machine) == parts
    assert len(list((machine / "runs").iterdir())) == 1

    rows = read_frame(machine / "results" / "a" / "prediction.parquet")
    ours = rows[rows["model_id"] == "tiny-esm2"].set_index("item_id")["score"]
    assert len(ours) == ours.index.nunique() == ITEMS
    undisturbed = _undisturbed(tmp_path)
    other = read_frame(undisturbed.folder / "prediction.parquet")
    expected = other[other["model_id"] == "tiny-esm2"].set_index("item_id")["score"]
    assert ours.index.tolist() == expected.index.tolist()
    # Where a batch lies in memory decides the last digits of float32 sums.
    assert np.allclose(ours, expected, rtol=0, atol=1e-5)
    scores = read_frame(machine / "results" / "a" / "score.parquet")
    assert scores["value"].tolist() == pytest.approx([row.value for row in undisturbed.scores], nan_ok=True, abs=0)


def _undisturbed(folder: Path) -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(folder / "undisturbed"))
        return carry_out({"models": [{"id": str(tiny("esm2"))}], "options": {"shard": SHARD}})


def _again(listener: Listener | None = None) -> Summary:
    return carry_out({"models": [{"id": str(tiny("esm2"))}], "options": {"shard": 1000}}, listener=listener)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _lose_rows(path: Path) -> None:
    write_frame(path, read_frame(path)[:-1])


def _other_items(path: Path) -> None:
    rows = read_frame(path)
    write_frame(path, rows.assign(item_id=rows["item_id"].tolist()[::-1]))


def _damage_cost(path: Path) -> None:
    path.with_suffix(".json").write_text("{", "utf-8")


def _lose_cost(path: Path) -> None:
    path.with_suffix(".json").unlink()


def _lose(path: Path) -> None:
    path.unlink()


def _flip_a_bit(path: Path) -> None:
    """The first one that DuckDB reads without a complaint as another score."""
    whole, content = read_frame(path), bytearray(path.read_bytes())
    for place in range(len(content)):
        content[place] ^= 1
        path.write_bytes(content)
        with suppress(TableError):
            if not read_frame(path)["score"].equals(whole["score"]):
                return
        content[place] ^= 1
    raise AssertionError("no bit of the part belongs to a score")


def _other_cost(path: Path) -> None:
    cost = path.with_suffix(".json")
    found = json.loads(cost.read_text("utf-8"))
    cost.write_text(json.dumps(found | {"tokens": found["tokens"] + 1}), "utf-8")


@pytest.fixture(scope="module")
def finished(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """The cache of a finished run in five shards, to be damaged one by one, and what it came to."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MIRROR, str(mirror))
        patch.setenv("VLEDGER_CACHE", str(cache))
        return cache, _again()


def test_a_finished_run_is_not_scored_again_but_evaluated_and_written(
    finished: tuple[Path, Summary], mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, first = finished
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))
    before = _parts(cache)
    stamp = (first.folder / "run.parquet").stat().st_mtime_ns
    listener = Listener()
    second = _again(listener)
    assert listener.steps == [(ITEMS, ITEMS, 0)]
    assert _parts(cache) == before
    assert (second.run.run_id, second.run.started_at) == (first.run.run_id, first.run.started_at)
    assert second.scores == first.scores
    assert (second.folder / "run.parquet").stat().st_mtime_ns > stamp


@pytest.mark.parametrize(
    "damage",
    [_truncate, _empty, _flip_a_bit, _lose_rows, _other_items, _damage_cost, _other_cost, _lose_cost, _lose],
    ids=lambda one: one.__name__,
)
def test_a_damaged_part_is_scored_again_and_no_other(
    finished: tuple[Path, Summary],
    mirror: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", f"a part of the journal damaged: {damage.__name__}")
    cache, first = finished
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))
    before = _parts(cache)
    victim = min(cache.glob("runs/*/parts/*.parquet"))
    damage(victim)
    listener = Listener()
    second = _again(listener)
    (start, _, _), (end, total, tokens) = listener.steps
    assert 0 < start < end == total == ITEMS
    assert 0 < tokens < listener.jobs[0].tokens
    after = _parts(cache)
    assert after.pop(victim.name) > before.pop(victim.name)
    assert after == before
    assert [row.value for row in second.scores] == [row.value for row in first.scores]


def test_another_request_does_not_take_over_the_parts_of_the_first(
    finished: tuple[Path, Summary], mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, _ = finished
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))
    listener = Listener()
    other = {"name": "b", "models": [{"id": str(tiny("esm2")), "scorer": "wt-marginal"}], "options": {"shard": 5000}}
    summary = carry_out(other, listener=listener)
    assert listener.steps[0] == (0, ITEMS, 0)
    assert {row.protocol for row in summary.scores} == {"wt-marginal", "rule"}
    assert len(list((cache / "runs").iterdir())) == 2
