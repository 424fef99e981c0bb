"""Intervals for published values whose predictions are not public."""

from __future__ import annotations

import math

_Z = 1.959963984540054


def hanley_mcneil(auroc: float, positives: int, negatives: int) -> tuple[float, float] | None:
    """95 % interval of an AUROC from its value and the class counts alone.

    Standard error of Hanley & McNeil, Radiology 1982;143:29-36 (negative exponential model), carried to the
    bounds on the logit scale, so that they stay inside (0, 1). It assumes independent items: variants
    that share a gene make it too narrow.

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
    variance = auroc * (1 - auroc) + (positives - 1) * (q1 - auroc**2) + (negatives - 1) * (q2 - auroc**2)
    error = math.sqrt(variance / (positives * negatives)) / (auroc * (1 - auroc))
    centre = math.log(auroc / (1 - auroc))
    low, high = (1 / (1 + math.exp(-(centre + sign * _Z * error))) for sign in (-1, 1))
    return low, high
