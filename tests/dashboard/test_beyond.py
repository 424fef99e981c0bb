"""Proteins, structure, cells: numbers equal to the store's, baselines first, and the page chapter by chapter."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts.beyond_measured import measured_chart
from dashboard.charts.beyond_parts import BELOW, parts_chart
from dashboard.charts.beyond_proteins import apart, clinical_against_scans, protein_sizes
from dashboard.charts.beyond_published import order_chart, percent, plain_number, shares_chart, values_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.components import beyond_measured_words as measured_words
from dashboard.components import beyond_words as words
from dashboard.components.beyond_claims import claims_sql
from dashboard.queries.beyond import (
    FAMILIES,
    ORDERS,
    Proteins,
    against_baseline,
    network_values,
    numbers,
    orders,
    read_claims,
    read_parts,
    read_proteins,
    shares,
)
from dashboard.queries.single_cells import read_single_cells
from dashboard.text import interval, plain, three
from dashboard.view import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

TASK = "proteingym_dms_substitutions"
HOSTILE = "<script>alert(1)</script>'; DROP TABLE claim; --"


@pytest.fixture(scope="module")
def proteins(ask: Ask) -> Proteins:
    found = read_proteins(ask)
    assert found
    return found


@pytest.fixture(scope="module")
def parts(ask: Ask, catalog: Catalog) -> pd.DataFrame:
    return read_parts(ask, catalog)


@pytest.fixture(scope="module")
def claims(ask: Ask) -> Callable[[str], pd.DataFrame]:
    return lambda chapter: read_claims(ask, FAMILIES[chapter])


def value(ask: Ask, model: str, task: str, metric: str, stratum: str = "all") -> float:
    rows = ask(
        "SELECT value FROM score WHERE model_id = $model AND task_id = $task AND metric = $metric "
        "AND stratum = $stratum AND protocol = 'proteingym-published'",
        {"model": model, "task": task, "metric": metric, "stratum": stratum},
    )
    return float(rows["value"].iloc[0])


def test_the_baseline_of_proteins_is_the_one_declared_to_be_beaten(ask: Ask, proteins: Proteins) -> None:
    assert proteins.baseline["model_id"] == "site-independent"
    assert proteins.baseline["value"] == value(ask, "site-independent", TASK, "Spearman")
    assert proteins.models["role"].iloc[0] == "baseline"


def test_the_smallest_of_the_family_lie_below_it_and_none_gains_past_the_peak(ask: Ask, proteins: Proteins) -> None:
    assert list(proteins.below["name"]) == ["ESM-2 8M", "ESM-2 35M"]
    assert proteins.peak["name"] == "ESM-2 650M"
    assert proteins.peak["value"] == value(ask, "esm-2-650m", TASK, "Spearman")
    assert list(proteins.family["parameters"]) == sorted(proteins.family["parameters"])
    assert (proteins.larger["parameters"] > 650e6).all()
    assert set(proteins.larger["inputs"]) == {"Single sequence"}
    assert proteins.larger["value"].max() < proteins.peak["value"]


def test_the_title_says_what_the_numbers_say(proteins: Proteins) -> None:
    assert words.proteins_title(proteins) == (
        "ESM\\-2 35M stays under a site\\-independent table, and nothing is gained past 650M"
    )
    lede = words.proteins_lede(proteins, 217)
    for row in (proteins.baseline, proteins.peak, proteins.below.iloc[-1]):
        assert three(row["value"]) in lede
    assert words.larger_sentence(proteins).count(f"{len(proteins.larger)} models, of which none") == 1


def test_a_family_that_gains_with_every_size_is_not_said_to_stop(proteins: Proteins) -> None:
    rows = proteins.models.copy()
    own = proteins.family.index
    rows.loc[own, "value"] = np.linspace(0.5, 0.6, len(own))
    rising = Proteins(rows, proteins.clinical, proteins.baseline)
    assert words.proteins_title(rising) == "Every size of this family lies above Site\\-Independent"
    assert "fall back" not in words.proteins_lede(rising, 217)
    assert words.larger_sentence(rising).count(": 1 model, of which none reaches more") == 1


def test_clinical_labels_and_scans_are_those_of_the_store(ask: Ask, proteins: Proteins) -> None:
    assert len(proteins.clinical) == 13
    assert {"gemme", "poet-200m", "trancepteve-l", "esm-1b"} == set(proteins.both["model_id"])
    assert proteins.both["role"].iloc[0] == "baseline"
    for row in proteins.both.itertuples():
        assert row.clinical == value(ask, row.model_id, "proteingym_clinical_substitutions", "AUROC")
        assert row.scans == value(ask, row.model_id, TASK, "Spearman")
    assert words.clinical_sentence(proteins).startswith("Four systems have both")


def test_parts_of_the_scans_hold_the_stores_values_and_start_with_the_baselines(ask: Ask, parts: pd.DataFrame) -> None:
    order = list(dict.fromkeys(parts["model_id"]))
    roles = parts.drop_duplicates("model_id").set_index("model_id")["role"]
    assert [roles[model] for model in order] == sorted(roles[order], key=lambda role: role != "baseline")
    assert order[0] == "site-independent"
    own = parts[(parts["model_id"] == "esm-2-650m") & (parts["part"] == "Virus")]
    assert own["value"].iloc[0] == value(ask, "esm-2-650m", TASK, "Spearman", "taxon:Virus")
    assert own["n"].iloc[0] == 31
    assert parts.groupby("kind")["part"].nunique().to_dict() == {"selection_type": 5, "msa_depth": 3, "taxon": 4}


def test_the_lead_over_the_baseline_is_the_difference_of_both(parts: pd.DataFrame) -> None:
    lead = against_baseline(parts, "esm-2-650m", "site-independent")
    assert len(lead) == 12
    assert lead["lead"].is_monotonic_increasing
    assert lead["lead"].iloc[0] == pytest.approx(0.261 - 0.375)
    sentence = words.parts_sentence(lead, "ESM-2 650M", "Site-Independent")
    assert "four of 12 parts" in sentence
    assert "−0.114 on Virus" in sentence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.81 to 0.88", [0.81, 0.88]),
        ("1,666", [1666.0]),
        ("88", [88.0]),
        ("near 0.70", [0.7]),
        ("none", []),
        ("24 of 26", [24.0, 26.0]),
    ],
)
def test_numbers_are_read_out_of_a_published_value(text: str, found: list[float]) -> None:
    assert numbers(text) == found


def test_shares_of_targets_are_those_of_the_claims_with_the_baseline_first(claims: Callable[[str], Any]) -> None:
    rows, stated = shares(claims("structure")), claims("structure")
    assert list(rows["baseline"]) == [True, False] * 3
    for row in rows.itertuples():
        column = "comparator_value" if row.baseline else "value"
        assert f"{100 * row.value:.0f}" == stated.at[row.claim_id, column]
    assert list(rows["n"].dropna().unique()) == [1666.0, 994.0]
    assert stated.at["structure-test-set", "value"] == "1,666"
    assert stated.at["structure-test-set", "comparator_value"] == "994"


def test_a_share_has_wilsons_interval_where_n_is_stated_and_none_elsewhere(claims: Callable[[str], Any]) -> None:
    rows = shares(claims("structure")).set_index(["claim_id", "baseline"])
    dimers = rows.loc[("esmfold-hard-dimers", False)]
    z, n, share = 1.959964, 994, 0.41
    middle, half = share + z**2 / (2 * n), z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    assert dimers["low"] == pytest.approx((middle - half) / (1 + z**2 / n), abs=1e-6)
    assert dimers["high"] == pytest.approx((middle + half) / (1 + z**2 / n), abs=1e-6)
    assert rows.loc[("esmfold-xray-cryoem", False), ["low", "high", "n"]].isna().all()


def test_the_widest_gap_in_structure_is_the_title(claims: Callable[[str], Any]) -> None:
    rows = shares(claims("structure"))
    assert words.structure_title(rows) == "On hard dimers ESMFold gets 41 % right, AlphaFold2 / AlphaFold3 77 %"
    assert "n = 1,666" in words.structure_lede(rows)
    assert "n not stated" in words.structure_lede(rows)


@pytest.mark.parametrize(("name", "places"), [("clustering", [1, 1, 1]), ("perturbation", [1, 0, 0])])
def test_an_order_is_the_outcome_of_the_claim(name: str, places: list[int], claims: Callable[[str], Any]) -> None:
    stated, found = claims("cells"), orders(claims("cells"), name)
    assert list(found["claim_id"]) == list(ORDERS[name])
    assert list(found["place"]) == places
    assert list(found["baseline"]) == [stated.at[claim, "system"] for claim in ORDERS[name]]
    assert stated.loc[list(ORDERS[name]), "value"].isna().all()
    assert found["label"].str.len().min() > 3


def test_no_number_is_drawn_where_none_is_published(claims: Callable[[str], Any], as_data: Callable[..., Any]) -> None:
    figure = as_data(order_chart(orders(claims("cells"), "clustering"), LIGHT))
    assert {place for trace in figure["data"] for place in trace["x"]} <= {-1, 0, 1}
    assert [str(tick) for tick in figure["layout"]["xaxis"]["ticktext"]] == ["behind", "level", "ahead"]
    assert figure["data"][0]["marker"]["symbol"] == "diamond"


def test_values_of_networks_are_those_of_the_claims(claims: Callable[[str], Any]) -> None:
    rows = network_values(claims("networks"))
    assert list(rows["baseline"]) == [True, True, False, False]
    assert list(rows["low"]) == [0.81, 0.881, 0.70, 0.70]
    assert list(rows["high"]) == [0.88, 0.881, 0.70, 0.70]
    assert words.networks_title(rows) == "Gene variance alone reaches AUROC 0.881, attention of the models 0.70"


def test_a_published_number_keeps_its_digits() -> None:
    assert [plain_number(number) for number in (0.7, 0.881, 0.81)] == ["0.70", "0.881", "0.81"]
    assert percent(0.88) == "88 %"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.2))
def test_names_are_moved_apart_and_keep_their_order(heights: list[float], gap: float) -> None:
    found = apart(heights, gap)
    assert len(found) == len(heights)
    placed = sorted(found, reverse=True)
    assert all(one - two >= gap - 1e-9 for one, two in pairwise(placed))
    order = np.argsort(-np.asarray(heights), kind="stable")
    assert [found[place] for place in order] == placed


def test_names_that_are_apart_stay_where_they_are() -> None:
    assert apart([0.9, 0.5, 0.7], 0.1) == [0.9, 0.5, 0.7]
    assert apart([0.5, 0.5], 0.1) == pytest.approx([0.55, 0.45])


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_figure_holds_numbers_only(
    colours: Any, proteins: Proteins, parts: pd.DataFrame, claims: Callable[[str], Any], as_data: Callable[..., Any]
) -> None:
    sizes = as_data(protein_sizes(proteins, colours))
    lines = [shape for shape in sizes["layout"]["shapes"] if shape["type"] == "line"]
    assert proteins.baseline["value"] in [line["y0"] for line in lines]
    assert len(lines) == (proteins.models["role"] == "baseline").sum()
    as_data(clinical_against_scans(proteins, colours))
    cells = as_data(parts_chart(parts, "site-independent", colours))["data"][0]
    assert len(cells["text"]) == parts["value"].notna().sum()
    assert sum(BELOW in text for text in cells["text"]) > 4
    as_data(shares_chart(shares(claims("structure")), colours))
    values = network_values(claims("networks"))
    drawn = as_data(values_chart(values, colours, title="AUROC", chance=0.5))
    assert drawn["data"][0]["marker"]["symbol"] == "diamond"
    assert drawn["data"][0]["x"] == [0.81, 0.88]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_shows_charts_every_claim_and_its_source(chapter: str, ask: Ask, visit: Visit) -> None:
    at = visit("beyond", {} if chapter == CHAPTERS[0] else {"chapter": chapter})
    assert [error.message for error in at.exception] == []
    assert at.get("plotly_chart")
    assert at.segmented_control(key="w_chapter").value == chapter
    rows = at.dataframe[-1].value
    stated = read_claims(ask, FAMILIES[chapter])
    assert list(rows["Claim"]) == list(stated["statement"])
    assert rows["Source"].str.len().min() > 5
    assert list(rows["Evidence"]) == list(stated["evidence"])
    assert at.code[-1].value == f'vledger sql "{claims_sql(FAMILIES[chapter])}"'
    ids = ask(claims_sql(FAMILIES[chapter]))["claim_id"]
    assert set(ids) == set(stated.index)


@pytest.mark.parametrize(("chapter", "suites"), [("cells", ["cells", "perturbation"]), ("networks", ["networks"])])
def test_what_was_measured_stands_beside_what_is_published_and_leads_to_its_task(
    chapter: str, suites: list[str], ask: Ask, visit: Visit
) -> None:
    at = visit("beyond", {"chapter": chapter})
    assert [error.message for error in at.exception] == []
    rows = read_single_cells(ask)
    rows = rows[rows["suite"].isin(suites)]
    shown = "\n".join(element.value for element in (*at.markdown, *at.caption)).replace("\\", "")
    linked = {link.proto.query_string.replace("%3A", ":") for link in at.main.get("page_link")}
    for task, own in rows.groupby("task_id"):
        assert measured_words.title(own) in shown
        assert f"suite={own['suite'].iloc[0]}&task={task}" in linked
        for name in own.loc[own["value"].isna(), "name"]:
            assert f"“{name}”" in shown


def test_a_measured_task_is_drawn_with_the_stores_values_and_the_baseline_first(
    ask: Ask, as_data: Callable[..., Any]
) -> None:
    rows = read_single_cells(ask)
    for task, own in rows[rows["value"].notna()].groupby("task_id"):
        drawn = as_data(measured_chart(own, LIGHT))
        assert [trace["x"][0] for trace in drawn["data"]] == list(own["value"])
        assert drawn["data"][0]["marker"]["symbol"] == "diamond"
        assert own["to_beat"].iloc[0]
        stored = ask(
            "SELECT s.value, s.ci_low, s.ci_high FROM score s JOIN task t USING (task_id) "
            "WHERE s.task_id = $task AND s.metric = t.primary_metric AND s.value IS NOT NULL",
            {"task": task},
        )
        assert sorted(stored["value"]) == sorted(own["value"])
        texts = [note["text"] for note in drawn["layout"]["annotations"]]
        for row in stored.itertuples():
            bounds = "" if row.ci_low == row.ci_high else f" ({interval(row.ci_low, row.ci_high)})"
            assert f"<b>{three(row.value)}</b>{bounds}" in texts


def test_a_measured_task_says_who_is_surely_above_and_counts_controls_as_nobody(ask: Ask) -> None:
    rows = read_single_cells(ask)
    cells = rows[rows["suite"] == "cells"].copy()
    assert measured_words.title(cells).endswith("none of 4 other systems is surely above HVG + PCA")
    assert "The highest beside it is UMAP of the data set with 0.583, +0.010" in measured_words.numbers(cells)
    assert measured_words.numbers(cells).endswith("No model was run here.")
    better = ["scvi", "random-projection"]
    cells.loc[cells["model_id"].isin(better), ["delta", "delta_low", "delta_high"]] = (0.2, 0.1, 0.3)
    assert measured_words.title(cells).endswith("one of 4 other systems is surely above HVG + PCA")
    new = rows[rows["task_id"] == "perturbench:doubles-new"]
    assert measured_words.title(new).endswith("No change is not surely above Mean change")
    assert "L2 skill 0 by definition, on 10 perturbations, too few" in measured_words.numbers(new)
    assert measured_words.without(cells[cells["value"].notna()]) == ""


def test_a_drawn_claim_stands_with_evidence_caveat_and_link(ask: Ask, visit: Visit) -> None:
    at = visit("beyond", {"chapter": "networks"})
    stated = read_claims(ask, FAMILIES["networks"]).loc["variance-baseline-auroc"]
    shown = "\n".join(element.value for element in at.markdown)
    line = next(line for line in shown.split("\n") if plain(stated["statement"]) in line)
    assert "Independent benchmark." in line
    assert plain(stated["caveat"]) in line
    assert "](https://arxiv.org/pdf/2602.17532)" in line


def test_the_chapter_can_be_changed_and_stands_in_the_address(visit: Visit) -> None:
    at = visit("beyond")
    at.segmented_control(key="w_chapter").set_value("cells").run()
    assert [error.message for error in at.exception] == []
    assert at.query_params == {"chapter": "cells"}
    assert at.title[0].value.startswith("No simple method is behind")


def test_a_hostile_chapter_opens_the_first_one_with_a_notice(visit: Visit) -> None:
    at = visit("beyond", {"chapter": HOSTILE})
    assert [error.message for error in at.exception] == []
    assert "not a known value" in at.warning[0].value
    assert at.segmented_control(key="w_chapter").value == CHAPTERS[0]


def test_proteins_say_why_they_stand_apart_from_dna(ask: Ask, visit: Visit) -> None:
    told = ask("SELECT what_goes_wrong FROM trap WHERE trap_id = 'dna-is-not-protein'")["what_goes_wrong"].iloc[0]
    info = visit("beyond").info[0].value
    assert plain(told) in info
    assert "](https://" in info


def test_without_measured_proteins_there_are_still_the_claims() -> None:
    empty = pd.DataFrame(columns=["model_id", "name", "role", "inputs", "parameters", "value", "baseline_id"])
    assert read_proteins(lambda _sql, _parameters=None: empty) is None
