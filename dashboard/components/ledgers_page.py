"""Two ledgers: what is claimed, and what holds it back, in facing columns, with what the store measured beside it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.ledgers import claim_mark, ledgers_chart
from dashboard.components import ledgers_words as words
from dashboard.components.about_evidence import about_claims
from dashboard.components.exhibit import card, chart, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.ledgers_cards import STYLE, context_html, family_html
from dashboard.components.ledgers_chips import CLEARED, ledger_chips
from dashboard.database import load
from dashboard.filters import choose
from dashboard.queries.ledgers import (
    LEDGERS,
    OUTCOMES,
    Wanted,
    chosen,
    command,
    read_claims,
    scoreboard,
    weighed,
)
from dashboard.queries.ledgers_measured import read_measured
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.filters import Context
    from dashboard.queries.ledgers_checks import Finding
    from dashboard.view import View


_MARK = (
    "One mark is one claim of either ledger that was held against something. A plain baseline that beats a model "
    "counts as beating: see whose claim it is."
)


def wanted(view: View) -> Wanted:
    """The filters of this page."""
    return Wanted(view.systems, view.families, view.outcomes, view.evidence, view.terms, view.search)


def ledgers_page(ctx: Context) -> None:
    """Draw the page."""
    claims, measured = load(read_claims), load(read_measured)
    shown = chosen(claims, wanted(ctx.view))
    heading(words.title(shown), "" if shown.empty else words.lede(shown, measured))
    say_about(about_claims(shown))
    ledger_chips(ctx, len(shown), len(claims))
    if shown.empty:
        st.info(f"{words.NOTHING}. The search looks for every word in all of a claim’s text, its source included.")
        st.button("Clear filters", key="empty", on_click=choose, kwargs=CLEARED, type="primary")
        return
    _scoreboard(ctx, shown)
    _ledgers(ctx, shown, measured)
    _table(ctx, shown, measured)


def _scoreboard(ctx: Context, shown: pd.DataFrame) -> None:
    section("Scoreboard")
    board = scoreboard(shown)
    if board.empty:
        st.markdown("None of these claims was held against anything.")
        return
    judged = weighed(shown)
    _legend(ctx, judged)
    about = about_claims(judged)
    chart(
        lambda: ledgers_chart(judged, list(board.index), ctx.colours),
        width="stretch",
        key="ledgers",
        title=words.board_title(board),
        rows=lambda: words.board_table(board),
        notes=[_MARK],
        about=about,
        alt=words.alt(board),
    )
    st.caption(_MARK)
    with st.expander("The scoreboard as a table"):
        table(
            words.board_table(board),
            name="scoreboard",
            title=words.board_title(board),
            notes=[_MARK],
            about=about,
            alt=words.alt(board),
            height="content",
        )


def _legend(ctx: Context, judged: pd.DataFrame) -> None:
    parts = []
    for outcome in (outcome for outcome in OUTCOMES if outcome in set(judged["outcome"])):
        mark, sentence = claim_mark(outcome, ctx.colours), escape(words.OUTCOME_SENTENCE[outcome], quote=True)
        sign = f'<span style="color:{mark.colour}">{mark.glyph}</span>'
        parts.append(f'<span title="{sentence}">{sign} {escape(outcome)}</span>')
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')


def _ledgers(ctx: Context, shown: pd.DataFrame, measured: Mapping[str, Finding]) -> None:
    known = set(ctx.catalog.ledger["system"])
    st.html(STYLE)
    facing = shown[shown["ledger"].isin(LEDGERS[:2])]
    if len(facing):
        section("The two ledgers")
    for family, rows in facing.groupby("task_family", sort=False):
        st.html(family_html(str(family), rows, measured, known, ctx.colours))
        _offer(str(family), rows, measured, "claims")
    context = shown[shown["ledger"] == LEDGERS[2]]
    if len(context):
        section("For context")
        st.caption("True whichever way the others turn out: sizes, inputs, what was released.")
    for family, rows in context.groupby("task_family", sort=False):
        st.html(context_html(str(family), rows, measured, known, ctx.colours))
        _offer(str(family), rows, measured, "context")


def _offer(family: str, rows: pd.DataFrame, measured: Mapping[str, Finding], what: str) -> None:
    """The claims of one family as a card."""
    slug = "-".join(re.findall(r"[a-z0-9]+", family.lower()))
    card(
        key=f"{what}-{slug}",
        title=words.family_title(family, rows),
        alt=f"{count(len(rows), 'claim')} of {family} with value, comparator, outcome, evidence, caveat and source",
        rows=lambda: words.claims_table(rows, measured),
        about=about_claims(rows),
    )


def _table(ctx: Context, shown: pd.DataFrame, measured: Mapping[str, Finding]) -> None:
    section("As a table")
    rows = words.claims_table(shown, measured)
    with st.expander(f"All {len(rows)} claims shown"):
        table(
            rows,
            name="claims",
            title=words.title(shown),
            alt=f"{len(rows)} claims with value, comparator, outcome, evidence, caveat and source.",
            columns={"Link": st.column_config.LinkColumn("Link")},
        )
        st.code(f'vledger sql "{command(wanted(ctx.view))}"', language="bash")
