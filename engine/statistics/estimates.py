"""Values and differences with their 95 % intervals, from draws or from a standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from engine.names import Metric
from engine.statistics.bootstrap import interval
from engine.statistics.verdict import bootstrap_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Z = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A metric on a slice with its 95 % interval, or the reason why it has none.

    `n` counts the items scored, `positives` those of label 1 among them (None for measured values). A perfect value
    stands without an interval.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    n: int = 0
    positives: int | None = None
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """First minus second: value, 95 % interval, two-sided p; or a reason. `n` counts the items that went in."""

    delta: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    p: float | None = None
    p_method: str | None = None
    n: int = 0
    undefined_reason: str | None = None


def from_draws(
    delta: float, found: Floats, method: str, *, n: int, test: tuple[float | None, str] | None = None
) -> Difference:
    """From the replicates of a difference, shape (draws,); `test` overrides their p."""
    bounds = interval(found)
    if bounds is None:
        return Difference(n=n, undefined_reason="too few resamples have both classes")
    p, p_method = test or (bootstrap_p(found), "paired bootstrap")
    return Difference(
        delta=delta,
        low=min(bounds[0], delta),
        high=max(bounds[1], delta),
        method=method,
        p=p,
        p_method=None if p is None else p_method,
        n=n,
    )


def from_error(delta: float, error: float, method: str, *, n: int) -> Difference:
    """From a standard error; one of 0 beside a difference tells nothing, one of 0 beside none is no difference."""
    if error == 0:
        same = delta == 0
        return Difference(
            delta=delta, low=0.0 if same else None, high=0.0 if same else None, method=method if same else None,
            p=1.0 if same else None, p_method=method if same else None, n=n,
        )  # fmt: skip
    half, p = Z * error, float(2 * norm.sf(abs(delta) / error))
    return Difference(delta=delta, low=delta - half, high=delta + half, method=method, p=p, p_method=method, n=n)


def interval_on_scale(metric: Metric, value: float, error: float) -> tuple[float, float] | None:
    """An interval that stays inside the metric's range; None at its ends, where the error says nothing."""
    share = (1 + value) / 2 if metric is Metric.SPEARMAN else value
    if not 0 < share < 1 or error == 0:
        return None
    # Fisher's z of a correlation is half the logit of (1 + rho) / 2.
    slope = share * (1 - share) * (2 if metric is Metric.SPEARMAN else 1)
    low, high = expit(logit(share) + np.array([-Z, Z]) * error / slope)
    return (2 * float(low) - 1, 2 * float(high) - 1) if metric is Metric.SPEARMAN else (float(low), float(high))
