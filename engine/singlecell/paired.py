"""The paired difference of two systems from their values on single perturbations: nothing has to be predicted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric
from engine.singlecell.estimates import NO_INTERVAL, apart, around, estimate
from engine.singlecell.networks.evaluate import FEWEST_PAIRS, signed_rank_p
from engine.singlecell.perturbation.evaluate import Column, mean_over_items, resample, skill
from engine.singlecell.perturbation.systems import PerturbationMean
from engine.statistics.bootstrap import interval
from engine.statistics.estimates import Difference
from engine.statistics.verdict import bootstrap_p

if TYPE_CHECKING:
    from engine.singlecell.contract import Floats, Replicated

MEASURED_BY: dict[str, Metric] = {
    Metric.L2_SKILL: Metric.L2,
    Metric.L2_SKILL_OVER_MEAN: Metric.L2,
    Metric.PEARSON_DELTA: Metric.PEARSON_DELTA,
    Metric.AUROC: Metric.AUROC,
}
"""Metrics of a task that follow from values of single perturbations, and by which metric these are."""


def reference(metric: str, to_beat: str | None) -> str | None:
    """The system that values by a metric are relative to: the baseline to beat, or the mean; None for any other."""
    return {Metric.L2_SKILL: to_beat, Metric.L2_SKILL_OVER_MEAN: PerturbationMean.name}.get(Metric(metric))


def difference(
    metric: str, first: Floats, second: Floats, base: Floats | None = None, *, draws: int = 2000, seed: int = 0
) -> Difference:
    """First minus second with its interval and p, drawn as a run draws them.

    Args:
        metric: one of `MEASURED_BY`.
        first: shape (items,), values of single perturbations, those of a task in alphabetical order; NaN where there
            is none.
        second: likewise.
        base: likewise, of the system that the metric is relative to.
        draws: number of resamples.
        seed: of the resamples.
    """
    resamples = resample(len(first), draws=draws, seed=seed)
    if base is None:
        own, other = (mean_over_items(_column(values), resamples) for values in (first, second))
    else:
        own, other = (
            skill(_column(values), _column(base), "what it is relative to", resamples) for values in (first, second)
        )
    return _between(Metric(metric), own, other, first - second)


def _between(metric: Metric, own: Replicated, other: Replicated, per_item: Floats) -> Difference:
    one, two = estimate(metric, own), estimate(metric, other)
    if one.value is None or two.value is None:
        return Difference(n=min(own.n, other.n), undefined_reason=own.reason or other.reason)
    delta, resampled = one.value - two.value, apart(own, other)
    bounds = interval(resampled)
    low, high = around(delta, bounds) if bounds else (None, None)
    p, how = _p(metric, per_item[~np.isnan(per_item)], resampled)
    return Difference(
        delta=delta,
        low=low,
        high=high,
        method=f"paired {own.method}" if bounds else None,
        p=p,
        p_method=how,
        n=min(own.n, other.n),
        undefined_reason=None if bounds else NO_INTERVAL,
    )


def _p(metric: Metric, per_item: Floats, resampled: Floats) -> tuple[float | None, str | None]:
    """Of AUROC by Wilcoxon over perturbations where there are enough, else by resamples, as in a run."""
    if metric is Metric.AUROC and len(per_item) >= FEWEST_PAIRS:
        p = signed_rank_p(per_item)
        if p is not None:
            return p, f"Wilcoxon's signed-rank test over {len(per_item)} perturbations"
    p = bootstrap_p(resampled)
    return p, None if p is None else "paired bootstrap"


def _column(values: Floats) -> Column:
    missing = np.isnan(values)
    return Column(
        values=values,
        reasons=tuple("no value" if gone else None for gone in missing),
        counts=(~missing).astype(np.int64),
    )
