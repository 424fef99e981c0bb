from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard import urlstate
from dashboard.charts.agreement import agreement_chart, left_out_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.ranks import percent, rank_dots, rank_marks, ranks_chart
from dashboard.components import ranks_words as words
from dashboard.filters import _cleared
from dashboard.queries import rank_work
from dashboard.queries.mixes import EQUAL, MIXES, mixes
from dashboard.queries.ranks import RANKED, Asked, Ranked, command, own_weights, ranked, read_scores, weighed
from dashboard.queries.selection import Filters
from dashboard.queries.suites import SUITES, of_tasks
from dashboard.view import AGGREGATES, View, settled
from engine.cli import app
from engine.names import Suite
from engine.run.ranks import SOURCES
from engine.statistics.aggregate import winners
from engine.statistics.rank_rules import Aggregate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]
    Found = Callable[..., Ranked]

TOGETHER = [suite for suite in SUITES if not of_tasks(suite)]
"""Suites that are ranked: of the others each task is on a scale of its own."""
KINDS = [(suite, kind) for suite in TOGETHER for kind in SUITES[suite].kinds or ("",)]


@pytest.fixture(scope="module")
def found(ask: Ask, catalog: Catalog) -> Found:
    """What is ranked, by suite, regime, metric, kind and filters."""

    def read(suite: str = "geneb", kind: str = "", filters: Filters | None = None, **asked: str) -> Ranked:
        text = SUITES[suite]
        one = Asked(suite, asked.get("regime", text.regimes[0]), asked.get("metric", text.metrics[0]), kind)
        return ranked(read_scores(ask, one), catalog, one, filters or Filters())

    return read


def _typed(line: str) -> list[dict[str, Any]]:
    """What the command that a page shows answers."""
    program, *arguments = shlex.split(line)
    assert program == "vledger"
    result = CliRunner().invoke(app, [*arguments, "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def _as_typed(page: Ranked, aggregate: str, weights: dict[str, float]) -> None:
    """The worker's table equals the command's, row by row and draw by draw."""
    table = rank_work.intervals(page.values, page.category, page.group, aggregate, weights).models
    typed = pd.DataFrame(_typed(command(page, aggregate, weights))).set_index("model")
    assert list(typed.index) == list(table.index)
    pd.testing.assert_frame_equal(typed[list(table.columns)], table, check_names=False, check_dtype=False)


def test_each_suite_is_ranked_by_the_protocol_of_the_command() -> None:
    assert {suite.value: source.protocol.value for suite, source in SOURCES.items()} == {
        suite: RANKED[suite] for suite in TOGETHER
    }
    assert set(RANKED) == set(SUITES)
    assert set(AGGREGATES) == {rule.value for rule in Aggregate}


@pytest.mark.parametrize(
    ("aggregate", "weights"),
    [("macro", {}), ("median", {"Promoters": 3.0, "lncRNA": 0.0}), ("winrate", {"Coding/NC": 10.0})],
)
def test_the_command_on_the_page_gives_the_numbers_of_the_page(
    found: Found, aggregate: str, weights: dict[str, float]
) -> None:
    _as_typed(found(), aggregate, weights)


@pytest.mark.parametrize(("suite", "kind"), [pair for pair in KINDS if pair[0] != "geneb"])
def test_the_command_ranks_the_same_in_every_suite_and_by_every_kind_of_part(
    found: Found, suite: str, kind: str
) -> None:
    page = found(suite, kind)
    if page.enough:
        _as_typed(page, "macro", {page.categories[0]: 2.0})
    assert page.by_part == (SOURCES[Suite(suite)].task is not None)


@pytest.mark.parametrize(
    "filters",
    [Filters(provenance=("official",)), Filters(family=("State space",)), Filters(search="caduceus")],
)
def test_the_command_names_the_rows_that_a_filter_left(found: Found, filters: Filters) -> None:
    page = found(filters=filters)
    assert len(page.values) < 41
    words_of_it = shlex.split(command(page, "borda", {}))
    assert ("--provenance" in words_of_it) == bool(filters.provenance)
    assert ("--model" in words_of_it) == (not filters.provenance)
    _as_typed(page, "borda", {})


def test_assays_are_ranked_within_what_they_select_for(
    ask_items: Ask, item_catalog: Catalog, store_with_items: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked("dms", "zero_shot", "Spearman", "all")
    page = ranked(read_scores(ask_items, asked), item_catalog, asked, Filters())
    assert page.values.shape[1] == 217
    assert len(page.categories) == 5
    monkeypatch.setenv("VLEDGER_CACHE", str(store_with_items.parent.parent))
    _as_typed(page, "macro", {"Stability": 0.0})


def test_few_shot_scores_are_ranked_too(found: Found) -> None:
    _as_typed(found(regime="10shot"), "macro", {})


def test_without_a_filter_the_command_names_no_rows(found: Found) -> None:
    line = command(found(), "macro", {})
    assert line == "vledger ranks --suite geneb --regime full --metric MCC"
    assert command(found("proteingym", "taxon"), "micro", {"Virus": 2.0}).endswith(
        "--kind taxon --aggregate micro --weight Virus=2"
    )


def test_who_lacks_a_score_is_named_and_not_ranked(found: Found) -> None:
    page = found("clinvar", "variant_class")
    assert "AlphaMissense" in page.left_out
    assert "alphamissense" not in page.values.index
    assert not page.values.isna().any(axis=None)


def test_the_published_findings_are_reproduced_on_the_official_models(found: Found) -> None:
    page = found(filters=Filters(provenance=("official",)))
    assert page.values.shape == (40, 100)
    agreement = rank_work.agreement(page.means)
    assert round(agreement.mean, 3) == 0.498
    assert agreement.leaders == 6
    assert agreement.leaders == len({name for best in winners(page.means).values() for name in best})
    table = rank_work.intervals(page.values, page.category, page.group, "macro", {})
    assert table.models["separable_from_next"].sum() <= 4
    assert page.models.at[table.models.index[0], "name"] == "GENERator-Eukaryote-3B"


def test_point_ranks_are_those_of_the_full_table(found: Found) -> None:
    page = found()
    for aggregate in AGGREGATES:
        points = rank_work.point_ranks(page.values, page.category, aggregate, {"Promoters": 4.0})
        table = rank_work.intervals(page.values, page.category, page.group, aggregate, {"Promoters": 4.0}).models
        assert list(points.index) == list(table.index)
        assert points["rank"].tolist() == table["rank"].tolist()


def test_borda_and_win_rate_never_move_anybody(found: Found) -> None:
    page = found()
    span = rank_work.largest_moves(rank_work.every_rule(page.values, page.category, {"Enhancers": 7.0}))
    assert span.loc["borda", "winrate"] == 0
    assert span.loc["macro", "median"] > 5
    assert np.array_equal(span.to_numpy(), span.to_numpy().T)


def test_regimes_are_ranked_over_what_all_of_them_have(found: Found) -> None:
    tables = [(regime, found(regime=regime).values) for regime in SUITES["geneb"].regimes]
    regimes = rank_work.by_regime(tables, found().category, "macro", {})
    assert regimes is not None
    assert list(regimes.ranks) == ["full", "10shot", "1shot"]
    assert regimes.tau["full"] == pytest.approx(1)
    assert regimes.tau["1shot"] < regimes.tau["10shot"] < 1
    assert (
        rank_work.by_regime([(name, values.head(2)) for name, values in tables], found().category, "macro", {}) is None
    )


def test_one_weighed_category_cannot_be_left_out(found: Found) -> None:
    page = found()
    alone = dict.fromkeys(page.categories[1:], 0.0)
    assert rank_work.without_each(page.values, page.category, "macro", alone) is None


def test_whole_weights_of_every_possible_winner_make_it_first(found: Found) -> None:
    page = found()
    possible = rank_work.winners(page.means)
    assert 6 <= len(possible) < len(page.values)
    for system, row in possible.drop(columns="margin").iterrows():
        whole, first = rank_work.whole_weights(row.astype(float), page.means, str(system), 10)
        assert set(whole.values()) <= set(range(11))
        points = rank_work.point_ranks(page.values, page.category, "macro", {k: float(v) for k, v in whole.items()})
        assert (points.at[system, "rank"] == 1) == first


def test_weights_that_rounding_spoils_are_said_to_be_rough() -> None:
    means = pd.DataFrame({"A": [1.0, 0.0, 0.52], "B": [0.0, 1.0, 0.48001]}, index=["a", "b", "c"])
    assert rank_work.whole_weights(pd.Series({"A": 0.5, "B": 0.5}), means, "c", 10) == ({"A": 10, "B": 10}, True)
    assert rank_work.whole_weights(pd.Series({"A": 0.9, "B": 0.1}), means, "c", 10)[1] is False


@pytest.mark.parametrize(("suite", "kind"), KINDS)
def test_presets_name_categories_that_can_be_weighed(item_catalog: Catalog, suite: str, kind: str) -> None:
    catalog = item_catalog
    known = weighed(catalog, suite, kind)
    offered = mixes(suite, kind, known)
    assert offered[0] is EQUAL
    assert len(offered) == 1 + len(MIXES.get((suite, kind), ()))
    for mix in offered[1:]:
        view = View(suite=suite, kind=kind or None, weights=mix.weights(list(known)))
        raw = urlstate.serialise(view, "ranks", catalog)
        assert urlstate.parse(raw, "ranks", catalog, View())[0].weights == view.weights
        assert {name for name, _ in view.weights} == set(known) - set(mix.categories)
        assert mix.sentence.endswith(".")


def test_a_preset_whose_categories_are_not_all_there_is_not_offered() -> None:
    assert mixes("geneb", "", ["Promoters", "Enhancers"]) == [EQUAL]


def test_weights_of_assays_go_through_the_address(item_catalog: Catalog) -> None:
    catalog = item_catalog
    view, notices = urlstate.parse(
        {"suite": ["dms"], "weights": ["Stability~3", "Binding~1", "all~2"]}, "ranks", catalog, View()
    )
    assert view.weights == (("Stability", 3),)
    assert len(notices) == 1
    assert urlstate.serialise(view, "ranks", catalog) == {"suite": ["dms"], "weights": ["Stability~3"]}


def test_weights_of_categories_without_a_score_fall_away(found: Found, catalog: Catalog) -> None:
    page, names = found("clinvar", "variant_class"), weighed(catalog, "clinvar", "variant_class")
    gone = (
        next(key for key, label in names.items() if label not in page.categories)
        if len(names) > len(page.categories)
        else "x"
    )
    assert own_weights(page, (("missense", 4), (gone, 2)), names) == {names["missense"]: 4.0}


def _rows(page: Ranked, *, known: bool) -> pd.DataFrame:
    if known:
        ranks = rank_work.intervals(page.values, page.category, page.group, "macro", {}).models
    else:
        ranks = rank_work.point_ranks(page.values, page.category, "macro", {})
    return ranks.join(page.models[["name", "role"]]).assign(place=range(len(ranks)))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("suite", "kind"), [("geneb", ""), ("brca1_sge", "variant_class"), ("clinvar", "variant_class")]
)
def test_charts_hold_numbers_only(
    found: Found, as_data: Callable[..., Any], suite: str, kind: str, colours: Any
) -> None:
    page = found(suite, kind)
    for known in (True, False):
        figure = as_data(ranks_chart(_rows(page, known=known), colours, value="X", metric="macro X", links={}))
        targets = next(trace for trace in figure["data"] if "customdata" in trace)
        assert {card[0] for card in targets["customdata"]} == set(page.values.index)
    as_data(agreement_chart(rank_work.agreement(page.means).matrix, colours))
    left = rank_work.without_each(page.values, page.category, "macro", {})
    assert left is not None
    full = rank_work.point_ranks(page.values, page.category, "macro", {})["rank"]
    as_data(left_out_chart(left.ranks, full, list(page.models["name"]), colours))
    rules = rank_work.every_rule(page.values, page.category, {}).join(page.models[["name", "role"]])
    as_data(rank_dots(rules, {"macro": "Macro", "micro": "Micro", "median": "Median"}, colours))


def test_baselines_are_ink_and_models_are_not(found: Found, as_data: Callable[..., Any]) -> None:
    rows = _rows(found("clinvar", "variant_class"), known=True)
    figure = as_data(ranks_chart(rows, LIGHT, value="AUROC", metric="macro AUROC"))
    inked = [trace for trace in figure["data"] if trace.get("marker", {}).get("symbol") == "diamond"]
    assert [trace["marker"]["color"] for trace in inked] == [LIGHT.ink]
    assert len(inked[0]["x"]) == (rows["role"] == "baseline").sum() > 0


def test_an_undefined_tau_leaves_its_cell_empty(as_data: Callable[..., Any]) -> None:
    matrix = pd.DataFrame([[1, np.nan], [np.nan, 1]], index=["A", "B"], columns=["A", "B"])
    figure = as_data(agreement_chart(matrix, LIGHT))
    assert figure["data"][0]["z"] == [[None, None], [None, None]]


def test_a_rank_axis_starts_at_its_end_and_goes_in_round_steps() -> None:
    assert rank_marks(1, 41) == [1, 5, 10, 15, 20, 25, 30, 35, 40]
    assert rank_marks(1, 3) == [1, 2, 3]
    assert rank_marks(7, 7) == [7]


def test_a_share_of_draws_is_never_rounded_to_certainty() -> None:
    assert [percent(share) for share in (0, 0.0005, 0.714, 0.9995, 1)] == ["0", "<1 %", "71 %", ">99 %", "100 %"]


def test_the_title_follows_the_numbers(found: Found) -> None:
    page = found()
    table = rank_work.intervals(page.values, page.category, page.group, "macro", {})
    level = int((~table.models["separable_from_first"].iloc[1:]).sum())
    said = words.title(page, table.models, table, filtered=False, weighed=False)
    level_words = words.count_in_words(level, "model")
    assert said == f"GENERator\\-Eukaryote\\-3B is first, but {level_words} cannot be told apart from it"
    points = words.title(page, table.models, None, filtered=True, weighed=True)
    assert points == "Among 41 models, with these weights GENERator\\-Eukaryote\\-3B is first"
    assert "share the first place" in words.title(
        page, table.models.assign(rank=1), table, filtered=False, weighed=False
    )
    alone = table.models.assign(separable_from_first=True)
    clear = words.title(page, alone, _with(table, alone), filtered=False, weighed=False)
    assert clear.endswith("and every other model can be told apart from it")


def _with(table: Any, models: pd.DataFrame) -> Any:
    return type(table)(models=models, aggregate=table.aggregate, sampling=table.sampling, weights=table.weights)


def test_a_weighting_is_told_by_the_categories_that_carry_it() -> None:
    assert words.carried(pd.Series({"A": 0.25, "B": 0.75, "C": 0.0})) == "B 75 %, A 25 %"
    many = words.carried(pd.Series(dict.fromkeys("ABCDEFG", 1 / 7)))
    assert many.endswith("and 3 more")


def test_a_mix_is_told_by_what_it_changes() -> None:
    categories = ["A", "B", "C"]
    assert words.mix_sentence({"A": 4.0, "B": 0.0}, categories) == "Weights: A × 4; the others 1. Without weight: B."
    assert words.mix_sentence({"A": 0.0, "B": 0.0}, categories) == "Only C counts."


def _exceptions(at: AppTest) -> list[str]:
    return [str(error.value) for error in (*at.exception, *at.error)]


@pytest.mark.parametrize(
    "query",
    [
        {},
        *({"aggregate": aggregate} for aggregate in AGGREGATES[1:]),
        {"weights": ["Promoters~5", "lncRNA~0"]},
        {"regime": "1shot", "provenance": "official"},
        {"metric": "Acc"},
        *({"suite": suite} for suite in TOGETHER if suite != "geneb"),
        {"suite": "proteingym", "kind": "mutation_depth", "metric": "AUROC", "aggregate": "median"},
        {"sheet": "99"},
    ],
)
def test_the_page_says_a_sentence_and_its_command(visit: Visit, query: dict[str, str | list[str]]) -> None:
    at = visit("ranks", query)
    assert _exceptions(at) == []
    assert len(at.get("plotly_chart")) >= 3 or "too little" in at.title[0].value
    if at.get("plotly_chart"):
        assert at.code[0].value.startswith("vledger ranks --suite ")
        assert any(word in at.title[0].value for word in ("is first", "share the first place"))


def test_too_little_to_rank_is_said_and_filters_can_be_cleared(visit: Visit) -> None:
    at = visit("ranks", {"search": "no such model"})
    assert at.title[0].value == "There is too little to rank here"
    at.button(key="empty").click().run()
    assert "is first" in at.title[0].value
    assert not at.query_params


def test_columns_of_two_parts_are_not_ranked(visit: Visit) -> None:
    at = visit("ranks", {"suite": "clinvar_items", "kind": "variant_group"})
    assert at.title[0].value == "There is too little to rank here"


def test_weights_of_zero_for_all_are_refused_with_a_way_out(visit: Visit, catalog: Catalog) -> None:
    at = visit("ranks", {"weights": [f"{name}~0" for name in weighed(catalog, "geneb", "")]})
    assert at.title[0].value == "Every category has weight 0"
    at.button(key="reset-weights").click().run()
    assert "is first" in at.title[0].value
    assert not at.query_params


def test_a_hostile_address_is_refused_in_words(visit: Visit) -> None:
    hostile = "<script>'; DROP TABLE score; --~3"
    at = visit("ranks", {"weights": [hostile, "Promoters~11", "Promoters~2"], "aggregate": hostile, "sheet": "-1"})
    assert _exceptions(at) == []
    assert "not a known value" in at.warning[0].value
    assert at.slider(key="weight-Promoters").value == 2


def test_a_slider_changes_ranks_address_and_command(visit: Visit) -> None:
    at = visit("ranks", {})
    at.slider(key="weight-Promoters").set_value(6).run()
    assert at.query_params == {"weights": "Promoters~6"}
    assert at.title[0].value.startswith("With these weights")
    assert "--weight Promoters=6" in at.code[0].value
    at.slider(key="weight-Promoters").set_value(1).run()
    assert not at.query_params


def test_a_system_that_a_filter_takes_away_is_no_longer_looked_at(visit: Visit) -> None:
    at = visit("ranks", {})
    at.selectbox(key="ranks-closer").select("LucaOne-default-step36M").run()
    assert at.selectbox(key="ranks-closer").value == "LucaOne-default-step36M"
    at.text_input(key="w_search").set_value("caduceus").run()
    assert _exceptions(at) == []
    assert at.selectbox(key="ranks-closer").value == "PlantCaduceus_l32"


def test_a_preset_sets_every_slider(visit: Visit) -> None:
    at = visit("ranks", {})
    at.button(key="mix-Epigenetics").click().run()
    assert at.slider(key="weight-Promoters").value == 0
    assert at.slider(key="weight-Histone Mod.").value == 1
    at.button(key="mix-All equal").click().run()
    assert not at.query_params


def test_weights_that_make_a_system_first_can_be_taken_over(visit: Visit) -> None:
    at = visit("ranks", {"aggregate": "median"})
    picker = next(box for box in at.selectbox if box.label == "Weights that make first")
    picker.select("enformer-official-rough").run()
    at.button(key="apply-weights").click().run()
    assert "Enformer is first" in at.title[0].value
    assert "aggregate" not in at.query_params


def test_weights_do_not_outlive_the_columns_that_they_are_of(catalog: Catalog) -> None:
    view = settled(View(suite="clinvar_items", kind="variant_class"), catalog)
    assert _cleared({"kind": "star_level"}, view)["weights"] == ()
