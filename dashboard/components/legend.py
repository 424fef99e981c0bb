"""The key to shapes and colours, in running text above a chart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.palette import Palette, mark
from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    import pandas as pd


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
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')
