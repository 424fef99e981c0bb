"""The claims of a chapter: those drawn, in sight with evidence, caveat and source, and all of them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.about_evidence import about_claims
from dashboard.components.exhibit import table
from dashboard.components.heading import section
from dashboard.components.ledgers_words import title as claims_title
from dashboard.components.links import page_link
from dashboard.queries.beyond import FAMILIES
from dashboard.text import capital, count, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.filters import Context
    from dashboard.queries.citations import Source


def drawn(claims: pd.DataFrame, ids: Sequence[str], sources: Mapping[str, Source]) -> None:
    """The claims behind a chart, one paragraph each."""
    st.markdown("\n".join(_line(claims.loc[claim_id], sources) for claim_id in dict.fromkeys(ids)))


def _line(claim: pd.Series, sources: Mapping[str, Source]) -> str:
    source = sources[str(claim["source_id"])]
    caveat = f" *Caveat: {plain(str(claim['caveat']))}.*" if isinstance(claim["caveat"], str) else ""
    return f"- {plain(str(claim['statement']))} {capital(str(claim['evidence']))}.{caveat} {source.markdown}"


def every_claim(ctx: Context, claims: pd.DataFrame, sources: Mapping[str, Source], chapter: str) -> None:
    """All claims of the chapter's task families, and the query that gives them."""
    families = FAMILIES[chapter]
    section(f"All {count(len(claims), 'claim')} of this field")
    page_link(ctx, "ledgers", "Read them in the two ledgers →", families=families, systems=(), outcomes=(), evidence=())
    of = [sources[str(source)] for source in claims["source_id"]]
    table(
        pd.DataFrame(
            {
                "Claim": list(claims["statement"]),
                "System": list(claims["system"]),
                "Ledger": list(claims["ledger"]),
                "Outcome": list(claims["outcome"]),
                "Value": _quantity(claims, "value"),
                "Compared with": list(claims["comparator"]),
                "Its value": list(claims["comparator_value"]),
                "Evidence": list(claims["evidence"]),
                "Caveat": list(claims["caveat"]),
                "Source": [source.name for source in of],
                "Link": [source.url for source in of],
            }
        ),
        name=f"claims-{chapter}",
        key="claims",
        title=claims_title(claims),
        about=about_claims(claims),
        alt=f"Every claim on {', '.join(families)} with value, comparator, outcome, evidence, caveat and source",
        columns={
            "Claim": st.column_config.TextColumn(width="large"),
            "Caveat": st.column_config.TextColumn(width="medium"),
            "Link": st.column_config.LinkColumn(),
        },
        height=420 if len(claims) > 10 else "content",
    )
    st.code(f'vledger sql "{claims_sql(families)}"', language="bash", wrap_lines=True)


def claims_sql(families: Sequence[str]) -> str:
    """What gives the rows of the table."""
    named = ", ".join(f"'{family}'" for family in families)
    return (
        "SELECT claim_id, system, ledger, statement, value, unit, comparator, comparator_value, outcome, evidence, "
        f"caveat, source_id FROM claim WHERE task_family IN ({named})"
    )


def _quantity(claims: pd.DataFrame, column: str) -> list[str | None]:
    found = zip(claims[column], claims["unit"], strict=True)
    return [None if not isinstance(value, str) else _with_unit(value, unit) for value, unit in found]


def _with_unit(value: str, unit: object) -> str:
    return f"{value} {unit}" if isinstance(unit, str) and unit != "rank" else value
