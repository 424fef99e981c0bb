"""One metric of one system on one part: the value with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Kind, Metric
from engine.statistics import metrics
from engine.statistics.bootstrap import (
    MCC_DRAWS,
    aligned_replicates,
    defined,
    interval,
    mcc_replicates,
    paired_mcc_replicates,
)
from engine.statistics.delong import paired_test
from engine.statistics.resampling import Resampling, default_resampling
from engine.statistics.verdict import bootstrap_p

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.run.parts import Part, Side

METRICS_OF: dict[str, tuple[Metric, ...]] = {
    Kind.VARIANT_EFFECT: (Metric.AUROC, Metric.AUPRC, Metric.MCC),
    Kind.FITNESS: (Metric.SPEARMAN, Metric.AUROC, Metric.AUPRC, Metric.MCC),
}
"""What is measured on a task, by its kind."""

_FUNCTION: dict[Metric, Callable[..., float | None]] = {
    Metric.AUROC: metrics.auroc,
    Metric.AUPRC: metrics.auprc,
    Metric.SPEARMAN: metrics.spearman,
}
_MEDIAN_RULE = "median of the system's own scores on these items (ProteinGym's rule)"
_NO_THRESHOLD = "no threshold is declared for this system, and none is chosen on test data"
_ONE_SIDE = "every item is on one side of the threshold"
_TIED = "all scores are equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is the same for a whole run.

    A `resampling` overrides the choice that fits the items, `metrics` those of the task's kind.
    """

    run_id: str
    source_id: str
    draws: int = 2000
    seed: int = 0
    resampling: Resampling | None = None
    metrics: tuple[Metric, ...] | None = None

    def how(self, metric: Metric, part: Part) -> Resampling:
        """The bootstrap for a part."""
        if self.resampling:
            return self.resampling
        truth = part.truth(metric)
        return default_resampling(metric, truth, groups=part.groups, draws=self.draws, seed=self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with its 95 % interval, or a reason; `threshold` is in the system's own scale."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    threshold: float | None = None
    threshold_source: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """First minus second on the same items: value, 95 % interval, two-sided p; or a reason."""

    delta: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    p: float | None = None
    p_method: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Calls:
    """What a threshold makes of scores: 0 or 1 per item, shape (m,)."""

    threshold: float
    source: str
    called: NDArray[np.int64]


class Memory:
    """Replicates that were drawn already: a system is compared with many others on the same items."""

    def __init__(self) -> None:
        """Nothing is drawn yet."""
        self._found: dict[tuple[str, str, str, bytes], NDArray[np.float64]] = {}

    def replicates(self, metric: Metric, part: Part, side: Side, how: Resampling) -> NDArray[np.float64]:
        """As `bootstrap.aligned_replicates`, shape (draws,)."""
        key = (str(metric), side.system.model_id, side.system.protocol, part.rows.tobytes())
        if key not in self._found:
            truth = part.truth(metric)
            self._found[key] = aligned_replicates(metric, truth, side.scores, how, groups=part.groups)
        return self._found[key]


def measure(metric: Metric, part: Part, side: Side, settings: Settings, memory: Memory | None = None) -> Measured:
    """A metric on items that the system all scores and that have both labels.

    `memory` is of one task and one run; without it everything is drawn anew.
    """
    if metric is Metric.MCC:
        return _measure_calls(part, side, settings)
    value = _FUNCTION[metric](part.truth(metric), side.scores)
    if value is None:
        return Measured(reason=_TIED)
    how = settings.how(metric, part)
    found = interval(defined((memory or Memory()).replicates(metric, part, side, how)))
    # A perfect value is perfect in every resample; that its interval has no width says nothing of its uncertainty.
    if abs(value) in {0.0, 1.0} and found == (value, value):
        return Measured(value=value)
    return _with_interval(value, found, how.describe())


def _measure_calls(part: Part, side: Side, settings: Settings) -> Measured:
    calls = _calls(part, side)
    if calls is None:
        return Measured(reason=_NO_THRESHOLD)
    value = metrics.mcc(part.labels, calls.called)
    if value is None:
        return Measured(threshold=calls.threshold, threshold_source=calls.source, reason=_ONE_SIDE)
    found = interval(mcc_replicates(part.labels, calls.called, seed=settings.seed))
    return _with_interval(value, found, _table_method(settings), calls)


def _table_method(settings: Settings) -> str:
    return f"percentile bootstrap of the confusion table, {MCC_DRAWS} draws, iid, seed {settings.seed}"


def _with_interval(
    value: float, found: tuple[float, float] | None, method: str, calls: _Calls | None = None
) -> Measured:
    threshold, source = (calls.threshold, calls.source) if calls else (None, None)
    if found is None:
        return Measured(value=value, threshold=threshold, threshold_source=source)
    # With ties or few items the point can lie outside its percentile interval by a rounding error.
    return Measured(
        value=value,
        low=min(found[0], value),
        high=max(found[1], value),
        method=method,
        threshold=threshold,
        threshold_source=source,
    )


def _calls(part: Part, side: Side) -> _Calls | None:
    """Calls at the declared threshold; of a fitness task at the median; None where no threshold is declared."""
    if side.system.threshold is not None:
        threshold, source = side.system.threshold
        high = side.sign * side.scores >= threshold
        return _Calls(threshold, source, (high if side.sign > 0 else ~high).astype(np.int64))
    if part.values is None:
        return None
    middle = float(np.median(side.scores))
    return _Calls(side.sign * middle, _MEDIAN_RULE, (side.scores >= middle).astype(np.int64))


def difference(
    metric: Metric, part: Part, sides: tuple[Side, Side], settings: Settings, memory: Memory | None = None
) -> Difference:
    """First minus second, on items that both score and that have both labels; `memory` as in `measure`."""
    if metric is Metric.MCC:
        return _difference_of_calls(part, sides, settings)
    truth, scores = part.truth(metric), (sides[0].scores, sides[1].scores)
    first, second = (_FUNCTION[metric](truth, own) for own in scores)
    if first is None or second is None:
        return Difference(reason=_TIED)
    how = settings.how(metric, part)
    memory = memory or Memory()
    one, other = (memory.replicates(metric, part, side, how) for side in sides)
    found = defined(one - other)
    # DeLong takes items for independent; where they share groups, only the bootstrap does not.
    if metric is Metric.AUROC and how.kind != "cluster":
        return _with_p(first - second, found, how.describe(), (paired_test(truth, *scores).p, "DeLong, paired"))
    return _with_p(first - second, found, how.describe(), (bootstrap_p(found), "paired bootstrap"))


def _difference_of_calls(part: Part, sides: tuple[Side, Side], settings: Settings) -> Difference:
    one, other = (_calls(part, side) for side in sides)
    if one is None or other is None:
        return Difference(reason=_NO_THRESHOLD)
    first, second = (metrics.mcc(part.labels, calls.called) for calls in (one, other))
    if first is None or second is None:
        return Difference(reason=_ONE_SIDE)
    found = paired_mcc_replicates(part.labels, one.called, other.called, seed=settings.seed)
    return _with_p(first - second, found, _table_method(settings), (bootstrap_p(found), "paired bootstrap"))


def _with_p(delta: float, found: NDArray[np.float64], method: str, test: tuple[float | None, str]) -> Difference:
    bounds = interval(found)
    if bounds is None:
        return Difference(reason="too few resamples have both classes")
    p, p_method = test
    return Difference(
        delta=delta,
        low=min(bounds[0], delta),
        high=max(bounds[1], delta),
        method=method,
        p=p,
        p_method=None if p is None else p_method,
    )
