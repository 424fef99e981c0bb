"""Slices of a task's items: which items each filter leaves, and what two systems are worth on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.queries.columns import SMALLEST_CLASS, SMALLEST_N
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.items import BOTH, matching, parameters
from engine.names import ALL_STRATA, Metric
from engine.statistics import slices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dashboard.queries.ask import Ask
    from engine.statistics.estimates import Difference, Measured

    Floats = NDArray[np.float64]

# Draws follow the order of the rows: that of the data set's file gives the intervals of the store's own scores.
_ITEMS = """
    SELECT i.item_no, i.label, i.value, i.gene, a.score AS first, b.score AS second {shown}
      AND i.label IS NOT NULL
    ORDER BY i.file_no
"""
_FACTS = """
    SELECT coalesce((SELECT sign FROM scored WHERE task_id = $task AND model_id = $system), 1) AS system,
           coalesce((SELECT sign FROM scored WHERE task_id = $task AND model_id = $rival), 1) AS rival,
           (SELECT coalesce(bool_or(contains(ci_method, 'cluster over')), false) FROM score
            WHERE task_id = $task AND stratum = $all) AS clustered
"""


@dataclass(frozen=True, slots=True)
class Items:
    """Labelled items of a task in the order of its file, with what two systems say of them.

    Attributes:
        numbers: shape (n,), `item_no`.
        labels: shape (n,), 0 or 1.
        values: shape (n,), what was measured, NaN where nothing was.
        first: shape (n,), scores of the first system, turned so that higher speaks for label 1, NaN where it has none.
        second: likewise of the rival, None where there is none.
        groups: shape (n,), the gene of each item where the store's intervals are over genes, else None.
    """

    numbers: NDArray[np.int64]
    labels: NDArray[np.int64]
    values: Floats
    first: Floats
    second: Floats | None
    groups: NDArray[np.str_] | None

    def truth(self, metric: str) -> Floats:
        """What a metric is measured against."""
        return self.values if metric == Metric.SPEARMAN else self.labels.astype(np.float64)

    def part(self, mask: NDArray[np.bool_]) -> Items:
        """The items where the mask is true."""
        return Items(
            self.numbers[mask],
            self.labels[mask],
            self.values[mask],
            self.first[mask],
            None if self.second is None else self.second[mask],
            None if self.groups is None else self.groups[mask],
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """What two systems are worth on one slice; the rival's part is None where there is no rival."""

    first: Measured
    second: Measured | None = None
    difference: Difference | None = None


def read_items(ask: Ask, task: str, system: str | None, rival: str | None) -> Items:
    """All labelled items of a task with the scores of two systems."""
    everything = ItemFilters()
    shown, _ = matching(everything, BOTH)
    rows = ask(_ITEMS.format(shown=shown), parameters(everything, task, system, rival, BOTH))
    facts = ask(_FACTS, {"task": task, "system": system, "rival": rival, "all": ALL_STRATA}).iloc[0]
    signs = float(facts["system"]), float(facts["rival"])
    by_gene = bool(facts["clustered"]) and bool(rows["gene"].notna().all())
    return Items(
        numbers=rows["item_no"].to_numpy(np.int64),
        labels=rows["label"].to_numpy(np.int64),
        values=_floats(rows["value"]),
        first=signs[0] * _floats(rows["first"]),
        second=None if rival is None else signs[1] * _floats(rows["second"]),
        groups=rows["gene"].to_numpy(str) if by_gene else None,
    )


def _floats(column: Any) -> Floats:
    found: Floats = column.to_numpy(np.float64, na_value=np.nan)
    return found


def read_numbers(ask: Ask, task: str, system: str | None, rival: str | None, filters: ItemFilters) -> NDArray[np.int64]:
    """`item_no` of the items that satisfy the filters, in ascending order."""
    sql, _ = matching(filters, ())
    rows = ask(f"SELECT i.item_no {sql} ORDER BY i.item_no", parameters(filters, task, system, rival, ()))
    found: NDArray[np.int64] = rows["item_no"].to_numpy(np.int64)
    return found


def mask_of(items: Items, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the items are among these numbers, shape (n,)."""
    found: NDArray[np.bool_] = np.isin(items.numbers, numbers, assume_unique=True)
    return found


def worth(metric: str, items: Items) -> Worth:
    """Both systems on the items of a slice, and their difference; for a worker process."""
    asked, truth = Metric(metric), items.truth(metric)
    first = slices.measure(asked, truth, items.first, groups=items.groups)
    if items.second is None:
        return Worth(first)
    second = slices.measure(asked, truth, items.second, groups=items.groups)
    return Worth(first, second, slices.difference(asked, truth, items.first, items.second, groups=items.groups))


def apart(metric: str, items: Items, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Difference:
    """The first system on one slice minus itself on another, over their union; for a worker process.

    Args:
        metric: one of AUROC, AUPRC, Spearman.
        items: the union of both slices.
        one: shape (n,), which are in the first slice.
        other: shape (n,), which are in the second.
    """
    return slices.between(Metric(metric), items.truth(metric), items.first, (one, other), groups=items.groups)


def too_few(items: int, positives: int | None) -> bool:
    """Whether so few items, or so few of one class, cannot carry a judgement; `positives` None for measured values."""
    smaller = SMALLEST_CLASS if positives is None else min(positives, items - positives)
    return items < SMALLEST_N or smaller < SMALLEST_CLASS
