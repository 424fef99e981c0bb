"""What is wrong with rows, many at a time, and the list of it for people."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.local_split.columns import objects
from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_SHOWN
from engine.local_split.report.flat import defused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.local_split.exchange import Severity

    Mask = NDArray[np.bool_]
    Rows = NDArray[np.int64]
    Cells = NDArray[np.object_]

_HEADER = ("row", "column", "value", "problem", "remedy", "kind", "severity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of thing that is wrong with some rows.

    Attributes:
        kind, severity, remedy, column: as in `Problem`.
        at: shape (m,), 0-based indices of the rows in the frame.
        problem: one sentence for all of them, or shape (m,), one for each.
        values: shape (m,), the cells; None where no cell is to blame.
        set_aside: whether nothing is wrong with the rows and they only do not count: they are no problems.
    """

    kind: str
    at: Rows
    problem: str | NDArray[np.object_]
    remedy: str
    severity: Severity = "left out"
    column: str | None = None
    values: NDArray[np.object_] | None = None
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """All problems: those that are shown, their number, and all of them as CSV."""

    shown: tuple[Problem, ...]
    count: int
    table: bytes


def left_out(faults: Sequence[Fault], count: int) -> Mask:
    """Shape (count,): rows that a fault takes out."""
    out = np.zeros(count, dtype=np.bool_)
    for fault in faults:
        if fault.severity == "left out":
            out[fault.at] = True
    return out


def listed(problems: Sequence[Problem], faults: Sequence[Fault], rows: Rows) -> Listed:
    """Problems in the file's order, those without a row first.

    Args:
        problems: found while reading.
        faults: found later.
        rows: shape (n,), the row number of each row of the frame.
    """
    columns = [_of_reading(problems), *(_of_fault(fault, rows) for fault in faults if not fault.set_aside)]
    joined = [np.concatenate([one[at] for one in columns]) for at in range(len(_HEADER))]
    order = np.argsort(joined[0].astype(np.int64), kind="stable")
    table = [column[order].tolist() for column in joined]
    shown = tuple(_problem(*cells) for cells in islice(zip(*table, strict=True), MOST_SHOWN))
    return Listed(shown, len(order), _as_csv(table))


def _of_reading(problems: Sequence[Problem]) -> list[Cells]:
    """One column for each of `_HEADER`; row 0 where a problem has none."""
    rows = [(one.row or 0, one.column, one.value, one.problem, one.remedy, one.kind, one.severity) for one in problems]
    return [objects([row[at] for row in rows]) for at in range(len(_HEADER))]


def _of_fault(fault: Fault, rows: Rows) -> list[Cells]:
    count = len(fault.at)
    told = np.full(count, fault.problem, dtype=object) if isinstance(fault.problem, str) else fault.problem
    values = np.full(count, None, dtype=object) if fault.values is None else fault.values
    same = (np.full(count, word, dtype=object) for word in (fault.remedy, fault.kind, fault.severity))
    column = np.full(count, fault.column, dtype=object)
    return [rows[fault.at].astype(object), column, objects([_shown(value) for value in values]), told, *same]


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:SHOWN]


def _problem(*cells: Any) -> Problem:
    row, column, value, problem, remedy, kind, severity = cells
    return Problem(
        kind=kind, severity=severity, problem=problem, remedy=remedy, row=row or None, column=column, value=value
    )


def _as_csv(table: Sequence[Sequence[Any]]) -> bytes:
    rows, *texts = table
    safe = [[None if text is None else defused(text) for text in column] for column in texts]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(zip([row or None for row in rows], *safe, strict=True))
    return text.getvalue().encode("utf-8", "replace")
