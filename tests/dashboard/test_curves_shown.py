from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dashboard.charts.curves import calibration_chart, curves_chart, scores_chart, styles
from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.queries.curves import Items, made, read_items, read_stated
from dashboard.text import interval, three
from dashboard.view import FIGURES, View, choices
from engine.statistics.metrics import auprc, auroc

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    AsData = Callable[[Any], dict[str, Any]]
    Visit = Callable[..., AppTest]

PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
HOSTILE = "<script>alert(1)</script>'; DROP TABLE score; --"
PAIRS = [
    ("brca1_sge", "all", "evo2-1b"),
    ("brca1_sge", "missense", "evo2-1b"),
    ("brca1_sge", "missense", "sift"),
    ("brca1_sge", "all", "consequence+blosum62"),
    ("clinvar_sample", "all", "vep-eval:phylop"),
    ("clinvar_sample", "splice", "evo-2-7b"),
    ("dms:BLAT_ECOLX", "all", "esm-1v:1"),
]


def sees(at: AppTest) -> str:
    found = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def stored(ask: Ask, task: str, stratum: str, model: str, metric: str) -> Any:
    rows = ask(
        "SELECT value, ci_low, ci_high FROM score s JOIN scored c USING (task_id, model_id, protocol) "
        "WHERE task_id = $task AND stratum = $stratum AND model_id = $model AND metric = $metric",
        {"task": task, "stratum": stratum, "model": model, "metric": metric},
    )
    (row,) = rows.itertuples()
    return row


@pytest.mark.parametrize(("task", "stratum", "model"), PAIRS)
def test_the_items_of_a_part_give_the_value_that_the_store_has(
    task: str, stratum: str, model: str, ask_items: Ask
) -> None:
    items = read_items(ask_items, task, stratum, model)
    found = read_stated(ask_items, task, stratum, model, "zero_shot").scores
    assert auroc(items.positive, items.score) == pytest.approx(found.at["AUROC", "value"], abs=1e-9)
    assert auprc(items.positive, items.score) == pytest.approx(found.at["AUPRC", "value"], abs=1e-9)


@pytest.mark.parametrize(("task", "stratum", "model"), PAIRS)
def test_the_drawn_curves_have_the_areas_of_the_store(task: str, stratum: str, model: str, ask_items: Ask) -> None:
    items, stated = (
        read_items(ask_items, task, stratum, model),
        read_stated(ask_items, task, stratum, model, "zero_shot"),
    )
    (found,) = made("curves", [(items, stated.threshold)])
    area = np.trapezoid(found.roc.tpr, found.roc.fpr)
    assert area == pytest.approx(stated.scores.at["AUROC", "value"], abs=1e-3)
    precision = (found.recall.precision[1:] * np.diff(found.recall.recall)).sum()
    assert precision == pytest.approx(stated.scores.at["AUPRC", "value"], abs=1e-3)


def test_a_threshold_is_turned_with_the_scores_and_told_as_its_source_does(ask_items: Ask) -> None:
    stated = read_stated(ask_items, "brca1_sge", "missense", "sift", "zero_shot")
    assert (stated.sign, stated.threshold, stated.own_threshold) == (-1, -0.05, 0.05)
    (found,) = made("curves", [(read_items(ask_items, "brca1_sge", "missense", "sift"), stated.threshold)])
    (own,) = ask_items(
        "SELECT count(*) FILTER (s.score <= 0.05 AND i.label = 1) AS tp, count(*) FILTER (i.label = 1) AS positives "
        "FROM standing s JOIN numbered_item i USING (task_id, item_no) "
        "WHERE s.task_id = 'brca1_sge' AND s.model_id = 'sift'"
    ).itertuples()
    assert (found.at.tp, found.at.tp + found.at.fn) == (own.tp, own.positives)
    assert read_stated(ask_items, "brca1_sge", "all", "evo2-1b", "zero_shot").threshold is None


def test_figures_of_single_scores_are_offered_where_the_items_are_known(item_catalog: Catalog) -> None:
    def offered(**view: Any) -> list[str]:
        return choices("figure", View(**view), item_catalog)

    assert offered(suite="brca1_sge", task="brca1_sge") == list(FIGURES)
    assert offered(suite="brca1_sge", task="brca1_sge", stratum="missense") == list(FIGURES)
    assert offered(suite="clinvar", task="clinvar_vep_eval") == ["forest"]
    geneb = {"suite": "geneb", "task": "iDNA_ABF_5mC"}
    assert offered(**geneb) == list(FIGURES)
    assert offered(**geneb, regime="10shot") == offered(**geneb, stratum="near") == ["forest"]


@pytest.fixture(scope="module")
def two() -> list[Items]:
    rng = np.random.default_rng(7)
    positive = rng.random(300) < 0.3
    return [Items(positive, positive + rng.normal(size=300)), Items(positive, np.round(positive + rng.random(300)))]


@PALETTES
@pytest.mark.parametrize("figure", ["curves", "scores", "calibration"])
def test_every_figure_draws_both_systems_apart_without_nan(
    figure: str, colours: Palette, two: list[Items], as_data: AsData
) -> None:
    results = made(figure, [(two[0], 0.5), (two[1], None)])
    drawn = list(zip(styles(["One", "Two"], colours), results, strict=True))
    charts = {
        "curves": lambda: curves_chart(drawn, colours, prevalences=[0.3, 0.3]),
        "scores": lambda: scores_chart(drawn, colours, words=("benign", "pathogenic"), axes=["a", "b"]),
        "calibration": lambda: calibration_chart(drawn, colours, positive="pathogenic", axes=["a", "b"]),
    }
    data = as_data(charts[figure]())
    first, second = (style for style, _ in drawn)
    assert (first.dash, first.symbol) != (second.dash, second.symbol)
    text = json.dumps(data, ensure_ascii=False)
    assert "<b>One</b>" in text
    assert "<b>Two</b>" in text
    assert data["layout"]["showlegend"] is False


def test_no_skill_is_the_diagonal_and_the_share_of_positives(two: list[Items], as_data: AsData) -> None:
    (result,) = made("curves", [(two[0], 0.5)])
    data = as_data(curves_chart([(styles(["One"], LIGHT)[0], result)], LIGHT, prevalences=[0.3, 0.3]))["data"]
    chance = [(trace["x"], trace["y"]) for trace in data if trace.get("line", {}).get("dash") == "dot"]
    assert chance == [([0, 1], [0, 1]), ([0, 1], [0.3, 0.3])]
    (mark,) = (trace for trace in data if trace["mode"] == "markers")
    assert (mark["x"], mark["y"]) == ([1 - result.at.specificity], [result.at.sensitivity])


def test_calibration_bins_hold_all_items_and_shares_lie_in_their_intervals(two: list[Items], as_data: AsData) -> None:
    (result,) = made("calibration", [(two[0], None)])
    assert result.n.sum() == 300
    data = as_data(calibration_chart([(styles(["One"], LIGHT)[0], result)], LIGHT, positive="pathogenic", axes=["a"]))
    line, bins = data["data"]
    assert line["y"] == pytest.approx([two[0].positive.mean()] * 2)
    assert all(step >= 0 for side in ("array", "arrayminus") for step in bins["error_y"][side])


@pytest.mark.parametrize(
    ("task", "stratum", "system", "rival"),
    [
        ("brca1_sge", "all", "evo2-1b", "consequence+blosum62"),
        ("brca1_sge", "missense", "evo2-1b", "phylop"),
        ("clinvar_sample", "all", "vep-eval:gpn-star", "vep-eval:phylop"),
    ],
)
def test_the_legend_has_the_values_of_the_store(
    task: str, stratum: str, system: str, rival: str, ask_items: Ask, visit_items: Visit
) -> None:
    query = {"task": task, "stratum": stratum, "figure": "curves", "system": system, "rival": rival}
    words = sees(calm(visit_items("task", query)))
    for model in (system, rival):
        for metric in ("AUROC", "AUPRC"):
            row = stored(ask_items, task, stratum, model, metric)
            assert f"{metric} {three(row.value)} ({interval(row.ci_low, row.ci_high)})" in words


def test_the_figures_of_brca1_stand_on_the_page_as_they_are_in_the_store(ask_items: Ask, visit_items: Visit) -> None:
    at = calm(visit_items("task", {"task": "brca1_sge"}))
    numbers = at.dataframe[-1].value.set_index("System")
    for model, name in (("evo2-1b", "Evo 2 1B (published deltas)"), ("consequence", "Consequence")):
        row = stored(ask_items, "brca1_sge", "all", model, "AUROC")
        assert numbers.at[name, "AUROC"] == pytest.approx(row.value, abs=1e-5)
        assert numbers.at[name, "95 % low"] == pytest.approx(row.ci_low, abs=1e-4)
    assert (
        round(numbers.at["Consequence", "AUROC"], 2),
        round(numbers["AUROC"]["Evo 2 1B (published deltas)"], 2),
    ) == (
        0.76,
        0.73,
    )


@pytest.mark.parametrize("figure", ["curves", "scores", "calibration"])
@pytest.mark.parametrize(
    "place",
    [
        {"task": "brca1_sge"},
        {"task": "clinvar_sample", "stratum": "splice", "system": "vep-eval:ntv3-pre"},
        {"task": "clinvar_missense"},
        {"task": "dms:BLAT_ECOLX"},
        {"task": "iDNA_ABF_5mC"},
    ],
    ids=lambda place: place["task"],
)
def test_every_figure_opens_with_its_points_and_its_command(
    figure: str, place: dict[str, str], visit_items: Visit, as_data: AsData
) -> None:
    at = calm(visit_items("task", {**place, "figure": figure}))
    assert not at.warning
    (chart,) = at.get("plotly_chart")
    assert as_data(chart.proto.spec)["data"]
    assert "figure" in at.query_params
    assert len(at.get("download_button")) >= 1
    assert "FROM standing JOIN scored" in at.code[-1].value


def test_the_switch_of_figures_is_in_the_address(visit_items: Visit) -> None:
    at = calm(visit_items("task", {"task": "brca1_sge"}))
    at.main.segmented_control(key="w_figure").set_value("scores")
    calm(at.run())
    assert dict(at.query_params)["figure"] in ("scores", ["scores"])
    at.selectbox(key="w_system").set_value("cadd")
    calm(at.run())
    assert dict(at.query_params)["system"] in ("cadd", ["cadd"])
    # Another task has its own systems, and the values again where single scores are not known.
    at.sidebar.selectbox(key="w_suite").set_value("clinvar")
    calm(at.run())
    assert not {"figure", "system"} & set(at.query_params)


def test_a_system_without_scores_in_a_part_is_left_out_and_said_so(visit_items: Visit) -> None:
    query = {"task": "clinvar_sample", "stratum": "intron (non-splice)", "figure": "curves", "system": "alphamissense"}
    at = calm(visit_items("task", query))
    assert "AlphaMissense has no score of an item of Intron (non-splice): it is left out." in sees(at)
    assert len(at.get("plotly_chart")) == 1


def test_a_curve_over_a_part_of_the_items_stands_without_a_value_and_says_why(visit_items: Visit) -> None:
    words = sees(calm(visit_items("task", {"task": "clinvar_sample", "figure": "curves", "system": "alphamissense"})))
    assert "AlphaMissense has no value: scores 302 of 1000 items" in words
    assert "AUROC: no value" in words
    assert "threshold 0.564" in words


def test_large_parts_are_computed_by_the_worker(visit_items: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.components.task_curves.AT_ONCE", 100)
    at = calm(visit_items("task", {"task": "brca1_sge", "figure": "curves"}))
    assert len(at.get("plotly_chart")) == 1


@pytest.mark.parametrize("name", ["figure", "system", "rival", "stratum", "sheet"])
def test_hostile_values_open_the_page_at_its_default(name: str, visit_items: Visit) -> None:
    at = calm(visit_items("task", {"task": "brca1_sge", name: HOSTILE}))
    assert len(at.warning) == 1
    assert at.title[0].value == visit_items("task", {"task": "brca1_sge"}).title[0].value
