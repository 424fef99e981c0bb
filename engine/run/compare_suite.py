"""Any two systems of the store over the tasks of a suite, from one value per task."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import QueryError, SpecError
from engine.names import ALL_STRATA, SINGLE_CELL, Metric, Protocol, Regime
from engine.statistics.two_models import task_differences
from engine.statistics.verdict import MINIMUM_EFFECT
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from engine.statistics.two_models import TaskDifferences

_TASKS = "SELECT task_id, category, redundancy_group, primary_metric FROM task WHERE suite = ? ORDER BY position"
_SCORES = f"""
    SELECT score.model_id, score.protocol, score.task_id, score.value FROM score JOIN task USING (task_id)
    WHERE suite = $suite AND stratum = '{ALL_STRATA}' AND regime = $regime AND metric = $metric
    AND score.model_id IN ($first, $second) AND score.value IS NOT NULL
"""
_REGIMES = f"""
    SELECT regime FROM score JOIN task USING (task_id) WHERE suite = $suite AND stratum = '{ALL_STRATA}'
    AND score.model_id IN ($first, $second) AND score.value IS NOT NULL GROUP BY regime
"""
_SAME_PROBE = (Protocol.GENEB_PUBLISHED, Protocol.GENEB_EXACT)
"""The second repeats the first, so values of the two may stand side by side."""

_Values = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteComparison:
    """What was compared, and the differences; ``tasks` are what `differences.flipped_tasks` numbers."""

    suite: str
    regime: str
    metric: str
    first: str
    second: str
    first_protocol: str
    second_protocol: str
    margin: float
    tasks: tuple[str, ...]
    differences: TaskDifferences

    def lines(self) -> list[dict[str, Any]]:
        """One row a category, then macro and micro, by column name."""
        found = self.differences
        return [asdict(row) for row in (*found.categories, found.macro, found.micro)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which values of a suite; what is None is the suite's own."""

    suite: str
    regime: Regime | None = None
    metric: Metric | None = None
    protocol: Protocol | None = None


def compare_suite(
    first: str, second: str, asked: Asked, *, margin: float | None = None, draws: int = 2000, seed: int = 0
) -> SuiteComparison:
    """Compare two systems over the tasks of a suite that both were measured on.

    Args:
        first: id of a system.
        second: id of the system to compare it with.
        asked: which values; by default of the regime `full` or the only one, of the tasks' primary metric, and of the
            protocol that most tasks of both have.
        margin: smallest difference that is no tie; default: the metric's minimum effect.
        draws: of the bootstrap.
        seed: of the draws.

    Raises:
        SpecError: there is no such suite, or no margin for the metric.
        QueryError: a system has no such values, the two have no task or no protocol in common, or the suite's tasks
            have no scale in common.
        StoreError: there is no store.
    """
    if asked.suite in SINGLE_CELL:
        raise QueryError(
            f"each task of {asked.suite} has a scale of its own, so there is no difference over them: "
            f"vledger sql \"SELECT * FROM comparison JOIN task USING (task_id) WHERE suite = '{asked.suite}' "
            f"AND model_id = '{first}'\" lists paired ones, and the page Compare two models has the others"
        )
    path, _ = current_store()
    with open_read_only(path) as con:
        tasks = con.execute(_TASKS, [asked.suite]).fetchall()
        if not tasks:
            known = ", ".join(row[0] for row in con.execute("SELECT DISTINCT suite FROM task ORDER BY 1").fetchall())
            raise SpecError(f"there is no suite '{asked.suite}' in the store: choose one of {known}")
        metric = asked.metric or _common_metric([row[3] for row in tasks], asked.suite)
        names = {"suite": asked.suite, "first": first, "second": second}
        regime = asked.regime or _regime(con, names)
        rows = con.execute(_SCORES, names | {"regime": regime, "metric": metric}).fetchall()
    what = f"{metric} on a whole task of {asked.suite} in the regime {regime}"
    sides = [_by_protocol(rows, name, what) for name in (first, second)]
    one, other = _protocols(sides, (first, second), asked.protocol, what)
    values, others = (
        np.array([side[protocol].get(row[0], np.nan) for row in tasks])
        for side, protocol in zip(sides, (one, other), strict=True)
    )
    least = _margin(metric, margin)
    category, group = [row[1] for row in tasks], [row[2] for row in tasks]
    return SuiteComparison(
        suite=asked.suite,
        regime=regime,
        metric=metric,
        first=first,
        second=second,
        first_protocol=one,
        second_protocol=other,
        margin=least,
        tasks=tuple(row[0] for row in tasks),
        differences=task_differences(values, others, category, group, draws=draws, seed=seed, margin=least),
    )


def _common_metric(metrics: Sequence[str], suite: str) -> Metric:
    if len(set(metrics)) > 1:
        raise SpecError(f"the tasks of {suite} have several primary metrics: add --metric {' or '.join(set(metrics))}")
    return Metric(metrics[0])


def _regime(con: duckdb.DuckDBPyConnection, names: dict[str, str]) -> Regime:
    found = [Regime(row[0]) for row in con.execute(_REGIMES, names).fetchall()]
    if len(found) == 1:
        return found[0]
    return Regime.FULL if Regime.FULL in found or not found else found[0]


def _margin(metric: Metric, margin: float | None) -> float:
    if margin is not None:
        return margin
    if metric not in MINIMUM_EFFECT:
        raise SpecError(f"no smallest difference is set for {metric}: add --margin, such as --margin 0.03")
    return MINIMUM_EFFECT[metric]


def _by_protocol(rows: Sequence[tuple[str, str, str, float]], name: str, what: str) -> _Values:
    found: _Values = {}
    for model, protocol, task, value in rows:
        if model == name:
            found.setdefault(protocol, {})[task] = value
    if not found:
        raise QueryError(f"the store has no {what} for '{name}': `vledger list models` shows what was measured")
    return found


def _protocols(sides: Sequence[_Values], names: tuple[str, str], wanted: Protocol | None, what: str) -> tuple[str, str]:
    """The protocols whose values are compared: one for both, or one that repeats the other."""
    pairs = [
        (one, other)
        for one in sides[0]
        for other in sides[1]
        if (one == other or {one, other} <= set(_SAME_PROBE))
        and wanted in {None, one, other}
        and sides[0][one].keys() & sides[1][other].keys()
    ]
    if not pairs:
        told = "; ".join(f"'{name}' by {', '.join(side)}" for name, side in zip(names, sides, strict=True))
        asked = f" by {wanted}" if wanted else ""
        raise QueryError(f"the two have no common {what}{asked}: measured are {told}")
    return max(pairs, key=lambda pair: (len(sides[0][pair[0]].keys() & sides[1][pair[1]].keys()), pair[0] == pair[1]))
