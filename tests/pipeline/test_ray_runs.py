"""The same runs on this machine and on a Ray cluster of two nodes: the same bits, whatever happens to a node."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.datasets.fetch import MIRROR
from engine.executors.on_ray import connected
from engine.probe_spec import make_probe_spec
from engine.run.execute import Summary, execute, prepare
from engine.run.probing import execute as probing
from engine.run.provenance import software
from engine.run.site import HERE, Site
from engine.spec import make_spec
from engine.store.parquet import read_frame
from tests.engine.ray_nodes import NODES, add_one, kill_one, two_nodes
from tests.pipeline import probing_runs
from tests.pipeline.real_runs import TASK, Listener, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

ITEMS, SHARD, SHARDS = 4996, 500, 10


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    with two_nodes() as found:
        yield found


@pytest.fixture(scope="module")
def on_ray(nodes: Any) -> Iterator[Site]:
    assert len(nodes.worker_nodes) == NODES
    with connected(None, software) as cluster:
        yield Site(cluster.run_units)


@pytest.fixture(autouse=True)
def machine(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


def _score(folder: Path, site: Site, *, workers: int = 1, listener: Listener | None = None) -> Summary:
    content = {
        "name": "a",
        "tasks": [TASK],
        "baselines": ["blosum62"],
        "published": False,
        "models": [{"id": str(tiny("esm2"))}],
        "options": {"device": "cpu", "draws": 100, "shard": SHARD},
    }
    devices = ["cpu"] * workers
    asked = prepare(make_spec(content, where="a test"), devices=devices)
    return execute(
        asked, command="vledger run", devices=devices, reporter=listener or Listener(), results=folder, site=site
    )


def _predictions(folder: Any) -> pd.DataFrame:
    rows = read_frame(folder / "prediction.parquet", columns="model_id, task_id, item_id, score, higher_is")
    return rows.sort_values(["model_id", "task_id", "item_id"], ignore_index=True)


def _parts(cache: Path) -> Counter[str]:
    return Counter(path.name for path in cache.rglob("parts/*.parquet"))


class _Killing(Listener):
    """A node dies when a third of the variants are scored."""

    def __init__(self, nodes: Any) -> None:
        super().__init__()
        self._nodes = nodes

    def progress(self, done: int, total: int, tokens: int, seconds: float) -> None:
        super().progress(done, total, tokens, seconds)
        if 3 * done >= total and len(self._nodes.worker_nodes) == NODES:
            kill_one(self._nodes)


def test_scores_are_the_same_bits_here_in_two_processes_on_ray_and_after_a_node_died(
    nodes: Any, on_ray: Site, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _score(tmp_path / "one", HERE)
    expected = _predictions(alone.folder)
    assert len(expected) == 2 * ITEMS
    names = _parts(machine)
    assert len(names) == SHARDS
    assert set(names.values()) == {1}
    listener = _Killing(nodes)
    runs = {
        "two": lambda folder: _score(folder, HERE, workers=2),
        # Behind a URL, of which the same holds.
        "ray": lambda folder: _score(folder, Site(on_ray.run_units, f"local://{tmp_path}/cache-ray"), workers=NODES),
        "killed": lambda folder: _score(folder, on_ray, workers=NODES, listener=listener),
    }
    for name, run in runs.items():
        monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / f"cache-{name}"))
        summary = run(tmp_path / name)
        assert not summary.failures
        # Bits, not numbers: a comparison of floats would take 0.0 for -0.0.
        found = _predictions(summary.folder)
        assert np.array_equal(found["score"].to_numpy().view(np.int64), expected["score"].to_numpy().view(np.int64))
        assert found.drop(columns="score").equals(expected.drop(columns="score"))
        assert summary.scores == alone.scores
        assert summary.run.run_id == alone.run.run_id
        assert _parts(tmp_path / f"cache-{name}") == names
    assert len(nodes.worker_nodes) == NODES - 1
    add_one(nodes)
    reread = Listener()
    _score(tmp_path / "again", Site(journals=f"local://{tmp_path}/cache-ray"), listener=reread)
    assert reread.steps == [(ITEMS, ITEMS, 0)]
    # Every shard was counted once, though one was begun twice.
    assert listener.steps[-1][:2] == (ITEMS, ITEMS)
    assert [done for done, _, _ in listener.steps] == sorted({done for done, _, _ in listener.steps})


def _probe(site: Site, workers: int) -> probing.Summary:
    content = {
        "name": "b",
        "tasks": [str(probing_runs.own_task(probing_runs._TOP / "own.csv", each=60))],
        "protocol": "fair-v1",
        "regimes": ["full", "10shot"],
        "baselines": ["kmer-4", "kmer-best", "gc", "majority"],
        "options": {"device": "cpu", "few_shot_draws": 20},
    }
    asked = probing.prepare(make_probe_spec(content, where="a test"))
    listener = probing_runs.Listener()
    return probing.execute(asked, command="vledger run", reporter=listener, devices=["cpu"] * workers, site=site)


def test_probes_give_the_same_answers_here_in_two_processes_and_on_ray(
    on_ray: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for name, site, workers in (("one", HERE, 1), ("two", HERE, 2), ("ray", on_ray, NODES)):
        monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / name))
        found[name] = _probe(site, workers)
    rows = {name: _predictions(summary.folder) for name, summary in found.items()}
    assert len(rows["one"]) == 4 * 60
    assert rows["two"].equals(rows["one"])
    assert rows["ray"].equals(rows["one"])
    assert found["two"].scores == found["ray"].scores == found["one"].scores
    assert found["two"].comparisons == found["ray"].comparisons == found["one"].comparisons
