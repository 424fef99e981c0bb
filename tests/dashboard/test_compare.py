"""Two systems side by side: the page's numbers are the engine's, and its sentences follow from them."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard.charts.compare import FLIPPED, Bar, differences_chart
from dashboard.charts.compare_items import BINS, percentiles_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.components.compare_facts import asymmetries
from dashboard.components.compare_words import Headline, needed_sentence, rounded, small, title
from dashboard.queries.compare import Pair, arguments, differences, read_over_tasks
from dashboard.queries.compare_items import most_apart, quadrants, read_bins, read_pairs
from dashboard.queries.compare_parts import compute, read_asked, read_over_parts, with_computed, with_q
from dashboard.view import View, settled
from engine.cli import app
from engine.statistics.two_models import needed_items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

LUCA, NT, LEADER = (
    "LucaOne-default-step36M",
    "nucleotide-transformer-2.5b-multi-species",
    "GENERator-eukaryote-3b-base",
)
GENEB = Pair("geneb", "full", "MCC", LUCA, NT)
EVO = Pair("brca1_sge", "zero_shot", "AUROC", "evo2-1b", "consequence+blosum62")
STARS = Pair("clinvar_items", "zero_shot", "AUROC", "vep-eval:gpn-star", "gpn-msa-sapiens")
HOSTILE = "<script>alert(1)</script>'; DROP TABLE score; --`**x**`"
NAMES = ("A", "B")


def _swapped(pair: Pair) -> Pair:
    return replace(pair, first=pair.second, second=pair.first)


def _printed(command: str) -> list[dict[str, Any]]:
    """What a command of the page prints, as JSON."""
    words = shlex.split(command)
    assert words[0] == "vledger"
    found = CliRunner().invoke(app, [*words[1:], "--format", "json"])
    assert found.exit_code == 0, found.output
    rows: list[dict[str, Any]] = json.loads(found.stdout)
    return rows


@pytest.mark.parametrize(
    "pair",
    [GENEB, replace(GENEB, second="kmer-best"), replace(GENEB, regime="1shot"), replace(GENEB, first=LEADER)],
)
def test_differences_over_tasks_are_those_of_vledger_compare(pair: Pair, ask: Ask, catalog: Catalog) -> None:
    over = read_over_tasks(ask, catalog, pair)
    found = differences(*arguments(over, pair.margin))
    told = _printed(f"vledger compare {pair.first} {pair.second} --suite geneb --regime {pair.regime}")
    rows = [*found.categories, found.macro, found.micro]
    assert [row.name for row in rows] == [line["category"] for line in told]
    for row, line in zip(rows, told, strict=True):
        assert row.difference == pytest.approx(line["difference"])
        assert (row.low, row.high) == pytest.approx((line["low"], line["high"]))
        assert (row.p, row.q) == pytest.approx((line["p"], line["q"]))
        assert (row.wins, row.ties, row.losses) == (line["wins"], line["ties"], line["losses"])


def test_a_published_model_and_a_baseline_meet_by_the_protocol_that_repeats_the_other(
    ask: Ask, catalog: Catalog
) -> None:
    over = read_over_tasks(ask, catalog, replace(GENEB, second="kmer-best"))
    assert over.protocols == ("geneb-published", "geneb-exact")
    assert len(over.rows) + over.left_out == len(catalog.tasks_of("geneb"))


def test_swapping_the_two_changes_signs_and_nothing_else(ask: Ask, catalog: Catalog) -> None:
    one, other = (read_over_tasks(ask, catalog, pair).rows for pair in (GENEB, _swapped(GENEB)))
    np.testing.assert_allclose(one["delta"], -other["delta"])
    np.testing.assert_allclose(one["low"], -other["high"])
    parts = [read_over_parts(ask, catalog, pair, "brca1_sge").rows for pair in (EVO, _swapped(EVO))]
    np.testing.assert_allclose(parts[0]["delta"], -parts[1]["delta"])
    np.testing.assert_allclose(parts[0]["low"], -parts[1]["high"])
    assert list(parts[0]["p"].dropna()) == list(parts[1]["p"].dropna())


def test_two_that_share_no_protocol_have_no_task_in_common(ask: Ask, catalog: Catalog) -> None:
    over = read_over_tasks(ask, catalog, replace(EVO, second="consequence"))
    assert over.rows.empty
    assert over.protocols == ()
    assert over.by == (("published-scores",), ("rule",))


def test_a_value_over_a_part_of_the_items_is_not_subtracted(ask: Ask, catalog: Catalog) -> None:
    pair = Pair("clinvar", "zero_shot", "AUROC", "alphamissense", "vep-eval:gpn-star")
    rows = read_over_parts(ask, catalog, pair, "clinvar_vep_eval").rows.set_index("key")
    assert np.isnan(rows.at["all", "delta"])
    assert "over a part" in rows.at["all", "reason"]
    assert rows.at["missense", "delta"] == pytest.approx(0.966 - 0.9312)
    assert rows.at["missense", "low"] > 0


@pytest.fixture
def item_store_in_service(item_cache: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `vledger` finds is the store with the single items."""
    monkeypatch.setenv("VLEDGER_CACHE", str(item_cache))
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))


@pytest.mark.usefixtures("item_store_in_service")
@pytest.mark.parametrize(("pair", "task"), [(EVO, "brca1_sge"), (STARS, "clinvar_sample")])
def test_differences_on_parts_are_those_of_vledger_compare_item_by_item(
    pair: Pair, task: str, ask_items: Ask, item_catalog: Catalog
) -> None:
    over = read_over_parts(ask_items, item_catalog, pair, task)
    if over.how == "items":
        over = with_computed(over, compute(read_asked(ask_items, pair, task)))
    rows = with_q(over.rows).set_index("key")
    words = ["vledger", "compare", pair.first, pair.second, "--task", task, "--metric", pair.metric]
    for line in _printed(shlex.join(words)):
        row = rows.loc[line["stratum"]]
        if line["difference"] is None:
            assert pd.isna(row["delta"])
            assert row["reason"]
            continue
        wanted = [line[name] for name in ("difference", "difference_low", "difference_high", "p", "q")]
        assert list(row[["delta", "low", "high", "p", "q"]]) == pytest.approx(wanted)


def test_every_suite_opens_on_its_leader_and_what_it_has_to_beat(catalog: Catalog) -> None:
    found = {suite: settled(View(suite=suite), catalog) for suite in catalog.suites}
    assert (found["geneb"].first, found["geneb"].second) == (LEADER, LUCA)
    assert found["clinvar"].second == "rule-based"
    assert (found["brca1_sge"].first, found["brca1_sge"].second) == ("evo2-1b", "consequence+blosum62")
    assert all(view.first != view.second for view in found.values())


def test_whoever_is_first_is_no_choice_for_the_second(catalog: Catalog) -> None:
    view = settled(View(first=LUCA, second=LUCA), catalog)
    assert view.second == LEADER


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"delta": 0.05, "low": 0.01, "high": 0.09}, "A is ahead of B by 0.050 macro MCC"),
        ({"delta": -0.05, "low": -0.09, "high": -0.01}, "A is behind B by 0.050 macro MCC"),
        ({"delta": 0.016, "low": -0.02, "high": 0.05}, "A is ahead of B by 0.016 macro MCC: not told apart"),
        ({"delta": 0.01, "low": -0.01, "high": 0.02}, "A is ahead of B by 0.010 macro MCC: no difference that counts"),
        (
            {"delta": 0.01, "low": 0.001, "high": 0.02},
            "A is ahead of B by 0.010 macro MCC, less than the 0.03 that counts",
        ),
        ({"delta": 0.05}, "A is ahead of B by 0.050 macro MCC, with no interval to prove it"),
        ({"delta": 0.05, "computing": True}, "A is ahead of B by 0.050 macro MCC"),
        ({"delta": 0.0002, "low": -0.1, "high": 0.1}, "A and B are level in macro MCC: not told apart"),
        ({"delta": None}, "A and B cannot be compared here"),
    ],
)
def test_the_title_follows_from_interval_and_smallest_effect(changes: dict[str, Any], wanted: str) -> None:
    assert title(Headline(names=NAMES, what="macro MCC", margin=0.03, **changes)) == wanted


def test_what_would_settle_it_is_told_with_its_numbers() -> None:
    needed = needed_items(0.01, 0.005, 1000, minimum_effect=0.03)
    told = needed_sentence(needed, 1000, noun="variant", excluded=False, margin=0.03)
    assert told.startswith("**About 960 more variants** (2,000 in all) would let the interval exclude 0")
    assert "enough to show that it is below 0.03" in told


def test_a_difference_without_an_error_says_why_nothing_can_be_said() -> None:
    told = needed_sentence(
        needed_items(0.01, None, 9, minimum_effect=0.03), 9, noun="task", excluded=False, margin=0.03
    )
    assert told == (
        "How many more tasks would settle it cannot be said: the difference or its standard error is unknown."
    )


def test_a_difference_that_is_told_apart_needs_no_more_items() -> None:
    needed = needed_items(0.1, 0.01, 500, minimum_effect=0.02)
    told = needed_sentence(needed, 500, noun="variant", excluded=True, margin=0.02)
    assert told.startswith("The 500 variants at hand are enough to tell the two apart")
    assert "No number shows it to be negligible" in told


def test_numbers_are_rounded_to_two_digits_and_small_p_is_a_bound() -> None:
    assert [rounded(number) for number in (7, 42, 2317, 18_950)] == ["7", "42", "2,300", "19,000"]
    assert [small(p) for p in (0.0004, 0.025)] == ["< 0.001", "= 0.025"]


def _model(**facts: object) -> pd.Series:
    return pd.Series({"name": "M", "tokenizer": "BPE", "context_bp": 1000.0, "supervised_on_assay": False} | facts)


def test_other_tokens_and_a_window_twice_as_long_are_raised() -> None:
    found = [flag for flag, _ in asymmetries(_model(), _model(tokenizer="k-mer", context_bp=2001.0))]
    assert found == ["TOKENISATION_MISMATCH", "CONTEXT_ASYMMETRY"]
    assert asymmetries(_model(), _model(context_bp=2000.0)) == []
    assert asymmetries(_model(), _model(tokenizer=None, context_bp=float("nan"))) == []


def test_a_model_trained_on_the_assay_is_named() -> None:
    (found,) = asymmetries(_model(), _model(name="Enformer", supervised_on_assay=True))
    assert found[0] == "CONTAM_SUPERVISED_ASSAY"
    assert "Only Enformer" in found[1]


BARS = [
    Bar(key="macro", name="Macro", delta=0.1, low=0.05, high=0.15, summary=True, note="3–0–1"),
    Bar(key="a", name="A & <b>", delta=-0.1, low=-0.2, high=-0.02, flipped=True),
    Bar(key="b", name="B", delta=0.01, low=-0.05, high=0.05),
    Bar(key="c", name="C", delta=0.02),
    Bar(key="d", name="D", delta=None),
]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_chart_shows_each_difference_by_its_outcome(colours: Any, as_data: Callable[[Any], dict[str, Any]]) -> None:
    data = as_data(differences_chart(BARS, NAMES, "MCC", colours, margin=0.03, head="won"))
    marks = [trace for trace in data["data"] if trace.get("customdata")]
    assert [trace["customdata"][0][0] for trace in marks] == ["macro", "b", "a", "c"]
    assert marks[-1]["marker"]["symbol"] == "circle-open"
    labels = data["layout"]["yaxis"]["ticktext"]
    assert labels[0] == "<b>Macro</b>  "
    assert "A &amp; &lt;b&gt;" in labels[1]
    assert [FLIPPED in label for label in labels] == [False, True, False, False, False]


def test_items_of_two_systems_are_drawn_one_by_one_or_in_bins(
    ask_items: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    asked = ("brca1_sge", EVO.first, EVO.second)
    items, bins = read_pairs(ask_items, *asked), read_bins(ask_items, *asked, BINS)
    assert bins["n"].sum() == len(items) == 3893
    labels = {0: "function", 1: "loss of function"}
    few = as_data(percentiles_chart(items.head(50), NAMES, labels, LIGHT))
    assert sum(len(trace["x"]) for trace in few["data"]) == 50
    many = as_data(percentiles_chart(bins, NAMES, labels, DARK))
    assert len(many["data"][0]["x"]) == len(bins)


def test_an_item_on_opposite_sides_is_won_by_who_has_it_on_the_side_of_its_label() -> None:
    items = pd.DataFrame(
        {
            "item_id": list("abcd"),
            "label": [1, 1, 0, 0],
            "first": [90.0, 20.0, 10.0, 60.0],
            "second": [30.0, 80.0, 70.0, 90.0],
        }
    )
    found = quadrants(items)
    assert (found.n, found.first_right, found.second_right, found.opposite) == (4, 2, 1, 3)
    rows = most_apart(items)
    assert list(rows["item_id"]) == ["a", "b", "c", "d"]
    assert list(rows["gain"]) == [60, -60, 60, 30]


def _title(at: AppTest) -> str:
    return str(at.title[0].value)


def _fine(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    assert not at.error, [error.value for error in at.error]
    return at


@pytest.mark.parametrize("level", ["category", "task", "item"])
@pytest.mark.parametrize("suite", ["geneb", "clinvar", "proteingym", "dms"])
def test_every_level_of_every_suite_opens(level: str, suite: str, visit: Visit, as_data: Callable[[Any], Any]) -> None:
    at = _fine(visit("compare", {"suite": suite, "level": level}))
    assert _title(at)
    for chart in at.get("plotly_chart"):
        as_data(chart.proto.spec)


@pytest.mark.parametrize("level", ["category", "task", "item"])
@pytest.mark.parametrize(
    ("suite", "first", "second"),
    [
        ("brca1_sge", "evo2-1b", "consequence+blosum62"),
        ("clinvar_items", "vep-eval:gpn-star", "gpn-msa-sapiens"),
        ("geneb", "kmer-best", "kmer-4"),
    ],
)
def test_what_was_scored_item_by_item_opens_at_every_level(
    suite: str, first: str, second: str, level: str, visit_items: Visit, as_data: Callable[[Any], Any]
) -> None:
    at = _fine(visit_items("compare", {"suite": suite, "first": first, "second": second, "level": level}))
    assert any(word in _title(at) for word in ("ahead of", "behind"))
    charts = at.get("plotly_chart")
    assert len(charts) == (2 if level == "item" else 1)
    for chart in charts:
        as_data(chart.proto.spec)


def test_the_title_and_the_lede_are_those_of_the_numbers(visit: Visit) -> None:
    at = _fine(visit("compare", {"first": LUCA, "second": NT}))
    assert _title(at) == "LucaOne is ahead of NT-2.5B-MS by 0.017 macro MCC: not told apart"
    assert "Of 100 tasks, LucaOne is ahead on **44** and behind on **15**" in at.markdown[0].value


def test_the_command_of_the_page_prints_its_numbers(visit: Visit) -> None:
    at = _fine(visit("compare", {"first": LUCA, "second": NT, "metric": "F1"}))
    (command,) = [code.value for code in at.code]
    macro = next(line for line in _printed(command) if line["category"] == "macro")
    assert f"by {abs(macro['difference']):.3f} Macro F1 over categories" in _title(at)


def test_swapping_turns_the_title(visit: Visit) -> None:
    at = visit("compare", {"first": LUCA, "second": NT})
    at.button(key="compare-swap").click().run()
    assert _title(_fine(at)).startswith("NT-2.5B-MS is behind LucaOne by 0.017")
    assert (at.query_params["first"], at.query_params["second"]) == (NT, LUCA)


def test_the_button_brings_the_baseline_to_beat(visit: Visit) -> None:
    at = visit("compare", {"first": LUCA, "second": NT})
    at.button(key="compare-beat").click().run()
    assert "Tuned k-mers" in _title(_fine(at))
    assert "88 of 100 tasks are left out" in at.markdown[0].value


def test_the_tasks_of_one_category_can_be_left_again(visit: Visit) -> None:
    at = visit("compare", {"first": LUCA, "second": NT, "level": "task", "column": "Promoters"})
    assert _fine(at).button(key="compare-category").label == "Promoters ✕"
    at.button(key="compare-category").click().run()
    assert "column" not in at.query_params


def test_a_hundred_tasks_come_in_two_sheets(visit: Visit, as_data: Callable[[Any], Any]) -> None:
    query = {"first": LUCA, "second": NT, "level": "task"}
    rows = [
        len(
            as_data(visit("compare", query | {"sheet": sheet}).get("plotly_chart")[0].proto.spec)["layout"]["yaxis"][
                "ticktext"
            ]
        )
        for sheet in ("1", "2", "99")
    ]
    assert rows == [60, 40, 40]


def test_items_are_compared_by_a_metric_that_needs_no_threshold_where_none_is_stated(visit_items: Visit) -> None:
    at = _fine(visit_items("compare", {"first": "kmer-best", "second": "kmer-4", "level": "item"}))
    assert " AUROC" in _title(at)
    assert any("no MCC without a stated threshold; AUROC is shown" in caption.value for caption in at.caption)


def test_two_without_single_scores_are_told_so(visit: Visit) -> None:
    at = _fine(visit("compare", {"first": LUCA, "second": NT, "level": "item"}))
    assert _title(at) == "LucaOne and NT-2.5B-MS cannot be compared sequence by sequence"
    assert "not published" in at.markdown[0].value


def test_two_without_a_common_task_are_told_by_what_they_were_measured(visit: Visit) -> None:
    at = _fine(visit("compare", {"first": LUCA, "second": "cnn"}))
    assert _title(at).endswith("cannot be compared here")
    assert "LucaOne by geneb-published" in at.markdown[0].value
    assert "by fair-v1" in at.markdown[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"first": HOSTILE, "second": HOSTILE, "level": HOSTILE, "task": HOSTILE, "column": HOSTILE, "sheet": "-1"},
        {"first": LUCA, "second": LUCA},
        {"suite": "clinvar", "first": LUCA, "level": "item", "task": "brca1_sge"},
        {"level": "task", "column": "macro", "sheet": "999999"},
    ],
)
def test_a_hostile_address_leads_to_a_page_all_the_same(query: dict[str, str], visit: Visit) -> None:
    at = _fine(visit("compare", query))
    assert _title(at)
    assert "<script>" not in " ".join(str(part.value) for part in at.markdown)


@pytest.mark.usefixtures("item_store_in_service")
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            {"first": "kmer-best", "second": "kmer-4", "level": "item", "task": "leannmlindsey_GUE_prom_300_tata"},
            2 * 613,
        ),
        ({"suite": "clinvar", "first": "evo-2-7b", "second": "rule-based"}, 32),
    ],
)
def test_where_nothing_compares_them_again_the_command_prints_what_is_compared(
    query: dict[str, str], rows: int, visit_items: Visit
) -> None:
    (command,) = [code.value for code in _fine(visit_items("compare", query)).code]
    words = shlex.split(command.replace(" --format csv", ""))
    assert len(_printed(shlex.join(words))) == rows
