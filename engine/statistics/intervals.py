"""Intervals for published values whose predictions are not public."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, logit

_Z = 1.959963984540054


def hanley_mcneil(auroc: float, positives: int, negatives: int) -> tuple[float, float] | None:
    """95 % interval of an AUROC from its value and the class counts alone.

    Standard error of Hanley & McNeil, Radiology 1982;143:29-36 (negative exponential model), carried to the
    bounds on the logit scale, so that they stay inside (0, 1). The model treats the classes unequally, which makes
    it too narrow when negatives are few; the wider of its two orientations is taken. It assumes independent
    items: variants that share a gene make it too narrow.

    Args:
        auroc: point estimate in [0, 1].
        positives: number of positive items.
        negatives: number of negative items.

    Returns:
        (low, high), or None where the formula says nothing: a class is empty, or the AUROC is 0 or 1.
    """
    if min(positives, negatives) < 1 or not 0 < auroc < 1:
        return None
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    few, many = sorted((positives, negatives))
    first, second = sorted((q1 - auroc**2, q2 - auroc**2))
    # The larger deviation goes with the larger factor: that orientation has the larger variance.
    variance = auroc * (1 - auroc) + (few - 1) * first + (many - 1) * second
    error = math.sqrt(variance / (positives * negatives)) / (auroc * (1 - auroc))
    low, high = expit(logit(auroc) + np.array([-1.0, 1.0]) * _Z * error)
    # Next to 0 and 1 the logit loses digits; the point stays inside its interval.
    return min(float(low), auroc), max(float(high), auroc)


def independent_difference(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Interval of the first value minus the second, of two systems as if measured on different items.

    The variance on either side of the difference is the sum of both systems' own, each recovered from the distance
    between its value and that bound: of symmetric intervals this is the normal approximation with both standard
    errors (Zou & Donner, Stat Med 2008;27:1693-1702). On shared items, systems that agree differ by less.

    Args:
        first: value, low and high of an interval of any level; the result has the same.
        second: the same of the other system.
    """
    (value, low, high), (other, other_low, other_high) = first, second
    delta = value - other
    return delta - math.hypot(value - low, other_high - other), delta + math.hypot(high - value, other - other_low)
