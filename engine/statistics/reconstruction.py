"""The confusion table behind published numbers of two classes, and the intervals that it gives.

MCC, accuracy, the number of items and the share of positives leave one table, or a few that say the same. A bootstrap
needs no more than that: to draw items with replacement is to draw the counts of the table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric
from engine.statistics.bootstrap import MCC_DRAWS, defined, interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SAME_WITHIN = 0.01
"""Tables whose standard errors of MCC differ by no more than this share of them give one interval to a reader."""

ONE_ANSWER = "gives every item one answer: its MCC is 0/0 in every resample"
PERFECT = "right on every item: the value is the same in every resample, which says nothing of its uncertainty"
_CUT = 1e-5
_ROUNDED = 5e-5
_PREVALENCE = 1e-6
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was published of one system on one task of two classes; `prevalence` is the share of the second class."""

    mcc: float
    accuracy: float
    macro_f1: float | None
    n: int
    prevalence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Counts of items by truth and answer."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def positives(self) -> int:
        """Items of the second class."""
        return self.tp + self.fn

    @property
    def negatives(self) -> int:
        """Items of the first class."""
        return self.fp + self.tn

    @property
    def one_answer(self) -> bool:
        """Whether all items were given the same class."""
        return self.tp + self.fp == 0 or self.fn + self.tn == 0

    @property
    def perfect(self) -> bool:
        """Whether no item was given the wrong class, or none the right one."""
        return self.fp + self.fn == 0 or self.tp + self.tn == 0


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """The table, the middle one of `fits` that differ by nothing that matters; or None and why."""

    table: Table | None
    fits: int
    reason: str | None = None


def printing_error(values: Iterable[float]) -> float:
    """Largest error of values printed alike: cut after five decimals, or rounded to four where none has a fifth.

    Trailing zeros are not kept, so `values` should be all that a table has of a system.
    """
    return _CUT if any(abs(value - round(value, 4)) > _WHOLE for value in values) else _ROUNDED


def reconstruct(numbers: Numbers, *, error: float) -> Reconstruction:
    """The confusion table that gives the published numbers.

    The right answers are accuracy times n, a whole number. They and the class sizes leave one unknown, the true
    positives; MCC decides it and, where published, macro-F1. With classes of one size a table and its mirror image,
    the classes swapped, give the same numbers and the same intervals: that with fewer predicted positives is taken.

    Args:
        numbers: of a task with two classes.
        error: largest error of a published value, see `printing_error`.
    """
    n, positives = numbers.n, round(numbers.prevalence * numbers.n)
    if abs(numbers.prevalence * n - positives) > n * _PREVALENCE or not 0 < positives < n:
        return Reconstruction(None, 0, f"a share of {numbers.prevalence:g} of {n} items is no count of positives")
    lowest, highest = ((numbers.accuracy + side * error) * n for side in (-1, 1))
    rights = range(math.ceil(lowest - _WHOLE * n), math.floor(highest + _WHOLE * n) + 1)
    if not rights:
        return Reconstruction(None, 0, f"an accuracy of {numbers.accuracy:g} is no whole number of {n} items")
    fits = np.hstack([_fitting(numbers, positives, right, error) for right in rights])
    if positives * 2 == n:
        fits = _without_mirror_images(fits)
    return _one_of(fits)


def replicates(table: Table, *, draws: int = MCC_DRAWS, seed: int = 0, shuffled: bool = False) -> dict[Metric, Floats]:
    """MCC, accuracy and macro-F1 of every resample; shape (draws,) each, ordered by the number of positives drawn.

    A multinomial draw of the four counts: first how many are positive, then how many of either class are right. MCC is
    NaN where truth or answers have one class. The same table and seed give the same draws, whatever else is drawn.

    Args:
        table: with items of both classes.
        draws: number of resamples.
        seed: of the draws; tables of one task share the drawn positives of a seed.
        shuffled: in random order instead, as a difference needs it of one of its sides.
    """
    positives = _drawn_positives(table.positives, table.negatives, draws, seed)
    rng = np.random.default_rng((seed, table.tp, table.tn))
    if shuffled:
        positives = rng.permutation(positives)
    negatives = table.positives + table.negatives - positives
    tp = rng.binomial(positives, table.tp / table.positives)
    tn = rng.binomial(negatives, table.tn / table.negatives)
    return _metrics(tp, tn, positives, negatives)


def intervals(table: Table, drawn: Mapping[Metric, Floats]) -> dict[Metric, tuple[float, float]]:
    """95 % percentile intervals of `replicates`, by metric: none of a perfect table, no MCC of answers all alike."""
    if table.perfect:
        return {}
    found = {metric: interval(defined(values)) for metric, values in drawn.items()}
    if table.one_answer:
        del found[Metric.MCC]
    return {metric: bounds for metric, bounds in found.items() if bounds is not None}


def unpaired_difference(first: Floats, second: Floats) -> tuple[float, float] | None:
    """95 % percentile interval of a difference from replicates of two systems drawn independently of each other.

    It is as if each had been tested on items of its own. Two systems that are right on the same items differ by less
    than that, so a paired interval would be narrower there. None with fewer than two replicates of both.

    Args:
        first: shape (draws,), NaN where a resample has no value.
        second: the same of the other system, from another seed and shuffled.
    """
    return interval(defined(first - second))


def _fitting(numbers: Numbers, positives: int, right: int, error: float) -> Integers:
    """Columns tp, fp, fn, tn of all tables with so many right answers that give the numbers; shape (4, tables)."""
    negatives = numbers.n - positives
    tp = np.arange(max(0, right - negatives), min(positives, right) + 1)
    tn = right - tp
    found = _metrics(tp, tn, positives, negatives)
    fits = np.abs(np.nan_to_num(found[Metric.MCC]) - numbers.mcc) <= error
    if numbers.macro_f1 is not None:
        fits &= np.abs(found[Metric.F1] - numbers.macro_f1) <= error
    return np.stack([tp, negatives - tn, positives - tp, tn])[:, fits]


def _without_mirror_images(tables: Integers) -> Integers:
    images = set(zip(*tables[[3, 2, 1, 0]].tolist(), strict=True))
    kept = [row[0] <= row[3] or tuple(row) not in images for row in tables.T.tolist()]
    return tables[:, np.array(kept, dtype=bool)]


def _one_of(tables: Integers) -> Reconstruction:
    fits = tables.shape[1]
    if not fits:
        return Reconstruction(None, 0, "no table of whole counts gives MCC, accuracy and macro-F1 together")
    ordered = tables[:, np.lexsort(tables)]
    tp, fp, fn, tn = ordered[:, (fits - 1) // 2].tolist()
    middle = Table(tp=tp, fp=fp, fn=fn, tn=tn)
    if fits == 1:
        return Reconstruction(middle, 1)
    errors = _standard_errors(ordered.astype(np.float64))
    # Written so that an error that does not exist, of answers that are all one, is no agreement.
    if not np.ptp(errors) <= SAME_WITHIN * errors.min():
        return Reconstruction(None, fits, f"{fits} tables that differ give the same numbers")
    return Reconstruction(middle, fits)


def _standard_errors(tables: Floats) -> Floats:
    """Of MCC, by the delta method on multinomial counts; shape (4, tables) -> (tables,), NaN where all answers are one.

    With a, b, c, d the shares of tp, fp, fn, tn, MCC = (ad - bc) / sqrt((a+c)(b+d)(a+b)(c+d)); its gradient g gives
    the variance (sum p g^2 - (sum p g)^2) / n.
    """
    n = tables.sum(axis=0)
    shares = tables / n
    a, b, c, d = shares
    true, false, up, down = a + c, b + d, a + b, c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(true * false * up * down)
        half = (a * d - b * c) / root / 2
        gradient = np.stack([d, -c, -b, a]) / root - half * np.stack(
            [1 / true + 1 / up, 1 / false + 1 / up, 1 / true + 1 / down, 1 / false + 1 / down]
        )
        spread = (shares * gradient**2).sum(axis=0) - (shares * gradient).sum(axis=0) ** 2
        found: Floats = np.sqrt(np.maximum(spread, 0) / n)
    return np.where(root > 0, found, np.nan)


def _metrics(tp: Integers, tn: Integers, positives: Integers | int, negatives: Integers | int) -> dict[Metric, Floats]:
    """As `engine.statistics.confusion` has them for any number of classes, in a tenth of its time for two."""
    true, false = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    n, up = true + false, tp + (false - tn)
    ones, zeros = true + up, false + (n - up)
    with np.errstate(invalid="ignore"):
        mcc = (tp * false - true * (false - tn)) / np.sqrt(true * false * up * (n - up))
    return {
        # A rounded root can fall short of the covariance by a last digit.
        Metric.MCC: np.clip(mcc, -1, 1),
        Metric.ACC: (tp + tn) / n,
        # The mean is over classes that are there as truth or as answer; one that is neither has no hits.
        Metric.F1: (2 * tp / np.maximum(ones, 1) + 2 * tn / np.maximum(zeros, 1)) / (2.0 - (ones == 0) - (zeros == 0)),
    }


@lru_cache(maxsize=64)
def _drawn_positives(positives: int, negatives: int, draws: int, seed: int) -> Integers:
    """How many items of each resample are positive, in ascending order, shape (draws,).

    In order because numpy draws a row of binomials of one size faster than of changing ones.
    """
    n = positives + negatives
    drawn = np.sort(np.random.default_rng(seed).binomial(n, positives / n, draws))
    drawn.flags.writeable = False
    return drawn
