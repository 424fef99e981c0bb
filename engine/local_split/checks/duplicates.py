"""Rows that stand in a split more than once: the first is kept where their labels agree, none where they do not.

A split of sequences that came with its train and test parts stays as it was given: others have numbers on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.local_split.columns import objects
from engine.local_split.exchange import Check
from engine.local_split.faults import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.local_split.exchange import Severity

    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shown:
    """How rows are told of.

    Attributes:
        what: a row is: "variant", "sequence".
        column: where it stands, and its `cells`, shape (n,).
        rows: shape (n,), row numbers.
        stay: whether they are told of and stay.
    """

    what: str
    column: str
    cells: NDArray[np.object_]
    rows: Numbers
    stay: bool = False

    @property
    def severity(self) -> Severity:
        """What becomes of them."""
        return "warning" if self.stay else "left out"


def repeated(
    identity: Numbers, labels: Numbers, train: Mask, kept: Mask, shown: Shown
) -> tuple[tuple[Fault, ...], tuple[Check, ...]]:
    """Rows that repeat another one of the same part.

    Args:
        identity: shape (n,), a number that equal rows share.
        labels: shape (n,).
        train: shape (n,), whether a row belongs to train; in both parts a row is leakage, no duplicate.
        kept: shape (n,), rows without a fault; others repeat nothing.
        shown: for messages.
    """
    at = np.flatnonzero(kept & (identity >= 0))
    frame = pd.DataFrame({"key": identity[at] * 2 + train[at], "label": labels[at], "row": shown.rows[at]})
    groups = frame.groupby("key", sort=False)
    first = groups["row"].transform("first").to_numpy()
    conflict = (groups["label"].transform("min") != groups["label"].transform("max")).to_numpy()
    later = frame.duplicated("key").to_numpy() & ~conflict
    again = Fault(
        kind="duplicate",
        at=at[later],
        problem=objects([f"the {shown.what} is in row {row} already" for row in first[later].tolist()]),
        remedy="leave the row out: it counts twice" if shown.stay else "leave the row out: it would count twice",
        severity=shown.severity,
        column=shown.column,
        values=shown.cells[at[later]],
    )
    against = Fault(
        kind="label-conflict",
        at=at[conflict],
        problem=objects(
            [f"the {shown.what} has both labels; it first stands in row {row}" for row in first[conflict].tolist()]
        ),
        remedy="decide on one label" if shown.stay else "decide on one label: until then none of these rows is used",
        severity=shown.severity,
        column=shown.column,
        values=shown.cells[at[conflict]],
    )
    return tuple(fault for fault in (again, against) if fault.at.size), _checks(again, against, shown)


def _checks(again: Fault, against: Fault, shown: Shown) -> tuple[Check, ...]:
    twice, both, what = len(again.at), len(against.at), shown.what
    becomes = "the split is used as it was given" if shown.stay else "the first is kept"
    duplicates = Check(
        kind="duplicate",
        title="Duplicates",
        severity=shown.severity if twice else "passed",
        found=f"{_rows(twice)} a {what} of an earlier row; {becomes}." if twice else f"No {what} stands twice.",
        rows=twice,
    )
    conflicts = Check(
        kind="label-conflict",
        title="Conflicting labels",
        severity=shown.severity if both else "passed",
        found=f"{_rows(both)} a {what} that stands there with another label too."
        if both
        else f"No {what} has two labels.",
        remedy="Decide on one label for each." if both else None,
        rows=both,
    )
    return duplicates, conflicts


def _rows(count: int) -> str:
    return f"{count:,} row{'s have' if count > 1 else ' has'}"
