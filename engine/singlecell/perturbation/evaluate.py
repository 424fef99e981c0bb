"""From predictions to values per perturbation and per system, with one bootstrap for all systems.

A perturbation has the mean of a metric over the splits in which it was held out; a system the mean over perturbations:

    L2Skill = 1 - mean L2 of the system / mean L2 of the reference

so that the reference has 0, a perfect prediction 1, and less than 0 is worse than the reference. The bootstrap draws
perturbations; resample k is the same for every system and metric, and a ratio is one of resampled means.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import SpecError, StatisticError
from engine.names import Metric
from engine.singlecell.contract import ItemValue, Outcome, Replicated
from engine.singlecell.perturbation.metrics import l2, pearson_of_change
from engine.singlecell.perturbation.splits import items
from engine.singlecell.perturbation.systems import PerturbationMean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import Pseudobulk
    from engine.singlecell.perturbation.predictions import Predictions
    from engine.singlecell.perturbation.splits import Split

    Floats = NDArray[np.float64]
    Score = Callable[[Floats, Floats], float | None]

FEWEST_ITEMS = 3
"""Perturbations below which nothing is resampled: of two there are three resamples."""
FEW_ITEMS = 20
"""Perturbations below which an interval is itself unreliable, as for clusters elsewhere in the engine."""
MOST_MISSING = 0.1
"""Share of the perturbations that a system may leave out and still have a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A metric of one system per perturbation, items in the order of the task.

    Attributes:
        values: shape (items,), NaN where there is none.
        reasons: of each item why it has no value, None where it has one.
        counts: shape (items,), splits in which it was held out.
    """

    values: Floats
    reasons: tuple[str | None, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resamples:
    """How often each perturbation was drawn.

    Attributes:
        counts: shape (draws, items); no rows where there are too few perturbations to resample.
        method: one line for the store and the screen.
    """

    counts: NDArray[np.int64]
    method: str


def evaluate(
    predictions: Mapping[str, Predictions],
    data: Pseudobulk,
    splits: Sequence[Split],
    *,
    reference: str,
    over_mean: bool,
    draws: int = 2000,
    seed: int = 0,
) -> dict[str, Outcome]:
    """Values of every system on one task.

    Args:
        predictions: by system.
        data: what was observed, on the genes that are measured.
        splits: of the task.
        reference: the system that L2Skill is relative to.
        over_mean: whether L2SkillOverMean, relative to perturbation-mean, is among the metrics.
        draws: number of resamples.
        seed: of the resamples.

    Raises:
        SpecError: the reference, or perturbation-mean where it is needed, is not among the systems.
        StatisticError: nothing is held out, a prediction is missing without a reason, or the genes differ.
    """
    references = _references(predictions, reference, over_mean=over_mean)
    names = items(data, splits)
    if not names:
        raise StatisticError("no perturbation is held out: there is nothing to evaluate.")
    distances = {name: _column(one, data, splits, l2) for name, one in predictions.items()}
    resamples = resample(len(names), draws=draws, seed=seed)
    outcomes: dict[str, Outcome] = {}
    for name, one in predictions.items():
        score = partial(pearson_of_change, control=data.control)
        columns = {Metric.L2: distances[name], Metric.PEARSON_DELTA: _column(one, data, splits, score)}
        values = {metric: mean_over_items(column, resamples) for metric, column in columns.items()}
        for metric, base in references.items():
            values[metric] = skill(distances[name], distances[base], base, resamples)
        outcomes[name] = Outcome(values=values, items=_items(names, columns))
    return outcomes


def resample(n: int, *, draws: int, seed: int) -> Resamples:
    """Draw `n` perturbations with replacement, `draws` times; draw k is row k of `integers(0, n, (draws, n))`."""
    if n < FEWEST_ITEMS:
        method = f"no interval: {n} {'perturbation' if n == 1 else 'perturbations'}, fewer than {FEWEST_ITEMS}"
        return Resamples(counts=np.empty((0, n), dtype=np.int64), method=method)
    drawn = np.random.default_rng(seed).integers(0, n, (draws, n))
    places = drawn + n * np.arange(draws)[:, None]
    counts = np.bincount(places.ravel(), minlength=draws * n).reshape(draws, n)
    method = f"percentile bootstrap, {draws} draws of {n} perturbations, seed {seed}"
    if n < FEW_ITEMS:
        method += f"; {n} perturbations, fewer than {FEW_ITEMS}: the interval is itself unreliable"
    return Resamples(counts=counts, method=method)


def mean_over_items(column: Column, resamples: Resamples) -> Replicated:
    """The mean over perturbations that have a value, or the reason why there is none."""
    there = ~np.isnan(column.values)
    reason = partial_reason(column)
    if reason is not None:
        return Replicated(n=int(there.sum()), reason=reason)
    replicates = _means(np.where(there, column.values, 0), there, resamples.counts)
    value = float(column.values[there].mean())
    return Replicated(value=value, replicates=replicates, n=int(there.sum()), method=resamples.method)


def skill(column: Column, base: Column, base_name: str, resamples: Resamples) -> Replicated:
    """1 - mean of the system / mean of the base, over perturbations of which both have a value.

    Args:
        column: L2 of the system.
        base: L2 of what it is relative to.
        base_name: for the reason.
        resamples: of the task.
    """
    both = ~np.isnan(column.values) & ~np.isnan(base.values)
    n, reason = int(both.sum()), partial_reason(column)
    if reason is None and (missing := partial_reason(base)) is not None:
        reason = f"{base_name}, which it is relative to, {missing}"
    if reason is None and not base.values[both].sum():
        reason = f"{base_name}, which it is relative to, has no error"
    if reason is not None:
        return Replicated(n=n, reason=reason)
    own, other = np.where(both, column.values, 0), np.where(both, base.values, 0)
    replicates = 1 - _ratios(resamples.counts @ own, resamples.counts @ other)
    value = float(1 - own.sum() / other.sum())
    return Replicated(value=value, replicates=replicates, n=n, method=resamples.method)


def partial_reason(column: Column) -> str | None:
    """Why a column has no mean: it leaves out more than a tenth of the perturbations."""
    n = len(column.values)
    there = int((~np.isnan(column.values)).sum())
    if there == 0:
        first = next(reason for reason in column.reasons if reason is not None)
        return f"has a value for none of {n} perturbations: {first}"
    if n - there > MOST_MISSING * n:
        return f"predicts {there} of {n} perturbations: a value over a part is another quantity"
    return None


def _references(predictions: Mapping[str, Predictions], reference: str, *, over_mean: bool) -> dict[Metric, str]:
    wanted = {Metric.L2_SKILL: reference}
    if over_mean:
        wanted[Metric.L2_SKILL_OVER_MEAN] = PerturbationMean.name
    missing = sorted(set(wanted.values()) - predictions.keys())
    if missing:
        raise SpecError(f"{' and '.join(missing)}, which others are relative to, must be among the systems.")
    return wanted


def _column(predictions: Predictions, data: Pseudobulk, splits: Sequence[Split], score: Score) -> Column:
    """The score per perturbation, averaged over the splits in which it was held out."""
    if predictions.genes != data.genes:
        raise StatisticError("predictions and observations are of other genes, or in another order: predict anew.")
    found: dict[str, list[float | str]] = {item: [] for item in items(data, splits)}
    names = data.names
    for split in splits:
        for place in split.test:
            profile = predictions.of(split.seed, names[place])
            found[names[place]].append(_scored(profile, data.profiles[place], score))
    return _averaged(list(found.values()))


def _scored(profile: Floats | str, observed: Floats, score: Score) -> float | str:
    if isinstance(profile, str):
        return profile
    value = score(profile, observed)
    return "the predicted or the observed change is the same for every gene" if value is None else value


def _averaged(found: Sequence[Sequence[float | str]]) -> Column:
    """One value per item; an item that lacks one in any split has none, as its mean would be of other splits."""
    reasons = tuple(next((one for one in scores if isinstance(one, str)), None) for scores in found)
    values = [
        np.nan if reason is not None else float(np.mean([one for one in scores if not isinstance(one, str)]))
        for scores, reason in zip(found, reasons, strict=True)
    ]
    return Column(values=np.array(values), reasons=reasons, counts=np.array([len(scores) for scores in found]))


def _items(names: Sequence[str], columns: Mapping[Metric, Column]) -> tuple[ItemValue, ...]:
    return tuple(
        ItemValue(
            item_id=name,
            metric=metric,
            value=None if reason is not None else float(value),
            n=int(count),
            reason=reason,
        )
        for metric, column in columns.items()
        for name, value, reason, count in zip(names, column.values, column.reasons, column.counts, strict=True)
    )


def _means(values: Floats, there: NDArray[np.bool_], counts: NDArray[np.int64]) -> Floats:
    return _ratios(counts @ values, counts @ there)


def _ratios(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """Elementwise ratio, NaN where a resample has nothing to divide by."""
    found: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return found
