"""What is behind a cell next to its baseline: both values, the difference, and both verdicts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts.against_words import counts, over, reason_of, to_beat, uncovered, verdict_sentence, without
from dashboard.charts.palette import OUTCOMES as MARKS
from dashboard.text import OUTCOME_SENTENCE, OUTCOMES, VERDICTS, capital, count, difference, interval, three

if TYPE_CHECKING:
    from dashboard.queries.against import Against
    from dashboard.queries.board import Board

SMALL_Q = 0.001


def cell_against(board: Board, against: Against, model: str, key: str) -> list[str]:
    """Show it, and give it back; one sentence where there is nothing to compare with."""
    column, beat = board.column(key), to_beat(against)
    cell = against.by_cell(board.keep([model])).get((model, key))
    itself = ((against.baselines["baseline_id"] == model) & (against.baselines["key"] == key)).any()
    if itself:
        told = ["This is the baseline to beat here."]
    elif board.models.at[model, "role"] == "baseline":
        told = [f"Another baseline. {beat[key]}." if key in beat else "Another baseline."]
    elif cell is None:
        told = [without(board, column, beat)] if uncovered(column, beat) or against.covered(board) else []
    elif cell.asked > 1:
        told = [f"**{difference(cell.delta)}** on average to the baseline, over {over(cell, column)}."]
        told += [f"{capital(text)}." for text in [counts(cell, paired=against.paired)] if text]
        told += [verdict_sentence(cell)]
    else:
        told = _one(against, cell, key)
    st.markdown("  \n".join(told))
    return told


def _one(against: Against, cell: Any, key: str) -> list[str]:
    rows = against.baselines[(against.baselines["key"] == key) & (against.baselines["baseline_id"] == cell.baseline_id)]
    told = [f"**To beat:** {_value(row)}." for row in rows.itertuples()]
    if pd.isna(cell.delta):
        return [*told, f"**No difference:** {reason_of(cell)}"]
    bounds = "no interval" if pd.isna(cell.ci_low) else f"95 % interval {interval(cell.ci_low, cell.ci_high)}"
    items = "" if pd.isna(cell.n) else f", n = {count(cell.n)}"
    return [*told, f"**Difference:** {difference(cell.delta)}, {bounds}{items}.", *verdicts_told(cell)]


def _value(row: Any) -> str:
    if pd.isna(row.value):
        return f"{row.baseline}, which has no value here"
    bounds = "no interval" if pd.isna(row.ci_low) else f"95 % interval {interval(row.ci_low, row.ci_high)}"
    return f"{row.baseline} {three(row.value)}, {bounds}"


def verdicts_told(cell: Any) -> list[str]:
    """Both verdicts, each in a sentence, or why there is none."""
    article = VERDICTS[cell.article] if isinstance(cell.article, str) else "none, an interval is missing"
    told = [f"**Article’s rule:** {article}."]
    if isinstance(cell.standing, str):
        told = [f"**Article’s rule:** {article}. {OUTCOME_SENTENCE[cell.standing]}"]
    if isinstance(cell.verdict, str):
        q = "" if pd.isna(cell.q) else " q < 0.001." if cell.q < SMALL_Q else f" q = {cell.q:.2g}."
        sentence = OUTCOME_SENTENCE[cell.verdict]
        return [*told, f"**Paired test:** {MARKS[cell.verdict].glyph} {sentence[:1].lower()}{sentence[1:]}{q}"]
    return [*told, f"**Paired test:** none. {reason_of(cell)}"]


def task_against(row: Any) -> str:
    """Difference and verdict of one task among several: ', −0.038 ● not told apart'; empty where there is none."""
    if pd.isna(row.delta):
        return ""
    outcome = row.outcome
    return (
        f", {difference(row.delta)}{f' {MARKS[outcome].glyph} {OUTCOMES[outcome]}' if isinstance(outcome, str) else ''}"
    )


def task_help(row: Any) -> str | None:
    """What stands behind that verdict, and the evidence of a collapse; None where there is neither."""
    told = []
    if not pd.isna(row.delta):
        bounds = "no interval" if pd.isna(row.delta_low) else f"95 % interval {interval(row.delta_low, row.delta_high)}"
        told = [f"Difference {difference(row.delta)}, {bounds}.", *verdicts_told(row)]
    if isinstance(row.collapsed, str):
        told.append(row.collapsed)
    return "  \n".join(told) or None
