"""The list of items: one sheet at a time, a row opens its variant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts.palette import with_glyph
from dashboard.components.exhibit import table
from dashboard.components.items_words import list_title, model_name, percentile_sentence
from dashboard.database import later, load
from dashboard.filters import choose
from dashboard.queries.item_rows import MOST_ROWS, SHEET, Asked, Known, listing, read_csv, read_sheet, spelled
from dashboard.queries.suites import label_words

if TYPE_CHECKING:
    from dashboard.filters import Context

_CALLS = {"right": "✓ right", "missed": "✕ missed", "false alarm": "✕ false alarm"}


def items_list(ctx: Context, asked: Asked, n: int, known: Known) -> None:
    """The sheet that the address names, the way to the others, and all rows as CSV.

    Args:
        ctx: of the page.
        asked: what is listed.
        n: how many items there are in all, at least one.
        known: which columns the task can fill.
    """
    last = -(-n // SHEET)
    sheet = min(ctx.view.sheet, last)
    rows = load(read_sheet, asked, sheet)
    _pages(sheet, last, n, rows, ctx)
    _table(ctx, asked, rows, known, n)


def _pages(sheet: int, last: int, n: int, rows: pd.DataFrame, ctx: Context) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if last > 1:
            st.button("← Previous", key="sheet-back", on_click=choose, kwargs={"sheet": sheet - 1}, disabled=sheet == 1)
            st.button("Next →", key="sheet-on", on_click=choose, kwargs={"sheet": sheet + 1}, disabled=sheet == last)
        first = (sheet - 1) * SHEET + 1
        st.caption(f"{first:,}–{first + len(rows) - 1:,} of {n:,}", width="content")
        _opener(rows, ctx)


def _opener(rows: pd.DataFrame, ctx: Context) -> None:
    """The same as a click on a row, without a mouse."""
    ids = [str(item) for item in rows["variant"]]
    key = "open-item"
    st.session_state[key] = ctx.view.item if ctx.view.item in ids else None

    def opened() -> None:
        choose(item=st.session_state[key])

    st.selectbox(
        "Open a variant of this sheet",
        ids,
        key=key,
        index=None,
        placeholder="Open one …",
        on_change=opened,
        label_visibility="collapsed",
        width=260,
    )


def _table(ctx: Context, asked: Asked, rows: pd.DataFrame, known: Known, n: int) -> None:
    shown = _shown(ctx, rows, known)
    first = (min(ctx.view.sheet, -(-n // SHEET)) - 1) * SHEET + 1
    ids = [str(item) for item in rows["variant"]]
    # A widget of its own for every sheet: a row that was chosen on one says nothing about another.
    key = f"items-{hash((asked, first)):x}"
    wanted = [ids.index(ctx.view.item)] if ctx.view.item in ids else []
    if key in st.session_state and list(st.session_state[key]["selection"]["rows"]) != wanted:
        st.session_state[key] = {"selection": {"rows": wanted, "columns": [], "cells": []}}

    def on_row() -> None:
        chosen = st.session_state[key]["selection"]["rows"]
        # A table that is drawn anew elsewhere reports that nothing is chosen; what closes the card is its own button.
        if chosen:
            choose(item=ids[chosen[0]])

    table(
        shown,
        name=f"{asked.task}-variants",
        key="items",
        title=list_title(ctx, n, first, first + len(rows) - 1),
        notes=[percentile_sentence(ctx), _whose(ctx)],
        widget=key,
        download=lambda: _file(asked, n),
        on_select=on_row,
        selection_mode="single-row",
        selection_default={"selection": {"rows": wanted}},
        columns=_columns(ctx, shown),
        height=420,
        alt="Variants of this sheet with label, scores and percentiles; a row opens its variant",
    )


def _whose(ctx: Context) -> str:
    """Whose scores the columns are, for where the headings on screen do not come along."""
    view = ctx.view
    told = [f"Score and percentile: {model_name(ctx, view.system)}." if view.system else ""]
    told += [f"Rival: {model_name(ctx, view.rival)}." if view.rival else ""]
    return " ".join(filter(None, told))


def _shown(ctx: Context, rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The sheet with words for headings; columns that the task cannot fill are left out."""
    words = label_words(ctx.view.suite)
    found = {"Variant": rows["variant"]}
    if known.placed:
        found["Position"] = rows["position"].astype("Int64")
    if known.genes > 1 and not ctx.view.gene:
        found["Gene"] = rows["gene"]
    if known.substituted and (rows["protein_variant"] != rows["variant"]).any():
        found["Protein"] = rows["protein_variant"]
    if len(ctx.catalog.consequences_of(ctx.view.task or "")) > 1:
        found["Consequence"] = rows["consequence"]
    found["Label"] = rows["label"].map(
        lambda label: None if pd.isna(label) else with_glyph(int(label), words[int(label)])
    )
    if known.measured:
        found["Measured"] = rows["measured"]
    if ctx.view.system:
        found |= {"Score": rows["score"], "Percentile": rows["percentile"]}
    found["Call"] = rows["call"].map(_CALLS)
    if ctx.view.rival:
        found |= {
            "Rival’s score": rows["rival_score"],
            "Rival’s percentile": rows["rival_percentile"],
            "Gap": rows["gap"],
        }
    kept = pd.DataFrame(found)
    return kept.drop(columns="Call") if kept["Call"].isna().all() else kept


def _columns(ctx: Context, shown: pd.DataFrame) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    names = {"Score": ctx.view.system, "Percentile": ctx.view.system, "Rival’s score": ctx.view.rival}
    names["Rival’s percentile"] = ctx.view.rival
    known = ctx.catalog.models["name"]
    titles = {heading: str(known[model]) if model else "" for heading, model in names.items()}
    found: dict[str, Any] = {
        "Variant": st.column_config.TextColumn(pinned=True),
        "Position": number(format="localized"),
        "Measured": number(format="%.3f"),
        "Score": number(titles["Score"], format="%.4g", help="Score in the system's own direction"),
        "Percentile": number("Percentile", format="%.1f", help=f"Share of the scores of {titles['Percentile']} below"),
        "Rival’s score": number(titles["Rival’s score"], format="%.4g", help="Score in the system's own direction"),
        "Rival’s percentile": number(
            "Percentile ", format="%.1f", help=f"Share of the scores of {titles['Rival’s percentile']} below"
        ),
        "Gap": number(format="%.0f", help="How far apart the two percentiles are"),
    }
    return {name: column for name, column in found.items() if name in shown.columns}


def _file(asked: Asked, n: int) -> None:
    name = f"{asked.task}-variants".replace(":", "-").replace("/", "-")
    st.download_button(
        "Download CSV" if n <= MOST_ROWS else f"Download the first {MOST_ROWS:,} as CSV",
        data=later(read_csv, asked),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key="csv-items",
        type="tertiary",
        icon=":material/download:",
    )


def command(asked: Asked) -> str:
    """The command that prints the whole list."""
    return f'vledger sql "{spelled(*listing(asked))}" --format csv'
