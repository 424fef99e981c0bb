"""What a Ray cluster of two nodes gains over one process, on scoring that is bound by the CPU."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from checkpoint import write_esm2
from rows import faster_than, noted, timed
from score_many import Silent, many_variants

from engine.errors import NotHereError
from engine.executors.journal import Journal
from engine.executors.local import run_units
from engine.executors.on_ray import connected
from engine.run.plan import plan_jobs
from engine.run.provenance import software
from engine.run.scoring import job_scores, score_jobs
from engine.run.work import loaded
from engine.spec import ModelSpec, Options

if TYPE_CHECKING:
    from engine.executors.local import RunUnits

COUNT, SHARD = 30_000, 500
NODES = 2


def score(folder: Path, count: int, *, workers: int, run_units: RunUnits) -> np.ndarray:
    """Scores of made-up variants, shape (count,), by plan, shards and journal as in a run; every worker loads anew."""
    data = many_variants(count)
    options = Options(device="cpu", shard=SHARD)
    jobs, refused = plan_jobs([data], [ModelSpec(id=str(folder))], shard=SHARD)
    loaded.cache_clear()
    with tempfile.TemporaryDirectory() as scratch:
        journal = Journal(Path(scratch))
        journal.open({})
        tasks, devices = {data.task.task_id: data}, ["cpu"] * workers
        refused += score_jobs(jobs, tasks, options, journal, devices, Silent(), run_units=run_units)
        assert not refused, refused
        return job_scores(jobs[0], data, journal)


def compare(folder: Path, count: int) -> dict[str, float]:
    """Seconds by one process, by two, and by Ray on two nodes of one CPU; all must give the same bits."""
    if find_spec("ray") is None:
        raise NotHereError("Ray is not installed: pip install 'validity-ledger[cluster]'")
    import ray  # noqa: PLC0415 - only this topic needs it
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - same

    one = partial(score, folder, count, run_units=run_units)
    expected, alone = timed(partial(one, workers=1))
    found, two = timed(partial(one, workers=2))
    assert np.array_equal(found, expected)
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(NODES):
            nodes.add_node(num_cpus=1)
        nodes.wait_for_nodes()
        ray.init(address=nodes.address, log_to_driver=False, logging_level=logging.ERROR)
        with connected(None, software) as cluster:
            found, seconds = timed(partial(score, folder, count, workers=NODES, run_units=cluster.run_units))
    finally:
        ray.shutdown()
        nodes.shutdown()
    assert np.array_equal(found, expected)
    return {"one": alone, "two": two, "ray": seconds}


def measure() -> list[dict[str, Any]]:
    """All rows."""
    load = os.getloadavg()[0]
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        seconds = compare(write_esm2(Path(folder), "8M"), COUNT)
    what = f"{COUNT:,} variants, ESM-2 8M, a thread each"
    beside = f"load {load:.1f} on {os.cpu_count()} cores before"
    return [
        faster_than(f"Ray on two nodes, {what}", seconds["ray"], seconds["one"], f"one process, {beside}", 1.8),
        noted(f"two processes, {what}", seconds["two"], "s", "one process, as above", seconds["one"] / seconds["two"]),
    ]
