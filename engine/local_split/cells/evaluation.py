"""From replicates of metrics to values, differences and verdicts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.cells.exchange import TypeValue
from engine.local_split.evaluation import judge
from engine.local_split.exchange import Difference, Value
from engine.statistics.bootstrap import defined, interval
from engine.statistics.metrics import CARDS
from engine.statistics.verdict import MINIMUM_EFFECT, bootstrap_p, verdict_article

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.local_split.exchange import System
    from engine.names import Metric
    from engine.singlecell.contract import Outcome, Replicated

    Found = Mapping[tuple[str, Metric], Replicated]

WHOLE = "all"
_NO_INTERVAL = "too few resamples have a value of both"


def values_of(systems: Sequence[System], metrics: Sequence[Metric], found: Found) -> tuple[Value, ...]:
    """Every metric of every system, with its percentile interval or the reason why there is none."""
    return tuple(_value(system, metric, found[system.system_id, metric]) for system in systems for metric in metrics)


def differences_of(
    systems: Sequence[System], metrics: Sequence[Metric], found: Found, values: Sequence[Value]
) -> tuple[Difference, ...]:
    """The user's systems minus each baseline on the same resamples, with q over each family and both verdicts."""
    known = {(value.system_id, value.metric): value for value in values}
    rows = []
    for metric, own, other in product(metrics, _of(systems, "yours"), _of(systems, "baseline")):
        pair = (known[own.system_id, metric.value], known[other.system_id, metric.value])
        apart = _apart(found[own.system_id, metric], found[other.system_id, metric])
        rows.append(_difference(metric, other, pair, apart))
    return tuple(judge(rows))


def items_of(systems: Sequence[System], outcomes: Mapping[str, Outcome]) -> tuple[TypeValue, ...]:
    """Values of single cell types, of the systems that were measured."""
    return tuple(
        TypeValue(
            system_id=system.system_id,
            cell_type=item.item_id,
            metric=item.metric.value,
            value=item.value,
            n=item.n or 0,
            undefined_reason=item.reason,
        )
        for system in systems
        if system.system_id in outcomes
        for item in outcomes[system.system_id].items
    )


def _of(systems: Sequence[System], role: str) -> list[System]:
    return [system for system in systems if system.role == role]


def _value(system: System, metric: Metric, measured: Replicated) -> Value:
    """The interval holds the value, and both lie within the bounds of the metric."""
    least, most = CARDS[metric].value_range
    bounds = interval(defined(measured.replicates)) if measured.value is not None else None
    value = None if measured.value is None else float(np.clip(measured.value, least, most))
    low, high = (float(np.clip(bound, least, most)) for bound in bounds) if bounds else (None, None)
    return Value(
        system_id=system.system_id,
        part_id=WHOLE,
        metric=metric.value,
        value=value,
        low=None if low is None or value is None else min(low, value),
        high=None if high is None or value is None else max(high, value),
        method=measured.method if bounds else None,
        n=measured.n,
        undefined_reason=None if value is not None else measured.reason or "not computed",
    )


def _apart(own: Replicated, other: Replicated) -> np.ndarray:
    """Differences of the resamples of which both have a value, shape (at most draws,)."""
    return defined(own.replicates - other.replicates) if len(own.replicates) == len(other.replicates) else np.empty(0)


def _difference(metric: Metric, baseline: System, pair: tuple[Value, Value], apart: np.ndarray) -> Difference:
    own, other = pair
    row = Difference(
        system_id=own.system_id,
        baseline_id=other.system_id,
        part_id=WHOLE,
        metric=metric.value,
        delta=None,
        low=None,
        high=None,
        method=None,
        p=None,
        q=None,
        p_method=None,
        n=min(own.n, other.n),
        verdict_article=None,
        verdict=None,
        minimum_effect=MINIMUM_EFFECT[metric],
        registered=baseline.registered,
        undefined_reason=own.undefined_reason
        or (other.undefined_reason and f"{baseline.name}: {other.undefined_reason}"),
    )
    bounds = interval(apart)
    if own.value is None or other.value is None:
        return row
    if bounds is None:
        return replace(row, undefined_reason=_NO_INTERVAL)
    delta, article = own.value - other.value, verdict_article(own.value, own.low, other.value, other.high)
    return replace(
        row,
        delta=delta,
        low=min(bounds[0], delta),
        high=max(bounds[1], delta),
        method=f"paired {own.method}",
        p=bootstrap_p(apart),
        p_method="paired bootstrap",
        verdict_article=None if article is None else article.value,
    )
