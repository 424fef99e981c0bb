"""The key to shapes and colours, in running text above a chart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.forest import RECONSTRUCTED
from dashboard.charts.palette import OUTCOMES, Palette, mark, outcome_mark
from dashboard.queries.against import SPAN
from dashboard.queries.suites import SUITES
from dashboard.text import NO_BASELINE, OUTCOME_SENTENCE, signed
from dashboard.text import OUTCOMES as WORDS

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.against import Against
    from dashboard.queries.board import Board


def legend(models: pd.DataFrame, suite: str, colours: Palette) -> None:
    """Each group among these models with its mark, baselines first, controls last."""
    column = SUITES[suite].group_by
    others = models[models["role"] == "model"]
    counts = others[column].where(others[column].notna(), "not established").value_counts()
    parts = ["<span><b>◆ baseline</b></span>"] if (models["role"] == "baseline").any() else []
    for group in counts.index:
        shown = mark(None if group == "not established" else group, colours)
        parts.append(f'<span><span style="color:{shown.colour}">{shown.glyph}</span> {escape(group)}</span>')
    if "probed" in others and others["probed"].any():
        parts.append("<span>◎ probed here</span>")
    if (models["role"] == "control").any():
        parts.append("<span><i>○ control</i></span>")
    if "ci_method" in models and models["ci_method"].fillna("").astype(str).str.startswith(RECONSTRUCTED).any():
        parts.append("<span>╌ interval reconstructed</span>")
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')


def outcomes_legend(board: Board, against: Against, colours: Palette) -> None:
    """The scale around zero and each sign among these cells with its word."""
    span, ramp = SPAN[board.metric], ", ".join(colours.diverging)
    bar = f"<span class='vl-ramp' style='background: linear-gradient(90deg, {ramp})'></span>"
    parts = [f"<span>{signed(-span)} {bar} {signed(span)} to the baseline</span>"]
    found = {cell.outcome for cell in against.by_cell(board).values()}
    for outcome in (outcome for outcome in OUTCOMES if outcome in found):
        shown, sentence = outcome_mark(outcome, colours), escape(OUTCOME_SENTENCE[outcome], quote=True)
        mark_of = f'<span style="color:{shown.colour}">{shown.glyph}</span>'
        parts.append(f'<span title="{sentence}">{mark_of} {escape(WORDS[outcome])}</span>')
    if (board.models["role"] == "baseline").any():
        parts.append("<span>= the baseline itself</span>")
    models = board.models.index[board.models["role"] == "model"]
    if against.wide("delta", board).loc[models].isna().any(axis=None):
        parts.append(f"<span>/// {NO_BASELINE}, or no value</span>")
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')
