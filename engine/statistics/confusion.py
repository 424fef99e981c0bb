"""Matthews' correlation of many confusion tables at once, from occupied cells only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.statistics import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_COUNTABLE = 1 << 16
"""Cells of a table that is counted whole; of a larger one, the occupied cells are sorted out."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Occupied cells of the cross-table of truth and the predictions of one or more systems.

    Attributes:
        counts: shape (cells,), items in each cell.
        truth: shape (cells, classes), 1 where the cell's items belong to the class.
        predicted: per system, the same for the predicted class.
    """

    counts: NDArray[np.int64]
    truth: NDArray[np.float64]
    predicted: tuple[NDArray[np.float64], ...]


def cells(labels: ArrayLike, *systems: ArrayLike) -> Cells:
    """Cross-tabulate whole-number classes, shape (n,) each.

    Raises:
        StatisticError: lengths differ, there are no items, or a class is not a whole number.
    """
    checked = [checks.classes(labels, predicted) for predicted in systems]
    occupied, counts = _occupied(np.stack([checked[0][0], *(predicted for _, predicted in checked)]))
    kinds = np.unique(occupied)
    truth, *predicted = ((row[:, None] == kinds).astype(np.float64) for row in occupied)
    return Cells(counts.astype(np.int64), truth, tuple(predicted))


def _occupied(table: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct columns in rising order, shape (rows, cells), and how often each is there."""
    least = int(table.min())
    shape = (int(table.max()) - least + 1,) * len(table)
    if math.prod(shape) > _COUNTABLE:
        occupied, counts = np.unique(table, axis=1, return_counts=True)
        return occupied, counts
    counts = np.bincount(np.ravel_multi_index(tuple(table - least), shape))
    cell = np.flatnonzero(counts)
    return np.stack(np.unravel_index(cell, shape)) + least, counts[cell]


def matthews(
    counts: NDArray[np.float64], truth: NDArray[np.float64], predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """R_K of each row of cell counts, shape (rows, cells) -> (rows,); NaN where truth or prediction has one class.

    Gorodkin, Comput Biol Chem 2004;28:367-374; for two classes it is Matthews' coefficient. With c items right of n,
    t_k of class k and p_k predicted as k: (c n - sum t_k p_k) / sqrt((n^2 - sum t_k^2) (n^2 - sum p_k^2)).
    """
    n = counts.sum(axis=1)
    right = counts @ (truth * predicted).sum(axis=1)
    t, p = counts @ truth, counts @ predicted
    spread_t, spread_p = n**2 - (t**2).sum(axis=1), n**2 - (p**2).sum(axis=1)
    scale = np.sqrt(spread_t * spread_p)
    covariance = right * n - (t * p).sum(axis=1)
    value: NDArray[np.float64] = np.divide(covariance, scale, out=np.full(len(n), np.nan), where=scale > 0)
    # A rounded root can fall short of the covariance by a last digit.
    return np.clip(value, -1, 1)


def accuracy(
    counts: NDArray[np.float64], truth: NDArray[np.float64], predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of items right in each row of cell counts, shape (rows, cells) -> (rows,)."""
    found: NDArray[np.float64] = counts @ (truth * predicted).sum(axis=1) / counts.sum(axis=1)
    return found


def macro_f1(
    counts: NDArray[np.float64], truth: NDArray[np.float64], predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean over classes of 2 right / (true + predicted), shape (rows, cells) -> (rows,).

    As scikit-learn's `f1_score(average="macro")`: the mean runs over classes that are there as truth or prediction.
    """
    right = counts @ (truth * predicted)
    both = counts @ truth + counts @ predicted
    f1 = np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0)
    found: NDArray[np.float64] = f1.sum(axis=1) / (both > 0).sum(axis=1)
    return found
