"""Variance of AUROCs from one set of items: DeLong, DeLong & Clarke-Pearson, Biometrics 1988;44:837-845.

Placements come from midranks in O(n log n), as Sun & Xu, IEEE Signal Process Lett 2014;21:1389-1393.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

from engine.statistics import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Difference of two AUROCs and its two-sided test; None where the error is unknown, or 0 beside a difference."""

    delta: float
    standard_error: float | None
    z: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class _Placements:
    """Twice the number of negatives below each positive, and of positives above each negative; ties count one."""

    positives: Floats
    negatives: Floats

    def __sub__(self, other: _Placements) -> _Placements:
        return _Placements(self.positives - other.positives, self.negatives - other.negatives)

    def mean(self) -> float:
        return float(self.positives.sum() / (2 * self.positives.size * self.negatives.size))


def auroc_covariance(labels: ArrayLike, *systems: ArrayLike) -> tuple[Floats, Floats] | None:
    """AUROCs, shape (systems,), and their covariance matrix, shape (systems, systems).

    None where a class has a single item, which leaves no spread to estimate.

    Args:
        labels: shape (n,), 0 or 1.
        systems: scores of one or more systems on the same items, shape (n,) each.

    Raises:
        StatisticError: what `metrics.auroc` refuses.
    """
    placed = [_placements(labels, scores) for scores in systems]
    if min(placed[0].positives.size, placed[0].negatives.size) < 2:
        return None
    return np.array([one.mean() for one in placed]), np.array(
        [[_covariance(one, other) for other in placed] for one in placed]
    )


def delong_interval(labels: ArrayLike, scores: ArrayLike, *, level: float = 0.95) -> tuple[float, float] | None:
    """Interval of an AUROC, symmetric on the logit scale, so that it stays inside (0, 1).

    None where the AUROC is 0 or 1, or a class has a single item: the variance says nothing there.

    Raises:
        StatisticError: what `metrics.auroc` refuses.
    """
    found = auroc_covariance(labels, scores)
    if found is None or not 0 < found[0][0] < 1:
        return None
    auroc, error = float(found[0][0]), math.sqrt(found[1][0, 0])
    half = norm.ppf((1 + level) / 2) * error / (auroc * (1 - auroc))
    low, high = expit(logit(auroc) + np.array([-half, half]))
    # Next to 0 and 1 the logit loses digits; the point stays inside its interval.
    return min(float(low), auroc), max(float(high), auroc)


def paired_test(labels: ArrayLike, first: ArrayLike, second: ArrayLike) -> PairedTest:
    """AUROC of `first` minus AUROC of `second`, tested against 0; p is 1 where the two order the classes alike.

    Args:
        labels: shape (n,), 0 or 1.
        first: shape (n,).
        second: shape (n,).

    Raises:
        StatisticError: what `metrics.auroc` refuses.
    """
    difference = _placements(labels, first) - _placements(labels, second)
    delta = difference.mean()
    if not (difference.positives.any() or difference.negatives.any()):
        return PairedTest(delta, 0.0, 0.0, 1.0)
    if min(difference.positives.size, difference.negatives.size) < 2:
        return PairedTest(delta, None, None, None)
    error = math.sqrt(_covariance(difference, difference))
    if error == 0:
        return PairedTest(delta, error, None, None)
    z = delta / error
    return PairedTest(delta, error, z, float(2 * norm.sf(abs(z))))


def _placements(labels: ArrayLike, scores: ArrayLike) -> _Placements:
    # Twice a midrank is a whole number, so that equal placements differ by exactly 0.
    positive, values = checks.binary(labels, scores)
    among_all, own, other = rankdata(values), rankdata(values[positive]), rankdata(values[~positive])
    below = among_all[positive] - own
    above = positive.sum() - (among_all[~positive] - other)
    return _Placements(2 * below, 2 * above)


def _covariance(one: _Placements, other: _Placements) -> float:
    m, n = one.positives.size, one.negatives.size
    over_positives = _product(one.positives, other.positives) / (2 * n) ** 2 / m
    return over_positives + _product(one.negatives, other.negatives) / (2 * m) ** 2 / n


def _product(x: Floats, y: Floats) -> float:
    """Sample covariance."""
    return float(((x - x.mean()) * (y - y.mean())).sum() / (x.size - 1))
