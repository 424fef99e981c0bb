from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dashboard.queries.ledgers_checks import (
    AGREES,
    DISAGREES,
    UNDECIDED,
    ApiOnly,
    Counts,
    Finding,
    First,
    OnPart,
    OnTasks,
    RanksMove,
    Scales,
    SizeHelpsLittle,
    SmallOnTheFrontier,
)
from dashboard.queries.ledgers_measured import MEASURED, read_measured
from dashboard.text import three
from dashboard.urlstate import parse
from dashboard.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog


@pytest.fixture(scope="module")
def measured(ask: Ask) -> dict[str, Finding]:
    return read_measured(ask)


def answering(*frames: pd.DataFrame) -> Ask:
    """Answers queries with these frames, in turn."""
    left = list(frames)

    def asked(_sql: str, _parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        return left.pop(0)

    return asked


def scores(**values: tuple[float, float | None, float | None]) -> pd.DataFrame:
    rows = [
        {"model_id": name, "name": name.upper(), "role": "model", "value": value, "ci_low": low, "ci_high": high}
        for name, (value, low, high) in values.items()
    ]
    frame = pd.DataFrame(rows).astype({"ci_low": float, "ci_high": float}).sort_values("value", ascending=False)
    return frame.assign(parameters=1e8)


def on_part(*second: str, not_below: bool = False) -> OnPart:
    return OnPart(task="t", stratum="s", metric="AUROC", protocol="p", first=("a",), second=second, not_below=not_below)


def test_every_measurement_belongs_to_a_claim_and_is_in_the_store(ask: Ask, measured: dict[str, Finding]) -> None:
    assert set(MEASURED) <= set(ask("SELECT claim_id FROM claim")["claim_id"])
    assert measured.keys() == MEASURED.keys()
    assert {found.verdict for found in measured.values()} == {AGREES, DISAGREES, UNDECIDED}
    assert all(found.numbers.endswith(".") and found.rule.endswith(".") for found in measured.values())
    assert not any("nan" in f"{found.numbers} {found.rule}".lower().split() for found in measured.values())


@pytest.mark.parametrize("claim", MEASURED)
def test_a_measurements_link_opens_its_page_without_a_notice(claim: str, catalog: Catalog) -> None:
    declared = MEASURED[claim]
    view, notices = parse({name: [value] for name, value in declared.query.items()}, declared.page, catalog, View())
    assert notices == []
    assert all(getattr(view, name) == value for name, value in declared.query.items())


@pytest.mark.parametrize(
    ("rival", "verdict"),
    [((0.80, 0.78, 0.82), AGREES), ((0.88, 0.84, 0.92), UNDECIDED), ((0.95, 0.93, 0.97), DISAGREES)],
)
def test_intervals_that_are_apart_decide(rival: tuple[float, float, float], verdict: str) -> None:
    found = on_part("b").measure(answering(scores(a=(0.9, 0.88, 0.92), b=rival)))
    assert found is not None
    assert found.verdict == verdict
    assert "0.900 (0.88" in found.numbers


@pytest.mark.parametrize(("rival", "verdict"), [(0.87, AGREES), (0.89, UNDECIDED), (0.93, DISAGREES)])
def test_without_intervals_a_difference_that_counts_decides(rival: float, verdict: str) -> None:
    found = on_part("b").measure(answering(scores(a=(0.9, None, None), b=(rival, None, None))))
    assert found is not None
    assert found.verdict == verdict
    assert "for want of intervals" in found.rule


def test_to_be_level_is_enough_where_the_claim_is_of_being_level() -> None:
    found = on_part("b", not_below=True).measure(answering(scores(a=(0.9, None, None), b=(0.91, None, None))))
    assert found is not None
    assert found.verdict == AGREES


def test_one_rival_above_is_enough_to_disagree() -> None:
    rows = scores(a=(0.9, 0.88, 0.92), b=(0.5, 0.4, 0.6), c=(0.96, 0.95, 0.97))
    found = on_part().measure(answering(rows))
    assert found is not None
    assert found.verdict == DISAGREES
    assert "C 0.960" in found.numbers


def test_a_store_without_the_systems_says_nothing() -> None:
    rows = scores(b=(0.9, 0.8, 0.95))
    assert on_part("b").measure(answering(rows)) is None
    assert SizeHelpsLittle().measure(answering(rows.iloc[:0])) is None
    assert SmallOnTheFrontier().measure(answering(rows.iloc[:0])) is None
    assert ApiOnly(model="x").measure(answering(pd.DataFrame({"access_kind": []}))) is None
    assert Counts(claim="x").measure(answering(pd.DataFrame({"value": []}))) is None
    assert Scales(task="t", metric="Spearman", protocol="p", prefix="esm", another="x").measure(answering(rows)) is None
    first = First(task="t", stratum="s", metric="AUROC", protocol="p", model="a", baseline="b")
    assert first.measure(answering(pd.DataFrame({"baseline_id": []}), rows)) is None
    assert OnTasks(first=("a",), second="b").measure(answering(rows)) is None


def test_ranks_that_are_the_same_everywhere_disagree_and_opposite_ones_agree() -> None:
    check = RanksMove(sql="", parts="parts")

    def found(second: list[float]) -> Finding | None:
        rows = [("x", name, value) for name, value in zip("abc", (3.0, 2.0, 1.0), strict=True)]
        rows += [("y", name, value) for name, value in zip("abc", second, strict=True)]
        return check.measure(answering(pd.DataFrame(rows, columns=["part", "model_id", "value"])))

    same, opposite = found([3.0, 2.0, 1.0]), found([1.0, 2.0, 3.0])
    assert same is not None
    assert opposite is not None
    assert same.verdict == DISAGREES
    assert opposite.verdict == AGREES
    assert "−1.000 at least; two different leaders" in opposite.numbers


def test_the_coding_claims_are_borne_out_by_clinvar_missense(ask: Ask, measured: dict[str, Finding]) -> None:
    rows = ask(
        "SELECT model_id, value FROM score WHERE task_id = 'clinvar_vep_eval' AND stratum = 'missense' "
        "AND model_id IN ('alphamissense', 'esm-1b', 'gpn-msa-sapiens', 'evo-2-40b', 'evo-2-7b')"
    ).set_index("model_id")["value"]
    assert rows.rank(ascending=False)[["evo-2-40b", "evo-2-7b"]].tolist() == [4, 5]
    for claim in ("evo2-coding-snv-rank", "alphamissense-coding-snv", "esm-1b-coding-snv", "gpn-msa-coding-snv"):
        assert measured[claim].verdict == AGREES
    assert all(three(value) in measured["evo2-coding-snv-rank"].numbers for value in rows)


def test_first_place_on_brca1_cannot_be_told_since_two_scores_are_level(measured: dict[str, Finding]) -> None:
    found = measured["evo2-brca1-noncoding"]
    assert found.verdict == UNDECIDED
    assert "+0.080 to Consequence (0.03–0.12)" in found.numbers
    assert "+0.042 to phyloP (mammalian) (−0.02 to 0.10)" in found.numbers


def test_the_board_has_grown_since_the_claim_of_forty_models(measured: dict[str, Finding]) -> None:
    assert measured["geneb-scope"].verdict == DISAGREES
    assert "41 models, 100 tasks and 13 categories" in measured["geneb-scope"].numbers
    assert "states 40, 100 and 13" in measured["geneb-scope"].rule


def test_weights_that_came_later_disagree_with_api_only(measured: dict[str, Finding]) -> None:
    assert measured["alphagenome-access"].verdict == DISAGREES
    assert "gated downloadable weights" in measured["alphagenome-access"].numbers


def test_size_stops_helping_esm2_on_fitness(measured: dict[str, Finding]) -> None:
    assert measured["esm2-scaling"].verdict == UNDECIDED
    assert "ESM-2 35M 0.321" in measured["esm2-scaling"].numbers
    assert "The best is ESM-2 650M" in measured["esm2-scaling"].numbers


@pytest.mark.parametrize("claim", [claim for claim, one in MEASURED.items() if isinstance(one.check, OnTasks)])
def test_tasks_won_are_those_of_the_store(claim: str, ask: Ask, measured: dict[str, Finding]) -> None:
    check = MEASURED[claim].check
    assert isinstance(check, OnTasks)
    rows = ask(
        "SELECT a.model_id, count(*) FILTER (a.value > b.value) AS won, count(*) AS n FROM score a "
        "JOIN score b USING (task_id, stratum, regime, protocol, metric) JOIN task t USING (task_id) "
        "WHERE a.stratum = 'all' AND a.regime = 'full' AND a.metric = 'MCC' AND a.protocol = 'geneb-published' "
        "AND b.model_id = $second AND list_contains($first, a.model_id) "
        "AND ($collection IS NULL OR t.collection = $collection) GROUP BY ALL",
        {"first": list(check.first), "second": check.second, "collection": check.collection},
    )
    assert any(f"on {row.won} of {row.n} tasks" in measured[claim].numbers for row in rows.itertuples())
    if check.another:
        assert measured[claim].verdict == UNDECIDED


@pytest.mark.parametrize(
    ("won", "expected"), [(20, AGREES), (10, UNDECIDED), (2, DISAGREES)], ids=["most", "half", "few"]
)
def test_the_share_of_tasks_won_decides(won: int, expected: str) -> None:
    board = pd.DataFrame({"model_id": ["a", "b"], "name": ["A", "B"], "parameters": [1.0, 2.0], "value": [0.5, 0.4]})
    tasks = pd.DataFrame(
        [(f"t{n}", model, value) for n in range(20) for model, value in (("a", float(n < won)), ("b", 0.5))],
        columns=["task_id", "model_id", "value"],
    )
    empty = pd.DataFrame({"model_id": [], "tasks": [], "above": []})
    found = OnTasks(first=("a",), second="b").measure(answering(board, tasks, empty))
    assert found is not None
    assert found.verdict == expected
    assert f"on {won} of 20 tasks" in found.numbers


def test_a_claim_with_another_question_is_never_decided(ask: Ask) -> None:
    check = OnTasks(first=("hyenadna-large-1m-seqlen-hf",), second="nucleotide-transformer-2.5b-multi-species")
    plain, other = check.measure(ask), replace(check, another="something else").measure(ask)
    assert plain is not None
    assert other is not None
    assert (plain.verdict, other.verdict) == (DISAGREES, UNDECIDED)
    assert plain.numbers == other.numbers
