"""The page `/system`: one system of the literature, the claims about it and what was measured here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.about_evidence import STATED, about_claims, ids_of
from dashboard.components.exhibit import card, say_about
from dashboard.components.heading import heading, section
from dashboard.components.links import page_link
from dashboard.components.system_claims import facing_claims
from dashboard.components.system_facts import system_facts
from dashboard.components.system_measured import system_measured, system_runs
from dashboard.components.system_words import system_lede, system_title
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.system import read_claims, read_decisions, read_facts, read_measurements, read_models
from dashboard.text import count, listed, plain

if TYPE_CHECKING:
    from dashboard.filters import Context


_MATRIX = {
    "task": "Job",
    "role": "Named as",
    "baseline_to_beat": "Baseline to beat",
    "first_choice": "First choice",
    "caveat": "Caveat",
}


def system_page(ctx: Context) -> None:
    """Draw the page."""
    who = ctx.view.who
    if who is None:
        heading("No system is in this store", "Publish the shipped literature with `vledger publish`.")
        return
    facts, claims, models = load(read_facts, who), load(read_claims, who), load(read_models, who)
    measured = load(read_measurements, who)
    kind = facts["modality"] if isinstance(facts["modality"], str) and facts["modality"] != "other" else None
    heading(
        system_title(who, claims, measured),
        system_lede(facts, len(models), measured),
        kicker=" · ".join(filter(None, ["System", kind])),
    )
    say_about(about_claims(claims))
    facing_claims(ctx, who, claims)
    numbers, reading = st.columns([5, 3], gap="large")
    with numbers:
        system_measured(ctx, who, models, measured)
        system_runs(models)
        _decisions(ctx, who)
    with reading:
        system_facts(who, facts, models)


def _decisions(ctx: Context, who: str) -> None:
    rows = load(read_decisions, who)
    if rows.empty:
        return
    section("In the selection matrix")
    jobs = list(rows["task"])
    for _, row in rows.iterrows():
        with st.container(gap="xxsmall"):
            page_link(ctx, "choose", f"**{plain(row['task'])}**: {row['role']} →", topic=row["task"])
            st.caption(
                f"First choice: {plain(row['first_choice'])}. Baseline to beat: {plain(row['baseline_to_beat'])}. "
                f"Caveat: {plain(row['caveat'])}."
            )
    card(
        key="decisions",
        title=f"{plain(who)} is named in {count(len(rows), 'row')} of the selection matrix: {plain(listed(jobs))}",
        alt=f"Rows of the selection matrix that name {who}, as what, with first choice, baseline to beat and caveat",
        rows=lambda: rows[list(_MATRIX)].rename(columns=_MATRIX),
        about=About(f"{count(len(rows), 'row')} of the selection matrix", STATED, ids_of(rows["source_ids"])),
    )
