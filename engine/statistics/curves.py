"""What the scores of one system look like next to the labels: curves, distributions, calibration, one threshold.

A higher score speaks for label 1 throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from engine.errors import StatisticError
from engine.statistics import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

MOST = 400
"""Points of a curve: more than a screen tells apart."""
TAIL = 0.1
"""Percent of the scores that an open outer bin may take in on either side."""


@dataclass(frozen=True, slots=True)
class Roc:
    """Corners of the curve from (0, 0) to (1, 1), shape (points,) each; the first threshold is infinite."""

    fpr: Floats
    tpr: Floats
    thresholds: Floats


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Steps of the curve, shape (points,) each: `precision[k]` holds from `recall[k - 1]` to `recall[k]`.

    The first point is where the first step begins, at recall 0 and an infinite threshold. The sum of
    `precision[1:] * diff(recall)` is the average precision.
    """

    recall: Floats
    precision: Floats
    thresholds: Floats


@dataclass(frozen=True, slots=True)
class ClassHistograms:
    """Share of each class in each bin.

    Attributes:
        edges: shape (bins + 1,), common to both classes.
        negative: shape (bins,), sums to 1; positive: same.
        below: items under the first edge, counted in the first bin; above: same at the other end.
    """

    edges: Floats
    negative: Floats
    positive: Floats
    below: int
    above: int

    def describe(self) -> str | None:
        """One line for the screen where an outer bin is open, else None."""
        ends = (
            (
                self.below,
                f"the axis begins at the {TAIL} percentile: the first bin holds {self.below:,} items below too",
            ),
            (
                self.above,
                f"the axis ends at the {100 - TAIL} percentile: the last bin holds {self.above:,} items above too",
            ),
        )
        return "; ".join(line for count, line in ends if count) or None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share of positives by score bin, shape (bins,) each, in ascending order of the score.

    Attributes:
        mean_score: mean score of each bin.
        positive: share of label 1, with its 95 % Wilson interval `low` to `high`.
        n: items in each bin; equal counts but for ties, which stay together.
        expected_error: mean distance of `positive` from `mean_score`, weighted by n; None where scores are not
            declared to be probabilities.
    """

    mean_score: Floats
    positive: Floats
    low: Floats
    high: Floats
    n: Counts
    expected_error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtThreshold:
    """What a threshold makes of the items, with 95 % Wilson intervals."""

    tp: int
    fp: int
    tn: int
    fn: int
    sensitivity: float
    sensitivity_low: float
    sensitivity_high: float
    specificity: float
    specificity_low: float
    specificity_high: float


def roc(labels: ArrayLike, scores: ArrayLike, *, most: int = MOST) -> Roc:
    """ROC curve; tied scores are one step.

    A curve with more corners is thinned: one corner is kept in each of `most` pieces of equal length along the curve,
    the one that brings the area under the thinned curve closest to that under the whole one.

    Args:
        labels: shape (n,), 0 or 1.
        scores: shape (n,), finite.
        most: largest number of points; with the default the area moves by less than 0.001.

    Raises:
        StatisticError: what `metrics.auroc` refuses, or fewer than 3 points.
    """
    positive, values = checks.binary(labels, scores)
    _require_points(most)
    thresholds, found, wrong = _steps(positive, values)
    x, y = np.append(0, wrong), np.append(0, found)
    turns = np.flatnonzero(np.diff(x[:-1]) * np.diff(y[1:]) != np.diff(x[1:]) * np.diff(y[:-1])) + 1
    corner = np.concatenate(([0], turns, [len(x) - 1]))
    fpr, tpr = x[corner] / wrong[-1], y[corner] / found[-1]
    kept = _area_preserving(fpr, tpr, most) if len(corner) > most else np.arange(len(corner))
    return Roc(fpr[kept], tpr[kept], np.append(np.inf, thresholds)[corner[kept]])


def precision_recall(labels: ArrayLike, scores: ArrayLike, *, most: int = MOST) -> PrecisionRecall:
    """Precision at each recall gained, as steps; tied scores are one step.

    Thresholds that gain no recall are left out. Where more than `most` remain, neighbours are merged into steps of
    about equal width with their mean precision, so that the area stays the average precision.

    Arguments and errors as `roc`.
    """
    positive, values = checks.binary(labels, scores)
    _require_points(most)
    thresholds, found, wrong = _steps(positive, values)
    gains = np.flatnonzero(np.diff(found, prepend=0))
    recall, precision = found[gains] / found[-1], found[gains] / (found[gains] + wrong[gains])
    area = np.cumsum(np.diff(recall, prepend=0) * precision)
    last = np.arange(len(gains))
    if len(gains) >= most:
        ends = np.linspace(0, 1, most)[1:]
        last = np.unique(np.minimum(np.searchsorted(recall, ends - 1e-12), len(gains) - 1))
    width = np.diff(recall[last], prepend=0)
    # A step of one threshold keeps its precision to the last digit.
    alone = np.diff(last, prepend=-1) == 1
    mean = np.where(alone, precision[last], np.diff(area[last], prepend=0) / width)
    return PrecisionRecall(
        np.append(0, recall[last]), np.append(mean[0], mean), np.append(np.inf, thresholds[gains[last]])
    )


def class_histograms(labels: ArrayLike, scores: ArrayLike, *, bins: int = 40) -> ClassHistograms:
    """Distribution of the scores in each class, on common edges.

    At an end where a few scores lie far out, the axis stops at the 0.1 or 99.9 percentile and the outer bin is open:
    it holds what lies beyond too, see `ClassHistograms.describe`.

    Args:
        labels: shape (n,), 0 or 1.
        scores: shape (n,), finite.
        bins: number of bins, at least 1.

    Raises:
        StatisticError: what `metrics.auroc` refuses, or no bin.
    """
    positive, values = checks.binary(labels, scores)
    if bins < 1:
        raise StatisticError(f"a histogram needs at least 1 bin, not {bins}.")
    low, high = _axis(values, bins)
    edges = np.linspace(low, high, bins + 1)
    inside = np.clip(values, low, high)
    negative, share = (np.histogram(inside[of], bins, (low, high))[0] / of.sum() for of in (~positive, positive))
    return ClassHistograms(edges, negative, share, int((values < low).sum()), int((values > high).sum()))


def calibration(labels: ArrayLike, scores: ArrayLike, *, bins: int = 10, probabilities: bool = False) -> Calibration:
    """Share of positives by score, in bins of equal counts; tied scores share a bin, so there may be fewer bins.

    Where the scores are declared to be probabilities, also the expected calibration error: Naeini, Cooper &
    Hauskrecht, AAAI 2015, with bins of equal counts.

    Args:
        labels: shape (n,), 0 or 1.
        scores: shape (n,), finite.
        bins: number of bins, at least 1.
        probabilities: whether a score claims to be the probability of label 1.

    Raises:
        StatisticError: what `metrics.auroc` refuses, no bin, or a probability outside [0, 1].
    """
    positive, values = checks.binary(labels, scores)
    if bins < 1:
        raise StatisticError(f"calibration needs at least 1 bin, not {bins}.")
    if probabilities and (values.min() < 0 or values.max() > 1):
        raise StatisticError(
            f"scores from {values.min():.3g} to {values.max():.3g} are no probabilities: declare them as scores."
        )
    inner = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    place = np.searchsorted(np.unique(inner), values)
    n = np.bincount(place)
    some = n > 0
    count, total = np.bincount(place, weights=positive)[some], n[some]
    mean, share = np.bincount(place, weights=values)[some] / total, count / total
    low, high = wilson(count, total)
    error = float((total * np.abs(share - mean)).sum() / total.sum()) if probabilities else None
    return Calibration(mean, share, low, high, total, error)


def at_threshold(labels: ArrayLike, scores: ArrayLike, threshold: float) -> AtThreshold:
    """Counts, sensitivity and specificity where a score of at least `threshold` predicts 1.

    Raises:
        StatisticError: what `metrics.auroc` refuses, or the threshold is NaN.
    """
    positive, values = checks.binary(labels, scores)
    if np.isnan(threshold):
        raise StatisticError("the threshold is NaN: take it from training or validation data.")
    called = values >= threshold
    tp, positives = int((called & positive).sum()), int(positive.sum())
    fp, negatives = int(called.sum()) - tp, positive.size - positives
    right, of = np.array([tp, negatives - fp]), np.array([positives, negatives])
    (low, high), share = wilson(right, of), right / of
    return AtThreshold(
        tp=tp,
        fp=fp,
        tn=negatives - fp,
        fn=positives - tp,
        sensitivity=float(share[0]),
        sensitivity_low=float(low[0]),
        sensitivity_high=float(high[0]),
        specificity=float(share[1]),
        specificity_low=float(low[1]),
        specificity_high=float(high[1]),
    )


def wilson(count: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a share, E.B. Wilson, J Am Stat Assoc 1927;22:209-212.

    Args:
        count: shape (k,), items that have it.
        n: shape (k,), items, at least 1 each.
        level: coverage.

    Returns:
        Lower and upper bounds, shape (k,) each.
    """
    total = np.asarray(n, dtype=np.float64)
    share = np.asarray(count, dtype=np.float64) / total
    z = float(norm.ppf((1 + level) / 2))
    middle = share + z**2 / (2 * total)
    half = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    # A share of 0 or 1 is its own bound; rounding must not put it outside.
    return np.minimum((middle - half) / scale, share).clip(0), np.maximum((middle + half) / scale, share).clip(max=1)


def _require_points(most: int) -> None:
    if most < 3:
        raise StatisticError(f"a curve needs at least 3 points, not {most}.")


def _steps(positive: NDArray[np.bool_], values: Floats) -> tuple[Floats, Counts, Counts]:
    """Distinct scores, highest first, and how many positives and negatives score at least that; shape (distinct,)."""
    order = np.argsort(values)[::-1]
    ranked = values[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    found = np.cumsum(positive[order])[last]
    return ranked[last], found, last + 1 - found


def _area_preserving(x: Floats, y: Floats, most: int) -> Counts:
    """Numbers of at most `most` points of an ascending curve, both ends among them; shape (kept,)."""
    way = x + y
    pieces = np.searchsorted(way, np.linspace(0, way[-1], most - 1))
    area = np.append(0, np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    kept, error = [0], 0.0
    for start, stop in zip(np.maximum(pieces[:-1], 1), np.minimum(pieces[1:], len(x) - 1), strict=True):
        piece = slice(max(start, kept[-1] + 1), stop)
        if piece.start >= piece.stop:
            continue
        last = kept[-1]
        lost = area[piece] - area[last] - (x[piece] - x[last]) * (y[piece] + y[last]) / 2
        best = int(np.argmin(np.abs(error + lost)))
        kept.append(piece.start + best)
        error += float(lost[best])
    return np.array([*kept, len(x) - 1])


def _axis(values: Floats, bins: int) -> tuple[float, float]:
    """Ends of a histogram's axis: the extremes, or the tail's percentile where the extreme is over a bin further."""
    least, low, high, most = np.percentile(values, [0, TAIL, 100 - TAIL, 100])
    if least == most:
        return float(least) - 0.5, float(least) + 0.5
    if low == high:
        return float(least), float(most)
    bin_width = (high - low) / bins
    return float(low if low - least > bin_width else least), float(high if most - high > bin_width else most)
