from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import streamlit as st

from dashboard.charts.palette import LIGHT
from dashboard.components.ledgers_cards import claim_html, source_html, versus_html
from dashboard.queries.ledgers import read_claims
from dashboard.queries.ledgers_checks import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask

    Visit = Callable[..., AppTest]

HOSTILE = "<script>alert(1)</script>'; DROP TABLE claim; --"


@pytest.fixture(scope="module")
def claims(ask: Ask) -> pd.DataFrame:
    return read_claims(ask)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def cards(at: AppTest) -> list[str]:
    """The claims on the page, one HTML text each."""
    text = "\n".join(element.proto.body for element in at.get("html"))
    return re.findall(r'<article class="vl-claim">.*?</article>', text)


def listed(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def row(**values: Any) -> Any:
    """A claim as the cards get it."""
    plain = {
        "claim_id": "one",
        "systems": ["Evo 2"],
        "statement": "It is best.",
        "metric": None,
        "value": None,
        "unit": None,
        "comparator": None,
        "comparator_value": None,
        "outcome": "beats baseline",
        "evidence": "vendor-reported",
        "caveat": "No number",
        "citation": "Brixi G. Evo 2. Nature 2026.",
        "url": "https://example.org/a?b=1&c=2",
        "year": "2026",
        "retrieved_at": pd.NaT,
    }
    return next(pd.DataFrame([plain | values]).itertuples())


def test_every_claim_is_a_card_with_its_statement_caveat_evidence_and_source(
    visit: Visit, claims: pd.DataFrame
) -> None:
    at = calm(visit("ledgers"))
    shown = [unescape(card) for card in cards(at)]
    assert len(shown) == len(claims) == 100
    for claim in claims.itertuples():
        (card,) = (card for card in shown if f">{claim.statement}<" in card)
        assert f"Caveat: {claim.caveat}" in card
        assert f">{claim.evidence}</span>" in card
        assert f" {claim.outcome}</span>" in card
        assert f'title="{claim.citation}"' in card
        assert claim.url is None or pd.isna(claim.url) or f'href="{claim.url}"' in card
        assert all(system in card for system in claim.systems)


def test_the_values_of_a_card_are_those_of_the_table(visit: Visit, claims: pd.DataFrame) -> None:
    shown = "\n".join(unescape(card) for card in cards(visit("ledgers")))
    for claim in claims.itertuples():
        for value in (claim.value, claim.comparator_value):
            assert not isinstance(value, str) or f"<b>{value}" in shown


def test_capability_faces_validity_and_context_comes_after_both(visit: Visit) -> None:
    at = visit("ledgers")
    bodies = [element.proto.body for element in at.get("html") if "vl-ledger" in element.proto.body]
    facing = [body for body in bodies if 'class="vl-side"' in body]
    assert all(body.index("Capability:") < body.index("Validity:") for body in facing)
    quiet = [number for number, body in enumerate(bodies) if "vl-quieter" in body and "<section" in body]
    assert min(quiet) > max(bodies.index(body) for body in facing)


def test_a_measurement_stands_in_its_claims_card_with_verdict_numbers_and_rule(visit: Visit) -> None:
    (card,) = (card for card in cards(visit("ledgers")) if "On coding SNVs Evo 2 40B comes fourth" in card)
    assert "Measured here:" in card
    assert "</span> agrees</b>" in card
    assert "Evo 2 40B 0.845" in card
    assert 'href="task?suite=clinvar&task=clinvar_vep_eval&stratum=missense"' in unescape(card)
    assert "<summary>How it is judged</summary>" in card


def test_a_system_of_a_claim_leads_to_its_page(visit: Visit) -> None:
    at = visit("ledgers", {"search": "rfaa-scope"})
    (card,) = cards(at)
    assert 'href="system?who=RoseTTAFold+All-Atom"' in card


@pytest.mark.parametrize(
    ("control", "key", "value", "address", "shown"),
    [
        ("multiselect", "w_systems", ["Caduceus"], {"systems": ["Caduceus"]}, 4),
        ("multiselect", "w_families", ["protein missense"], {"families": ["protein missense"]}, 7),
        ("multiselect", "w_outcomes", ["matches"], {"outcomes": ["matches"]}, 5),
        ("multiselect", "w_evidence", ["held-out targets"], {"evidence": ["held-out targets"]}, 6),
        ("multiselect", "w_terms", ["API-only"], {"terms": ["API-only"]}, 7),
        ("text_input", "w_search", "chirality 4.4", {"search": ["chirality 4.4"]}, 1),
    ],
)
def test_a_filter_stands_in_the_address_and_goes_by_its_chip(
    control: str, key: str, value: Any, address: dict[str, list[str]], shown: int, visit: Visit
) -> None:
    at = visit("ledgers")
    getattr(at.sidebar, control)(key=key).set_value(value)
    calm(at.run())
    assert listed(at) == address
    assert len(cards(at)) == shown
    assert any(f"{shown} of 100 claims" in caption.value for caption in at.caption)
    again = calm(visit("ledgers", at.query_params))
    assert not again.warning
    assert cards(again) == cards(at)
    next(button for button in at.button if button.label.endswith(" ✕")).click().run()
    assert listed(calm(at)) == {}
    assert len(cards(at)) == 100


def test_filters_that_match_nothing_leave_a_way_out(visit: Visit) -> None:
    at = calm(visit("ledgers", {"search": "no claim says this", "outcomes": "mixed"}))
    assert at.title[0].value == "No claim matches these filters"
    assert len(at.info) == 1
    assert not at.get("plotly_chart")
    at.button(key="empty").click().run()
    assert listed(calm(at)) == {}
    assert len(cards(at)) == 100


def test_claims_that_were_held_against_nothing_have_no_scoreboard(visit: Visit) -> None:
    at = calm(visit("ledgers", {"outcomes": "not applicable"}))
    assert not at.get("plotly_chart")
    assert "None of these claims was held against anything." in [text.value for text in at.markdown]


def test_a_hostile_address_shows_all_claims_with_a_notice(visit: Visit) -> None:
    closed = ("systems", "families", "outcomes", "evidence", "terms")
    at = calm(visit("ledgers", dict.fromkeys(closed, HOSTILE)))
    assert at.warning[0].value.count("\n") == len(closed) - 1
    assert len(cards(at)) == 100
    searched = calm(visit("ledgers", {"search": HOSTILE}))
    assert searched.title[0].value == "No claim matches these filters"


def test_the_csv_holds_the_filtered_claims_in_the_tables_words(
    visit: Visit, claims: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: dict[str, pd.DataFrame] = {}
    button = st.download_button

    def kept(label: str, *, data: Callable[[], bytes], file_name: str, **more: Any) -> bool:
        offered[file_name] = pd.read_csv(io.BytesIO(data()), dtype=str)
        return button(label, data=data, file_name=file_name, **more)

    monkeypatch.setattr(st, "download_button", kept)
    calm(visit("ledgers", {"families": "protein structure"}))
    saved = offered["claims.csv"].set_index("Claim id")
    stored = claims[claims["task_family"] == "protein structure"].set_index("claim_id")
    assert list(saved.index) == list(stored.index)
    assert saved["Value"].fillna("").tolist() == stored["value"].fillna("").tolist()
    assert saved["Caveat"].tolist() == stored["caveat"].tolist()
    assert offered["scoreboard.csv"]["Judged"].tolist() == ["4"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, ""),
        (
            {
                "metric": "AUROC",
                "value": "0.70",
                "unit": "AUROC",
                "comparator": "gene variance",
                "comparator_value": "0.88",
            },
            "<p>AUROC: <b>0.70</b> | against gene variance: <b>0.88</b></p>",
        ),
        (
            {"metric": "rank", "comparator": "Evo 2"},
            "<p>rank: no value stated | against Evo 2: no value stated</p>",
        ),
        (
            {"metric": "assays", "value": "5", "unit": "pieces", "comparator": "mutants", "outcome": "not applicable"},
            "<p>assays: <b>5 pieces</b> | mutants: no value stated</p>",
        ),
    ],
)
def test_both_values_stand_side_by_side_and_a_missing_one_is_said_to_be(values: dict[str, str], told: str) -> None:
    assert versus_html(row(**values)) == told


def test_a_source_without_address_or_year_says_so() -> None:
    told = source_html(row(url=None, year=None))
    assert "<a " not in told
    assert "(year not known)" in told
    assert "read on 2026-11-21" in source_html(row(retrieved_at=pd.Timestamp("2026-11-21")))


def test_what_a_claim_says_never_becomes_markup() -> None:
    found = {"one": Finding("agrees", "<b>1</b>.", "<i>rule</i>.")}
    text = claim_html(
        row(claim_id="two", statement="<script>x</script>", caveat="<img>", systems=["<b>"]), found, (), LIGHT
    )
    assert "<script>" not in text
    assert "<img>" not in text
    assert "&lt;b&gt;" in text
    assert "Measured here" not in text
