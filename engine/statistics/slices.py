"""A metric on any slice of a task's items: its value, two systems on one slice, one system on two slices.

Up to MOST_DRAWN items (MOST_GROUPED where they share groups, Spearman excepted) intervals come from the bootstrap of
`resampling`, with the same draws as the store's rows; above, from standard errors that need no draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import bootstrap, metrics
from engine.statistics.delong import delong_interval, paired_test
from engine.statistics.estimates import Difference, Measured, from_draws, from_error, interval_on_scale
from engine.statistics.influence import influence, standard_error
from engine.statistics.resampling import Resampling, default_resampling
from engine.statistics.unions import union_calls_replicates, union_replicates
from engine.statistics.verdict import bootstrap_p

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

DRAWS = 2000
MOST_DRAWN = 5_000
MOST_GROUPED = 50_000
LEAST_COVERAGE = 0.9
"""Smallest share of a slice's items that a system must score to have a value there."""

_FUNCTION: dict[Metric, Callable[[ArrayLike, ArrayLike], float | None]] = {
    Metric.AUROC: metrics.auroc,
    Metric.AUPRC: metrics.auprc,
    Metric.SPEARMAN: metrics.spearman,
}
_TIED = "all scores are equal"
_ONE_SIDE = "every item is on one side of the threshold"


class Slice:
    """Items on which systems are measured one after the other: what was drawn for one serves its differences too."""

    def __init__(
        self,
        labels: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        draws: int = DRAWS,
        seed: int = 0,
        most_grouped: int | None = None,
    ) -> None:
        """Take the items; nothing is drawn yet.

        Args:
            labels: shape (n,), 0 or 1; measured values for Spearman.
            groups: shape (n,), what items share, such as a gene; None where they are independent.
            draws: number of resamples; MCC has `bootstrap.MCC_DRAWS`.
            seed: of the draws.
            most_grouped: items that share groups up to which they are drawn; None for `MOST_GROUPED`.
        """
        self._most_grouped = most_grouped
        self._labels, self._groups = labels, groups
        self._wanted = Resampling(draws=draws, seed=seed)
        self._drawn: dict[tuple[Metric, bytes, bytes], Floats] = {}

    def draw(self, metrics: Sequence[Metric], systems: Sequence[ArrayLike]) -> None:
        """Draw for several systems at once, which is faster than one by one, and changes no value.

        Systems that do not score every item are left for later.

        Args:
            metrics: AUROC and AUPRC, or Spearman alone.
            systems: scores of each, shape (n,).

        Raises:
            StatisticError: as `measure`.
        """
        checked = [_arrays(metrics[0], self._labels, scores, self._groups) for scores in systems]
        whole = [values for _, values, _ in checked if np.isfinite(values).all()]
        if not whole or (checked[0][0] == checked[0][0][:1]).all():
            return
        truth, _, shared = checked[0]
        how = _how(metrics[0], truth, shared, self._wanted, self._most_grouped)
        if how is not None:
            wanted = [(metric, values) for metric in metrics for values in whole]
            self._replicates(wanted, truth, how, shared, np.ones(len(truth), dtype=bool))

    def measure(self, metric: Metric, scores: ArrayLike) -> Measured:
        """As the function `measure`."""
        truth, values, shared = _arrays(metric, self._labels, scores, self._groups)
        reason = _no_value(metric, truth, values)
        scored = np.isfinite(values)
        truth, values, shared = truth[scored], values[scored], None if shared is None else shared[scored]
        positives = None if metric is Metric.SPEARMAN else int(truth.sum())
        empty = Measured(n=len(truth), positives=positives, undefined_reason=reason)
        if reason:
            return empty
        value = _value(metric, truth, values)
        bounds, method = self._interval(metric, truth, values, shared, scored)
        # A perfect value is perfect in every resample; that its interval has no width says nothing of its uncertainty.
        if bounds is None or (abs(value) in {0.0, 1.0} and bounds == (value, value)):
            return Measured(value=value, n=len(truth), positives=positives)
        low, high = min(bounds[0], value), max(bounds[1], value)
        return Measured(value=value, low=low, high=high, method=method, n=len(truth), positives=positives)

    def difference(self, metric: Metric, first: ArrayLike, second: ArrayLike) -> Difference:
        """As the function `difference`."""
        truth, one, shared = _arrays(metric, self._labels, first, self._groups)
        _, other, _ = _arrays(metric, self._labels, second, self._groups)
        both = np.isfinite(one) & np.isfinite(other)
        n = int(both.sum())
        for name, values in (("first", one), ("second", other)):
            reason = _no_value(metric, truth, values) or _no_value(metric, truth[both], values[both])
            if reason:
                return Difference(n=n, undefined_reason=f"{name}: {reason}")
        truth, pair, shared = truth[both], (one[both], other[both]), None if shared is None else shared[both]
        delta = _value(metric, truth, pair[0]) - _value(metric, truth, pair[1])
        seed = self._wanted.seed
        if metric is Metric.MCC:
            calls = (values.astype(np.int64) for values in pair)
            found = bootstrap.paired_mcc_replicates(truth.astype(np.int64), *calls, seed=seed)
            return from_draws(delta, found, _table_method(seed), n=n)
        how = _how(metric, truth, shared, self._wanted, self._most_grouped)
        if how is None:
            return _computed_difference(metric, truth, pair, shared, delta=delta)
        drawn = self._replicates([(metric, values) for values in pair], truth, how, shared, both)
        # DeLong takes items for independent; where they share groups, only the bootstrap does not.
        by_delong = metric is Metric.AUROC and how.kind != "cluster"
        test = (paired_test(truth, *pair).p, "DeLong, paired") if by_delong else None
        return from_draws(delta, bootstrap.defined(drawn[0] - drawn[1]), how.describe(), n=n, test=test)

    def _interval(
        self,
        metric: Metric,
        truth: Floats,
        values: Floats,
        groups: NDArray[np.generic] | None,
        items: NDArray[np.bool_],
    ) -> tuple[tuple[float, float] | None, str]:
        seed = self._wanted.seed
        if metric is Metric.MCC:
            found = bootstrap.mcc_replicates(truth.astype(np.int64), values.astype(np.int64), seed=seed)
            return bootstrap.interval(found), _table_method(seed)
        how = _how(metric, truth, groups, self._wanted, self._most_grouped)
        if how is not None:
            (drawn,) = self._replicates([(metric, values)], truth, how, groups, items)
            return bootstrap.interval(bootstrap.defined(drawn)), how.describe()
        clustered = _clustered(metric, truth, groups)
        if metric is Metric.AUROC and clustered is None:
            return delong_interval(truth, values), "DeLong, logit scale"
        error = standard_error(influence(metric, truth, values), clustered)
        return interval_on_scale(metric, _value(metric, truth, values), error), _jackknife(clustered)

    def _replicates(
        self,
        wanted: Sequence[tuple[Metric, Floats]],
        truth: Floats,
        how: Resampling,
        groups: NDArray[np.generic] | None,
        items: NDArray[np.bool_],
    ) -> list[Floats]:
        """Aligned replicates of systems on some of the items; those not drawn yet are drawn together."""
        keys = [(metric, items.tobytes(), values.tobytes()) for metric, values in wanted]
        new = {key: one for key, one in zip(keys, wanted, strict=True) if key not in self._drawn}
        if new:
            found = bootstrap.joint_replicates(truth, list(new.values()), how, groups=groups)
            self._drawn |= dict(zip(new, found, strict=True))
        return [self._drawn[key] for key in keys]


def measure(
    metric: Metric,
    labels: ArrayLike,
    scores: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Measured:
    """A metric of one system on the items of a slice.

    Args:
        metric: AUROC, AUPRC, Spearman or MCC.
        labels: shape (n,), 0 or 1; measured values for Spearman.
        scores: shape (n,), a higher one speaks for label 1, NaN where there is none; for MCC the calls, 0 or 1.
        groups: shape (n,), what items share, such as a gene; None where they are independent.
        draws: number of resamples; MCC has `bootstrap.MCC_DRAWS`.
        seed: of the draws.

    Raises:
        StatisticError: shapes differ, a label or call is neither 0 nor 1, or another metric.
    """
    return Slice(labels, groups, draws=draws, seed=seed).measure(metric, scores)


def difference(
    metric: Metric,
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """Metric of `first` minus metric of `second` on the items that both score; arguments and errors as `measure`."""
    return Slice(labels, groups, draws=draws, seed=seed).difference(metric, first, second)


def between(
    metric: Metric,
    labels: ArrayLike,
    scores: ArrayLike,
    slices: tuple[ArrayLike, ArrayLike],
    *,
    groups: ArrayLike | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """Metric of one system on a first slice of items minus that on a second.

    The union of the slices is resampled: items of the first alone, of both and of the second alone each among
    themselves, and whole groups where they share at least 20. Slices without a common item or group are thus
    independent, what they have in common is not counted twice.

    Args:
        metric: as `measure`.
        labels: shape (n,), as `measure`, of all items of the task or of the union alone.
        scores: shape (n,), as `measure`.
        slices: for the first and the second, shape (n,), True where an item is in it.
        groups: shape (n,), as `measure`.
        draws: number of resamples.
        seed: of the draws.

    Raises:
        StatisticError: as `measure`.
    """
    truth, values, shared = _arrays(metric, labels, scores, groups)
    masks = [np.asarray(mask, dtype=bool) for mask in slices]
    if any(mask.shape != truth.shape for mask in masks):
        raise StatisticError("a slice must say of each item whether it is in: give two masks as long as the labels.")
    for name, mask in zip(("first", "second"), masks, strict=True):
        if reason := _no_value(metric, truth[mask], values[mask]):
            return Difference(n=int((masks[0] | masks[1]).sum()), undefined_reason=f"{name} slice: {reason}")
    union = (masks[0] | masks[1]) & np.isfinite(values)
    truth, values, shared = truth[union], values[union], None if shared is None else shared[union]
    inside = (masks[0][union], masks[1][union])
    one, other = (_value(metric, truth[mask], values[mask]) for mask in inside)
    if metric is Metric.MCC:
        found = union_calls_replicates(truth.astype(np.int64), values.astype(np.int64), inside, seed=seed)
        return from_draws(one - other, found, _table_method(seed), n=len(truth), test=(bootstrap_p(found), "bootstrap"))
    how = _how(metric, truth, shared, Resampling(draws=draws, seed=seed))
    if how is None:
        moves = np.zeros(len(truth))
        for sign, mask in zip((1, -1), inside, strict=True):
            moves[mask] += sign * influence(metric, truth[mask], values[mask])
        clustered = _clustered(metric, truth, shared)
        return from_error(one - other, standard_error(moves, clustered), _jackknife(clustered), n=len(truth))
    found, method = union_replicates(metric, (truth, values), inside, shared, how)
    return from_draws(one - other, found, method, n=len(truth), test=(bootstrap_p(found), "bootstrap"))


def _arrays(
    metric: Metric, labels: ArrayLike, scores: ArrayLike, groups: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.generic] | None]:
    truth, values = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    shared = None if groups is None else np.asarray(groups)
    if truth.ndim != 1 or truth.shape != values.shape or (shared is not None and shared.shape != truth.shape):
        raise StatisticError("labels, scores and groups must be rows of one length, one number per item.")
    if metric not in {*_FUNCTION, Metric.MCC}:
        raise StatisticError(f"{metric} is not measured on slices: choose {', '.join([*_FUNCTION, Metric.MCC])}.")
    if metric is Metric.MCC and not np.isin(values[np.isfinite(values)], (0, 1)).all():
        raise StatisticError("MCC is of calls, 0 or 1: apply the system's threshold to its scores first.")
    return truth, values, shared


def _no_value(metric: Metric, truth: Floats, values: Floats) -> str | None:
    """Why there is no honest value on these items, or None."""
    scored = np.isfinite(values)
    total, own = len(truth), int(scored.sum())
    if not total:
        return "no item is in this slice"
    if own == 0:
        return f"scores none of the {total} items"
    if own < LEAST_COVERAGE * total:
        return f"scores {own} of {total} items: a value over a part is another quantity"
    return _constant(metric, truth[scored], values[scored])


def _constant(metric: Metric, truth: Floats, values: Floats) -> str | None:
    same_label, same_value = (bool((row == row[0]).all()) for row in (truth, values))
    if metric is Metric.SPEARMAN:
        return _TIED if same_label or same_value else None
    if same_label:
        return f"all {len(truth)} items have label {truth[0]:.0f}"
    return _ONE_SIDE if metric is Metric.MCC and same_value else None


def _value(metric: Metric, truth: Floats, values: Floats) -> float:
    """The value, which `_no_value` has found to be there."""
    if metric is Metric.MCC:
        found = metrics.mcc(truth.astype(np.int64), values.astype(np.int64))
    else:
        found = _FUNCTION[metric](truth, values)
    if found is None:
        raise StatisticError(f"{metric} is undefined on {len(truth)} items with both classes and unequal scores.")
    return found


def _how(
    metric: Metric,
    truth: Floats,
    groups: NDArray[np.generic] | None,
    wanted: Resampling,
    most_grouped: int | None = None,
) -> Resampling | None:
    """The bootstrap that fits the items, or None where there are too many to draw."""
    how = default_resampling(metric, truth, groups=groups, draws=wanted.draws, seed=wanted.seed)
    grouped = how.kind == "cluster" and metric is not Metric.SPEARMAN
    most = (MOST_GROUPED if most_grouped is None else most_grouped) if grouped else MOST_DRAWN
    return how if len(truth) <= most else None


def _clustered(metric: Metric, truth: Floats, groups: NDArray[np.generic] | None) -> NDArray[np.generic] | None:
    """The groups where they are enough to be the units, else None."""
    return groups if default_resampling(metric, truth, groups=groups).kind == "cluster" else None


def _jackknife(groups: NDArray[np.generic] | None) -> str:
    over = f"{len(np.unique(groups)):,} groups" if groups is not None else "items"
    return f"infinitesimal jackknife over {over}"


def _table_method(seed: int) -> str:
    return f"percentile bootstrap of the confusion table, {bootstrap.MCC_DRAWS} draws, iid, seed {seed}"


def _computed_difference(
    metric: Metric,
    truth: Floats,
    pair: tuple[Floats, Floats],
    groups: NDArray[np.generic] | None,
    *,
    delta: float,
) -> Difference:
    clustered = _clustered(metric, truth, groups)
    if metric is Metric.AUROC and clustered is None:
        error = paired_test(truth, *pair).standard_error or 0.0
        return from_error(delta, error, "DeLong, paired", n=len(truth))
    moves = influence(metric, truth, pair[0]) - influence(metric, truth, pair[1])
    return from_error(delta, standard_error(moves, clustered), _jackknife(clustered), n=len(truth))
