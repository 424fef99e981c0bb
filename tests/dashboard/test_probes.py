from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard.components.probed import of_tasks
from dashboard.queries.catalog import _benchmark
from dashboard.queries.flags import collapse
from dashboard.queries.model import read_scores, read_tasks_to_beat
from dashboard.queries.probes import read_leakage, read_standards, read_to_beat
from dashboard.queries.suites import PROBES
from dashboard.queries.task import read_cell, read_task

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

TF0 = "leannmlindsey_GUE_human_tf_0"
COLLAPSED_ON = "deep4mc_E.coli_4mC"
SHOWN = [("full", "MCC"), ("full", "F1"), ("10shot", "MCC"), ("1shot", "MCC")]


def stored(ask: Ask, **where: str) -> dict[str, dict[str, Any]]:
    """Rows of the store by model."""
    clause = " AND ".join(f"{name} = ${name}" for name in where)
    rows = ask(f"SELECT s.*, m.role FROM score s JOIN model m USING (model_id) WHERE {clause}", where)
    rows = rows.astype(dict.fromkeys(("value", "ci_low", "ci_high"), float))
    return {row["model_id"]: row for row in rows.to_dict("records")}


def test_the_baseline_to_beat_has_the_highest_score_inside_train(ask: Ask) -> None:
    fits = ask(
        "SELECT task_id, model_id, inner_score FROM probe_fit JOIN model USING (model_id) "
        "WHERE role = 'baseline' AND regime = 'full' AND protocol = 'fair-v1' AND fold_hash IS NOT NULL"
    )
    found = read_to_beat(ask, "full", "MCC")
    assert len(found) == fits["task_id"].nunique() == 12
    for task, row in found.iterrows():
        inner = fits[fits["task_id"] == task].set_index("model_id")["inner_score"]
        assert len(inner) > 1
        assert row["model_id"] == inner.idxmax()
        assert row["inner_score"] == inner.max()


@pytest.mark.parametrize(("regime", "metric"), SHOWN)
def test_which_baseline_is_to_beat_is_the_same_in_every_view(regime: str, metric: str, ask: Ask) -> None:
    full = read_to_beat(ask, "full", "MCC")["model_id"]
    assert read_to_beat(ask, regime, metric)["model_id"].to_dict() == full.to_dict()
    far = read_to_beat(ask, "full", "MCC", "far")
    assert set(far["model_id"].items()) < set(full.items())
    assert set(far["n_models"]) == {0}


@pytest.mark.parametrize(("regime", "metric"), SHOWN)
def test_every_published_model_is_below_inside_or_above_the_interval_of_the_baseline(
    regime: str, metric: str, ask: Ask
) -> None:
    for task, row in read_to_beat(ask, regime, metric).iterrows():
        where = {"task_id": str(task), "regime": regime, "metric": metric, "stratum": "all"}
        own = stored(ask, protocol="fair-v1", **where)[row["model_id"]]
        assert row["value"] == pytest.approx(own["value"], nan_ok=True)
        values = [one["value"] for one in stored(ask, protocol="geneb-published", **where).values()]
        assert row["n_models"] == len(values) == 41
        assert row["below"] == sum(value < own["ci_low"] for value in values)
        assert row["above"] == sum(value > own["ci_high"] for value in values)
        if own["ci_low"] == own["ci_low"]:
            assert row["below"] + row["inside"] + row["above"] == 41


@pytest.mark.parametrize("probe", ["fair-v1", "geneb-exact"])
@pytest.mark.parametrize(("regime", "metric"), SHOWN)
def test_one_probe_at_a_time_stands_beside_the_published_models(
    probe: str, regime: str, metric: str, ask: Ask, catalog: Catalog
) -> None:
    shown = read_task(ask, catalog, TF0, "all", regime, metric, probe)
    where = {"task_id": TF0, "regime": regime, "metric": metric, "stratum": "all"}
    published = stored(ask, protocol="geneb-published", **where)
    ours = stored(ask, protocol=probe, **where)
    assert len(shown.scores) == len(published) + len(ours)
    assert shown.models["value"].to_dict() == {model: row["value"] for model, row in published.items()}
    assert shown.median == pytest.approx(median(row["value"] for row in published.values()))
    baselines = {model for model, row in ours.items() if row["role"] == "baseline" and row["value"] == row["value"]}
    assert set(shown.baselines.index) == baselines
    assert list(shown.scores["probed"]) == list(shown.scores["protocol"] == probe)


@pytest.mark.parametrize("probe", ["fair-v1", "geneb-exact"])
def test_the_line_is_the_baseline_to_beat_under_the_probe_shown_or_nothing(
    probe: str, ask: Ask, catalog: Catalog
) -> None:
    for task, row in read_to_beat(ask, "full", "MCC").iterrows():
        shown = read_task(ask, catalog, str(task), "all", "full", "MCC", probe)
        own = stored(ask, task_id=str(task), regime="full", metric="MCC", stratum="all", protocol=probe)
        value = own[row["model_id"]]["value"]
        if pd.notna(value):
            assert shown.line is not None
            assert (shown.line.name, shown.line["value"]) == (row["model_id"], value)
        else:
            assert shown.line is None


def test_a_task_that_was_not_probed_here_has_nothing_to_beat(ask: Ask, catalog: Catalog) -> None:
    assert catalog.probes_of(COLLAPSED_ON) == []
    shown = read_task(ask, catalog, COLLAPSED_ON, "all", "full", "MCC")
    assert shown.to_beat is None
    assert shown.line is None
    assert read_standards(ask, COLLAPSED_ON, "all", "full", "MCC").empty
    assert read_leakage(ask, COLLAPSED_ON) is None


def test_what_a_model_has_to_beat_has_a_row_a_system_and_probe_with_a_value_or_a_reason(
    ask: Ask, catalog: Catalog
) -> None:
    assert catalog.probes_of(TF0)[:2] == ["fair-v1", "geneb-exact"]
    rows = read_standards(ask, TF0, "all", "full", "MCC")
    assert not rows.duplicated(["model_id", "protocol"]).any()
    assert {"kmer-best", "kmer-4", "onehot", "gc", "cnn", "majority"} <= set(rows["model_id"])
    assert any(model.startswith("shuffled:") for model in rows["model_id"])
    assert list(rows["role"]) == sorted(rows["role"])
    assert rows.loc[rows["value"].isna(), "undefined_reason"].notna().all()
    (cnn,) = rows[(rows["model_id"] == "cnn") & (rows["protocol"] == "geneb-exact")].itertuples()
    assert cnn.value != cnn.value
    assert "no frozen features" in cnn.undefined_reason


def test_the_near_sequences_of_the_leakage_report_are_the_part_of_that_name(ask: Ask, catalog: Catalog) -> None:
    parts = catalog.strata[catalog.strata["stratum"] == "near"].set_index("task_id")["n"]
    assert len(parts)
    for task, n in parts.items():
        leakage = read_leakage(ask, str(task))
        assert leakage is not None
        assert leakage["near"] == n
        assert leakage["exact"] + leakage["reverse_complement"] <= n


def test_sixteen_published_rows_are_collapsed_and_each_says_why(ask: Ask, catalog: Catalog) -> None:
    rows = ask(
        "SELECT DISTINCT model_id, task_id FROM score WHERE protocol = 'geneb-published' AND flags LIKE '%COLLAPSE%'"
    )
    assert len(rows) == 16
    for task, found in rows.groupby("task_id"):
        shown = read_task(ask, catalog, str(task), "all", "full", "MCC").scores
        assert set(shown.index[shown["collapsed"].notna()]) == set(found["model_id"])
        assert set(shown.loc[shown["collapsed"].notna(), "value"]) == {0.0}


def test_behind_a_cell_collapse_and_baseline_stand_with_each_task(ask: Ask) -> None:
    model = "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3"
    rows = read_cell(ask, "geneb", model, "DNA Methyl.", "full", "MCC").set_index("task_id")
    assert set(rows.index[rows["collapsed"].notna()]) == {
        "deep4mc_E.coli_4mC",
        "deep4mc_G.pickeringii_4mC",
        "deep4mc_G.subterraneus_4mC",
    }
    to_beat = read_to_beat(ask, "full", "MCC")
    assert rows["to_beat"].dropna().to_dict() == to_beat.loc[["iDNA_ABF_5mC", "iDNA_ABF_6mA"], "name"].to_dict()
    assert rows["to_beat_value"].dropna().to_dict() == {
        task: to_beat.at[task, "value"] for task in ("iDNA_ABF_5mC", "iDNA_ABF_6mA")
    }


@pytest.mark.parametrize("regime", ["full", "10shot"])
def test_a_probed_system_is_ranked_within_its_protocol(regime: str, ask: Ask) -> None:
    rows = read_scores(ask, "kmer-best", regime)
    assert set(rows["protocol"]) == {"fair-v1", "geneb-exact"}
    for row in rows[rows["stratum"] == "all"].itertuples():
        where = {"task_id": row.task_id, "regime": regime, "metric": row.metric, "stratum": "all"}
        rivals = stored(ask, protocol=row.protocol, **where).values()
        values = [one["value"] for one in rivals if one["role"] != "control" and one["value"] == one["value"]]
        assert (row.rank, row.n_systems) == (1 + sum(value > row.value for value in values), len(values))
        assert row.best == max(values)


def test_a_published_model_is_not_ranked_with_what_was_probed_here(ask: Ask) -> None:
    rows = read_scores(ask, "LucaOne-default-step36M", "full")
    assert set(rows.loc[rows["task_id"] == TF0, "n_systems"]) == {41}


def test_the_page_of_a_system_lists_each_probed_task_once_under_the_probe_of_claims(ask: Ask) -> None:
    rows = of_tasks(read_scores(ask, "kmer-best", "full"))
    assert len(rows) == rows["task_id"].nunique() == 12
    assert set(rows["protocol"]) == {"fair-v1"}
    chosen = read_to_beat(ask, "full", "MCC")["model_id"]
    assert read_tasks_to_beat(ask, "kmer-best") == list(chosen.index[chosen == "kmer-best"])


def test_a_split_of_ones_own_does_not_count_on_the_board() -> None:
    tasks = pd.DataFrame({"suite": ["geneb", "geneb", "elsewhere"]}, index=["published", "own", "strange"])
    protocols = {"published": {"geneb-published", "fair-v1"}, "own": {"fair-v1"}, "strange": {"rule"}}
    assert _benchmark(tasks, protocols) == {"published"}


def test_every_task_of_the_board_is_one_that_was_published(catalog: Catalog) -> None:
    columns = {column.key: column.n for column in catalog.columns_of("geneb", "")}
    assert columns["micro"] == 100
    assert columns["macro"] == 13
    assert catalog.probes.keys() >= set(catalog.task_ids["geneb"])
    assert {probe for probes in catalog.probes.values() for probe in probes} <= set(PROBES)


def flagged(*found: tuple[str, str, str]) -> str:
    return json.dumps([dict(zip(("flag", "severity", "evidence"), one, strict=True)) for one in found])


def test_a_collapse_is_read_off_the_flags_of_a_row() -> None:
    leak = ("HOMOLOGY_LEAK", "info", "near")
    rows = pd.Series([None, float("nan"), flagged(leak), flagged(leak, ("MAJORITY_COLLAPSE", "warning", "one class"))])
    assert list(collapse(rows)) == [None, None, None, "one class"]
