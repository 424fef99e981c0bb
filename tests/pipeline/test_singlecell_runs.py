"""Single-cell specs carried out on the real data: values, comparisons, the journal, and what does not work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control, wilcoxon
from sklearn.metrics import roc_auc_score, silhouette_score

from engine.datasets.fetch import MIRROR, locate
from engine.datasets.single_cells import norman, pbmc68k
from engine.errors import NotHereError, SpecError, TableError
from engine.executors.journal import Journal
from engine.names import ALL_STRATA, Metric, Role
from engine.registry.cell_systems import CELL_SYSTEMS
from engine.registry.files import PBMC68K, PERTURBENCH
from engine.registry.singlecell import CELL_TASKS
from engine.run.bookkeeping import local_results
from engine.run.singlecell import answering, execute
from engine.run.singlecell.data import load_cell_task
from engine.store.location import cache_dir
from engine.store.parquet import read_frame
from tests.pipeline.probing_runs import Listener, flags
from tests.pipeline.singlecell_runs import (
    CELLS,
    DOUBLES,
    NETWORKS,
    carry_out,
    compared,
    everything,
    items,
    score,
    with_numpy_models,
)

if TYPE_CHECKING:
    from pathlib import Path

    from engine.run.singlecell.execute import Summary

SUITES = {task_id: card.suite for task_id, card in CELL_TASKS.items()}


@pytest.fixture(scope="module")
def summary(mirror: Path) -> Summary:
    return everything(mirror)


@pytest.fixture
def with_mirror(mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the data and an empty cache of its own."""
    monkeypatch.setenv(MIRROR, str(mirror))
    return empty_cache


# ---- what a run leaves ----


def test_every_system_has_a_value_or_a_reason_on_every_task_of_its_suite(summary: Summary) -> None:
    found = {
        (row.task_id, row.model_id): row for row in summary.scores if row.metric == CELL_TASKS[row.task_id].primary
    }
    wanted = {
        (task_id, card.model_id)
        for task_id in SUITES
        for card in CELL_SYSTEMS.values()
        if card.suite == SUITES[task_id]
    }
    assert found.keys() == wanted
    assert all((row.value is None) == (row.undefined_reason is not None) for row in summary.scores)
    assert all(row.stratum == ALL_STRATA and row.run_id == summary.run.run_id for row in summary.scores)
    assert summary.failures == []
    assert summary.run.status == "finished"


def test_a_task_is_described_with_what_it_holds(summary: Summary) -> None:
    tasks = read_frame(summary.folder / "task.parquet").set_index("task_id")
    assert tasks["n_test"].to_dict() == {
        "perturbench:doubles": 5, "perturbench:doubles-new": 10, "perturbench:singles": 9, "cells:pbmc68k": 700,
        "networks:perturbench": len(load_cell_task(NETWORKS).data.truth.perturbations),
    }  # fmt: skip
    assert tasks.loc[CELLS, "n_classes"] == 10
    assert 0 < tasks.loc[NETWORKS, "prevalence"] < 0.5
    assert json.loads(summary.run.spec_json)["inputs"].keys() == set(CELL_TASKS)


def test_the_registered_baseline_of_a_profile_task_has_no_skill_and_no_width(summary: Summary) -> None:
    for task_id, card in CELL_TASKS.items():
        if card.reference:
            row = score(summary, task_id, card.reference, Metric.L2_SKILL)
            assert (row.value, row.ci_low, row.ci_high) == (0, 0, 0)


def test_additive_is_the_sum_of_the_changes_of_the_singles(summary: Summary, mirror: Path) -> None:
    data = norman({PERTURBENCH: mirror / PERTURBENCH})
    profile = dict(zip(data.names, data.profiles, strict=True))
    found = items(summary, DOUBLES, "additive", Metric.L2)
    assert len(found) == 5
    for name, row in found.items():
        one, other = name.split("+")
        expected = np.linalg.norm(profile[one] + profile[other] - data.control - profile[name])
        assert row.value == pytest.approx(expected, abs=1e-10)
    whole = score(summary, DOUBLES, "additive", Metric.L2)
    assert whole.value == pytest.approx(np.mean([row.value for row in found.values()]))
    no_change = [np.linalg.norm(data.control - profile[name]) for name in found]
    skill = score(summary, DOUBLES, "no-change", Metric.L2_SKILL).value
    assert skill == pytest.approx(1 - np.mean(no_change) / whole.value)


def test_what_is_not_perturbed_alone_has_its_reason(summary: Summary) -> None:
    row = score(summary, "perturbench:doubles-new", "additive", Metric.L2_SKILL)
    assert row.value is None
    assert "not perturbed alone in train" in str(row.undefined_reason)
    assert score(summary, DOUBLES, "no-change", Metric.PEARSON_DELTA).value is None


def test_the_silhouette_of_an_embedding_is_scikit_learns(summary: Summary, mirror: Path) -> None:
    cells = pbmc68k({PBMC68K: mirror / PBMC68K})
    for name, features in (("hvg", cells.features), ("obsm:X_umap", cells.embeddings["X_umap"])):
        expected = (silhouette_score(features, cells.labels) + 1) / 2
        assert score(summary, CELLS, name, Metric.ASW).value == pytest.approx(expected, abs=1e-6)
    parts = [score(summary, CELLS, "hvg", metric).value for metric in (Metric.NMI, Metric.ARI, Metric.ASW)]
    assert score(summary, CELLS, "hvg", Metric.AVG_BIO).value == pytest.approx(np.mean(np.array(parts, dtype=float)))


def test_what_needs_batches_or_a_package_says_so(summary: Summary) -> None:
    assert score(summary, CELLS, "harmony", Metric.AVG_BIO).undefined_reason == "the data set has no batch column"
    reason = score(summary, CELLS, "scvi", Metric.AVG_BIO).undefined_reason
    assert reason is None or "pip install scvi-tools" in reason


def test_gene_variance_ranks_genes_as_numpy_and_scikit_learn_do(summary: Summary) -> None:
    data = load_cell_task(NETWORKS).data
    values = [
        roc_auc_score(data.truth.responds[row][tested], data.features.variance[tested])
        for row, tested in enumerate(data.truth.tested)
    ]
    assert score(summary, NETWORKS, "gene-variance", Metric.AUROC).value == pytest.approx(np.mean(values), abs=1e-12)
    row = score(summary, NETWORKS, "abs-correlation", Metric.AUROC)
    assert row.value is None
    assert "not among the measured genes" in str(row.undefined_reason)


# ---- comparisons ----


def test_every_other_system_stands_next_to_the_registered_baseline(summary: Summary) -> None:
    assert all(row.registered for row in summary.comparisons)
    for task_id, card in CELL_TASKS.items():
        metric = card.primary
        found = [row.model_id for row in summary.comparisons if (row.task_id, row.metric) == (task_id, metric)]
        others = [one.model_id for one in CELL_SYSTEMS.values() if one.suite == card.suite]
        assert sorted(found) == sorted(set(others) - {card.registered.baseline})


def test_a_difference_is_that_of_the_values_with_its_verdict(summary: Summary) -> None:
    for row in summary.comparisons:
        own, other = (score(summary, row.task_id, name, row.metric) for name in (row.model_id, row.baseline_id))
        if own.value is None or other.value is None:
            assert row.delta is None
            assert row.undefined_reason
            continue
        assert row.delta == pytest.approx(own.value - other.value)
        assert row.ci_low is not None
        assert row.ci_low <= row.delta <= row.ci_high
        assert row.verdict is not None


def test_a_baseline_that_another_one_passes_is_flagged(summary: Summary) -> None:
    row = compared(summary, NETWORKS, "gene-variance", "gene-lr", Metric.AUROC)
    assert flags(row.flags) == {"WEAK_BASELINE"}
    best, other = (score(summary, NETWORKS, name, Metric.AUROC).value for name in ("gene-mean", "gene-lr"))
    assert f"gene-mean reaches {best:.3f}, gene-lr {other:.3f}" in str(row.flags)
    assert flags(compared(summary, DOUBLES, "no-change", "additive", Metric.L2_SKILL).flags) == {"WEAK_BASELINE"}
    # Nothing of a baseline's own strength is held against what it is compared with.
    assert flags(compared(summary, DOUBLES, "linear", "additive", Metric.L2_SKILL).flags) == {"PARTIAL_GENES"}


def test_what_a_linear_model_could_not_be_fitted_to_is_told(summary: Summary) -> None:
    told = {
        name: [one["evidence"] for one in json.loads(score(summary, DOUBLES, name, Metric.L2_SKILL).flags or "[]")]
        for name in ("linear-p-mcfaline23", "linear", "additive")
    }
    assert told["linear-p-mcfaline23"] == [
        "fitted to those perturbations in train all of whose genes are in the embedding mcfaline23"
    ]
    assert len(told["linear"]) == 2
    assert "each stands by the change of its own condition in train" in told["linear"][0]
    assert told["additive"] == []


def test_l2_itself_is_not_compared(summary: Summary) -> None:
    assert Metric.L2 not in {row.metric for row in summary.comparisons}


def test_networks_are_tested_by_wilcoxon_over_perturbations(summary: Summary) -> None:
    own, other = (items(summary, NETWORKS, name, Metric.AUROC) for name in ("gene-mean", "gene-lr"))
    differences = [own[name].value - other[name].value for name in own if own[name].value is not None]
    row = compared(summary, NETWORKS, "gene-mean", "gene-lr", Metric.AUROC)
    assert row.p == pytest.approx(wilcoxon(differences).pvalue)
    assert row.p_method == f"Wilcoxon's signed-rank test over {len(differences)} perturbations"


def test_q_is_taken_over_all_comparisons_by_a_metric(summary: Summary) -> None:
    rows = [row for row in summary.comparisons if row.metric == Metric.AUROC and row.p is not None]
    expected = false_discovery_control([row.p for row in rows])
    assert [row.q for row in rows] == pytest.approx(expected.tolist())


# ---- files ----


def _edge_file(path: Path, mirror: Path, *, seed: int) -> Path:
    data = norman({PERTURBENCH: mirror / PERTURBENCH})
    regulators = sorted({gene for genes in data.conditions for gene in genes})
    strengths = np.random.default_rng(seed).random((len(regulators), len(data.genes)))
    lines = [
        f"{regulator},{gene},{strengths[row, column]:.6f}"
        for row, regulator in enumerate(regulators)
        for column, gene in enumerate(data.genes)
    ]
    path.write_text("regulator,target,score\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def test_edges_of_a_file_stand_alone_and_beside_gene_level_features(mirror: Path, with_mirror: Path) -> None:
    path = _edge_file(with_mirror.parent / "edges.csv", mirror, seed=3)
    content = {"tasks": [NETWORKS], "baselines": ["gene-variance"], "edges": [{"name": "mine", "file": str(path)}]}
    found = carry_out(content)
    # Systems of one task stand in one regime, whether they use what it lets them use or not.
    assert {row.model_id: row.regime for row in found.scores} == dict.fromkeys(
        ("gene-variance", "gene-lr", "mine", "gene-lr+mine"), "full"
    )
    assert found.models["mine"].role == Role.MODEL
    # Strengths drawn at random tell nothing, and add nothing.
    assert score(found, NETWORKS, "mine", Metric.AUROC).value == pytest.approx(0.5, abs=0.05)
    added = compared(found, NETWORKS, "gene-lr+mine", "gene-lr", Metric.AUROC)
    assert added.registered
    assert abs(added.delta or 1) < 0.01
    assert added.verdict == "FAIL"
    pairs = {(row.model_id, row.baseline_id) for row in found.comparisons}
    assert pairs == {
        ("mine", "gene-variance"), ("mine", "gene-lr"), ("gene-lr+mine", "gene-variance"), ("gene-lr+mine", "gene-lr"),
        ("gene-variance", "gene-lr"),
    }  # fmt: skip


def test_gene_vectors_of_a_file_stand_where_the_spec_puts_them(mirror: Path, with_mirror: Path) -> None:
    data = norman({PERTURBENCH: mirror / PERTURBENCH})
    genes = sorted({gene for genes in data.conditions for gene in genes} | set(data.genes))
    vectors = np.random.default_rng(5).normal(size=(len(genes), 4))
    path = with_mirror.parent / "vectors.npz"
    np.savez(path, genes=np.array(genes), vectors=vectors)
    parts = [{"name": f"mine-{place[0]}", "file": str(path), "place": place} for place in ("genes", "perturbations")]
    found = carry_out({"tasks": [DOUBLES], "baselines": ["additive"], "gene_vectors": parts})
    names = {"additive", "perturbation-mean", "linear-g-mine-g", "linear-p-mine-p"}
    assert {row.model_id for row in found.scores} == names
    for name in ("linear-g-mine-g", "linear-p-mine-p"):
        assert found.models[name].role == Role.MODEL
        assert score(found, DOUBLES, name, Metric.L2).n == 5
        assert "measured genes" not in str(score(found, DOUBLES, name, Metric.L2).flags)


def test_vectors_of_few_genes_say_so_with_every_value(mirror: Path, with_mirror: Path) -> None:
    data = norman({PERTURBENCH: mirror / PERTURBENCH})
    path = with_mirror.parent / "vectors.npz"
    np.savez(path, genes=np.array(data.genes[:40]), vectors=np.random.default_rng(5).normal(size=(40, 4)))
    content = {"tasks": [DOUBLES], "gene_vectors": [{"name": "mine", "file": str(path), "place": "genes"}]}
    found = carry_out(content)
    name = "linear-g-mine"
    told = f"460 of 500 measured genes are not in the embedding mine and get the mean change ({data.genes[40]}, "
    row = compared(found, DOUBLES, name, "additive", Metric.L2_SKILL)
    for flagged in (score(found, DOUBLES, name, Metric.L2).flags, row.flags):
        assert told in str(flagged)


def test_a_damaged_file_is_a_failure_of_its_own(with_mirror: Path) -> None:
    path = with_mirror.parent / "edges.csv"
    path.write_text("regulator,target,score\nKLF1,ACTB,much\n", "utf-8")
    edges = [{"name": "mine", "file": str(path)}]
    found = carry_out({"tasks": [NETWORKS], "baselines": ["gene-mean"], "edges": edges})
    (failure,) = found.failures
    assert (failure.model_id, failure.task_id, failure.error_type) == ("mine", NETWORKS, "TableError")
    assert "edges.csv, line 2" in failure.message
    assert found.run.status == "finished with failures"
    assert {row.model_id for row in found.scores} == {"gene-mean", "gene-lr"}


def test_a_file_that_is_not_there_is_told_before_anything_is_computed(with_mirror: Path) -> None:
    edges = [{"name": "mine", "file": str(with_mirror / "no.csv")}]
    listener = Listener()
    with pytest.raises(TableError, match=r"no\.csv: the file of 'mine' is missing"):
        carry_out({"tasks": [NETWORKS], "edges": edges}, listener=listener)
    assert listener.steps == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"tasks": ["cells:pbmc"]}, "a test: there is no single-cell task 'cells:pbmc'; did you mean 'cells:pbmc68k'"),
        ({"tasks": [CELLS], "baselines": ["hgv"]}, "a test: there is no baseline 'hgv'"),
        (
            {"tasks": [NETWORKS], "edges": [{"name": "gene-mean", "file": "x"}]},
            "a test: 'gene-mean' is the name of a system that is known here",
        ),
        (
            {"tasks": [NETWORKS], "edges": [{"name": "geneformer-v1-10m", "file": "x"}]},
            "'geneformer-v1-10m' is the name of a system that is known here",
        ),
    ],
    ids=["task", "baseline", "edges like a baseline", "edges like a model"],
)
@pytest.mark.usefixtures("with_mirror")
def test_what_does_not_exist_is_told_with_where_the_spec_stands(content: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        carry_out(content)


def test_data_that_are_not_here_name_the_command_that_brings_them(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(MIRROR, raising=False)
    load_cell_task.cache_clear()
    with pytest.raises(NotHereError, match=r"run `vledger fetch perturbench` or set VLEDGER_MIRROR"):
        locate(PERTURBENCH, empty_cache)
    with pytest.raises(NotHereError, match="vledger fetch pbmc68k"):
        carry_out({"tasks": [CELLS]})


# ---- models ----


def test_a_model_is_used_on_every_suite_and_stands_next_to_its_twin(
    with_mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del with_mirror
    opened = with_numpy_models(monkeypatch)
    name = "geneformer-v1-10m"
    found = carry_out(
        {
            "tasks": [DOUBLES, CELLS, NETWORKS],
            "baselines": ["additive", "hvg", "gene-mean"],
            "models": [{"id": name}, {"id": f"random-init:{name}"}],
            "options": {"seed": 4},
        }
    )
    assert found.failures == []
    roles = {model_id: row.role for model_id, row in found.models.items()}
    for prefix in ("", "linear-g-", "gene-lr+"):
        assert (roles[prefix + name], roles[f"{prefix}random-init:{name}"]) == ("model", "control")
    gain = compared(found, CELLS, name, f"random-init:{name}", Metric.AVG_BIO)
    assert gain.delta is not None
    assert not gain.registered
    assert compared(found, DOUBLES, f"linear-g-{name}", "additive", Metric.L2_SKILL).verdict is not None
    assert compared(found, DOUBLES, f"linear-g-{name}", f"linear-g-random-init:{name}", Metric.L2_SKILL).n == 5
    assert {one.options["random_init"] for one in opened} == {None, 4}
    assert {one.options["scale"] for one in opened if one.given == ["counts"]} == {"counts"}
    assert {one.options["scale"] for one in opened if "counts" not in one.given} == {"log1p"}
    told = json.loads(found.run.spec_json)["models"]
    assert told[name]["source"] == "numpy"
    known = compared(found, CELLS, name, "hvg", Metric.AVG_BIO)
    assert "CONTAM_SEQUENCE" in flags(known.flags)
    assert "CONTAM_SEQUENCE" not in flags(compared(found, CELLS, f"random-init:{name}", "hvg", Metric.AVG_BIO).flags)
    assert "random weights" in found.models[f"random-init:{name}"].name
    for task_id, model_id, genes in (
        (CELLS, name, "688 of 765"),
        (DOUBLES, f"linear-g-{name}", "477 of 530"),
        (NETWORKS, f"gene-lr+{name}", "450 of 500"),
    ):
        own = [row for row in found.scores if (row.task_id, row.model_id) == (task_id, model_id)]
        assert own
        assert all(f"{genes} genes are known to the model" in str(row.flags) for row in own), own[0].flags


def test_a_folder_is_called_by_its_name_and_its_content_is_part_of_the_run(
    with_mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_numpy_models(monkeypatch)
    folder = with_mirror.parent / "our-model"
    folder.mkdir()
    runs = []
    for content in ("{}", '{"layers": 1}'):
        (folder / "config.json").write_text(content, "utf-8")
        runs.append(carry_out({"tasks": [CELLS], "baselines": ["hvg"], "models": [{"id": str(folder)}]}))
    assert score(runs[0], CELLS, "our-model", Metric.AVG_BIO).value is not None
    assert (runs[0].models["our-model"].name, runs[0].models["our-model"].access_kind) == ("our-model", "local")
    assert runs[0].run.run_id != runs[1].run.run_id
    folder.rename(folder.with_name("hvg-pca"))
    with pytest.raises(SpecError, match="'hvg-pca' is the name of a system that is known here"):
        carry_out({"tasks": [CELLS], "models": [{"id": str(folder.with_name("hvg-pca"))}]})


def test_edges_of_attention_of_which_most_regulators_are_not_read_have_no_value(
    with_mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del with_mirror
    with_numpy_models(monkeypatch)
    found = carry_out({"tasks": [NETWORKS], "baselines": [], "models": [{"id": "geneformer-v1-10m"}]})
    row = score(found, NETWORKS, "geneformer-v1-10m", Metric.AUROC)
    assert row.value is None
    assert "not among the measured genes that the model reads" in str(row.undefined_reason)


@pytest.mark.usefixtures("with_mirror")
def test_a_model_that_is_not_known_is_a_failure_with_a_sentence() -> None:
    found = carry_out({"tasks": [CELLS], "baselines": ["hvg"], "models": [{"id": "no-such-model"}]})
    (failure,) = found.failures
    assert failure.model_id == "no-such-model"
    assert "geneformer-v1-10m" in failure.message
    assert {row.model_id for row in found.scores} == {"hvg", "hvg-pca"}


# ---- the journal ----


def test_a_run_that_was_killed_goes_on_where_it_was(with_mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"tasks": [NETWORKS], "baselines": ["gene-mean", "gene-variance", "gene-detection"]}
    asked: list[str] = []
    real = answering.answer_unit

    def killed_at_the_third(request: Any, device: str) -> Any:
        asked.append(request.system.model_id)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return real(request, device)

    monkeypatch.setattr(execute, "answer_unit", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        carry_out(content)
    first = list(asked)
    listener = Listener()
    found = carry_out(content, listener=listener)
    assert len(asked) == 5
    assert set(first[:2]).isdisjoint(asked[3:])
    assert listener.steps[0][:3] == ("systems on tasks", 2, 4)
    assert listener.steps[-1][:3] == ("systems on tasks", 4, 4)
    assert len(found.scores) == 4
    monkeypatch.setattr(execute, "answer_unit", None)
    again = carry_out(content)
    assert [row.value for row in again.scores] == [row.value for row in found.scores]
    assert again.run.run_id == found.run.run_id
    assert (with_mirror / "runs" / found.run.run_id).is_dir()


def test_a_damaged_part_of_the_journal_is_made_again(with_mirror: Path) -> None:
    content = {"tasks": [NETWORKS], "baselines": ["gene-mean"]}
    found = carry_out(content)
    (folder,) = (with_mirror / "runs").iterdir()
    (part,) = (folder / "parts").glob("gene-mean*.parquet")
    rows = bytearray(part.read_bytes())
    rows[len(rows) // 2] ^= 1
    part.write_bytes(bytes(rows))
    listener = Listener()
    again = carry_out(content, listener=listener)
    assert listener.steps[0][:3] == ("systems on tasks", 1, 2)
    assert [row.value for row in again.scores] == [row.value for row in found.scores]
    assert len(Journal(folder).finished()) == 2


def test_another_edge_file_is_another_run(mirror: Path, with_mirror: Path) -> None:
    runs = set()
    for seed in (1, 2):
        path = _edge_file(with_mirror.parent / "edges.csv", mirror, seed=seed)
        edges = [{"name": "mine", "file": str(path)}]
        runs.add(carry_out({"tasks": [NETWORKS], "baselines": [], "edges": edges}).run.run_id)
    assert len(runs) == 2
    assert cache_dir() == with_mirror


def test_two_workers_find_what_one_finds(with_mirror: Path) -> None:
    del with_mirror
    content = {"tasks": [NETWORKS], "baselines": ["gene-mean", "gene-variance"]}
    one = carry_out(content | {"name": "one"})
    two = carry_out(content | {"name": "two", "options": {"workers": 2}})
    assert [row.value for row in one.scores] == [row.value for row in two.scores]


def test_results_lie_where_they_were_asked_for(with_mirror: Path, tmp_path: Path) -> None:
    content = {"tasks": [NETWORKS], "baselines": ["gene-mean"]}
    assert carry_out(content).folder == local_results() / "a"
    assert carry_out(content, results=tmp_path / "out").folder == tmp_path / "out" / "a"
    assert {path.name for path in (tmp_path / "out" / "a").iterdir()} == {
        "model.parquet", "task.parquet", "stratum.parquet", "score.parquet", "run.parquet", "comparison.parquet",
        "item_value.parquet",
    }  # fmt: skip
    assert with_mirror.is_dir()
