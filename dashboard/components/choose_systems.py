"""The systems that an answer names, each held against the needs, and every model of them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components import choose_words as words
from dashboard.components.about_evidence import about_facts
from dashboard.components.exhibit import table
from dashboard.components.heading import section
from dashboard.components.links import fresh_link
from dashboard.queries.choose_needs import Fit, gigabytes, judged, overall
from dashboard.text import count, listed, size

if TYPE_CHECKING:
    from dashboard.components.choose_page import ChoosePage
    from dashboard.queries.choose import Candidate
    from dashboard.queries.choose_needs import Needs, Variant


def systems(page: ChoosePage) -> None:
    """Those of the row one by one; those of claims in the table only."""
    needs, candidates = page.needs, page.candidates
    section(f"Against your needs: {words.needs_told(needs)}" if needs.asked else "The systems that are named")
    named = [one for one in candidates if one.named != "in a claim"]
    for candidate in named:
        name, answer = st.columns([2, 9], gap="small")
        with name:
            fresh_link(page.ctx, "system", candidate.system, {"who": candidate.system})
        with answer:
            st.markdown(words.answer_line(candidate, needs))
    if not named:
        st.markdown("The row of the matrix names a kind of method, no system of the ledgers.")
    if page.measured and (missing := words.not_measured(candidates, page.measured)):
        st.caption(f"Named, but not measured in any place below: {listed(missing, 9)}.")
    if not candidates:
        return
    rows, names = every_model(candidates, needs), [one.system for one in candidates]
    with st.expander(f"All {len(rows)} models of the systems that the row or a claim names"):
        st.caption(f"{words.ONLY_STATED} {words.COMPUTE_HELP}")
        table(
            rows,
            name="systems-against-needs",
            key="systems",
            title=words.systems_title(candidates, needs),
            notes=[words.ONLY_STATED, words.COMPUTE_HELP],
            about=about_facts(f"{count(len(candidates), 'system')}, {count(len(rows), 'row')}", names),
            baselines=[variant.role == "baseline" for one in candidates for variant in one.variants],
            alt="One row a model: whether it meets the needs and why, window, weights, access, licence, whether it "
            "runs here",
            columns={
                "Context, bp": st.column_config.NumberColumn(format="localized"),
                "Weights at bf16": st.column_config.TextColumn(help=words.COMPUTE_HELP),
            },
            height=420 if len(rows) > 11 else "content",
        )


def every_model(candidates: list[Candidate], needs: Needs) -> pd.DataFrame:
    """One row a model, with its fit and reasons where something is asked."""
    found = pd.DataFrame([_row(one, variant, needs) for one in candidates for variant in one.variants])
    return found.astype({"Context, bp": "Int64"})


def _row(candidate: Candidate, variant: Variant, needs: Needs) -> dict[str, object]:
    answers = judged(variant, needs)
    against = [answer.why for answer in answers if answer.fit in {Fit.NO, Fit.UNKNOWN}]
    stated = [f"{value:,} {unit}" for value, unit in variant.stated_windows]
    verdict = words.FITS[overall(answers)] if answers else None
    return {
        "System": candidate.system,
        "Named as": candidate.named,
        "Model": variant.name if variant.model_id else None,
        "Your needs": verdict,
        "Because": "; ".join(against) or None,
        "Reads": variant.modality,
        "Context, bp": variant.context_bp,
        "Window stated in the literature": " to ".join(stated) or None,
        "Parameters": None if variant.parameters is None else size(variant.parameters),
        "Weights at bf16": None if variant.parameters is None else gigabytes(variant.parameters),
        "Access": variant.access or variant.access_kind or variant.stated_access,
        "Licence": variant.licence or variant.stated_terms or "not established",
        "In this engine": plain_support(variant),
    }


def plain_support(variant: Variant) -> str:
    """Whether this engine runs a model, and how or why not."""
    if variant.support is not None:
        return variant.support
    return "Not in the registry of this engine." if variant.model_id is None else "Nothing to run."
