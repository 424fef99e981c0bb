"""Whether a model is better than a baseline: the article's rule, the paired verdict, and what they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import false_discovery_control

from engine.names import Metric, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LARGEST_Q = 0.05

MINIMUM_EFFECT: dict[Metric, float] = {
    Metric.AUROC: 0.02,
    Metric.AUPRC: 0.02,
    Metric.SPEARMAN: 0.02,
    Metric.MCC: 0.03,
    Metric.L2_SKILL: 0.05,
    Metric.L2_SKILL_OVER_MEAN: 0.05,
    Metric.PEARSON_DELTA: 0.05,
    Metric.AVG_BIO: 0.02,
    Metric.NMI: 0.02,
    Metric.ARI: 0.02,
    Metric.ASW: 0.02,
    Metric.ASW_BATCH: 0.02,
    Metric.PCR: 0.02,
    Metric.GRAPH_CONNECTIVITY: 0.02,
}
"""The smallest difference that counts as one, by metric. L2 has none: what is compared of it is its skill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Model minus baseline on the same items: value, 95 % interval, and p adjusted over the family."""

    delta: float | None
    ci_low: float | None
    ci_high: float | None
    q: float | None


def verdict_article(
    model_point: float | None, model_low: float | None, baseline_point: float | None, baseline_high: float | None
) -> Verdict | None:
    """PASS where the model's value is higher and the two intervals are apart, else FAIL; intervals that touch are not.

    None where a value or a bound is missing.
    """
    known = _known(model_point, model_low, baseline_point, baseline_high)
    if known is None:
        return None
    apart = known[0] > known[2] and known[1] > known[3]
    return Verdict.PASS if apart else Verdict.FAIL


def standing(
    point: float | None,
    low: float | None,
    high: float | None,
    other_point: float | None,
    other_low: float | None,
    other_high: float | None,
) -> Literal["above", "level", "below"] | None:
    """Where a system stands to another by their two intervals: apart on one side or the other, or level.

    `above` is what `verdict_article` calls PASS, and `below` the same seen from the other system. Intervals that touch
    are not apart. None where a value or a bound is missing.
    """
    known = _known(point, low, high, other_point, other_low, other_high)
    if known is None:
        return None
    point, low, high, other_point, other_low, other_high = known
    if point > other_point and low > other_high:
        return "above"
    return "below" if point < other_point and high < other_low else "level"


def verdict(article: Verdict | None, difference: PairedDifference, minimum_effect: float) -> Verdict | None:
    """The four-way verdict.

    PASS where the article's rule passes. PASS_PAIRED where the difference is at least the minimum effect, its interval
    above 0 and its q below 0.05. FAIL where the difference is negative or its interval below the minimum effect. Else
    INCONCLUSIVE. None where the article's verdict, the difference or a bound is missing, or a q that would decide.

    Args:
        article: what `verdict_article` says of the same two systems.
        difference: the paired difference, higher is better.
        minimum_effect: see `MINIMUM_EFFECT`.
    """
    known = _known(difference.delta, difference.ci_low, difference.ci_high)
    if article is None or known is None:
        return None
    if article is Verdict.PASS:
        return Verdict.PASS
    delta, low, high = known
    if low > 0 and delta >= minimum_effect:
        q = _known(difference.q)
        if q is None:
            return None
        if q[0] < LARGEST_Q:
            return Verdict.PASS_PAIRED
    return Verdict.FAIL if delta < 0 or high < minimum_effect else Verdict.INCONCLUSIVE


def adjusted(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg q of a family of p values; a missing one stays missing and does not count.

    Raises:
        ValueError: a p value is not between 0 and 1.
    """
    known = [value for value in p if value is not None]
    if not known:
        return [None] * len(p)
    q = iter(false_discovery_control(known).tolist())
    return [None if value is None else next(q) for value in p]


def bootstrap_p(differences: NDArray[np.float64]) -> float | None:
    """Two-sided p of a difference from its replicates, shape (draws,): twice the smaller tail, at most 1.

    The +1 on both sides of each tail keeps p above 0: 2,000 draws cannot say less than 0.001. None with fewer than
    two replicates.
    """
    if len(differences) < 2:
        return None
    tails = 1 + np.array([(differences <= 0).sum(), (differences >= 0).sum()])
    return min(1.0, float(2 * tails.min() / (len(differences) + 1)))


def _known(*values: float | None) -> list[float] | None:
    """The values, or None where one of them is missing."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return known if len(known) == len(values) else None
