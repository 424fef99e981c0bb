"""What a split could show at all: the smallest difference that it would find, and how many rows would find it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from engine.local_split.exchange import Power
from engine.names import Metric
from engine.statistics.estimates import Z
from engine.statistics.influence import influence, standard_error
from engine.statistics.resampling import default_resampling
from engine.statistics.two_models import needed_items
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.local_split.evaluation import Evaluation
    from engine.local_split.exchange import Difference, Value
    from engine.local_split.strata import Items, Stratum
    from engine.local_split.systems import Scored, Systems

    Floats = NDArray[np.float64]

POWER = 0.8
CORRELATION = 0.5
"""Between the values of a model to come and of the baseline over resamples of the rows: assumed, nobody has seen it."""
_REACH = Z + float(norm.ppf(POWER))
_MOST_ROWS = 10**12


def area_variance(area: float, positives: float, negatives: float) -> float:
    """Variance of an AUROC, Hanley & McNeil, Radiology 1982;143:29-36, whose scores within a class are exponential."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (q1 - area**2) + (negatives - 1) * (q2 - area**2)
    return spread / (positives * negatives)


def difference_error(area: float, difference: float, positives: float, negatives: float) -> float:
    """Standard error of the difference of two AUROCs on the same rows, `area` and `area` + `difference`.

    Hanley & McNeil, Radiology 1983;148:839-843, with `CORRELATION` between the two areas.
    """
    one, other = (area_variance(value, positives, negatives) for value in (area, area + difference))
    return math.sqrt(max(0.0, one + other - 2 * CORRELATION * math.sqrt(one * other)))


def detectable_area(area: float, positives: int, negatives: int, *, design_effect: float = 1.0) -> float | None:
    """The smallest true difference in AUROC above `area` that a paired test finds with power 0.8; None where none is.

    Args:
        area: AUROC of the baseline, between 0 and 1.
        positives: rows of label 1.
        negatives: rows of label 0.
        design_effect: how many times larger variances are than those of independent rows.
    """

    def short(difference: float) -> float:
        error = difference_error(area, difference, positives, negatives)
        return difference - _REACH * math.sqrt(design_effect) * error

    return float(brentq(short, 0.0, 1 - area, xtol=1e-12)) if short(0.0) < 0 <= short(1 - area) else None


def needed_for_area(area: float, difference: float, prevalence: float, *, design_effect: float = 1.0) -> int | None:
    """Rows in all that find a true difference in AUROC with power 0.8; None where there is no room above `area`."""
    if area + difference >= 1:
        return None

    def enough(rows: int) -> bool:
        error = difference_error(area, difference, rows * prevalence, rows * (1 - prevalence))
        return difference >= _REACH * math.sqrt(design_effect) * error

    low, high = 1, 2
    while not enough(high):
        low, high = high, high * 2
        if high > _MOST_ROWS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def design_effect(labels: NDArray[np.int64], scores: Floats, groups: NDArray[np.int64] | None) -> float:
    """How many times larger the variance of an AUROC is because rows share groups, at least 1.

    The ratio of the variances over whole groups and over rows, both from the AUROC's influences; 1 where there are too
    few groups to be the units.
    """
    if groups is None or default_resampling(Metric.AUROC, labels, groups=groups).kind != "cluster":
        return 1.0
    moves = influence(Metric.AUROC, labels, scores)
    alone = standard_error(moves)
    return max(1.0, (standard_error(moves, groups) / alone) ** 2) if alone > 0 else 1.0


def power_of(
    items: Items, parts: Sequence[Stratum], systems: Systems, evaluation: Evaluation, primary: Metric
) -> tuple[Power, ...]:
    """What each judged part could show next to the registered baseline; nothing where there is no baseline."""
    baseline = systems.registered
    if baseline is None:
        return ()
    own = baseline.system.system_id
    values = {row.part_id: row for row in evaluation.values if (row.system_id, row.metric) == (own, primary)}
    rows: list[Power] = []
    for part in parts:
        if part.part.judged:
            rows.append(_to_come(items, part, baseline, values[part.part.part_id]))
            rows += _of_differences(part, evaluation.differences, primary)
    return tuple(rows)


def _to_come(items: Items, part: Stratum, baseline: Scored, value: Value) -> Power:
    """Of a model that nobody has run yet."""
    blank = Power(
        part_id=value.part_id,
        metric=value.metric,
        baseline_id=value.system_id,
        system_id=None,
        detectable=None,
        minimum_effect=MINIMUM_EFFECT[Metric(value.metric)],
        needed=None,
        assumed="",
        undefined_reason=value.undefined_reason,
    )
    if value.value is None:
        return replace(blank, undefined_reason=f"{baseline.system.name}: {value.undefined_reason}")
    if value.metric == Metric.AUROC and baseline.scores is not None:
        return _by_area(items.only(part.rows), baseline.scores[part.rows], value.value, blank)
    return _by_error(value, blank)


def _by_area(items: Items, scores: Floats, area: float, blank: Power) -> Power:
    if not 0 < area < 1:
        return replace(blank, undefined_reason=f"an AUROC of {area:g} says nothing of its own error")
    scored = np.isfinite(scores)
    labels = items.labels[scored]
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    effect = design_effect(labels, scores[scored], None if items.groups is None else items.groups[scored])
    least, wanted = detectable_area(area, positives, negatives, design_effect=effect), blank.minimum_effect
    needed = needed_for_area(area, wanted, positives / len(labels), design_effect=effect)
    reasons = []
    if least is None:
        reasons.append(f"even a model without a fault would not be told from an AUROC of {area:.3f} on so few rows")
    if needed is None:
        reasons.append(f"above an AUROC of {area:.3f} there is no room for a difference of {wanted:g}")
    grouped = f", times a design effect of {effect:.2f} because rows share groups" if effect > 1 else ""
    assumed = (
        f"Variances after Hanley & McNeil 1982{grouped}; a correlation of {CORRELATION:g} between the two AUROCs; "
        f"a two-sided test at 0.05 with power {POWER:g}."
    )
    return replace(blank, detectable=least, needed=needed, assumed=assumed, undefined_reason="; ".join(reasons) or None)


def _by_error(value: Value, blank: Power) -> Power:
    """Where no formula is at hand: a model to come is taken to be as uncertain as the baseline."""
    if value.low is None or value.high is None:
        return replace(blank, undefined_reason="the baseline's value has no interval to take its error from")
    single = _error(value.low, value.high)
    error = single * math.sqrt(2 - 2 * CORRELATION)
    needed = needed_items(0.0, error, value.n, minimum_effect=blank.minimum_effect, power=POWER)
    assumed = (
        f"A model as uncertain as the baseline, whose standard error of {single:.3f} is taken from its interval; "
        f"a correlation of {CORRELATION:g} between the two; a two-sided test at 0.05 with power {POWER:g}."
    )
    return replace(blank, detectable=_REACH * error, needed=needed.to_show_small, assumed=assumed)


def _of_differences(part: Stratum, differences: Sequence[Difference], primary: Metric) -> Iterator[Power]:
    """Of the differences seen: how many rows in all would settle each."""
    for row in differences:
        if row.part_id != part.part.part_id or row.metric != primary or not row.registered:
            continue
        known = row.low is not None and row.high is not None
        error = _error(row.low, row.high) if row.low is not None and row.high is not None else None
        needed = needed_items(row.delta, error, row.n, minimum_effect=row.minimum_effect, power=POWER)
        yield Power(
            part_id=row.part_id,
            metric=row.metric,
            baseline_id=row.baseline_id,
            system_id=row.system_id,
            detectable=_REACH * error if error else None,
            minimum_effect=row.minimum_effect,
            needed=needed.to_exclude_zero,
            assumed=f"The standard error of the difference seen, {error:.3f}, falls with the root of the rows."
            if known
            else "",
            undefined_reason=row.undefined_reason or needed.no_exclusion_reason,
        )


def _error(low: float, high: float) -> float:
    """Standard error from the width of a 95 % interval."""
    return (high - low) / 2 / Z
