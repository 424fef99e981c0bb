"""How much each item moves a rank metric: standard errors in O(n log n), where a bootstrap of many items is slow.

The influence of item k is the derivative of the metric by that item's weight. The sum of its squares is the variance
of the bootstrap to first order (infinitesimal jackknife: Efron, Biometrika 1981;68:589-599); sums within groups
before squaring give that of whole groups, for AUROC the variance of Obuchowski, Biometrics 1997;53:567-578. For AUROC
and items on their own it is DeLong's, but for m instead of m - 1 items of a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import checks, metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def influence(metric: Metric, labels: ArrayLike, scores: ArrayLike) -> Floats:
    """Change of the metric by each item's weight, shape (n,); sums to 0.

    Args:
        metric: AUROC, AUPRC or Spearman.
        labels: shape (n,), 0 or 1; measured values for Spearman.
        scores: shape (n,), finite; for Spearman neither side may be constant.

    Raises:
        StatisticError: what the metric refuses, or another metric.
    """
    if metric not in _OF:
        raise StatisticError(f"{metric} has no influence function here: choose one of {', '.join(_OF)}.")
    return _OF[metric](labels, scores)


def standard_error(influences: Floats, groups: ArrayLike | None = None) -> float:
    """Error of a metric, or of a difference of metrics whose influences were subtracted.

    Args:
        influences: shape (n,).
        groups: shape (n,), what items share; None where they are independent.

    Raises:
        StatisticError: there is not one group per item, or a group is missing.
    """
    if groups is not None:
        codes, _ = checks.members(groups, len(influences), "groups")
        influences = np.bincount(codes, weights=influences).astype(np.float64)
    units = len(influences)
    return float(np.sqrt((influences**2).sum() * units / max(1, units - 1)))


def _auroc(labels: ArrayLike, scores: ArrayLike) -> Floats:
    positive, values = checks.binary(labels, scores)
    ranks, count = rankdata(values), int(positive.sum())
    placed = np.empty(len(values))
    placed[positive] = (ranks[positive] - rankdata(values[positive])) / (len(values) - count)
    placed[~positive] = 1 - (ranks[~positive] - rankdata(values[~positive])) / count
    area = placed[positive].mean()
    moves: Floats = (placed - area) / np.where(positive, count, len(values) - count)
    return moves


def _auprc(labels: ArrayLike, scores: ArrayLike) -> Floats:
    """With F and N positives and negatives from a score up, each positive adds F / (F + N) over all positives."""
    positive, values = checks.binary(labels, scores)
    _, level = np.unique(-values, return_inverse=True)
    total, own = np.bincount(level), np.bincount(level, weights=positive)
    found, called = np.cumsum(own), np.cumsum(total)
    precision, count = found / called, own.sum()
    average = float((own * precision).sum() / count)

    def from_here_down(slope: Floats) -> Floats:
        """An item counts into the precision of every positive that scores no higher."""
        summed: Floats = np.cumsum((own * slope)[::-1])[::-1] / count
        return summed

    gain = (precision - average) / count + from_here_down((called - found) / called**2)
    loss = -from_here_down(found / called**2)
    return np.where(positive, gain[level], loss[level])


def _spearman(measured: ArrayLike, scores: ArrayLike) -> Floats:
    """Centred ranks are sums of half signs over all items, so an item moves its own term and everybody's ranks."""
    x, y = ((rankdata(values) - (len(values) + 1) / 2) for values in checks.measured(measured, scores))
    rho = metrics.spearman(measured, scores)
    if rho is None:
        raise StatisticError("Spearman needs values that are not all equal, on both sides.")
    xx, yy = (x**2).sum(), (y**2).sum()
    both = x * y + _moved(x, y) + _moved(y, x)
    own = (x**2 + 2 * _moved(x, x)) / xx + (y**2 + 2 * _moved(y, y)) / yy
    moves: Floats = both / np.sqrt(xx * yy) - rho / 2 * own
    return moves


def _moved(by: Floats, values: Floats) -> Floats:
    """Half the values at items that lie above in `by`, minus half those below; shape (n,)."""
    _, level = np.unique(by, return_inverse=True)
    upto = np.cumsum(np.bincount(level, weights=values))
    before = np.append(0, upto[:-1])
    moved: Floats = ((upto[-1] - upto) - before)[level] / 2
    return moved


_OF: dict[Metric, Callable[[ArrayLike, ArrayLike], Floats]] = {
    Metric.AUROC: _auroc,
    Metric.AUPRC: _auprc,
    Metric.SPEARMAN: _spearman,
}
