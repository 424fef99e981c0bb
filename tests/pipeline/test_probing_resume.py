"""A probing run that is killed goes on where it was: a real process, SIGKILL while embedding and while fitting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.store.parquet import read_frame, write_frame
from tests.pipeline.probing_runs import Listener, carry_out, own_task
from tests.pipeline.real_runs import tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.run.probing.execute import Summary

MODEL = "tiny-llama-letters"
SEQUENCES, UNIT = 450, 10
SHARDS = SEQUENCES // UNIT
BASELINES = ["kmer-4", "gc", "onehot", "majority", "shuffled:kmer-4"]
PROBES = len(BASELINES) + 1
SPEC = """
name = "a"
tasks = ["own.csv"]
protocol = "fair-v1"
regimes = ["full", "1shot"]
baselines = {baselines}
models = [{{ id = "{model}" }}]
[options]
unit = {unit}
few_shot_draws = 20
"""


def _spec(folder: Path) -> dict[str, Any]:
    return {
        "tasks": [str(folder / "own.csv")],
        "protocol": "fair-v1",
        "regimes": ["full", "1shot"],
        "baselines": BASELINES,
        "models": [{"id": str(tiny("llama-letters"))}],
        "options": {"unit": UNIT},
    }


def _start(folder: Path) -> subprocess.Popen[str]:
    path = folder / "run.toml"
    path.write_text(SPEC.format(baselines=BASELINES, model=tiny("llama-letters"), unit=UNIT), "utf-8")
    command = [sys.executable, "-m", "engine", "run", str(path), "--no-publish"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
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


def _shards(cache: Path) -> dict[str, int]:
    """Embedded units, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in cache.glob("embeddings/*/*.index.npy")}


def _parts(cache: Path) -> dict[str, int]:
    """Fitted systems, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in cache.glob("runs/*/parts/*.parquet")}


def _values(summary_folder: Path) -> dict[tuple[str, ...], float]:
    rows = read_frame(summary_folder / "score.parquet")
    keys = rows[["model_id", "task_id", "stratum", "regime", "metric"]].itertuples(index=False, name=None)
    return dict(zip(keys, rows["value"], strict=True))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Summary]:
    """Folder and cache of an undisturbed run, to be damaged bit by bit, and what it came to."""
    pytest.importorskip("transformers")
    folder, cache = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("cache")
    own_task(folder / "own.csv", each=150, every=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(cache))
        return folder, cache, carry_out(_spec(folder))


def test_a_run_killed_at_several_moments_ends_as_if_nothing_had_happened(
    finished: tuple[Path, Path, Summary], empty_cache: Path
) -> None:
    folder, _, undisturbed = finished
    _kill_when(lambda: len(_shards(empty_cache)) >= 2, _start(folder))
    early = _shards(empty_cache)
    assert 2 <= len(early) < SHARDS
    assert not _parts(empty_cache)
    _kill_when(lambda: len(_parts(empty_cache)) >= 2, _start(folder))
    shards, fitted = _shards(empty_cache), _parts(empty_cache)
    assert early.items() <= shards.items(), "what was embedded was embedded again"
    assert len(shards) == SHARDS
    assert 2 <= len(fitted) < PROBES
    assert not list(empty_cache.glob("results/*/*"))

    process = _start(folder)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert f"{len(fitted)} of {PROBES} probes were done before" in told
    assert "embedded with" not in told
    assert _shards(empty_cache) == shards
    assert fitted.items() <= _parts(empty_cache).items()
    assert len(_parts(empty_cache)) == PROBES
    assert len(list((empty_cache / "runs").iterdir())) == 1

    results = empty_cache / "results" / "a"
    assert _values(results) == pytest.approx(_values(undisturbed.folder), nan_ok=True, abs=1e-9)
    ours, theirs = (read_frame(one / "prediction.parquet") for one in (results, undisturbed.folder))
    names = ["model_id", "item_id"]
    assert ours[names].to_numpy().tolist() == theirs[names].to_numpy().tolist()
    # Where a batch lies in memory decides the last digits of float32 sums.
    assert np.allclose(ours["score"], theirs["score"], rtol=0, atol=1e-4)
    (cost,) = read_frame(results / "throughput.parquet").to_dict("records")
    # What was put down just before the kill may not have been counted.
    assert SEQUENCES - 2 * UNIT <= cost["n_items"] <= SEQUENCES


@pytest.fixture
def again(
    finished: tuple[Path, Path, Summary], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[Summary, Listener]]:
    folder, cache, _ = finished
    monkeypatch.setenv("VLEDGER_CACHE", str(cache))

    def run() -> tuple[Summary, Listener]:
        listener = Listener()
        return carry_out(_spec(folder), listener=listener), listener

    return run


def test_a_finished_run_neither_embeds_nor_fits_again(
    finished: tuple[Path, Path, Summary], again: Callable[[], tuple[Summary, Listener]]
) -> None:
    _, cache, first = finished
    before = _shards(cache), _parts(cache)
    second, listener = again()
    assert listener.steps == [("probes", PROBES, PROBES, 0)]
    assert (_shards(cache), _parts(cache)) == before
    assert (second.run.run_id, second.run.started_at) == (first.run.run_id, first.run.started_at)
    assert second.scores == first.scores
    assert second.comparisons == first.comparisons
    (cost,) = read_frame(second.folder / "throughput.parquet").to_dict("records")
    assert (cost["model_id"], cost["n_items"]) == (MODEL, SEQUENCES)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def _lose_rows(path: Path) -> None:
    write_frame(path, read_frame(path)[:-1])


def _other_probability(path: Path) -> None:
    rows = read_frame(path)
    rows.loc[0, "probability"] = 1 - rows.loc[0, "probability"]
    write_frame(path, rows)


def _other_facts(path: Path) -> None:
    facts = path.with_suffix(".json")
    facts.write_text(facts.read_text("utf-8").replace("0.", "1.", 1), "utf-8")


def _damage_facts(path: Path) -> None:
    path.with_suffix(".json").write_text("{", "utf-8")


def _lose_facts(path: Path) -> None:
    path.with_suffix(".json").unlink()


def _lose(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "damage",
    [_truncate, _lose_rows, _other_probability, _damage_facts, _other_facts, _lose_facts, _lose],
    ids=lambda one: one.__name__,
)
def test_a_damaged_part_is_fitted_again_and_no_other(
    finished: tuple[Path, Path, Summary],
    again: Callable[[], tuple[Summary, Listener]],
    damage: Callable[[Path], None],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", f"a part of the journal damaged: {damage.__name__}")
    _, cache, first = finished
    before = _parts(cache)
    (victim,) = cache.glob("runs/*/parts/gc--*.parquet")
    damage(victim)
    second, listener = again()
    assert listener.steps == [("probes", PROBES - 1, PROBES, 0), ("probes", PROBES, PROBES, 0)]
    after = _parts(cache)
    assert after.pop(victim.name) > before.pop(victim.name)
    assert after == before
    assert [row.value for row in second.scores] == [row.value for row in first.scores]


def test_a_damaged_shard_of_the_cache_is_embedded_again_and_no_other(
    finished: tuple[Path, Path, Summary], again: Callable[[], tuple[Summary, Listener]]
) -> None:
    _, cache, first = finished
    before = _shards(cache)
    _truncate(min(cache.glob("embeddings/*/*.vectors.npy")))
    (part,) = cache.glob(f"runs/*/parts/{MODEL}--*.parquet")
    part.unlink()
    second, listener = again()
    embedded = [step for step in listener.steps if "embedded" in step[0]]
    assert [(done, total) for _, done, total, _ in embedded] == [(0, UNIT), (UNIT, UNIT)]
    assert len(_shards(cache).items() & before.items()) == SHARDS - 1
    assert [row.value for row in second.scores] == pytest.approx(
        [row.value for row in first.scores], abs=1e-9, nan_ok=True
    )


def test_what_is_known_of_a_model_is_asked_again_where_it_was_damaged(
    finished: tuple[Path, Path, Summary], again: Callable[[], tuple[Summary, Listener]]
) -> None:
    _, cache, first = finished
    (known,) = cache.glob("embeddings/known/*.json")
    whole = known.read_text("utf-8")
    known.write_text(whole[:40], "utf-8")
    second, _ = again()
    assert known.read_text("utf-8") == whole
    assert second.scores == first.scores


def test_two_processes_come_to_the_same(finished: tuple[Path, Path, Summary], empty_cache: Path) -> None:
    folder, _, undisturbed = finished
    spec = _spec(folder) | {"options": {"unit": 200, "workers": 2}, "baselines": ["gc"], "regimes": ["full"]}
    summary = carry_out(spec)
    assert summary.failures == []
    assert len(_shards(empty_cache)) == 3
    expected = _values(undisturbed.folder)
    found = _values(summary.folder)
    assert {key[0] for key in found} == {"gc", MODEL}
    assert found == pytest.approx({key: expected[key] for key in found}, abs=1e-9, nan_ok=True)
