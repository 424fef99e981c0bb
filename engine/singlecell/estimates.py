"""From replicates to values with intervals and to paired differences: one rule for runs and for cells of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.statistics.bootstrap import defined, interval
from engine.statistics.metrics import CARDS

if TYPE_CHECKING:
    from engine.names import Metric
    from engine.singlecell.contract import Floats, Replicated

NO_INTERVAL = "too few resamples have a value of both"
"""Why a difference has no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95 % percentile interval around it; all None where there is no value."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def estimate(metric: Metric, measured: Replicated) -> Estimate:
    """The value and its interval, without what rounding has put beyond the metric's bounds."""
    if measured.value is None:
        return Estimate()
    value = _within(metric, measured.value)
    bounds = interval(defined(measured.replicates))
    if bounds is None:
        return Estimate(value=value)
    low, high = around(value, (_within(metric, bounds[0]), _within(metric, bounds[1])))
    return Estimate(value=value, low=low, high=high)


def apart(own: Replicated, other: Replicated) -> Floats:
    """Differences of the resamples of which both have a value, shape (at most draws,)."""
    if len(own.replicates) != len(other.replicates):
        return np.empty(0)
    return defined(own.replicates - other.replicates)


def around(value: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Bounds that hold the value: that of few resamples may lie outside theirs."""
    return min(bounds[0], value), max(bounds[1], value)


def _within(metric: Metric, value: float) -> float:
    return float(np.clip(value, *CARDS[metric].value_range))
