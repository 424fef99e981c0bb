"""Any metric of one system, or of two side by side, on given rows: ranks of scores, and predicted classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.names import Metric
from engine.run.evaluate import LEAST_COVERAGE
from engine.statistics import metrics
from engine.statistics.bootstrap import MCC_DRAWS, class_replicates, defined, interval
from engine.statistics.estimates import Difference, Measured, from_draws
from engine.statistics.slices import MOST_DRAWN, MOST_GROUPED, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.local_split.exchange import Options
    from engine.local_split.strata import Items

    Floats = NDArray[np.float64]

RANKED = (Metric.AUROC, Metric.AUPRC)
"""Metrics of scores; the others are of predicted classes."""
_OF_CLASSES: dict[Metric, Callable[[ArrayLike, ArrayLike], float | None]] = {
    Metric.MCC: metrics.mcc,
    Metric.ACC: metrics.accuracy,
    Metric.F1: metrics.macro_f1,
}


def most_drawn(rows: int) -> int:
    """Up to how many rows that share groups are drawn, for all parts of a split of so many rows.

    A split too large to be drawn as a whole has parts by the dozen that would take minutes.
    """
    return MOST_GROUPED if rows <= MOST_GROUPED else MOST_DRAWN


class Measuring:
    """Rows on which systems are measured; what was drawn for one serves its differences too."""

    def __init__(self, items: Items, options: Options, *, most_grouped: int) -> None:
        """Take the rows; nothing is drawn yet.

        Args:
            items: the rows.
            options: draws and seed.
            most_grouped: rows that share groups up to which they are drawn; see `most_drawn`.
        """
        self._labels, self._seed = items.labels, options.seed
        self._slice = Slice(
            items.labels, items.groups, draws=options.draws, seed=options.seed, most_grouped=most_grouped
        )
        self._drawn: dict[bytes, dict[Metric, Floats]] = {}

    def draw(self, systems: Sequence[Floats]) -> None:
        """Draw for the scores of several systems at once: shape (rows,) each."""
        self._slice.draw(RANKED, systems)

    def measure(self, metric: Metric, values: Floats) -> Measured:
        """A metric of one system.

        Args:
            metric: AUROC or AUPRC of scores; MCC, accuracy or macro-F1 of classes.
            values: shape (rows,), scores of which a high one speaks for label 1, or class numbers; NaN where there is
                none.
        """
        if metric in RANKED:
            return self._slice.measure(metric, values)
        reason = self._no_value(values)
        if reason:
            return Measured(n=int(np.isfinite(values).sum()), undefined_reason=reason)
        labels, predicted = self._known(values)
        value = _OF_CLASSES[metric](labels, predicted)
        if value is None:
            return Measured(n=len(labels), undefined_reason=_one_class(labels))
        bounds = interval(defined(self._replicates(labels, predicted)[metric][0]))
        # A perfect value is perfect in every resample; that its interval has no width says nothing of its uncertainty.
        if bounds is None or (abs(value) in {0.0, 1.0} and bounds == (value, value)):
            return Measured(value=value, n=len(labels))
        low, high = min(bounds[0], value), max(bounds[1], value)
        return Measured(value=value, low=low, high=high, method=self._method(), n=len(labels))

    def difference(self, metric: Metric, first: Floats, second: Floats) -> Difference:
        """First minus second on rows that both score or classify, all of these; arguments as `measure`."""
        if metric in RANKED:
            return self._slice.difference(metric, first, second)
        one, other = first.astype(np.int64), second.astype(np.int64)
        values = [_OF_CLASSES[metric](self._labels, predicted) for predicted in (one, other)]
        if values[0] is None or values[1] is None:
            return Difference(n=len(one), undefined_reason=_one_class(self._labels))
        drawn = class_replicates(self._labels, one, other, seed=self._seed)[metric]
        return from_draws(values[0] - values[1], defined(drawn[0] - drawn[1]), self._method(), n=len(one))

    def _known(self, values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        known = np.isfinite(values)
        return self._labels[known], values[known].astype(np.int64)

    def _no_value(self, values: Floats) -> str | None:
        total, own = len(values), int(np.isfinite(values).sum())
        if not total:
            return "no row is in this part"
        if own == 0:
            return f"classifies none of the {total:,} rows"
        if own < LEAST_COVERAGE * total:
            return f"classifies {own:,} of {total:,} rows: a value over a part is another quantity"
        return None

    def _replicates(self, labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[Metric, Floats]:
        """One drawing serves the three metrics of classes."""
        key = predicted.tobytes()
        if key not in self._drawn:
            self._drawn[key] = class_replicates(labels, predicted, seed=self._seed)
        return self._drawn[key]

    def _method(self) -> str:
        return f"percentile bootstrap of the confusion table, {MCC_DRAWS} draws, iid, seed {self._seed}"


def _one_class(labels: NDArray[np.int64]) -> str:
    same = bool((labels == labels[0]).all())
    return f"all {len(labels):,} rows have one label" if same else "all rows are given one class: MCC is 0/0"
