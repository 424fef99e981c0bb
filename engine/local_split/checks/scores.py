"""Score columns: cells that are no number, and columns that cannot rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.local_split.checks.schema import Rule, broken
from engine.local_split.exchange import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns
    from engine.local_split.faults import Fault

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_FINITE = np.finfo(np.float64).max
_TIED = 0.5


def read_scores(columns: Columns, names: Sequence[str]) -> tuple[dict[str, Floats], list[Fault]]:
    """Numbers of each column, shape (n,), NaN where there is none, and the cells that hold something else."""
    found: dict[str, Floats] = {}
    rules: list[Rule] = []
    for name in names:
        numbers, cells = columns.numbers(name), columns.cells(name)
        strange = np.isnan(numbers) & ~columns.missing(name)
        rules.append(
            Rule(
                column=name,
                values=strange,
                cells=cells,
                allowed=("eq", {"value": False}),
                kind="score-unreadable",
                problem="this is not a number, so the row counts as not scored",
                remedy="write a number with a decimal point, or leave the cell empty",
                severity="warning",
            )
        )
        rules.append(
            Rule(
                column=name,
                values=numbers,
                cells=cells,
                allowed=("in_range", {"min_value": -_FINITE, "max_value": _FINITE}),
                kind="score-infinite",
                problem="an infinite score cannot be used, so the row counts as not scored",
                remedy="write a finite number: the largest or smallest that the score can have",
                severity="warning",
                empty=True,
            )
        )
        found[name] = np.where(np.isfinite(numbers), numbers, np.nan)
    return found, broken(rules)


def check_scores(name: str, scores: Floats) -> list[Check]:
    """What a column of scores lets one expect; `scores` are of the rows that are evaluated."""
    column = name[:SHOWN]
    there = scores[~np.isnan(scores)]
    lacking = len(scores) - len(there)
    checks = [_coverage(column, lacking, len(scores))]
    if len(there):
        checks.append(_ties(column, there))
    return checks


def _coverage(column: str, lacking: int, count: int) -> Check:
    kind, title = "score-missing", f"Scores of '{column}'"
    if not lacking:
        return Check(kind=kind, title=title, severity="passed", found=f"All {count:,} rows have a score.")
    found = f"{lacking:,} of {count:,} rows have no score in '{column}'."
    remedy = "Nothing is filled in: each difference is taken on the rows that both columns score."
    severity = "warning" if lacking == count else "note"
    return Check(kind=kind, title=title, severity=severity, found=found, remedy=remedy, rows=lacking)  # type: ignore[arg-type]


def _ties(column: str, there: Floats) -> Check:
    counts = np.unique(there, return_counts=True)[1]
    kind, title = "score-ties", f"Distinct scores of '{column}'"
    if len(counts) == 1:
        found = f"'{column}' has the same value in every row: it cannot rank anything."
        return Check(
            kind=kind, title=title, severity="warning", found=found, remedy="Choose another column.", rows=len(there)
        )
    share = float(counts[counts > 1].sum() / len(there))
    found = f"'{column}' has {len(counts):,} different values; {share:.0%} of the rows share theirs with another row."
    if len(counts) == 2:
        remedy = "It says yes or no instead of ranking, so its AUROC is that of one threshold: read MCC."
        return Check(
            kind="HARD_LABEL_AUROC", title=title, severity="warning", found=found, remedy=remedy, rows=len(there)
        )
    if share > _TIED and len(counts) < len(there) // 10:
        remedy = "Rows with equal scores count half: more digits may rank better."
        return Check(
            kind=kind, title=title, severity="note", found=found, remedy=remedy, rows=int(counts[counts > 1].sum())
        )
    return Check(kind=kind, title=title, severity="passed", found=found)
