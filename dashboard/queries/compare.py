"""Two systems of a suite side by side: what is compared, by which protocols, and their values by task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dashboard.queries.suites import SUITES
from engine.names import ALL_STRATA, Metric, Protocol
from engine.statistics.intervals import independent_difference
from engine.statistics.two_models import FEWEST_TO_TEST, MARGIN, TaskDifferences, task_differences
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

_SAME_PROBE = {str(Protocol.GENEB_PUBLISHED), str(Protocol.GENEB_EXACT)}
"""The second repeats the first, so values of the two may stand side by side."""
_SCORES = """
    SELECT s.task_id, s.model_id, s.protocol, s.value, s.ci_low, s.ci_high
    FROM score s JOIN task t USING (task_id)
    WHERE t.suite = $suite AND s.stratum = $all AND s.regime = $regime AND s.metric = $metric
      AND s.model_id IN ($first, $second) AND s.value IS NOT NULL
"""
_FLAGS = """
    SELECT DISTINCT s.model_id, m.role, s.flags FROM score s JOIN model m USING (model_id) JOIN task t USING (task_id)
    WHERE t.suite = $suite AND ($task = '' OR s.task_id = $task) AND s.regime = $regime AND s.metric = $metric
      AND s.model_id IN ($first, $second) AND s.flags IS NOT NULL ORDER BY ALL
"""
_FLAGS_OF_PAIR = """
    SELECT DISTINCT c.model_id, c.baseline_id, c.flags FROM comparison c JOIN task t USING (task_id)
    WHERE t.suite = $suite AND ($task = '' OR c.task_id = $task) AND c.regime = $regime AND c.metric = $metric
      AND c.stratum = $all AND c.flags IS NOT NULL
      AND (c.model_id = $first AND c.baseline_id = $second OR c.model_id = $second AND c.baseline_id = $first)
    ORDER BY ALL
"""
_THRESHOLDS = """
    SELECT count(threshold) AS n FROM scored WHERE task_id = $task AND model_id IN ($first, $second)
"""
_SIDES = ("first", "second")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems and which of their values are compared. Plain values: it can be the key of a cache."""

    suite: str
    regime: str
    metric: str
    first: str
    second: str

    @property
    def margin(self) -> float:
        """The smallest difference that counts; that of MCC where none is set for the metric."""
        return MINIMUM_EFFECT[Metric(self.metric)] if self.margin_set else MARGIN

    @property
    def margin_set(self) -> bool:
        """Whether a smallest difference is set for this metric."""
        return Metric(self.metric) in MINIMUM_EFFECT


@dataclass(frozen=True, slots=True)
class OverTasks:
    """Two systems on the tasks of a suite that both have.

    `rows` has one row a task in the suite's order: task_id, label, category, group, first, second, delta, low, high
    (of the difference as if both had been measured on different items, missing where either has no interval).
    `protocols` are empty where the two have no task in common; `by` are the protocols that either has.
    """

    rows: pd.DataFrame
    protocols: tuple[str, ...]
    by: tuple[tuple[str, ...], tuple[str, ...]]
    left_out: int

    @property
    def enough(self) -> bool:
        """Whether there are so many common tasks that they are the units of a test."""
        return len(self.rows) >= FEWEST_TO_TEST


def read_over_tasks(ask: Ask, catalog: Catalog, pair: Pair) -> OverTasks:
    """Values of two systems on whole tasks, by the protocol or protocols that most tasks of both have."""
    names = {"suite": pair.suite, "first": pair.first, "second": pair.second, "all": ALL_STRATA}
    found = ask(_SCORES, names | {"regime": pair.regime, "metric": pair.metric})
    sides = [found[found["model_id"] == name] for name in (pair.first, pair.second)]
    chosen = _protocols(sides)
    by = tuple(tuple(sorted(set(side["protocol"]))) for side in sides)
    tasks = catalog.tasks.loc[catalog.tasks_of(pair.suite), ["label", "category", "redundancy_group"]]
    tasks = tasks.rename(columns={"redundancy_group": "group"}).rename_axis("task_id")
    for side, name, protocol in zip(sides, _SIDES, chosen or ("", ""), strict=True):
        own = side[side["protocol"] == protocol].set_index("task_id")[["value", "ci_low", "ci_high"]].astype(float)
        tasks = tasks.join(own.set_axis([name, f"{name}_low", f"{name}_high"], axis=1))
    rows = tasks[tasks["first"].notna() & tasks["second"].notna()].reset_index()
    return OverTasks(with_difference(rows), chosen, (by[0], by[1]), len(tasks) - len(rows))


def read_flags(ask: Ask, pair: Pair, task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flags of both systems' values and of their comparisons, on a task or, where it is empty, on all of the suite."""
    asked = {"suite": pair.suite, "task": task, "regime": pair.regime, "metric": pair.metric}
    asked |= {"first": pair.first, "second": pair.second}
    return ask(_FLAGS, asked), ask(_FLAGS_OF_PAIR, asked | {"all": ALL_STRATA})


def read_thresholds(ask: Ask, pair: Pair, task: str) -> bool:
    """Whether both systems' calls are known: a threshold is stated for either's single scores."""
    names = {"task": task, "first": pair.first, "second": pair.second}
    return int(ask(_THRESHOLDS, names)["n"].iloc[0]) == len(_SIDES)


def _protocols(sides: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    """One for both, or one that repeats the other: as `vledger compare --suite` takes them."""
    tasks = [{str(name): set(rows["task_id"]) for name, rows in side.groupby("protocol")} for side in sides]
    pairs = [
        (one, other)
        for one in tasks[0]
        for other in tasks[1]
        if (one == other or {one, other} <= _SAME_PROBE) and tasks[0][one] & tasks[1][other]
    ]
    return max(pairs, key=lambda pair: (len(tasks[0][pair[0]] & tasks[1][pair[1]]), pair[0] == pair[1]), default=())


def with_difference(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with delta and, where both values have an interval, low and high as of different items."""
    bounds = [
        _unpaired(row) for row in rows[[f"{side}{end}" for side in _SIDES for end in ("", "_low", "_high")]].values
    ]
    low, high = np.array(bounds, dtype=float).reshape(-1, 2).T
    return rows.assign(delta=rows["first"] - rows["second"], low=low, high=high)


def _unpaired(row: np.ndarray) -> tuple[float, float]:
    if np.isnan(row).any():
        return np.nan, np.nan
    return independent_difference((row[0], row[1], row[2]), (row[3], row[4], row[5]))


def differences(
    first: list[float], second: list[float], category: list[str], group: list[str | None], margin: float
) -> TaskDifferences:
    """As `task_differences`, all arguments by position; for a worker process."""
    return task_differences(first, second, category, np.array(group, dtype=object), margin=margin)


def arguments(over: OverTasks, margin: float) -> tuple[list[float], list[float], list[str], list[str | None], float]:
    """What `differences` is asked with."""
    rows = over.rows
    groups = [None if pd.isna(group) else str(group) for group in rows["group"]]
    return list(rows["first"]), list(rows["second"]), list(rows["category"].astype(str)), groups, margin


def in_protocols(suite: str) -> list[str]:
    """Protocols whose values stand on the suite's board."""
    return list(SUITES[suite].protocols)
