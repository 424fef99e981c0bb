"""Percentile bootstrap of rank metrics and of MCC, for one system and for the difference between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric
from engine.statistics import confusion
from engine.statistics.rank_weights import layout
from engine.statistics.resampling import CHUNK, Resampling, drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.statistics.rank_weights import Layout
    from engine.statistics.resampling import Drawing

    Floats = NDArray[np.float64]

MCC_DRAWS = 10_000
_OF_CLASSES = {Metric.MCC: confusion.matthews, Metric.ACC: confusion.accuracy, Metric.F1: confusion.macro_f1}


def auroc_replicates(labels: ArrayLike, scores: ArrayLike, *, draws: int = 2000, seed: int = 0) -> Floats:
    """AUROC of each iid resample that has both classes, in the order drawn; shape (at most draws,).

    The resamples are `default_rng(seed).integers(0, n, n)`, one after the other; one with a single class is left out
    and not replaced.

    Raises:
        StatisticError: what `metrics.auroc` refuses.
    """
    return replicates(Metric.AUROC, labels, scores, Resampling("iid", draws, seed))


def replicates(
    metric: Metric,
    labels: ArrayLike,
    scores: ArrayLike,
    resampling: Resampling,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Floats:
    """The metric of each resample that has one, in the order drawn; shape (at most draws,).

    Args:
        metric: AUROC, AUPRC or Spearman.
        labels: shape (n,), 0 or 1; measured values for Spearman.
        scores: shape (n,).
        resampling: what to draw.
        groups: shape (n,), for a cluster bootstrap.
        strata: shape (n,), for a stratified one; the labels where not given, Spearman excepted.

    Raises:
        StatisticError: what the metric refuses, another metric, or groups or strata that are missing or do not fit.
    """
    return defined(aligned_replicates(metric, labels, scores, resampling, groups=groups, strata=strata))


def aligned_replicates(
    metric: Metric,
    labels: ArrayLike,
    scores: ArrayLike,
    resampling: Resampling,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Floats:
    """The metric of every resample, NaN where it has none; shape (draws,).

    Resample k is the same for every system on the same items: two such arrays may be subtracted. Arguments and errors
    as `replicates`.
    """
    found: Floats = joint_replicates(labels, [(metric, scores)], resampling, groups=groups, strata=strata)[0]
    return found


def joint_replicates(
    labels: ArrayLike,
    wanted: Sequence[tuple[Metric, ArrayLike]],
    resampling: Resampling,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Floats:
    """`aligned_replicates` of several metrics and scores, shape (wanted, draws), from one and the same drawing.

    Args:
        labels: shape (n,), as `replicates`; either all metrics are Spearman or none is.
        wanted: each metric with the scores that it is of, shape (n,).
        resampling: what to draw.
        groups: as `replicates`.
        strata: as `replicates`.

    Raises:
        StatisticError: as `replicates`.
    """
    layouts = [layout(metric, labels, scores) for metric, scores in wanted]
    if strata is None and all(metric is not Metric.SPEARMAN for metric, _ in wanted):
        strata = labels
    return _evaluate(layouts, drawing(resampling, len(layouts[0].column), strata=strata, groups=groups))


def defined(values: Floats) -> Floats:
    """Without the resamples that have no value; shape (at most draws,)."""
    kept: Floats = values[~np.isnan(values)]
    return kept


def paired_replicates(
    metric: Metric,
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    resampling: Resampling,
    *,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Floats:
    """Metric of `first` minus metric of `second` on the same resamples; one where either has none is left out.

    Arguments and errors as `replicates`.
    """
    both = [(metric, first), (metric, second)]
    one, other = joint_replicates(labels, both, resampling, groups=groups, strata=strata)
    return defined(one - other)


def mcc_replicates(labels: ArrayLike, predicted: ArrayLike, *, draws: int = MCC_DRAWS, seed: int = 0) -> Floats:
    """MCC of each resample that has one; shape (at most draws,).

    Drawing n items with replacement is drawing the counts of the confusion table from a multinomial. A resample in
    which all items have one true or one predicted class has no MCC and is left out.

    Args:
        labels: shape (n,), whole numbers, any number of classes.
        predicted: shape (n,), same.
        draws: number of resamples.
        seed: of the draws.

    Raises:
        StatisticError: lengths differ, no items, or a class is not a whole number.
    """
    return defined(_mcc_values(confusion.cells(labels, predicted), draws, seed)[0])


def paired_mcc_replicates(
    labels: ArrayLike, first: ArrayLike, second: ArrayLike, *, draws: int = MCC_DRAWS, seed: int = 0
) -> Floats:
    """MCC of `first` minus MCC of `second` on the same resamples; one where either has none is left out.

    Arguments and errors as `mcc_replicates`; the multinomial runs over (truth, first, second).
    """
    one, other = _mcc_values(confusion.cells(labels, first, second), draws, seed)
    return defined(one - other)


def class_replicates(
    labels: ArrayLike, *systems: ArrayLike, draws: int = MCC_DRAWS, seed: int = 0
) -> dict[Metric, Floats]:
    """MCC, accuracy and macro-F1 of every resample of predicted classes; shape (systems, draws) each.

    Resample k is the same for all systems and metrics; MCC is NaN where truth or prediction has one class.

    Args:
        labels: shape (n,), whole numbers, any number of classes.
        systems: shape (n,) each, predicted classes.
        draws: number of resamples.
        seed: of the draws.

    Raises:
        StatisticError: lengths differ, no items, or a class is not a whole number.
    """
    return _class_values(confusion.cells(labels, *systems), draws, seed)


def interval(replicates: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """Percentile interval, or None with fewer than two replicates.

    Raises:
        ValueError: the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    if len(replicates) < 2:
        return None
    tail = 50 * (1 - level)
    low, high = np.percentile(replicates, [tail, 100 - tail])
    return float(low), float(high)


def _evaluate(layouts: Sequence[Layout], drawn: Drawing) -> Floats:
    counters = [(one, drawn.counter(one)) for one in layouts]
    return np.hstack([np.stack([one.values(count(chunk)) for one, count in counters]) for chunk in drawn.chunks])


def _class_values(table: confusion.Cells, draws: int, seed: int) -> dict[Metric, Floats]:
    found: dict[Metric, list[Floats]] = {metric: [] for metric in _OF_CLASSES}
    for counts in _drawn_tables(table, draws, seed):
        for metric, measure in _OF_CLASSES.items():
            found[metric].append(np.stack([measure(counts, table.truth, system) for system in table.predicted]))
    return {metric: np.hstack(parts) for metric, parts in found.items()}


def _mcc_values(table: confusion.Cells, draws: int, seed: int) -> Floats:
    """Shape (systems, draws), NaN where a resample has no value."""
    return np.hstack(
        [
            np.stack([confusion.matthews(counts, table.truth, system) for system in table.predicted])
            for counts in _drawn_tables(table, draws, seed)
        ]
    )


def _drawn_tables(table: confusion.Cells, draws: int, seed: int) -> Iterator[Floats]:
    """Cell counts of resamples, shape (some draws, cells) at a time."""
    rng = np.random.default_rng(seed)
    n, rows = int(table.counts.sum()), max(1, CHUNK // len(table.counts))
    for start in range(0, draws, rows):
        yield rng.multinomial(n, table.counts / n, min(rows, draws - start)).astype(np.float64)
