"""Two systems over the tasks of a suite: differences by category and over all, who wins, and what would settle it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import norm, wilcoxon

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics.bootstrap import interval
from engine.statistics.rank_bootstrap import design, drawn_weights, point_weights
from engine.statistics.rank_rules import Sampling
from engine.statistics.verdict import MINIMUM_EFFECT, adjusted

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

MARGIN = MINIMUM_EFFECT[Metric.MCC]
"""The smallest difference of MCC that counts as one."""
FEWEST_TO_TEST = 6
"""Signs of n differences alone have a two-sided p of at least 2^(1 - n)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """First minus second, averaged over tasks.

    Attributes:
        name: the category; `macro` for the mean of the category means, `micro` for the mean over tasks.
        tasks: tasks that both have; groups: redundancy groups among them.
        low, high: 95 % interval of the hierarchical bootstrap, and `error` the spread of its draws; None with a
            reason where there is one group alone.
        p: of Wilcoxon's signed-rank test over the groups' means; q: adjusted over the categories.
        wins, ties, losses: of the first, by task; a tie is a difference smaller than the margin.
        warning: where there are so few groups that no p can be below 0.05.
    """

    name: str
    tasks: int
    groups: int
    difference: float
    low: float | None
    high: float | None
    error: float | None
    p: float | None
    q: float | None
    wins: int
    ties: int
    losses: int
    undefined_reason: str | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDifferences:
    """Two systems over a suite.

    Attributes:
        categories: in order of first appearance.
        macro: mean of the category means; micro: mean over tasks.
        left_out: tasks that one of the two does not have.
        flipped_categories: those whose mean difference has the sign opposite to the macro difference's.
        flipped_tasks: numbers of such tasks, the largest difference first, shape (k,).
    """

    categories: tuple[MeanDifference, ...]
    macro: MeanDifference
    micro: MeanDifference
    left_out: int
    flipped_categories: tuple[str, ...]
    flipped_tasks: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many items, or tasks, in all would settle a difference of the size seen; None with a reason.

    Attributes:
        to_exclude_zero: for an interval without 0.
        to_show_small: for an interval below the minimum effect.
    """

    to_exclude_zero: int | None
    to_show_small: int | None
    no_exclusion_reason: str | None = None
    no_small_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFlips:
    """Items on which two systems disagree most about the class, shape (k,) each, the largest disagreement first.

    Attributes:
        rows: numbers of the items.
        gain: how much nearer to the item's own class the first puts it, in percent of the items; negative where the
            second is nearer.
        opposite: whether the two put it on opposite sides of the middle.
    """

    rows: Counts
    gain: Floats
    opposite: NDArray[np.bool_]


def task_differences(
    first: ArrayLike,
    second: ArrayLike,
    category: ArrayLike,
    group: ArrayLike,
    *,
    draws: int = 2000,
    seed: int = 0,
    margin: float = MARGIN,
) -> TaskDifferences:
    """Compare two systems over tasks from one value per task.

    Args:
        first: shape (tasks,), higher is better, NaN where there is none.
        second: same.
        category: shape (tasks,).
        group: shape (tasks,), redundancy group within the category; None where a task repeats no other.
        draws: resamples of categories, groups within them and tasks within those.
        seed: of the draws.
        margin: the smallest difference that is no tie.

    Raises:
        StatisticError: the rows are not of one length, or no task has both values.
    """
    delta = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    names, repeats = np.asarray(category, dtype=object), np.asarray(group, dtype=object)
    if delta.ndim != 1 or not delta.shape == names.shape == repeats.shape:
        raise StatisticError("values, categories and groups must be rows of one length, one per task.")
    both = np.isfinite(delta)
    if not both.any():
        raise StatisticError("the two systems have no task in common: choose another regime, metric or protocol.")
    rows = [
        _mean(str(name), delta, repeats, both & (names == name), draws=draws, seed=seed, margin=margin)
        for name in dict.fromkeys(names[both])
    ]
    q = adjusted([row.p for row in rows])
    categories = tuple(replace(row, q=one) for row, one in zip(rows, q, strict=True))
    macro, micro = (
        _overall(average, delta[both], names[both], repeats[both], draws=draws, seed=seed, margin=margin)
        for average in ("macro", "micro")
    )
    against = np.flatnonzero(both & (np.sign(delta) * np.sign(macro.difference) < 0))
    return TaskDifferences(
        categories=categories,
        macro=macro,
        micro=micro,
        left_out=int((~both).sum()),
        flipped_categories=tuple(row.name for row in categories if row.difference * macro.difference < 0),
        flipped_tasks=against[np.argsort(-np.abs(delta[against]), kind="stable")],
    )


def needed_items(
    delta: float | None, error: float | None, n: int, *, minimum_effect: float, power: float = 0.8
) -> Needed:
    """How many test items would settle a difference, were it exactly as seen.

    A standard error falls with the root of n. The 95 % interval excludes a bound at distance d with the given power
    where d = (z_0.975 + z_power) SE, so n' = n (z_0.975 + z_power)^2 SE^2 / d^2: the normal sample size formula, e.g.
    Chow, Shao & Wang, Sample Size Calculations in Clinical Research, 2nd ed. 2008, chapter 3. The bound is 0, at
    distance |delta|; or the minimum effect, at distance minimum_effect - |delta|.

    Args:
        delta: the difference.
        error: its standard error on n items.
        n: number of items.
        minimum_effect: the smallest difference that counts.
        power: chance that the interval excludes the bound, above 0.5.
    """
    if delta is None or error is None or not error > 0:
        reason = "the difference or its standard error is unknown"
        return Needed(to_exclude_zero=None, to_show_small=None, no_exclusion_reason=reason, no_small_reason=reason)
    scale = n * (float(norm.ppf(0.975)) + float(norm.ppf(power))) ** 2 * error**2
    apart, room = abs(delta), minimum_effect - abs(delta)
    return Needed(
        to_exclude_zero=math.ceil(scale / apart**2) if apart > 0 else None,
        to_show_small=math.ceil(scale / room**2) if room > 0 else None,
        no_exclusion_reason=None if apart > 0 else "the difference is 0: no number of items would tell it from 0",
        no_small_reason=None if room > 0 else f"the difference is not below the minimum effect of {minimum_effect:g}",
    )


def needed_tasks(row: MeanDifference, *, minimum_effect: float = MARGIN, power: float = 0.8) -> Needed:
    """How many tasks, of the same mix of categories and repeats, would settle a mean difference; as `needed_items`."""
    return needed_items(row.difference, row.error, row.tasks, minimum_effect=minimum_effect, power=power)


def flips_by_item(
    labels: ArrayLike, first_percentile: ArrayLike, second_percentile: ArrayLike, *, most: int | None = None
) -> ItemFlips:
    """Items on which two systems disagree most about the class.

    Args:
        labels: shape (n,), 0 or 1.
        first_percentile: shape (n,), in [0, 100], a high one speaks for label 1; NaN where there is none.
        second_percentile: same.
        most: how many; default: all on which they disagree at all.

    Raises:
        StatisticError: the rows are not of one length.
    """
    truth = np.asarray(labels, dtype=np.float64)
    one, other = (np.asarray(row, dtype=np.float64) for row in (first_percentile, second_percentile))
    if truth.ndim != 1 or not truth.shape == one.shape == other.shape:
        raise StatisticError("labels and percentiles must be rows of one length, one per item.")
    gain = np.where(truth == 1, one - other, other - one)
    known = np.flatnonzero(np.isfinite(gain) & (gain != 0))
    rows = known[np.argsort(-np.abs(gain[known]), kind="stable")][:most]
    return ItemFlips(rows, gain[rows], (one[rows] - 50) * (other[rows] - 50) < 0)


def _mean(
    name: str,
    delta: Floats,
    group: NDArray[np.object_],
    own: NDArray[np.bool_],
    *,
    draws: int,
    seed: int,
    margin: float,
) -> MeanDifference:
    """One category: its groups and the tasks within them are drawn."""
    one_category = np.zeros(int(own.sum()))
    row = _overall("micro", delta[own], one_category, group[own], draws=draws, seed=seed, margin=margin)
    return replace(row, name=name)


def _overall(
    average: Literal["macro", "micro"],
    delta: Floats,
    category: NDArray[np.generic],
    group: NDArray[np.object_],
    *,
    draws: int,
    seed: int,
    margin: float,
) -> MeanDifference:
    tasks = [str(number) for number in range(len(delta))]
    plan = design(
        tasks,
        dict(zip(tasks, map(str, category), strict=True)),
        dict(zip(tasks, group, strict=True)),
        pooled=average == "micro",
    )
    means = np.add.reduceat(delta[plan.members], plan.first_member) / plan.group_size
    alone = len(means) < 2
    found = np.vstack(list(drawn_weights(plan, Sampling(draws=draws, seed=seed)))) @ delta
    bounds = None if alone else interval(found)
    value = float(point_weights(plan) @ delta)
    wins, losses = int((delta >= margin).sum()), int((delta <= -margin).sum())
    return MeanDifference(
        name=average,
        tasks=len(delta),
        groups=len(means),
        difference=value,
        low=min(bounds[0], value) if bounds else None,
        high=max(bounds[1], value) if bounds else None,
        error=float(found.std(ddof=1)) if bounds else None,
        p=_signed_rank(means),
        q=None,
        wins=wins,
        ties=len(delta) - wins - losses,
        losses=losses,
        undefined_reason="one redundancy group: nothing to resample or to test" if alone else None,
        warning=_warning(len(means)),
    )


def _warning(groups: int) -> str | None:
    if groups < 2 or groups >= FEWEST_TO_TEST:
        return None
    least = f"{groups} redundancy groups: p cannot be below {2.0 ** (1 - groups):g}"
    return f"{least}, and the interval is itself unreliable"


def _signed_rank(differences: Floats) -> float | None:
    """Two-sided p, Wilcoxon, Biometrics Bull 1945;1:80-83; zeros drop out; 1 where all are 0, None for one alone."""
    if len(differences) < 2:
        return None
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0
