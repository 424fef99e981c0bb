"""From which score on an item is called: the owner's word, the rule's own, or the best one on train; never on test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

GIVEN = "given with the split"
_ROUNDED = 12


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold in a system's own scale and who said so, or the reason why there is none."""

    value: float | None = None
    source: str | None = None
    reason: str | None = None


def decide(scores: Floats, high: Mask, train: Mask, declared: tuple[float, str] | None) -> Threshold:
    """The threshold of one system.

    Args:
        scores: shape (n,), in the system's own direction, NaN where there is none.
        high: shape (n,), whether an item has the label that a high score speaks for.
        train: shape (n,), rows that may choose.
        declared: a threshold that was declared without these labels, and by whom.
    """
    if declared:
        return Threshold(*declared)
    usable = train & np.isfinite(scores)
    count = int(usable.sum())
    if not count:
        what = "has no score on train" if train.any() else "there are no train rows to choose one on"
        return Threshold(reason=f"no threshold is declared, and {'it ' if train.any() else ''}{what}")
    value = best_threshold(scores[usable], high[usable])
    if value is None:
        return Threshold(reason=f"no threshold is declared, and none separates the {count:,} train rows")
    return Threshold(value, f"chosen on {count:,} train rows: the largest MCC there")


def best_threshold(scores: Floats, high: Mask) -> float | None:
    """The score from which on calling an item gives the largest MCC, the smallest of several; None where none has one.

    Args:
        scores: shape (n,), finite.
        high: shape (n,), whether an item ought to be called.
    """
    values, level = np.unique(scores, return_inverse=True)
    called = _from_here_up(np.bincount(level))
    right = _from_here_up(np.bincount(level, weights=high))
    wrong = called - right
    missed, spared = right[:1] - right, wrong[:1] - wrong
    scale = np.sqrt(called * (right + missed) * (wrong + spared) * (missed + spared))
    mcc = np.divide(right * spared - wrong * missed, scale, out=np.full(len(values), -np.inf), where=scale > 0)
    best = int(np.argmax(np.round(mcc, _ROUNDED)))
    return float(values[best]) if np.isfinite(mcc[best]) else None


def calls(scores: Floats, threshold: float, *, high_is_1: bool) -> Floats:
    """Labels that a threshold gives, shape (n,): 0 or 1, NaN where there is no score."""
    reached = scores >= threshold
    called = reached if high_is_1 else ~reached
    return np.where(np.isnan(scores), np.nan, called.astype(np.float64))


def _from_here_up(counts: NDArray[np.int64] | Floats) -> Floats:
    """Sums over this level and those above."""
    return np.cumsum(counts[::-1])[::-1].astype(np.float64)
