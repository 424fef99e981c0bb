from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.forest import task_chart
from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.charts.parts import parts_chart
from dashboard.queries.parts import MOST, read_parts, side_by_side
from dashboard.queries.sheets import SHEET, sheet, sheets
from dashboard.queries.task import TaskView, read_task
from dashboard.queries.verdicts import beside, read_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    AsData = Callable[[Any], dict[str, Any]]

PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
TF0 = "leannmlindsey_GUE_human_tf_0"


def shown(ask: Ask, catalog: Catalog, suite: str, task: str, stratum: str = "all") -> tuple[TaskView, pd.DataFrame]:
    view = read_task(ask, catalog, task, stratum, "zero_shot", "AUROC")
    verdicts = read_verdicts(ask, suite, task, stratum, "zero_shot", "AUROC")
    return view, beside(view.scores, verdicts).dropna(subset=["value"])


def marks(data: dict[str, Any]) -> dict[str, Any]:
    (found,) = (trace for trace in data["data"] if "customdata" in trace)
    return dict(found)


@PALETTES
def test_each_row_has_its_difference_and_both_verdicts_at_the_right(
    colours: Palette, ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view, rows = shown(ask, catalog, "clinvar_items", "clinvar_sample")
    data = as_data(task_chart(view, rows, colours, group_by="family", metric="AUROC", baseline_id="vep-eval:phylop"))[
        "layout"
    ]
    difference, rule, paired = (data[f"yaxis{number}"]["ticktext"] for number in (2, 3, 4))
    place = list(rows.index).index("vep-eval:gpn-star")
    assert difference[place] == "+.039 (.024–.054)"
    assert rule[place].endswith("✕</span> fail")
    assert paired[place].endswith("◇</span> pass, paired")
    assert len(difference) == len(rule) == len(paired) == len(rows) == len(data["yaxis"]["ticktext"])
    assert all(data[f"yaxis{number}"]["range"] == data["yaxis"]["range"] for number in (2, 3, 4))
    baseline = list(rows.index).index("vep-eval:phylop")
    assert (difference[baseline], rule[baseline], paired[baseline]) == ("", "", "")


def test_a_verdict_that_nobody_has_takes_no_room_and_its_reason_is_on_hover(
    ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view, rows = shown(ask, catalog, "clinvar", "clinvar_vep_eval")
    data = as_data(task_chart(view, rows, LIGHT, group_by="family", metric="AUROC", baseline_id="rule-based"))
    heads = [note["text"] for note in data["layout"]["annotations"]]
    assert {"difference", "rule"} <= set(heads)
    assert "paired test" not in heads
    (card,) = (card for card in marks(data)["customdata"] if card[0] == "evo-2-40b")
    told = card[-1].replace("<br>", " ")
    assert "Article’s rule: pass" in told
    assert "No verdict of the paired test: the paired test needs the score of every variant" in told
    assert card[2].endswith(", interval reconstructed")


def test_the_line_and_its_band_are_of_the_baseline_that_differences_are_to(
    ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view, rows = shown(ask, catalog, "brca1_sge", "brca1_sge", "missense")
    assert view.line is not None
    assert view.line.name == "cadd"
    data = as_data(task_chart(view, rows, LIGHT, group_by="family", metric="AUROC", baseline_id="phylop"))
    (band,) = (shape for shape in data["layout"]["shapes"] if shape["type"] == "rect")
    (line,) = (shape for shape in data["layout"]["shapes"] if shape["line"].get("dash") == "solid")
    phylop = rows.loc["phylop"]
    assert line["x0"] == phylop["value"]
    assert (band["x0"], band["x1"]) == (phylop["ci_low"], phylop["ci_high"])


def test_reconstructed_intervals_are_broken_lines_and_others_are_not(
    ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view = read_task(ask, catalog, TF0, "all", "full", "MCC", "fair-v1")
    rows = view.scores.dropna(subset=["value"])
    data = as_data(task_chart(view, rows, LIGHT, group_by="family", metric="MCC"))
    (broken,) = (trace for trace in data["data"] if trace["mode"] == "lines")
    made_up = rows["ci_method"].str.startswith("reconstructed").fillna(value=False).to_numpy(dtype=bool)
    assert 0 < made_up.sum() < len(rows)
    ends = np.array([x for x in broken["x"] if x is not None]).reshape(-1, 2)
    assert ends == pytest.approx(rows.loc[made_up, ["ci_low", "ci_high"]].to_numpy(dtype=float))
    assert [place for place in broken["y"] if place is not None][::2] == list(np.flatnonzero(made_up))
    solid = np.array(marks(data)["error_x"]["array"])
    assert (solid[made_up] == 0).all()
    assert broken["line"]["dash"] != "solid"


def test_a_row_links_to_the_page_of_its_system(ask: Ask, catalog: Catalog, as_data: AsData) -> None:
    view, rows = shown(ask, catalog, "brca1_sge", "brca1_sge")
    links = {"evo2-1b": "model?model=evo2-1b", "cadd": 'model?model="><script>'}
    data = as_data(task_chart(view, rows, LIGHT, group_by="family", metric="AUROC", links=links))
    labels = dict(zip(rows.index, data["layout"]["yaxis"]["ticktext"], strict=True))
    assert labels["evo2-1b"].startswith('<a href="model?model=evo2-1b" target="_self"')
    assert "<script>" not in labels["cadd"]
    assert "<a" not in labels["phylop"]


def long_list(n: int, baselines: int) -> pd.DataFrame:
    roles = ["baseline" if place % 3 == 0 and place < 3 * baselines else "model" for place in range(n)]
    return pd.DataFrame({"role": roles, "value": np.linspace(1, 0, n)}, index=[f"s{place}" for place in range(n)])


@pytest.mark.parametrize("baselines", [0, 4, 40])
def test_every_system_stands_on_a_sheet_and_the_strongest_baselines_on_all(baselines: int) -> None:
    rows = long_list(1000, baselines)
    found = [sheet(rows, number) for number in range(1, sheets(rows) + 1)]
    strongest = set(rows[rows["role"] == "baseline"].index[:20])
    assert set().union(*(one.index for one in found)) == set(rows.index)
    for one in found:
        assert len(one) <= SHEET
        assert strongest <= set(one.index)
        assert list(one.index) == [name for name in rows.index if name in one.index]


def test_a_short_list_is_one_sheet_and_a_number_too_high_is_the_last() -> None:
    short, many = long_list(SHEET, 2), long_list(100, 2)
    assert (sheets(short), list(sheet(short, 9).index)) == (1, list(short.index))
    assert list(sheet(many, 10**6).index) == list(sheet(many, sheets(many)).index)


def test_a_task_by_gene_has_no_parts_side_by_side(catalog: Catalog) -> None:
    assert len(side_by_side(catalog, "brca1_sge")) == 8
    assert len(side_by_side(catalog, "clinvar_vep_eval")) == 16
    assert side_by_side(catalog, "proteingym_clinical_substitutions") == []
    assert all(len(side_by_side(catalog, task)) <= MOST for task in catalog.tasks.index)


def test_the_rule_that_leads_over_all_of_clinvar_knows_nothing_within_a_class(ask: Ask, catalog: Catalog) -> None:
    found = read_parts(ask, catalog, "clinvar_vep_eval", "zero_shot", "AUROC", None)
    assert found is not None
    assert found.baseline_id == "rule-based"
    values = found.rows.set_index("stratum")["baseline_value"]
    assert values["all"] == pytest.approx(0.97, abs=0.005)
    assert (values.drop(["all", "coding", "noncoding"]) == 0.5).all()
    stored = ask(
        "SELECT stratum, value, ci_low, ci_high FROM score WHERE task_id = 'clinvar_vep_eval' AND model_id = $model",
        {"model": found.model_id},
    ).set_index("stratum")
    assert found.rows.set_index("stratum")[["value", "low", "high"]].to_numpy() == pytest.approx(
        stored.loc[found.rows["stratum"]].to_numpy(dtype=float), nan_ok=True
    )


def test_a_model_that_was_asked_for_is_shown_where_it_has_a_value(ask: Ask, catalog: Catalog) -> None:
    asked = read_parts(ask, catalog, "clinvar_vep_eval", "zero_shot", "AUROC", "evo-2-7b")
    absent = read_parts(ask, catalog, "clinvar_vep_eval", "zero_shot", "AUROC", "nobody")
    best = read_parts(ask, catalog, "clinvar_vep_eval", "zero_shot", "AUROC", None)
    assert asked is not None
    assert absent is not None
    assert best is not None
    assert (asked.model_id, absent.model_id) == ("evo-2-7b", best.model_id)


@pytest.mark.parametrize("task", ["iDNA_ABF_5mC", "clinvar_missense", "deep4mc_E.coli_4mC"])
def test_where_parts_cannot_be_held_against_each_other_there_is_no_such_chart(
    task: str, ask: Ask, catalog: Catalog
) -> None:
    regime, metric = ("zero_shot", "AUROC") if task == "clinvar_missense" else ("full", "MCC")
    assert read_parts(ask, catalog, task, regime, metric, None) is None


@PALETTES
def test_a_mark_of_the_parts_names_its_part_and_draws_no_nan(
    colours: Palette, ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    found = read_parts(ask, catalog, "clinvar_sample", "zero_shot", "AUROC", None)
    assert found is not None
    data = as_data(
        parts_chart(found.rows, colours, names=("Model", "Rule"), metric="AUROC", noun="variant", shown="missense")
    )
    gaps, baseline, model = data["data"]
    both = found.rows[["baseline_value", "value"]].dropna()
    assert [x for x in gaps["x"] if x is not None] == pytest.approx(list(both.to_numpy().ravel()))
    parts = list(found.rows["stratum"])
    for trace, column in ((baseline, "baseline_value"), (model, "value")):
        assert [card[0] for card in trace["customdata"]] == [parts[place] for place in trace["y"]]
        assert trace["x"] == pytest.approx(list(found.rows[column].dropna()))
    bold = [label.strip() for label in data["layout"]["yaxis"]["ticktext"] if "<b>" in label]
    assert bold == ["<b>Missense</b>"]


def test_an_axis_without_a_lower_bound_ends_where_nothing_is_told_apart(
    ask: Ask, catalog: Catalog, as_data: AsData
) -> None:
    view = read_task(ask, catalog, "perturbench:doubles", "all", "full", "L2Skill")
    verdicts = read_verdicts(ask, "perturbation", "perturbench:doubles", "all", "full", "L2Skill")
    rows = beside(view.scores, verdicts).dropna(subset=["value"])
    worst = rows.index[-1]
    drawn = {"group_by": "family", "metric": "L2 skill", "baseline_id": "additive"}
    whole = as_data(task_chart(view, rows, LIGHT, **drawn))
    ended = as_data(task_chart(view, rows, LIGHT, **drawn, floor=-1.0))
    assert min(marks(whole)["x"]) == pytest.approx(rows["value"].min())
    assert min(marks(ended)["x"]) == -1.0
    below = [place for place, value in enumerate(rows["value"]) if value < -1.0]
    assert [
        place for place, symbol in enumerate(marks(ended)["marker"]["symbol"]) if symbol == "triangle-left"
    ] == below
    assert ended["layout"]["xaxis"]["range"][0] > -1.2
    card = next(card for card in marks(ended)["customdata"] if card[0] == worst)
    assert f"{abs(rows.at[worst, 'value']):.3f}" in card[2]
