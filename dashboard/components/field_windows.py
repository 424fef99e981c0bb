"""Context windows of the Field map: the chart, what stands beside it, and the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts.field_windows import GLYPHS, windows_chart
from dashboard.components import field_words as words
from dashboard.components.about_evidence import STATED
from dashboard.components.exhibit import chart, say_about, table
from dashboard.components.heading import heading, section
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.field_windows import read_differences, read_distances, read_window_sources, read_windows
from dashboard.text import count, plain

if TYPE_CHECKING:
    from dashboard.filters import Context

_QUERIES = (
    "SELECT model, value, unit, note, source_id FROM context_window ORDER BY value",
    """SELECT name, context_value, context_unit, bp_per_token, context_bp, context_note FROM model
WHERE context_value IS NOT NULL ORDER BY coalesce(context_bp, context_value)""",
)


def windows_scene(ctx: Context) -> None:
    """Draw it."""
    windows, distances = load(read_windows), load(read_distances)
    heading(words.windows_title(windows, distances), words.windows_lede(windows))
    legend = (
        "".join(f"<span>{glyph} {unit}</span>" for unit, glyph in GLYPHS.items())
        + "<span>○─● tokens, and what they are in bp</span><span>●━● a range</span><span>┆ length to compare</span>"
    )
    st.html(f'<div class="vl-legend">{legend}</div>')
    told = words.differences_sentence(load(read_differences))
    say_about(
        About(f"{count(len(_table(windows)), 'window')}, {count(len(distances), 'distance')}", STATED, _sources())
    )
    chart(
        windows_chart(windows, distances, ctx.colours),
        key="field-windows",
        rows=lambda: _table(windows),
        notes=[told or ""],
        alt=f"{len(windows)} context windows on a log axis, base pairs solid, other units hollow; the same numbers "
        "are in the table below",
    )
    st.markdown("\n".join(f"- {_cited(row)}" for row in distances.itertuples()))
    if told:
        st.markdown(told)
    _all(windows)
    with st.expander("Reproduce"):
        for query in _QUERIES:
            st.code(f'vledger sql "{query}"', language="bash", wrap_lines=True)


def _cited(row: Any) -> str:
    source = f"[{plain(row.citation)}]({row.url})" if row.url else plain(row.citation)
    return f"**{plain(row.label)}**, {row.bp:,.0f} bp: {plain(row.said).removesuffix(chr(92) + '.')}. {source}"


def _all(windows: pd.DataFrame) -> None:
    """Every window, a row a model or a stated range."""
    section("All windows")
    table(
        _table(windows),
        name="field-windows",
        key="windows",
        title=words.longest_title(windows),
        alt="Context windows of models with unit, base pairs, note and source",
        columns={
            "Window": st.column_config.NumberColumn(format="localized"),
            "bp": st.column_config.NumberColumn(format="localized"),
            "From": st.column_config.NumberColumn(format="localized", width=90),
            "bp, from": st.column_config.NumberColumn(format="localized"),
            "Link": st.column_config.LinkColumn(),
        },
        height=420,
    )


def _table(windows: pd.DataFrame) -> pd.DataFrame:
    rows = windows.explode("names")
    ranged = rows["low"] < rows["high"]
    return pd.DataFrame(
        {
            "Where": rows["section"],
            "Model": rows["names"],
            "From": rows["low"].where(ranged).astype("Int64"),
            "Window": rows["high"].astype("Int64"),
            "Unit": rows["unit"],
            "bp, from": rows["bp_low"].where(ranged).round().astype("Int64"),
            "bp": rows["bp_high"].astype(float).round().astype("Int64"),
            "How bp are known": [_how(row) for row in rows.itertuples()],
            "Note": rows["note"],
            "Source": rows["citation"].fillna("registry of this ledger"),
            "Link": rows["url"],
        }
    )


def _sources() -> tuple[str, ...]:
    """Of the windows and the distances that are stated, and the registry."""
    return (*load(read_window_sources), "registry")


def _how(row: Any) -> str:
    if row.unit == "bp":
        return "stated in bp"
    if pd.isna(row.bp_high):
        return "not known" if row.unit == "tokens" else "not converted"
    return "tokens times bp a token" if row.computed else "in the registry"
