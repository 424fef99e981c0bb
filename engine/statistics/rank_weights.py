"""Rank statistics of resamples, given only how often each item was drawn.

A layout sorts the items of one system once and assigns each to a column; items that no resample can tell apart share a
column. The statistic of any resample then follows from cumulative column counts: no second sort, and exact, because
ranks depend on counts alone. Where a resample has no value (one class only, or constant), it is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Layout(Protocol):
    """How one system's items map to columns, and the statistic of column counts."""

    @property
    def column(self) -> Counts:
        """Column of each item, shape (n,)."""

    @property
    def width(self) -> int:
        """Number of columns."""

    def values(self, counts: Counts) -> Floats:
        """The statistic of each row of counts, shape (rows, width) -> (rows,)."""


@dataclass(frozen=True, slots=True)
class AurocLayout:
    """Blocks in ascending score order: negatives in columns [0, blocks), positives in [blocks, 2 blocks).

    A block is a run of negatives followed by a run of positives, all scored above them; or, where one score is shared
    by both classes, the items of that score alone (`tied`, block numbers).
    """

    column: Counts
    blocks: int
    tied: Counts

    @property
    def width(self) -> int:
        """Two columns per block."""
        return 2 * self.blocks

    def values(self, counts: Counts) -> Floats:
        """Pairs won plus half the pairs tied over all pairs: whole numbers until the last division."""
        negative, positive = counts[:, : self.blocks], counts[:, self.blocks :]
        below = np.cumsum(negative, axis=1)
        twice = 2 * np.einsum("ij,ij->i", positive, below)
        twice -= np.einsum("ij,ij->i", positive[:, self.tied], negative[:, self.tied])
        pairs = below[:, -1] * positive.sum(axis=1)
        return _ratio(twice, 2 * pairs)


@dataclass(frozen=True, slots=True)
class AuprcLayout:
    """Blocks in descending score order, each ending at a score that some positive has; columns as `AurocLayout`."""

    column: Counts
    blocks: int

    @property
    def width(self) -> int:
        """Two columns per block."""
        return 2 * self.blocks

    def values(self, counts: Counts) -> Floats:
        """Average precision; thresholds without a positive gain no recall and drop out."""
        negative, gained = counts[:, : self.blocks], counts[:, self.blocks :]
        found, wrong = np.cumsum(gained, axis=1), np.cumsum(negative, axis=1)
        precision = np.divide(found, found + wrong, out=np.zeros(gained.shape), where=gained > 0)
        positives = np.where(wrong[:, -1] > 0, found[:, -1], 0)
        return _ratio((gained * precision).sum(axis=1), positives)


@dataclass(frozen=True, slots=True)
class SpearmanLayout:
    """One column per distinct pair, ordered by the first variable, then the second.

    Attributes:
        column: shape (n,).
        first: shape (columns,), rank number of the first variable among its distinct values.
        second: same for the second variable.
        by_second: shape (columns,), the columns in order of the second variable.
        last_first: shape (distinct first,), position of the last column of each value in the order of the first.
        last_second: same for the second variable, in its order.
    """

    column: Counts
    first: Counts
    second: Counts
    by_second: Counts
    last_first: Counts
    last_second: Counts

    @property
    def width(self) -> int:
        """Number of distinct pairs."""
        return len(self.first)

    def values(self, counts: Counts) -> Floats:
        """Pearson's correlation of the resample's average ranks."""
        weight = counts.astype(np.float64)
        x = _centred_ranks(weight, self.last_first)[:, self.first]
        y = _centred_ranks(weight[:, self.by_second], self.last_second)[:, self.second]
        weighted = weight * x
        covariance = (weighted * y).sum(axis=1)
        scale = np.sqrt((weighted * x).sum(axis=1) * (weight * y * y).sum(axis=1))
        return np.clip(_ratio(covariance, scale), -1, 1)


def auroc_layout(labels: ArrayLike, scores: ArrayLike) -> AurocLayout:
    """Layout of labels 0 or 1 and scores, both of shape (n,).

    Raises:
        StatisticError: what `checks.binary` refuses.
    """
    positive, values = checks.binary(labels, scores)
    level, of_class = _levels(positive, values)
    only_negative, mixed = of_class[1] == 0, np.min(of_class, axis=0) > 0
    opens = mixed[1:] | mixed[:-1] | (only_negative[1:] & ~only_negative[:-1])
    block = np.cumsum(np.append(False, opens), dtype=np.int64)
    blocks = int(block[-1]) + 1
    return AurocLayout(block[level] + blocks * positive, blocks, block[mixed])


def auprc_layout(labels: ArrayLike, scores: ArrayLike) -> AuprcLayout:
    """Layout of labels 0 or 1 and scores, both of shape (n,).

    Raises:
        StatisticError: what `checks.binary` refuses.
    """
    positive, values = checks.binary(labels, scores)
    level, of_class = _levels(positive, -values)
    closes = of_class[1] > 0
    block = np.cumsum(closes) - closes
    blocks = int(block[-1]) + 1
    return AuprcLayout(block[level] + blocks * positive, blocks)


def spearman_layout(measured: ArrayLike, scores: ArrayLike) -> SpearmanLayout:
    """Layout of measured values and scores, both of shape (n,).

    Raises:
        StatisticError: what `checks.measured` refuses.
    """
    x, y = (np.unique(values, return_inverse=True)[1] for values in checks.measured(measured, scores))
    distinct = int(y.max()) + 1
    pairs, column = np.unique(x * distinct + y, return_inverse=True)
    first, second = pairs // distinct, pairs % distinct
    by_second = np.argsort(second, kind="stable")
    return SpearmanLayout(column, first, second, by_second, _last_of_each(first), _last_of_each(second[by_second]))


_LAYOUT_OF: dict[Metric, Callable[[ArrayLike, ArrayLike], Layout]] = {
    Metric.AUROC: auroc_layout,
    Metric.AUPRC: auprc_layout,
    Metric.SPEARMAN: spearman_layout,
}


def layout(metric: Metric, labels: ArrayLike, scores: ArrayLike) -> Layout:
    """The layout for a metric.

    Raises:
        StatisticError: the metric is no rank statistic, or the layout's own refusals.
    """
    if metric not in _LAYOUT_OF:
        known = ", ".join(_LAYOUT_OF)
        raise StatisticError(f"{metric} is not resampled by ranks; choose one of {known}, or mcc_replicates for MCC.")
    return _LAYOUT_OF[metric](labels, scores)


def _levels(positive: NDArray[np.bool_], values: Floats) -> tuple[Counts, Counts]:
    """Number of each item's score among the distinct scores, and items per class at each, shape (2, distinct)."""
    _, level = np.unique(values, return_inverse=True)
    distinct = int(level.max()) + 1
    return level, np.bincount(level + distinct * positive, minlength=2 * distinct).reshape(2, distinct)


def _last_of_each(ascending: Counts) -> Counts:
    return np.flatnonzero(np.append(np.diff(ascending) != 0, True))


def _centred_ranks(weight: Floats, last: Counts) -> Floats:
    """Twice the distance of each distinct value's average rank from the mean rank, shape (rows, distinct)."""
    upto = np.cumsum(weight, axis=1)[:, last]
    centred = upto - upto[:, -1:]
    centred[:, 1:] += upto[:, :-1]
    return centred


def _ratio(numerator: Counts | Floats, denominator: Counts | Floats) -> Floats:
    missing = np.full(len(numerator), np.nan)
    value: Floats = np.divide(numerator, denominator, out=missing, where=denominator > 0)
    return value
