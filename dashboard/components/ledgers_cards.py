"""A claim as a card: what is said, what it was held against, on what evidence, and what the store measured."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd

from dashboard.charts.ledgers import claim_mark
from dashboard.charts.palette import outcome_mark
from dashboard.queries.ledgers import NONE
from dashboard.queries.ledgers_checks import AGREES, DISAGREES, UNDECIDED
from dashboard.queries.ledgers_measured import MEASURED
from dashboard.text import capital, count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dashboard.charts.palette import Palette
    from dashboard.queries.ledgers_checks import Finding

STYLE = """
<style>
  .vl-ledger { display: grid; grid-template-columns: 1fr 1fr; gap: .2rem 1.6rem; margin: .9rem 0 0; }
  .vl-ledger > h4 { grid-column: 1 / -1; margin: 0; padding: .35rem 0 .2rem; font-size: 1.05rem;
    border-bottom: 2px solid currentColor; }
  .vl-ledger > h4 small { font-weight: 400; opacity: .76; margin-left: .5rem; }
  .vl-ledger .vl-side { font-size: .83rem; font-weight: 600; opacity: .8; padding: .15rem 0; margin: 0; }
  .vl-claim { padding: .55rem 0 .6rem; font-size: .93rem; line-height: 1.38; overflow-wrap: anywhere;
    border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
  .vl-claim p { margin: 0 0 .15rem; }
  .vl-claim .vl-top { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-size: .85rem; }
  .vl-claim .vl-top span span { font-size: 1.2em; }
  .vl-claim .vl-said { font-size: 1rem; }
  .vl-claim .vl-kind { border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: .3rem;
    padding: 0 .35rem; white-space: nowrap; }
  .vl-claim .vl-quiet { opacity: .8; font-size: .87rem; }
  .vl-claim a { color: inherit; text-decoration: underline; text-underline-offset: .15em; }
  .vl-here { margin-top: .3rem; padding: .3rem 0 .3rem .7rem; font-size: .87rem;
    border-left: 3px solid color-mix(in srgb, currentColor 40%, transparent); }
  .vl-here details { opacity: .85; }
  .vl-here summary { cursor: pointer; }
  .vl-quieter .vl-claim .vl-said { font-size: .93rem; }
  .vl-quieter > h4 { border-bottom-width: 1px; font-size: .95rem; }
</style>
"""
_HERE = {AGREES: ("✓", "PASS"), DISAGREES: ("✕", "FAIL"), UNDECIDED: ("?", "INCONCLUSIVE")}
_LONGEST = 64
_UNSTATED = "no value stated"
_SIDES = {"capability": "Capability: what is claimed", "validity": "Validity: what holds it back, or up"}


def family_html(
    family: str, claims: pd.DataFrame, measured: Mapping[str, Finding], known: Collection[str], colours: Palette
) -> str:
    """A family's claims in two facing columns, capability on the left."""
    sides = "".join(
        f'<div><p class="vl-side">{words}</p>{_cards(rows, ledger, measured, known, colours)}</div>'
        for ledger, words in _SIDES.items()
        for rows in [claims[claims["ledger"] == ledger]]
    )
    return f'<section class="vl-ledger">{_head(family, len(claims))}{sides}</section>'


def context_html(
    family: str, claims: pd.DataFrame, measured: Mapping[str, Finding], known: Collection[str], colours: Palette
) -> str:
    """A family's claims for context, two beside each other."""
    cards = "".join(f"<div>{claim_html(row, measured, known, colours)}</div>" for row in claims.itertuples())
    return f'<section class="vl-ledger vl-quieter">{_head(family, len(claims))}{cards}</section>'


def _head(family: str, n: int) -> str:
    return f"<h4>{escape(capital(family))}<small>{count(n, 'claim')}</small></h4>"


def _cards(
    rows: pd.DataFrame, ledger: str, measured: Mapping[str, Finding], known: Collection[str], colours: Palette
) -> str:
    if rows.empty:
        return f'<p class="vl-claim vl-quiet">No claim of {ledger} among those shown.</p>'
    return "".join(claim_html(row, measured, known, colours) for row in rows.itertuples())


def claim_html(row: Any, measured: Mapping[str, Finding], known: Collection[str], colours: Palette) -> str:
    """One claim: outcome, system and evidence; statement; values; caveat; source; what the store says.

    `row` is one of `read_claims`, `known` are the systems that have a page.
    """
    shown = claim_mark(row.outcome, colours)
    top = (
        f'<span><span style="color:{shown.colour}">{shown.glyph}</span> {escape(row.outcome)}</span>'
        f"<b>{systems_html(row.systems, known)}</b>"
        f'<span class="vl-kind">{escape(row.evidence)}</span>'
    )
    caveat = f"Caveat: {escape(row.caveat)}" if isinstance(row.caveat, str) else "No caveat is stated."
    parts = [
        f'<p class="vl-top">{top}</p>',
        f'<p class="vl-said">{escape(row.statement)}</p>',
        versus_html(row),
        f'<p class="vl-quiet">{caveat}</p>',
        f'<p class="vl-quiet">{source_html(row)}</p>',
        here_html(row.claim_id, measured, colours),
    ]
    return f'<article class="vl-claim">{"".join(parts)}</article>'


def systems_html(systems: Sequence[str], known: Collection[str]) -> str:
    """Names of systems, those with a page of their own as links to it."""
    return "; ".join(
        f'<a href="system?{urlencode({"who": name})}" target="_self">{escape(name)}</a>'
        if name in known
        else escape(name)
        for name in systems
    )


def versus_html(row: Any) -> str:
    """The value beside the comparator's, as the source has them; nothing where it names neither."""
    unit = row.unit if _is(row.unit) and row.unit != row.metric else ""
    value = " ".join(part for part in (row.value, unit) if _is(part) and part) if _is(row.value) else ""
    stated = f"<b>{escape(value)}</b>" if value else _UNSTATED
    own = f"{escape(row.metric)}: {stated}" if _is(row.metric) else ""
    if value and not own:
        own = stated
    other = ""
    if _is(row.comparator):
        side = "" if row.outcome == NONE else "against "
        theirs = f"<b>{escape(row.comparator_value)}</b>" if _is(row.comparator_value) else _UNSTATED
        other = f"{side}{escape(row.comparator)}: {theirs}"
    told = " | ".join(part for part in (own, other) if part)
    return f"<p>{told}</p>" if told else ""


def _is(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def source_html(row: Any) -> str:
    """The source with its year, as a link where it has an address."""
    text = row.citation if len(row.citation) <= _LONGEST else f"{row.citation[: _LONGEST - 1].rstrip()}…"
    year = row.year if _is(row.year) else "year not known"
    named = f'<span title="{escape(row.citation, quote=True)}">{escape(text)}</span>'
    if _is(row.url):
        named = (
            f'<a href="{escape(row.url, quote=True)}" target="_blank" rel="noopener" '
            f'title="{escape(row.citation, quote=True)}">{escape(text)}</a>'
        )
    read = f", read on {row.retrieved_at:%Y-%m-%d}" if not pd.isna(row.retrieved_at) else ""
    return f"Source: {named} ({escape(year)}{read})"


def here_html(claim_id: str, measured: Mapping[str, Finding], colours: Palette) -> str:
    """What the store measured on the claim's question, with the rule; nothing where it holds no measurement."""
    if claim_id not in measured:
        return ""
    found, declared = measured[claim_id], MEASURED[claim_id]
    glyph, verdict = _HERE[found.verdict]
    colour = outcome_mark(verdict, colours).colour
    asked = f"?{urlencode(declared.query)}" if declared.query else ""
    return (
        f'<div class="vl-here"><b>Measured here: <span style="color:{colour}">{glyph}</span> {found.verdict}</b> · '
        f'<a href="{declared.page}{asked}" target="_self">{escape(declared.sentence)}</a><br>{escape(found.numbers)}'
        f"<details><summary>How it is judged</summary>{escape(found.rule)}</details></div>"
    )
