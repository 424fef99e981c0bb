"""One system on two slices of items that may overlap: resamples of their union, the metric on each slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric
from engine.statistics import confusion
from engine.statistics.bootstrap import MCC_DRAWS, defined
from engine.statistics.rank_weights import layout
from engine.statistics.resampling import SMALL_CLASS, Resampling, drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.statistics.rank_weights import Layout

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


def union_replicates(
    metric: Metric,
    items: tuple[Floats, Floats],
    inside: tuple[Mask, Mask],
    groups: NDArray[np.generic] | None,
    how: Resampling,
) -> tuple[Floats, str]:
    """First slice minus second on resamples of their union, shape (at most draws,), and how they were drawn.

    Args:
        metric: AUROC, AUPRC or Spearman.
        items: labels and scores of the union, shape (n,) each.
        inside: for each slice, shape (n,), which items it has.
        groups: shape (n,), where `how` draws groups.
        how: the bootstrap that fits the union; where it draws items, those of the first slice alone, of both and of
            the second alone are drawn each among themselves.
    """
    truth, values = items
    strata = inside[0] + 2 * inside[1]
    if metric is not Metric.SPEARMAN and _has_small_class(truth, inside):
        strata = strata + 4 * truth.astype(np.int64)
    if how.kind != "cluster":
        how = Resampling("stratified", how.draws, how.seed, how.groups)
    drawn = drawing(how, len(truth), strata=strata, groups=groups)
    sides = [_inside(metric, truth, values, mask) for mask in inside]
    counters = [(one, drawn.counter(one)) for one in sides]
    found = [np.stack([one.values(count(chunk)) for one, count in counters]) for chunk in drawn.chunks]
    one, other = np.hstack(found)
    return defined(one - other), f"{how.describe()}; drawn from the union of the slices"


def union_calls_replicates(labels: Counts, calls: Counts, inside: tuple[Mask, Mask], *, seed: int) -> Floats:
    """MCC of the first slice minus MCC of the second on resamples of their union; shape (at most MCC_DRAWS,).

    The confusion tables of items of the first alone, of the second alone and of both are drawn each for itself.

    Args:
        labels: shape (n,), 0 or 1.
        calls: same.
        inside: for each slice, shape (n,), which items it has.
        seed: of the draws.
    """
    part = inside[0] + 2 * inside[1] - 1
    tables = np.bincount(4 * part + 2 * labels + calls, minlength=12).reshape(3, 4)
    truth_of, call_of = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    rng = np.random.default_rng(seed)
    # An empty table is drawn 0 times, from any shares.
    shares = np.where(tables.sum(axis=1, keepdims=True) > 0, tables, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    first, second, common = (rng.multinomial(one.sum(), of, MCC_DRAWS) for one, of in zip(tables, shares, strict=True))
    one, other = (confusion.matthews((own + common).astype(np.float64), truth_of, call_of) for own in (first, second))
    return defined(one - other)


@dataclass(frozen=True, slots=True)
class _Inside:
    """The layout of a slice, for resamples of more items: those outside fall into one last column."""

    layout: Layout
    column: Counts

    @property
    def width(self) -> int:
        return self.layout.width + 1

    def values(self, counts: Counts) -> Floats:
        return self.layout.values(counts[:, :-1])


def _inside(metric: Metric, truth: Floats, values: Floats, mask: Mask) -> _Inside:
    own = layout(metric, truth[mask], values[mask])
    column = np.full(len(truth), own.width)
    column[mask] = own.column
    return _Inside(own, column)


def _has_small_class(truth: Floats, inside: Sequence[Mask]) -> bool:
    return any(min(int(truth[mask].sum()), int((1 - truth[mask]).sum())) < SMALL_CLASS for mask in inside)
