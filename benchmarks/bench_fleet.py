"""Where scheduling, the journal and publishing begin to dominate: 40 models on 100 tasks, up to 10,000 GPUs.

Every step is measured here, on this machine, with the code that runs use; the fleet is simulated with these figures.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
from bench_store import own_cache
from fleet import Costs, fleet, simulate
from rows import faster_than, noted, timed

from engine.embedders.cache import Collection
from engine.executors.journal import Journal
from engine.executors.local import Outcome, Task, run_units
from engine.run import publishing
from engine.run.provenance import software
from engine.run.sealing import is_sealed, sealed
from engine.store.location import cache_dir, precomputed_dir
from engine.store.parquet import read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Row = dict[str, Any]

MODELS, TASKS, SHARDS = 40, 100, 250
UNITS = MODELS * TASKS * SHARDS
VARIANTS, TOKENS = 2000, 2000 * 512
# Two operations per parameter and token, at four tenths of the 989.5 TFLOP/s of an H200 in bfloat16 (`plan.py`,
# `gpus.csv`): the simulation's one assumption on speed.
TOKENS_PER_SECOND = 0.4 * 989.5e12 / (2 * 1e9)
FLEETS = (10, 100, 1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Payload:
    """What goes to a worker for a unit: as many bytes as a shard of variants of one protein has."""

    key: str
    item_ids: tuple[str, ...]
    sequence: str
    index: np.ndarray


def payload(number: int) -> Payload:
    """Of the unit with that number."""
    index = np.arange(VARIANTS, dtype=np.int64)
    return Payload(f"unit-{number}", tuple(f"A{place}C" for place in index.tolist()), "ACDEFGHIKL" * 100, index)


def nothing(_: Payload, __: str) -> Outcome:
    """A unit that costs nothing: what is left is the executor's own time."""
    return Outcome(result={"n_items": VARIANTS})


def dispatch_local(units: int) -> float:
    """Seconds of the driver for a unit, with two processes."""
    task = Task(payload, nothing)
    list(run_units(range(4), task, ["cpu", "cpu"]))
    started = _seconds_between(run_units(range(units), task, ["cpu", "cpu"]))
    return started / (units - 2)


def _seconds_between(outcomes: Iterator[Any]) -> float:
    """From the second outcome to the last: workers have started by then."""
    next(outcomes)
    next(outcomes)
    start = time.perf_counter()
    for _ in outcomes:
        pass
    return time.perf_counter() - start


def dispatch_ray(units: int, running: int) -> tuple[float, float]:
    """Seconds of the driver for a unit, with two workers on this machine, and for a look at each one under way."""
    from engine.executors.on_ray import connected  # noqa: PLC0415 - only where Ray is

    with connected("local", software) as cluster:
        outcomes = cluster.run_units(range(units), Task(payload, nothing), ["cpu", "cpu"])
        unit = _seconds_between(outcomes) / (units - 2)
        sleeper = cluster.ray.remote(num_cpus=0)(_Sleeper).remote()
        waiting = [sleeper.sleep.remote() for _ in range(running)]
        _, look = timed(lambda: cluster.ray.wait(waiting, num_returns=1, timeout=0), 5)
        cluster.ray.kill(sleeper)
    return unit, look / running


class _Sleeper:
    """An actor whose calls stay under way."""

    def sleep(self) -> None:
        """Stay so."""
        time.sleep(3600)


def part(number: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """Cost and rows of a finished unit."""
    items = pd.array([f"A{place}C" for place in range(VARIANTS)], dtype="string")
    rows = pd.DataFrame({"item_id": items, "score": np.random.default_rng(number).normal(size=VARIANTS)})
    return {"n_items": VARIANTS, "tokens": TOKENS, "seconds": 1.0, "details": {"truncated": 0.0}}, rows


def journal_seconds(folder: Path, parts: int) -> dict[str, float]:
    """Seconds per part: to write it, to find it in the listing, to check it at a resume, and to read its scores."""
    journal = Journal(folder)
    journal.open({"run_id": "benchmark"})
    made = [(f"part-{number:06d}", *part(number)) for number in range(parts)]
    found = {}

    def write(key: str, cost: Mapping[str, Any], rows: pd.DataFrame) -> None:
        journal.write(key, sealed(cost, rows), lambda path: write_frame(path, rows))

    def check(key: str) -> None:
        with journal.rows(key) as path:
            assert is_sealed(journal.cost(key), read_frame(path))

    def gather(key: str) -> None:
        with journal.rows(key) as path:
            read_frame(path)
        journal.cost(key)

    write("warm", *part(0))
    _, found["write"] = timed(lambda: [write(*one) for one in made])
    _, found["list"] = timed(journal.finished, 5)
    _, found["check"] = timed(lambda: [check(key) for key, *_ in made])
    _, found["gather"] = timed(lambda: [gather(key) for key, *_ in made])
    return {name: seconds / parts for name, seconds in found.items()}


def kept_rows(folder: Path, shards: int = 500) -> list[Row]:
    """What is kept from one part to the next, against making it anew for each: a database, and indexes of vectors."""
    path = folder / "part.parquet"
    write_frame(path, part(0)[1])

    def with_a_database_of_its_own() -> None:
        with duckdb.connect() as con:
            con.execute("SELECT * FROM read_parquet($path)", {"path": str(path)}).df()

    _, kept = timed(lambda: read_frame(path), 50)
    _, anew = timed(with_a_database_of_its_own, 20)
    vectors = Collection(folder / "vectors")
    vectors.folder.mkdir()
    for number in range(shards):
        digests = np.array([number.to_bytes(8, "big") + place.to_bytes(8, "big") for place in range(50)], dtype="S16")
        vectors.add(digests, np.zeros((50, 8), np.float32), np.ones(50, np.int64))
    _, first = timed(lambda: vectors.missing(digests))
    _, again = timed(lambda: vectors.missing(digests), 10)
    return [
        faster_than("fleet: a part read", kept, anew, "a database opened for each", None),
        faster_than(f"fleet: {shards} shards of vectors looked through", again, first, "each read anew", None),
    ]


def publish_seconds(runs: int) -> tuple[float, float, int]:
    """Seconds of a publish without runs of this machine, and of each further run; and the predictions of one."""
    shipped = precomputed_dir() / "results" / "baselines"
    with own_cache():
        publishing.publish()
        _, empty = timed(lambda: publishing.publish(force=True), 3)
        for number in range(runs):
            _copy_run(shipped, cache_dir() / "results" / f"copy-{number}", number)
        _, full = timed(lambda: publishing.publish(force=True), 3)
    return empty, (full - empty) / runs, len(read_frame(shipped / "prediction.parquet"))


def _copy_run(source: Path, target: Path, number: int) -> None:
    shutil.copytree(source, target)
    for name in ("run", "prediction", "score", "comparison"):
        rows = read_frame(target / f"{name}.parquet")
        write_frame(target / f"{name}.parquet", rows.assign(run_id=f"copy-{number}"))


def step_rows(parts: int = 1000, units: int = 1000, running: int = 10_000, runs: int = 10) -> tuple[list[Row], Steps]:
    """Lines of the measured steps, and what the simulation needs of them."""
    local = dispatch_local(units)
    unit, look = dispatch_ray(units, running) if find_spec("ray") else (local, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        journal = journal_seconds(Path(folder) / "journal", parts)
        kept = kept_rows(Path(folder))
    empty, each, predictions = publish_seconds(runs)
    steps = Steps(unit, look, journal, empty, each / predictions)
    found = [
        noted("fleet: a unit through the local executor", local * 1e3, "ms", "two processes, work of no time"),
        noted("fleet: a part written", journal["write"] * 1e3, "ms", f"{VARIANTS:,} variants; cost, seal and rows"),
        noted("fleet: a part found in the listing", journal["list"] * 1e6, "µs", f"{parts:,} parts in one folder"),
        noted("fleet: a part checked at a resume", journal["check"] * 1e3, "ms", "rows read and held against the seal"),
        noted("fleet: a part gathered", journal["gather"] * 1e3, "ms", "rows and cost read"),
        *kept,
        noted("fleet: publish without runs", empty, "s", "what is shipped"),
        noted("fleet: each further run published", each, "s", f"{predictions:,} predictions in it"),
    ]
    if find_spec("ray"):
        words = f"{running:,} units under way: {look * running * 1e3:.1f} ms a look"
        found[1:1] = [
            noted("fleet: a unit through Ray", unit * 1e3, "ms", "two workers on this machine, work of no time"),
            noted("fleet: Ray's wait, for each unit under way", look * 1e6, "µs", words),
        ]
    return found, steps


@dataclass(frozen=True, slots=True)
class Steps:
    """Seconds: a unit's dispatch, a look at each under way, the journal's steps of a part, a publish, a row in it."""

    dispatch: float
    look: float
    journal: Mapping[str, float]
    publish: float
    publish_row: float


def fleet_rows(steps: Steps, *, shards: int = SHARDS, fleets: tuple[int, ...] = FLEETS) -> list[Row]:
    """Lines of the simulated runs: how long, and what the GPUs were at."""
    costs = Costs(dispatch=steps.dispatch, look=steps.look, write=steps.journal["write"])
    found = []
    for smaller, workers in itertools.product((1, 10), fleets):
        work = fleet(
            models=MODELS,
            tasks=TASKS,
            shards=shards // smaller,
            tokens=TOKENS * smaller,
            tokens_per_second=TOKENS_PER_SECOND,
        )
        one = simulate(work, workers, costs)
        units = len(work.model)
        name = f"fleet: {workers:,} GPUs, {units:,} units"
        words = f"GPUs busy {one.busy:.0%}, loading {one.loading:.0%}; driver busy {min(1, one.driver):.0%}"
        found.append(noted(name, one.makespan / 60, "min", words, one.busy))
    return found


def afterwards_rows(steps: Steps, units: int = UNITS) -> list[Row]:
    """Lines of what one process does before and after all units: it does not shrink with the fleet."""
    rows = units * VARIANTS
    publish = steps.publish + steps.publish_row * rows
    check, gather = (units * steps.journal[name] for name in ("check", "gather"))
    return [
        noted(f"fleet: resume of {units:,} parts", check / 60, "min", "before the first unit"),
        noted(f"fleet: scores of {units:,} parts gathered", gather / 60, "min", "after the last"),
        noted(
            f"fleet: publish of {rows:,} predictions", publish / 60, "min", "as long for each as in the measured runs"
        ),
    ]


def measure() -> list[Row]:
    """All lines."""
    found, steps = step_rows()
    return [*found, *fleet_rows(steps), *afterwards_rows(steps)]
