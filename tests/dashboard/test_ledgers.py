from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.ledgers import claim_mark, ledgers_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.components import ledgers_words as words
from dashboard.queries.citations import year_of
from dashboard.queries.ledgers import (
    EVIDENCE,
    LEDGERS,
    OUTCOMES,
    SHOWN,
    Wanted,
    chosen,
    command,
    read_claims,
    scoreboard,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask


@pytest.fixture(scope="module")
def claims(ask: Ask) -> pd.DataFrame:
    return read_claims(ask)


def test_every_claim_of_the_table_is_there_with_its_own_words(ask: Ask, claims: pd.DataFrame) -> None:
    stored = ask("SELECT * FROM claim ORDER BY claim_id").set_index("claim_id")
    shown = claims.set_index("claim_id").sort_index()
    assert len(stored) == 100
    pd.testing.assert_frame_equal(shown[list(stored.columns)], stored)


def test_every_claim_has_source_evidence_and_caveat(claims: pd.DataFrame) -> None:
    assert claims[["citation", "evidence", "caveat", "outcome", "ledger"]].notna().all(axis=None)
    assert set(claims["evidence"]) <= set(EVIDENCE)
    assert set(claims["outcome"]) == set(OUTCOMES)
    assert set(claims["ledger"]) == set(LEDGERS)


def test_only_what_was_read_without_an_address_has_no_link(claims: pd.DataFrame) -> None:
    assert set(claims.loc[claims["url"].isna(), "source_id"]) == {"seed_article", "seed_digest"}
    assert set(claims.loc[claims["year"].isna(), "source_id"]) == {"seed_digest"}


@pytest.mark.parametrize(
    ("citation", "year"),
    [
        ("Brixi G, et al. Evo 2. bioRxiv 2025; Nature 2026.", "2026"),
        ("Cui H. scGPT. Nature Methods 2024;21:1470-1480.", "2024"),
        ("A digest without a date.", None),
        ("Number 12026 of a series", None),
    ],
)
def test_the_year_is_the_last_one_of_the_citation(citation: str, year: str | None) -> None:
    assert year_of(citation) == year


def test_the_family_with_most_claims_comes_first(claims: pd.DataFrame) -> None:
    sizes = claims.loc[claims["ledger"] != "context", "task_family"].value_counts()
    order = list(dict.fromkeys(claims["task_family"]))
    assert order[0] == "protein structure"
    assert [sizes[family] for family in order] == sorted(sizes, reverse=True)


def test_every_row_is_found_by_its_own_words(claims: pd.DataFrame) -> None:
    for row in claims.itertuples():
        for said in (
            row.claim_id,
            row.statement[:80],
            row.caveat[:80],
            row.citation[:80],
            f"{row.system} {row.metric}",
        ):
            if isinstance(said, str) and "nan" not in said.split():
                assert row.claim_id in set(chosen(claims, Wanted(search=said))["claim_id"])
        assert list(chosen(claims, Wanted(search=row.claim_id))["claim_id"])[0:1]


@given(search=st.text(max_size=40))
def test_a_search_shows_rows_that_hold_every_word_and_no_other(claims: pd.DataFrame, search: str) -> None:
    kept = set(chosen(claims, Wanted(search=search))["claim_id"])
    asked = search.casefold().split()
    assert kept == {row.claim_id for row in claims.itertuples() if all(word in row.text for word in asked)}


def test_filters_add_up(claims: pd.DataFrame) -> None:
    lost = chosen(claims, Wanted(systems=("ESMFold", "scGPT"), outcomes=("loses to baseline",)))
    assert set(lost["claim_id"]) == {
        "esmfold-hard-monomers",
        "esmfold-hard-dimers",
        "esmfold-xray-cryoem",
        "scgpt-zero-shot-clustering",
        "scgpt-attention-auroc",
        "attention-edges-zero-gain",
    }
    held_out = chosen(
        claims, Wanted(systems=("ESMFold",), evidence=("held-out targets",), families=("protein structure",))
    )
    assert set(held_out["claim_id"]) == {"structure-test-set", "esmfold-hard-monomers", "esmfold-xray-cryoem"}


def test_filters_that_leave_nothing_leave_a_frame_with_all_its_columns(claims: pd.DataFrame) -> None:
    wanted = Wanted(("Evo 2",), ("single-cell clustering",), ("mixed",), ("descriptive",), ("API-only",), "word")
    for rows in (claims, claims.iloc[:0]):
        none = chosen(rows, wanted)
        assert none.empty
        assert list(none.columns) == list(claims.columns)
        assert words.title(none) == words.NOTHING
        assert scoreboard(none).empty


def test_a_store_without_claims_is_read_as_none(ask: Ask) -> None:
    empty = read_claims(lambda sql, parameters=None: ask(sql, parameters).iloc[:0])
    assert empty.empty
    assert chosen(empty, Wanted(search="evo")).empty


def test_the_terms_of_access_are_those_of_the_claims_systems(ask: Ask, claims: pd.DataFrame) -> None:
    gated = chosen(claims, Wanted(terms=("server-gated",)))
    stored = ask("SELECT system FROM model_fact WHERE access = 'server-gated'")["system"]
    assert list(stored) == ["AlphaFold3"]
    assert {"alphafold3-scope", "structure-test-set", "all-atom-generalists"} <= set(gated["claim_id"])
    assert all("AlphaFold3" in systems for systems in gated["systems"])


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(systems=("Evo 2", "ESM-2")),
        Wanted(families=("protein missense",), outcomes=("matches",)),
        Wanted(terms=("API-only", "open weights"), evidence=("vendor-reported",)),
    ],
)
def test_the_command_gives_the_claims_that_are_shown(wanted: Wanted, ask: Ask, claims: pd.DataFrame) -> None:
    shown = chosen(claims, wanted)
    assert len(shown)
    assert set(ask(command(wanted))["claim_id"]) == set(shown["claim_id"])


def test_a_quote_in_a_filter_stays_inside_its_word() -> None:
    assert "'it''s'" in command(Wanted(families=("it's",)))


def test_the_scoreboard_counts_what_the_table_holds(ask: Ask, claims: pd.DataFrame) -> None:
    board = scoreboard(claims)
    stored = ask(
        "SELECT task_family, outcome, count(*) AS n FROM claim "
        "WHERE ledger <> 'context' AND outcome <> 'not applicable' GROUP BY ALL"
    )
    for row in stored.itertuples():
        assert board.at[row.task_family, row.outcome] == row.n
    assert board["judged"].sum() == stored["n"].sum() == len(weighed(claims))
    assert board.index[0] == "single-cell clustering"
    assert board.at["noncoding & splice variant effect", "beats_on"] == {
        "experimental assay": 1,
        "retrospective benchmark": 2,
    }
    assert board.at["single-cell clustering", "loses_on"] == {"independent benchmark": 2}


def test_the_title_counts_claims_that_beat_and_lose(claims: pd.DataFrame) -> None:
    assert words.title(claims) == (
        "15 of 29 capability claims beat something, 1 of them on independent evidence; 12 of 50 validity claims lose"
    )
    assert words.title(claims[claims["ledger"] == "validity"]) == "12 of 50 validity claims lose"
    assert words.title(claims[claims["ledger"] == "context"]) == "Nothing but context: 21 claims"
    missense = claims[claims["task_family"] == "protein missense"]
    assert words.title(missense) == "None of 4 validity claims lose"
    assert words.title(claims.iloc[:0]) == words.NOTHING


def test_the_lede_says_when_the_store_measured_nothing(claims: pd.DataFrame) -> None:
    one = claims[claims["claim_id"] == "evo2-throughput"]
    assert words.lede(one, {}).startswith("**1 claim** from 1 source: 1 of capability, 0 of validity, 0 for context.")
    assert "holds no measurement" in words.lede(one, {})


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_chart_has_one_mark_a_judged_claim(
    claims: pd.DataFrame, colours: Any, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    judged, board = weighed(claims), scoreboard(claims)
    figure = as_data(ledgers_chart(judged, list(board.index), colours))
    places = [(x, y) for trace in figure["data"] for x, y in zip(trace["x"], trace["y"], strict=True)]
    assert len(places) == len(set(places)) == len(judged)
    assert {trace["name"] for trace in figure["data"]} == set(judged["outcome"])
    headings = [note["text"] for note in figure["layout"]["annotations"]]
    assert len(headings) == judged["evidence"].nunique()


def test_outcomes_differ_in_shape_and_not_in_colour_alone() -> None:
    for colours in (LIGHT, DARK):
        assert len({claim_mark(outcome, colours).glyph for outcome in OUTCOMES}) == len(OUTCOMES)
        assert len({claim_mark(outcome, colours).symbol for outcome in OUTCOMES}) == len(OUTCOMES)


def test_the_tables_columns_are_all_words_of_the_claim(claims: pd.DataFrame) -> None:
    assert set(SHOWN) <= set(claims.columns)
