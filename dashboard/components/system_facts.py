"""What is known of one system: as the literature states it, and as the store has it of its models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.about_evidence import about_facts, ids_of
from dashboard.components.dated_notes import dated_notes
from dashboard.components.exhibit import card
from dashboard.components.facts import facts as fact_list
from dashboard.components.facts import stated_facts
from dashboard.components.heading import section
from dashboard.components.system_words import by_words, stored_size
from dashboard.database import load
from dashboard.queries.citations import cited, linked, read_citations
from dashboard.queries.system import read_windows
from dashboard.text import ACCESS, count, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_NOT_STATED = "not stated"
_IN_SIGHT = 2
"""Notes of one kind that are read without a click."""


def system_facts(who: str, facts: pd.Series, models: pd.DataFrame) -> None:
    """Facts, access and licence, context windows, and what to read with care."""
    sources = load(read_citations)
    section("Facts")
    found = {
        "Made by": _stated(facts["organisation_or_authors"]),
        "Works on": None if facts["modality"] == "other" else _stated(facts["modality"]),
        "Architecture": _stated(facts["architecture"]),
        "Parameters as stated": _stated(facts["params"]),
        "Parameters in the store": stored_size(models),
        "Training data": _stated(facts["training_data"]),
    }
    fact_list(found)
    st.caption(f"As stated by {linked(cited(facts['source_id'], sources))}")
    section("Access and licence")
    terms = {
        "Access as stated": _stated(facts["access"]),
        "Terms as stated": _stated(facts["licence_terms"]),
        "Access in the store": _pairs(by_words(_accessed(models), "access")),
        "Licence of the weights": _pairs(by_words(_licensed(models), "licence")),
    }
    fact_list(terms)
    dated_notes(*models["model_id"])
    _windows(who)
    _offer(who, facts, models, found | terms)
    _care(models)


def _offer(who: str, facts: pd.Series, models: pd.DataFrame, known: dict[str, str | None]) -> None:
    """What is read above as one card, context windows among it."""
    windows = load(read_windows, who)
    spans: dict[str, str | None] = {
        f"Context window, {row.model}": f"{int(row.value):,} {row.unit}" for row in windows.itertuples()
    }
    n = f"1 system, {count(len(models), 'model')} of the store"
    card(
        key="facts",
        title=facts_title(who, facts, len(models)),
        alt=f"Facts of {who}: who made it, what it is, access, licence and context windows",
        rows=lambda: stated_facts(known | spans),
        about=about_facts(n, (who,), *ids_of(windows["source_id"])),
    )


def facts_title(who: str, facts: pd.Series, models: int) -> str:
    """What a system is, as stated, or how much of it is in the store where that is not stated."""
    if isinstance(facts["architecture"], str):
        return f"{plain(who)} as stated: {plain(facts['architecture'])}"
    return f"No architecture is stated of {plain(who)}; {count(models, 'model')} of the store {_is(models)} this system"


def _is(models: int) -> str:
    return "is" if models == 1 else "are"


def _stated(text: object) -> str:
    return text if isinstance(text, str) else _NOT_STATED


def _accessed(models: pd.DataFrame) -> pd.DataFrame:
    return models.assign(access=models["access"].fillna(models["access_kind"].map(ACCESS)))


def _licensed(models: pd.DataFrame) -> pd.DataFrame:
    return models.assign(licence=models["licence"].fillna("not established"))


def _pairs(pairs: Sequence[tuple[str, str]]) -> str | None:
    if len(pairs) == 1:
        return pairs[0][1]
    return "; ".join(f"{names}: {text}" for names, text in pairs) or None


def _windows(who: str) -> None:
    """Context windows in the unit in which they are stated."""
    rows = load(read_windows, who)
    if rows.empty:
        return
    section("Context window as stated")
    sources = load(read_citations)
    for _, row in rows.iterrows():
        note = f" {plain(row['note'])}." if isinstance(row["note"], str) else ""
        about = "" if row["model"] == who else f"{plain(row['model'])}: "
        st.markdown(f"{about}**{int(row['value']):,} {row['unit']}**.{note} {linked(cited(row['source_id'], sources))}")


def _care(models: pd.DataFrame) -> None:
    """Contamination and defects of its models; nothing where the store has none of them."""
    if models.empty:
        return
    section("Read with care")
    if models["supervised_on_assay"].any():
        st.markdown("**Supervised on measured tracks** of the kind that some tasks ask about.")
    for term, column in (("Contamination", "contamination"), ("Known defects", "known_defects")):
        pairs = by_words(models, column)
        if not pairs:
            st.markdown(f"**{term}:** none recorded; that is not the same as none")
        place = st.expander(f"{term}: {count(len(pairs), 'note')}") if len(pairs) > _IN_SIGHT else st.container()
        for names, text in pairs:
            whose = "" if len(models) == 1 else f" ({plain(names)})"
            place.markdown(f"**{term}**{whose}: {plain(text)}")
