"""What is said of a cell next to its baseline: the verdict, why there is none, and what there is to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.charts.palette import OUTCOMES
from dashboard.queries.suites import SUITES
from dashboard.text import OUTCOME_SENTENCE, capital, interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.against import Against
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column


def verdict_sentence(cell: Any) -> str:
    """Glyph and sentence of the verdict, or why there is none; of several, only one that all of them share."""
    outcome = cell.outcome
    if isinstance(outcome, str):
        return f"{OUTCOMES[outcome].glyph} {OUTCOME_SENTENCE[outcome]}"
    if cell.won + cell.tied + cell.lost:
        return "No one verdict: they differ."
    return f"No verdict: {reason_of(cell)}"


def reason_of(cell: Any) -> str:
    """Why a cell has no difference or no verdict."""
    return f"{capital(cell.reason if isinstance(cell.reason, str) else 'no reason is stated')}."


def over(cell: Any, column: Column) -> str:
    """'3 of 5 tasks'."""
    parts = "classes" if column.key == "mean" else "tasks"
    return f"{int(cell.compared)} of {int(cell.asked)} {parts}"


def counts(cell: Any, *, paired: bool) -> str:
    """'1 above, 7 not told apart, 4 below', or by the paired verdicts; empty where there is no verdict at all."""
    won, tied, lost = (int(n) for n in (cell.won, cell.tied, cell.lost))
    words = ("pass", "inconclusive", "fail") if paired else ("above", "not told apart", "below")
    told = ", ".join(f"{n} {word}" for n, word in zip((won, tied, lost), words, strict=True))
    return told if won + tied + lost else ""


def to_beat(against: Against) -> dict[str, str]:
    """What is to beat in each column that has a baseline; several on several tasks by name only."""
    found = {}
    for key, rows in against.baselines.groupby("key"):
        first = rows.iloc[0]
        bounds = "" if pd.isna(first["ci_low"]) else f" [{interval(first['ci_low'], first['ci_high'])}]"
        value = "" if pd.isna(first["value"]) else f" {three(first['value'])}{bounds}"
        names = " or ".join(dict.fromkeys(rows["baseline"]))
        found[str(key)] = f"To beat: {names}{value if len(rows) == 1 else ''}"
    return found


def uncovered(column: Column, beat: Mapping[str, str]) -> bool:
    """Whether nothing is to beat in a column; a mean over parts has what its parts have."""
    return column.key not in beat and not (column.kind == "summary" and beat)


def without(board: Board, column: Column, beat: Mapping[str, str]) -> str:
    """Why a cell without any comparison is empty."""
    if not uncovered(column, beat):
        return "It has no difference in some part." if column.key not in beat else "It has no value here to compare."
    if SUITES[board.suite].kinds:
        return "No baseline is registered for this part yet."
    return f"No baseline was probed on {'its one task' if column.n == 1 else f'any of its {column.n} tasks'} yet."
