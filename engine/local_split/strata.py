"""The rows on which systems are evaluated: the test rows as a whole, and by the values of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.local_split.exchange import Part, Problem
from engine.run.evaluate import FEWEST_ITEMS, FEWEST_OF_A_CLASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.local_split.split import LocalSplit

    Numbers = NDArray[np.int64]

WHOLE = "all"
MOST_VALUES = 200
"""Values of a column that become parts, the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """The test rows of a split, m of them.

    Attributes:
        labels: shape (m,), 0 or 1, or class numbers.
        classes: how many classes there are.
        groups: shape (m,), numbers of what rows share; None where they count as independent.
    """

    labels: Numbers
    classes: int = 2
    groups: Numbers | None = None

    def only(self, rows: Numbers | NDArray[np.bool_]) -> Items:
        """Some of the rows."""
        groups = None if self.groups is None else self.groups[rows]
        return Items(labels=self.labels[rows], classes=self.classes, groups=groups)

    def too_few(self) -> str | None:
        """Why there is no verdict on so few rows, or None."""
        smallest = int(np.bincount(self.labels, minlength=self.classes).min())
        if len(self.labels) >= FEWEST_ITEMS and smallest >= FEWEST_OF_A_CLASS:
            return None
        return f"too few to judge: {len(self.labels):,} rows, {smallest} in the smallest class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part and its rows among the test rows, shape (k,)."""

    part: Part
    rows: Numbers


def items_of(split: LocalSplit) -> Items:
    """Labels and groups of the test rows."""
    test = ~split.train
    groups = None if split.groups is None else pd.factorize(split.groups[test])[0].astype(np.int64)
    count = 2 if split.sequences is None else len(split.sequences.classes)
    return Items(labels=split.labels[test], classes=count, groups=groups)


def strata_of(split: LocalSplit, items: Items) -> tuple[list[Stratum], list[Problem]]:
    """The whole and, of every column asked for, the rows with each value; and the columns with too many of them."""
    label = "All test rows" if split.train.any() else "All rows"
    found = [_stratum(items, np.arange(len(items.labels)), part_id=WHOLE, label=label)]
    notes = []
    for column, names in split.strata.items():
        values = _by_value(names[~split.train])
        if len(values) > MOST_VALUES:
            notes.append(_too_many(column, len(values)))
        prefix = column.replace("%", "%25").replace("=", "%3D")
        found += [
            _stratum(items, rows, part_id=f"{prefix}={name}", label=name, column=column)
            for name, rows in values[:MOST_VALUES]
        ]
    return found, notes


def _by_value(names: NDArray[np.str_]) -> list[tuple[str, Numbers]]:
    """Rows of each value but the empty one, the most frequent first, equally frequent ones in alphabetical order."""
    codes, values = pd.factorize(names, sort=True)
    if not len(values):
        return []
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(codes, minlength=len(values)))[:-1])
    found = [(str(value), own) for value, own in zip(values, rows, strict=True) if str(value)]
    return sorted(found, key=lambda one: -len(one[1]))


def _too_many(column: str, count: int) -> Problem:
    return Problem(
        kind="too-many-values",
        severity="note",
        problem=f"this column has {count:,} values: the {MOST_VALUES} most frequent are shown",
        remedy="choose a column with fewer values, or join rare ones",
        column=column,
    )


def _stratum(items: Items, rows: Numbers, *, part_id: str, label: str, column: str | None = None) -> Stratum:
    own = items.only(rows)
    reason = own.too_few()
    part = Part(
        part_id=part_id,
        label=label,
        n=len(rows),
        positives=int((own.labels == 1).sum()) if items.classes == 2 else None,
        column=column,
        judged=reason is None,
        reason=reason,
    )
    return Stratum(part=part, rows=rows)
