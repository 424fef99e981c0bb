from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dashboard.charts.findings import ALT, CHARTS
from dashboard.queries.findings import Finding, read_findings, single_cell_finding
from dashboard.queries.single_cells import read_single_cells
from dashboard.urlstate import parse
from dashboard.view import PAGES, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

KEYS = ("pooled", "leader", "labels", "agreement", "size", "cells")


@pytest.fixture(scope="module")
def findings(ask: Ask, catalog: Catalog) -> dict[str, Finding]:
    return {finding.key: finding for finding in read_findings(ask, catalog)}


@pytest.fixture(scope="module")
def official(boards: dict[str, Board]) -> dict[str, tuple[float, float]]:
    """Parameters and macro MCC of the models that GENEB's authors ran themselves."""
    board = boards["geneb"]
    return {
        model: (float(board.models.at[model, "parameters"]), float(board.values.at[model, "macro"]))
        for model in board.models.index
        if board.models.at[model, "provenance"] == "official"
    }


def test_there_are_six_findings_each_with_a_figure_and_words_for_it(findings: dict[str, Finding]) -> None:
    assert tuple(findings) == KEYS
    assert set(findings) == set(CHARTS) == set(ALT)


def test_the_overall_leader_loses_nine_of_thirteen_categories(findings: dict[str, Finding]) -> None:
    finding = findings["leader"]
    assert finding.title == "The overall leader does not win nine of 13 categories"
    assert "0.605, among 40 official models" in finding.detail
    assert "from 1 to 22" in finding.detail
    assert "Six different models" in finding.detail
    assert list(finding.data["rank"]) == sorted(finding.data["rank"])
    assert (finding.data["rank"] > 1).sum() == 9


def test_eight_of_thirteen_winners_change_from_full_to_ten_shot(findings: dict[str, Finding]) -> None:
    finding = findings["labels"]
    assert finding.title == "With ten labels per class, eight of 13 category winners change"
    assert "the same 40 official models, only five categories" in finding.detail
    assert int(finding.data["changes"].sum()) == 8


def test_the_winners_are_those_of_the_two_boards(findings: dict[str, Finding], board: Callable[..., Board]) -> None:
    for regime, column in (("full", "full"), ("10shot", "few")):
        rows = board("geneb", regime, "MCC")
        rows = rows.keep(list(rows.models.index[rows.models["provenance"] == "official"]))
        expected = {key: rows.models.at[rows.values[key].idxmax(), "name"] for key in rows.judged}
        assert dict(zip(findings["labels"].data["category"], findings["labels"].data[column], strict=True)) == expected


def test_categories_agree_half_way(findings: dict[str, Finding]) -> None:
    finding = findings["agreement"]
    taus = finding.data["tau"]
    assert len(taus) == 13 * 12 / 2
    assert (round(taus.mean(), 3), round(taus.min(), 3), round(taus.max(), 3)) == (0.498, 0.157, 0.769)
    lowest = finding.data.loc[taus.idxmin()]
    assert {lowest["first"], lowest["second"]} == {"Virus/Phage", "Chromatin Acc."}
    assert "0.498 on average, from 0.157 (Virus/Phage and Chromatin Acc.) to 0.769" in finding.detail


def test_pooling_hides_that_the_rule_knows_the_class_only(
    findings: dict[str, Finding], boards: dict[str, Board]
) -> None:
    finding = findings["pooled"]
    assert finding.title.endswith("reaches 0.971 on ClinVar")
    assert "Evo 2 40B reaches 0.973 on the same 241,509 variants" in finding.detail
    assert "Within every single class" in finding.detail
    values = boards["clinvar"].values.loc["rule-based"]
    assert (values[[column.key for column in boards["clinvar"].categories]] == 0.5).sum() == 13
    assert list(finding.data["baseline"][1:]) == [0.5] * 12
    assert "3'UTR + RNA gene" not in set(finding.data["label"])


def test_small_models_that_beat_large_ones_are_counted_by_hand(
    findings: dict[str, Finding], official: dict[str, tuple[float, float]]
) -> None:
    assert len(official) == 40
    small, large = set(), set()
    for one, (size, value) in official.items():
        for other, (other_size, other_value) in official.items():
            if other_size >= 5 * size and other_value < value:
                small.add(one)
                large.add(other)
    finding = findings["size"]
    assert finding.title == f"{len(small)} models beat one at least five times their size"
    assert finding.detail.startswith(f"{len(large)} of 40 official models are passed")
    assert set(finding.data.loc[finding.data["beaten"], "model_id"]) == large
    drawn = finding.data.set_index("model_id")["macro"].to_dict()
    assert drawn == pytest.approx({model: value for model, (_, value) in official.items()})


def test_the_models_named_as_passed_are_the_largest_of_them(findings: dict[str, Finding]) -> None:
    finding = findings["size"]
    sizes = finding.data[finding.data["beaten"]].set_index("name")["parameters"]
    named = re.findall(r"or less: (.*?), (.*?), (.*?) and \d+ more", finding.detail)[0]
    assert [sizes[name] for name in named] == sorted(sizes, reverse=True)[:3]


def test_on_single_cells_the_highest_beside_the_baseline_is_told_with_its_paired_interval(
    findings: dict[str, Finding], ask: Ask
) -> None:
    finding = findings["cells"]
    rows = ask(
        "SELECT c.task_id, max(c.delta) AS delta, arg_max(c.ci_low, c.delta) AS low FROM comparison c "
        "JOIN task t ON t.task_id = c.task_id AND t.primary_metric = c.metric JOIN model m USING (model_id) "
        "WHERE t.suite IN ('perturbation', 'cells', 'networks') AND c.registered AND m.role <> 'control' GROUP BY ALL"
    )
    assert sorted(finding.data["delta"]) == sorted(rows["delta"])
    assert finding.title == "On none of five single-cell tasks is the declared baseline surely beaten"
    assert (rows["low"] < 0).all()
    assert (finding.data["delta_low"] < finding.data["delta"]).all()
    assert "Farthest ahead lies No change on singles: +0.179 L2 skill to Mean change (−0.02 to 0.34), n = 9." in (
        finding.detail
    )
    assert finding.detail.endswith("No pretrained model was run here.")


def test_a_baseline_that_is_surely_beaten_is_counted_and_controls_are_not(ask: Ask) -> None:
    rows = read_single_cells(ask)
    linear = (rows["model_id"] == "linear") & rows["delta"].notna()
    rows.loc[linear, ["delta", "delta_low", "delta_high"]] = (0.3, 0.1, 0.5)
    rows.loc[rows["role"] == "control", ["delta", "delta_low", "delta_high"]] = (0.9, 0.8, 0.95)
    finding = single_cell_finding(rows)
    assert finding is not None
    assert finding.title == "On one of five single-cell tasks is the declared baseline surely beaten"
    assert "control" not in set(finding.data["role"])
    assert single_cell_finding(rows.iloc[:0]) is None


@pytest.mark.parametrize("key", KEYS)
def test_the_link_of_a_finding_leads_to_its_view(key: str, findings: dict[str, Finding], catalog: Catalog) -> None:
    finding = findings[key]
    assert finding.page in PAGES
    view, notices = parse({name: [value] for name, value in finding.query.items()}, finding.page, catalog, View())
    assert notices == []
    shown = {
        "suite": view.suite,
        "regime": view.regime,
        "provenance": ",".join(view.provenance),
        "chapter": view.chapter,
    }
    assert finding.query.items() <= shown.items()


@pytest.mark.parametrize("key", KEYS)
def test_a_finding_speaks_in_whole_sentences_and_shows_no_missing_number(
    key: str, findings: dict[str, Finding]
) -> None:
    finding = findings[key]
    assert not finding.title[0].islower()
    assert not finding.title.endswith(".")
    assert finding.detail.endswith(".")
    assert "nan" not in finding.detail.lower()
    assert len(finding.data)
