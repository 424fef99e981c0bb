from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard.queries.methods import (
    read_counts,
    read_licences,
    read_scored_here,
    read_sources,
)
from dashboard.queries.model import profile, read_scores
from dashboard.queries.suites import PROBES, SUITES, of_tasks
from dashboard.queries.task import TaskView, read_cell, read_task

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

PROMOTER = "leannmlindsey_GUE_prom_core_all"
CLINVAR = "clinvar_vep_eval"
CASES = [
    (PROMOTER, "all", "full", "MCC"),
    (PROMOTER, "all", "full", "F1"),
    (PROMOTER, "all", "1shot", "MCC"),
    (CLINVAR, "all", "zero_shot", "AUROC"),
    (CLINVAR, "missense", "zero_shot", "AUROC"),
    (CLINVAR, "3'UTR + RNA gene", "zero_shot", "AUROC"),
    ("proteingym_dms_substitutions", "all", "zero_shot", "Spearman"),
    ("proteingym_clinical_substitutions", "all", "zero_shot", "AUROC"),
]


def raw(ask: Ask, task: str, stratum: str, regime: str, metric: str) -> dict[str, dict[str, Any]]:
    rows = ask(
        "SELECT s.model_id, s.value, s.n, m.role FROM score s JOIN model m USING (model_id) WHERE task_id = $task "
        "AND stratum = $stratum AND regime = $regime AND metric = $metric AND NOT list_contains($probes, protocol)",
        {"task": task, "stratum": stratum, "regime": regime, "metric": metric, "probes": list(PROBES)},
    )
    return {row["model_id"]: row for row in rows.astype({"n": float}).to_dict("records")}


@pytest.mark.parametrize(("task", "stratum", "regime", "metric"), CASES)
def test_a_task_shows_every_score_highest_first(
    task: str, stratum: str, regime: str, metric: str, ask: Ask, catalog: Catalog
) -> None:
    shown = read_task(ask, catalog, task, stratum, regime, metric)
    stored = raw(ask, task, stratum, regime, metric)
    assert stored
    assert shown.scores["value"].to_dict() == {model: row["value"] for model, row in stored.items()}
    assert list(shown.scores["value"]) == sorted(shown.scores["value"], reverse=True)
    assert set(shown.baselines.index) == {model for model, row in stored.items() if row["role"] == "baseline"}


@pytest.mark.parametrize(("task", "stratum", "regime", "metric"), CASES)
def test_the_median_is_over_models_that_scored_all_items(
    task: str, stratum: str, regime: str, metric: str, ask: Ask, catalog: Catalog
) -> None:
    shown = read_task(ask, catalog, task, stratum, regime, metric)
    known = shown.stratum["n"] == shown.stratum["n"]
    stored = raw(ask, task, stratum, regime, metric).values()
    whole = [row["value"] for row in stored if row["role"] == "model" and (not known or row["n"] == row["n"])]
    assert shown.median == pytest.approx(median(whole))
    assert len(shown.models) == len(whole)


def test_who_states_no_number_of_items_on_clinvar_is_partly_scored(
    ask: Ask, catalog: Catalog, boards: dict[str, Board]
) -> None:
    shown = read_task(ask, catalog, CLINVAR, "all", "zero_shot", "AUROC")
    names = {boards["clinvar"].models.at[model, "name"] for model in boards["clinvar"].partial}
    assert set(shown.partly_scored) >= names
    assert not set(shown.models["name"]) & names
    assert shown.scores.loc[shown.scores["partial"], "ci_low"].isna().all()


def test_nobody_is_partial_where_the_number_of_items_is_not_stated(ask: Ask, catalog: Catalog) -> None:
    shown = read_task(ask, catalog, "proteingym_clinical_substitutions", "all", "zero_shot", "AUROC")
    assert shown.stratum["n"] != shown.stratum["n"]
    assert shown.partly_scored == []


@pytest.mark.parametrize("regime", SUITES["geneb"].regimes)
def test_the_median_of_a_category_is_over_the_models_means(regime: str, ask: Ask, catalog: Catalog) -> None:
    shown = read_task(ask, catalog, PROMOTER, "all", regime, "MCC")
    tasks = catalog.tasks.index[catalog.tasks["category"] == shown.facts["category"]]
    values: dict[str, list[float]] = {}
    for task in tasks:
        for model, row in raw(ask, task, "all", regime, "MCC").items():
            values.setdefault(model, []).append(row["value"])
    assert shown.category_median == pytest.approx(median(sum(of) / len(tasks) for of in values.values()))


def test_suites_without_categories_have_no_median_of_one(ask: Ask, catalog: Catalog) -> None:
    assert read_task(ask, catalog, CLINVAR, "missense", "zero_shot", "AUROC").category_median is None


def test_a_combination_that_nobody_published_is_empty_and_has_no_median(ask: Ask, catalog: Catalog) -> None:
    shown = read_task(ask, catalog, "proteingym_clinical_substitutions", "all", "zero_shot", "MCC")
    assert shown.scores.empty
    assert shown.median is None
    assert shown.models.empty
    assert shown.baselines.empty


def test_tasks_of_one_redundancy_group_name_each_other(ask: Ask, catalog: Catalog) -> None:
    groups = catalog.tasks["redundancy_group"].dropna()
    for group in ("human_promoter_notata", "yeast_H3"):
        members = set(groups.index[groups == group])
        assert len(members) > 1
        for task in members:
            assert set(read_task(ask, catalog, task, "all", "full", "MCC").repeats) == members - {task}


def test_a_task_without_a_group_repeats_nothing(ask: Ask, catalog: Catalog) -> None:
    alone = catalog.tasks.index[catalog.tasks["redundancy_group"].isna() & (catalog.tasks["suite"] == "geneb")][0]
    assert read_task(ask, catalog, alone, "all", "full", "MCC").repeats == []


@pytest.mark.parametrize("category", ["Promoters", None])
@pytest.mark.parametrize(("regime", "metric"), [("full", "MCC"), ("10shot", "MCC"), ("full", "Acc")])
def test_the_tasks_behind_a_cell_carry_the_models_value_rank_and_rivals(
    category: str | None, regime: str, metric: str, ask: Ask, catalog: Catalog
) -> None:
    model = "LucaOne-default-step36M"
    rows = read_cell(ask, "geneb", model, category, regime, metric)
    wanted = catalog.tasks[
        (catalog.tasks["suite"] == "geneb") & (catalog.tasks["category"] == (category or catalog.tasks["category"]))
    ]
    assert list(rows["task_id"]) == list(wanted.index)
    for row in rows.iloc[:6].itertuples():
        values = {other: found["value"] for other, found in raw(ask, row.task_id, "all", regime, metric).items()}
        assert row.value == values[model]
        assert row.rank == 1 + sum(value > row.value for value in values.values())
        assert (row.best, row.n_models) == (max(values.values()), len(values))
        assert row.median == pytest.approx(median(values.values()))


def test_the_mean_of_the_tasks_behind_a_cell_is_the_cell(ask: Ask, boards: dict[str, Board]) -> None:
    board = boards["geneb"]
    for model in board.values.index[:4]:
        for key in ("Promoters", "Histone Mod.", "micro"):
            rows = read_cell(ask, "geneb", model, None if key == "micro" else key, "full", "MCC")
            assert rows["value"].mean() == pytest.approx(board.values.at[model, key], abs=1e-9)


@pytest.mark.parametrize(("model", "regime"), [("evo-2-40b", "full"), ("LucaOne-default-step36M", "10shot")])
def test_a_models_scores_are_all_there_with_rank_among_the_same_kind(model: str, regime: str, ask: Ask) -> None:
    rows = read_scores(ask, model, regime)
    stored = ask(
        "SELECT count(*) AS n FROM score JOIN task USING (task_id) JOIN stratum t USING (task_id, stratum) "
        "WHERE model_id = $model AND (suite <> 'geneb' OR regime = $regime) AND value IS NOT NULL AND t.kind <> 'gene'",
        {"model": model, "regime": regime},
    )
    assert len(rows) == stored["n"].iloc[0]
    assert len(rows)
    whole = rows[~rows["stratum"].isin(["all", "coding", "noncoding"]) | (rows["suite"] == "geneb")]
    for row in whole.iloc[:: max(1, len(whole) // 12)].itertuples():
        found = raw(ask, row.task_id, row.stratum, row.regime, row.metric).values()
        values = [one["value"] for one in found if one["role"] != "control" and one["value"] == one["value"]]
        assert row.rank == 1 + sum(value > row.value for value in values)
        assert (row.n_systems, row.best) == (len(values), max(values))


@pytest.mark.parametrize("model", ["evo-2-40b", "alphamissense"])
def test_the_table_of_a_model_ranks_it_as_the_board_does(model: str, ask: Ask, boards: dict[str, Board]) -> None:
    rows = read_scores(ask, model, "full")
    rows = rows[(rows["task_id"] == CLINVAR) & rows["stratum"].isin(["all", *boards["clinvar"].judged])]
    expected = {key: rank for key, rank in boards["clinvar"].ranks().loc[model].items() if key in set(rows["stratum"])}
    found = rows.set_index("stratum")["rank"].astype("Float64").to_dict()
    assert {key: found[key] for key, rank in expected.items() if rank == rank} == {  # noqa: PLR0124 - NaN
        key: rank
        for key, rank in expected.items()
        if rank == rank  # noqa: PLR0124 - NaN
    }
    assert [key for key, rank in expected.items() if rank != rank and not pd.isna(found[key])] == []  # noqa: PLR0124 - NaN


def test_a_control_is_shown_and_not_ranked(ask: Ask, catalog: Catalog) -> None:
    rows = read_scores(ask, "random", "full")
    assert len(rows)
    assert rows["rank"].isna().all()
    shown = read_task(ask, catalog, "brca1_sge", "all", "zero_shot", "AUROC")
    assert {"random", "constant"} <= set(shown.scores.index)
    assert not {"random", "constant"} & {*shown.models.index, *shown.baselines.index}


def test_a_task_scored_here_keeps_the_systems_without_a_value_and_their_reason(ask: Ask, catalog: Catalog) -> None:
    shown = read_task(ask, catalog, "brca1_sge", "all", "zero_shot", "AUROC")
    assert set(shown.undefined.index) == {"blosum62", "grantham", "hydropathy", "volume", "sift", "polyphen2"}
    assert shown.undefined["undefined_reason"].notna().all()


def test_the_tasks_scored_here_are_those_whose_single_items_were(ask: Ask) -> None:
    found = read_scored_here(ask)
    stored = ask(
        "SELECT DISTINCT task_id FROM score WHERE origin = 'engine' AND NOT list_contains($probes, protocol) "
        "AND task_id NOT IN (SELECT task_id FROM item_value)",  # values of single cells, no scores of single items
        {"probes": list(PROBES)},
    )["task_id"]
    assert sorted(found["task_id"]) == sorted(stored)
    assert "geneb" not in set(found["suite"])
    assert found[["n", "prevalence", "systems"]].notna().all(axis=None)


def test_the_regime_of_a_model_page_concerns_geneb_only(ask: Ask, catalog: Catalog) -> None:
    both = next(model for model, suites in catalog.models["suites"].items() if {"geneb", "clinvar"} <= set(suites))
    rows = read_scores(ask, both, "1shot")
    assert set(rows.loc[rows["suite"] == "geneb", "regime"]) == {"1shot"}
    assert set(rows.loc[rows["suite"] == "clinvar", "regime"]) == {"zero_shot"}


@pytest.mark.parametrize("suite", [suite for suite in SUITES if not of_tasks(suite)])
def test_a_profile_has_the_range_of_the_models_and_the_strongest_baseline(suite: str, boards: dict[str, Board]) -> None:
    board = boards[suite]
    model = board.models.index[board.models["role"] == "model"][-1]
    rows = profile(board, model)
    roles = board.models["role"].to_dict()
    assert list(rows["value"]) == list(board.values.loc[model].dropna())
    for key, row in rows.iterrows():
        values = board.values[key].dropna().to_dict()
        models = [value for other, value in values.items() if roles[other] != "baseline"]
        baselines = [value for other, value in values.items() if roles[other] == "baseline"]
        assert (row["lowest"], row["best"]) == (min(models), max(models))
        assert row["median"] == pytest.approx(median(models))
        assert row["baseline"] == pytest.approx(max(baselines, default=float("nan")), nan_ok=True)
        assert row["rank"] == pytest.approx(board.ranks().at[model, key], nan_ok=True)


def test_a_profile_leaves_out_columns_without_a_value(boards: dict[str, Board]) -> None:
    board = boards["clinvar"]
    model = board.partial[0]
    assert list(profile(board, model).index) == list(board.values.columns[board.values.loc[model].notna()])


def test_the_counts_add_up_to_the_scores_of_the_store(ask: Ask) -> None:
    counts = read_counts(ask)
    (total, with_interval), *_ = ask("SELECT count(*) AS n, count(ci_low) AS c FROM score").itertuples(index=False)
    assert counts["scores"].sum() == total == read_sources(ask)["scores"].sum()
    assert counts["with_interval"].sum() == with_interval
    assert set(counts["suite"]) == set(SUITES)


def test_the_claims_of_the_sources_add_up(ask: Ask) -> None:
    assert read_sources(ask)["claims"].sum() == ask("SELECT count(*) AS n FROM claim")["n"].iloc[0]


def test_every_source_that_has_an_address_has_a_safe_one(ask: Ask) -> None:
    addresses = read_sources(ask)["url"].dropna()
    assert len(addresses) > 20
    assert [address for address in addresses if not address.startswith("https://")] == []


def test_the_source_of_every_score_is_listed_with_a_citation(ask: Ask) -> None:
    sources = read_sources(ask).set_index("source_id")
    used = ask("SELECT DISTINCT source_id FROM score")["source_id"]
    assert (sources.loc[used, "scores"] > 0).all()
    assert sources["citation"].str.len().min() > 0


def test_the_store_says_what_it_is(ask: Ask, catalog: Catalog) -> None:
    rows = ask("SELECT key, value FROM meta")
    meta = dict(zip(rows["key"], rows["value"], strict=True))
    assert meta["content_hash"] == catalog.version
    assert {"engine_version", "schema"} <= meta.keys()


def test_every_registered_system_states_a_licence_or_that_it_is_not_established(ask: Ask) -> None:
    found = read_licences(ask)
    assert len(found) == ask("SELECT count(*) AS n FROM model WHERE source_id = 'registry'")["n"].iloc[0]
    assert (found["licence"].str.len() > 0).all()


def test_a_task_view_is_about_the_part_it_was_asked_for(ask: Ask, catalog: Catalog) -> None:
    shown: TaskView = read_task(ask, catalog, CLINVAR, "missense", "zero_shot", "AUROC")
    assert (shown.task_id, shown.stratum["stratum"], shown.stratum["n"]) == (CLINVAR, "missense", 37_076)
    assert shown.source["url"].startswith("https://")
