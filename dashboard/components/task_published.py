"""Task page: what the literature found on the question that the task asks, beside what was measured on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.about_evidence import about_claims
from dashboard.components.exhibit import card
from dashboard.components.heading import section
from dashboard.components.ledgers_cards import STYLE, claim_html
from dashboard.components.ledgers_words import claims_table
from dashboard.components.links import page_link
from dashboard.database import load
from dashboard.queries.ledgers_measured import read_measured
from dashboard.queries.task_cards import read_task_claims
from dashboard.text import VERDICTS, count, difference, interval, plain, stated, three

if TYPE_CHECKING:
    from dashboard.components.task_page import TaskPage


def published(page: TaskPage) -> None:
    """The claims as the ledgers show them, under the values of this task; nothing where none is known."""
    claims = load(read_task_claims, page.task_id)
    if claims.empty:
        return
    ctx, measured = page.ctx, load(read_measured)
    section("What was published on this question")
    here = here_sentence(page)
    if here:
        st.markdown(f"**Measured here:** {here}")
    st.html(STYLE)
    known = set(ctx.catalog.ledger["system"])
    st.html("".join(claim_html(row, measured, known, ctx.colours) for row in claims.itertuples()))
    families = tuple(dict.fromkeys(claims["task_family"]))
    page_link(
        ctx, "ledgers", "All claims of this field in the two ledgers →", families=families, systems=(), outcomes=(),
        evidence=(), terms=(), search="",
    )  # fmt: skip
    card(
        key="published",
        title=f"{page.place}: {count(len(claims), 'published finding')} on this question",
        alt=f"{count(len(claims), 'claim')} with value, comparator, outcome, evidence and source",
        rows=lambda: claims_table(claims, measured),
        notes=(here,) if here else (),
        about=replace(about_claims(claims)),
        file=f"published-{page.task_id}",
        csv=True,
    )


def here_sentence(page: TaskPage) -> str:
    """The baseline to beat and the best of the others, with intervals and the verdict; empty without a baseline."""
    rows = page.rows
    if page.baseline_id not in rows.index:
        return ""
    beat = rows.loc[page.baseline_id]
    told = f"{plain(str(beat['name']))}, the baseline to beat, has {page.metric_name} {_stated(beat)}"
    others = rows[(rows["role"] != "control") & (rows.index != page.baseline_id)]
    if others.empty:
        return f"{told}; nothing else has a value."
    first = others.loc[others["value"].idxmax()]
    verdict = first["verdict"] if isinstance(first["verdict"], str) else first["verdict_article"]
    judged = f", {VERDICTS[verdict]}" if isinstance(verdict, str) else ""
    apart = "" if pd.isna(first["delta"]) else f" (difference {_difference(first)}{judged})"
    return f"{told}; the highest of {len(others)} others is {plain(str(first['name']))}, {_stated(first)}{apart}."


def _stated(row: pd.Series) -> str:
    if pd.isna(row["ci_low"]):
        return f"{three(row['value'])}, no interval"
    return stated(row["value"], row["ci_low"], row["ci_high"])


def _difference(row: pd.Series) -> str:
    bounds = "" if pd.isna(row["delta_low"]) else f" [{interval(row['delta_low'], row['delta_high'])}]"
    return f"{difference(row['delta'])}{bounds}"
