"""A simulation of a run on many GPUs: one driver that hands units to workers one after the other, and the workers.

Units go in the order of the spec, each to the worker that is free first, as the executors do it. A worker that meets
another model loads it. What one step costs is measured elsewhere and given here.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of one step; `look` is the driver's look at one unit under way whenever it waits for the next to end."""

    dispatch: float
    look: float
    write: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Units in their order.

    Attributes:
        model: shape (n,), number of each unit's model.
        seconds: shape (n,), in forward passes.
        load: shape (models,), seconds to load each.
    """

    model: np.ndarray
    seconds: np.ndarray
    load: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a simulated run came to.

    Attributes:
        makespan: seconds from the first unit to the last.
        busy: share of the GPUs' time in forward passes.
        driver: share of the time in which the driver has something to do; near one, it is what everything waits for.
        loading: share of the GPUs' time in which models are loaded.
    """

    makespan: float
    busy: float
    driver: float
    loading: float


def fleet(*, models: int, tasks: int, shards: int, tokens: int, tokens_per_second: float) -> Work:
    """Work of models whose sizes are spread evenly on a logarithmic scale from 8 million to 15 billion parameters.

    Args:
        models: how many.
        tasks: that each of them is run on.
        shards: of each task.
        tokens: in a unit.
        tokens_per_second: of a model of a billion parameters; others are slower as they are larger.
    """
    parameters = np.geomspace(8e6, 15e9, models)
    model = np.repeat(np.arange(models), tasks * shards)
    # Weights in half precision at a gigabyte per second.
    return Work(model=model, seconds=(tokens / tokens_per_second * parameters / 1e9)[model], load=parameters * 2 / 1e9)


def simulate(work: Work, workers: int, costs: Costs) -> Outcome:
    """Carry out the work on so many workers.

    The driver waits for a worker to end, looks at all that are under way, and hands a unit to each that has ended.
    """
    units = iter(zip(work.model.tolist(), work.seconds.tolist(), strict=True))
    loads, holds = work.load.tolist(), [-1] * workers
    running: list[tuple[float, int]] = []
    ended, now, driver, loading = list(range(workers)), 0.0, 0.0, 0.0
    while ended:
        start = now
        now += costs.look * len(running)
        for worker in ended:
            unit = next(units, None)
            if unit is None:
                break
            now += costs.dispatch
            load = 0.0 if holds[worker] == unit[0] else loads[unit[0]]
            holds[worker] = unit[0]
            loading += load
            heapq.heappush(running, (now + load + unit[1] + costs.write, worker))
        driver += now - start
        now, ended = _next(running, now)
    return Outcome(
        makespan=now,
        busy=float(work.seconds.sum()) / (workers * now),
        driver=driver / now,
        loading=loading / (workers * now),
    )


def _next(running: list[tuple[float, int]], now: float) -> tuple[float, list[int]]:
    """When the driver goes on, and the workers that have ended by then."""
    if running:
        now = max(now, running[0][0])
    ended = []
    while running and running[0][0] <= now:
        ended.append(heapq.heappop(running)[1])
    return now, ended
