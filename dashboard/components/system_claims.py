"""The claims about one system in two facing columns, as the ledgers have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.exhibit import card
from dashboard.components.heading import section
from dashboard.components.ledgers_cards import STYLE, claim_html
from dashboard.components.ledgers_words import claims_table
from dashboard.components.links import page_link
from dashboard.components.system_words import claims_title
from dashboard.database import load
from dashboard.queries.ledgers_measured import read_measured
from dashboard.text import capital, count

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context

_SIDES = {
    "capability": "What it is said to do.",
    "validity": "What holds that back, or up.",
}


def facing_claims(ctx: Context, who: str, claims: pd.DataFrame) -> None:
    """Capability on the left, validity on the right, what is neither below.

    Args:
        ctx: of the page.
        who: the system.
        claims: of `read_claims`.
    """
    own, beside = claims[~claims["as_comparator"]], claims[claims["as_comparator"]]
    st.html(STYLE)
    for (ledger, sentence), column in zip(_SIDES.items(), st.columns(2, gap="large"), strict=True):
        rows = own[own["ledger"] == ledger]
        with column:
            section(f"{capital(ledger)}: {count(len(rows), 'claim') if len(rows) else 'no claim'}")
            if len(rows):
                st.caption(sentence)
            _cards(ctx, who, rows)
    context = own[own["ledger"] == "context"]
    for rows, title in (
        (context, f"{count(len(context), 'claim')} for context"),
        (beside, f"{count(len(beside), 'claim')} of others that are held against {who}"),
    ):
        if len(rows):
            with st.expander(capital(title), expanded=len(rows) == len(claims)):
                _cards(ctx, who, rows)
    if len(claims):
        if len(own):
            page_link(ctx, "ledgers", "In the two ledgers →", systems=(who,))
        card(
            key="claims",
            title=claims_title(who, claims),
            alt=f"{count(len(claims), 'claim')} about {who} with value, comparator, outcome, evidence and source",
            rows=lambda: claims_table(claims, load(read_measured)),
            file=f"claims-{who}",
            csv=True,
        )


def _cards(ctx: Context, who: str, rows: pd.DataFrame) -> None:
    """The claims; systems other than this one link to their own pages."""
    measured, known = load(read_measured), set(ctx.catalog.ledger["system"]) - {who}
    if len(rows):
        st.html("".join(claim_html(row, measured, known, ctx.colours) for row in rows.itertuples()))
