"""From replicates of metrics to values, differences and verdicts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from engine.local_split.cells.exchange import TypeValue
from engine.local_split.evaluation import judge
from engine.local_split.exchange import Difference, Value
from engine.singlecell.estimates import NO_INTERVAL, apart, around, estimate
from engine.statistics.bootstrap import interval
from engine.statistics.verdict import MINIMUM_EFFECT, bootstrap_p, verdict_article

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.local_split.exchange import System
    from engine.names import Metric
    from engine.singlecell.contract import Floats, Outcome, Replicated

    Found = Mapping[tuple[str, Metric], Replicated]

WHOLE = "all"


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
        resampled = apart(found[own.system_id, metric], found[other.system_id, metric])
        rows.append(_difference(metric, other, pair, resampled))
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
    own = estimate(metric, measured)
    return Value(
        system_id=system.system_id,
        part_id=WHOLE,
        metric=metric.value,
        value=own.value,
        low=own.low,
        high=own.high,
        method=measured.method if own.low is not None else None,
        n=measured.n,
        undefined_reason=None if own.value is not None else measured.reason or "not computed",
    )


def _difference(metric: Metric, baseline: System, pair: tuple[Value, Value], resampled: Floats) -> Difference:
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
    bounds = interval(resampled)
    if own.value is None or other.value is None:
        return row
    if bounds is None:
        return replace(row, undefined_reason=NO_INTERVAL)
    delta = own.value - other.value
    low, high = around(delta, bounds)
    article = verdict_article(own.value, own.low, other.value, other.high)
    return replace(
        row,
        delta=delta,
        low=low,
        high=high,
        method=f"paired {own.method}",
        p=bootstrap_p(resampled),
        p_method="paired bootstrap",
        verdict_article=None if article is None else article.value,
    )
