"""What the baselines reach on the cells of Norman et al. 2019 that are at hand."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_ind
from sklearn.metrics import roc_auc_score

from engine.names import Metric
from engine.singlecell.networks.combined import regression
from engine.singlecell.networks.correlation import Correlations, correlations
from engine.singlecell.networks.edge_file import read_edges
from engine.singlecell.networks.edges import correlation_edges, edge_scores
from engine.singlecell.networks.evaluate import differences, evaluate
from engine.singlecell.networks.gene_level import FEATURE_OF, GeneFeatures, gene_features, gene_scores
from engine.singlecell.networks.responses import Truth, perturbed_genes, truth_of
from engine.singlecell.pseudobulk import Design, cell_sums, control_chunks
from engine.singlecell.reading.cells import open_cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.singlecell.contract import Outcome
    from engine.singlecell.networks.scores import Scores
    from engine.singlecell.pseudobulk import ConditionMoments

BASELINES = (*FEATURE_OF, "gene-lr", "abs-correlation")
DESIGN = Design(condition="condition", control="control", where={"dataset": "norman19"})


@pytest.fixture(scope="module")
def path(mirror: Path) -> Path:
    """The file of cells."""
    return mirror / "singlecell" / "perturbench_devel.h5ad"


@dataclass(frozen=True)
class Material:
    """What a run has of the task."""

    truth: Truth
    features: GeneFeatures
    correlations: Correlations

    @property
    def regulators(self) -> list[str]:
        return sorted({gene for name in self.truth.perturbations for gene in perturbed_genes(name)})

    def scores(self, system: str) -> Scores:
        if system in FEATURE_OF:
            return gene_scores(system, self.features, self.truth)
        if system == "gene-lr":
            return regression(self.features, self.truth)
        return edge_scores(correlation_edges(self.correlations, self.regulators), self.truth)


@pytest.fixture(scope="module")
def material(path: Path) -> Material:
    """Streamed from the file, as a run does it."""
    with open_cells(path) as cells:
        moments = cell_sums(cells, DESIGN)
        found = correlations(control_chunks(cells, DESIGN), moments.genes)
    return Material(truth_of(moments), gene_features(moments, correlations=found), found)


@pytest.fixture(scope="module")
def outcomes(material: Material) -> dict[str, Outcome]:
    """Of all baselines."""
    return evaluate({name: material.scores(name) for name in BASELINES}, material.truth)


@pytest.fixture(scope="module")
def by_hand(path: Path) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Cells of each condition and the names of the genes, read by anndata."""
    with warnings.catch_warnings():
        # It sets an option of pandas that pandas no longer has.
        warnings.simplefilter("ignore")
        import anndata  # noqa: PLC0415 - its import is what warns

        data = anndata.read_h5ad(path)
    norman = (data.obs["dataset"] == "norman19").to_numpy()
    conditions = data.obs["condition"].astype(str).to_numpy()[norman]
    values = data.X.toarray()[norman].astype(np.float64)
    return {name: values[conditions == name] for name in np.unique(conditions)}, data.var_names.to_numpy()


def _responds(cells: np.ndarray, control: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tested = ((cells.var(0) > 0) | (control.var(0) > 0)) & ~own
    q = np.ones(tested.size)
    q[tested] = false_discovery_control(ttest_ind(cells[:, tested], control[:, tested], equal_var=False).pvalue)
    return (q < 0.05) & (np.abs(cells.mean(0) - control.mean(0)) >= 0.1), tested


def test_the_truth_is_that_of_scipys_tests_on_the_cells(
    material: Material, by_hand: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    cells, genes = by_hand
    counted = 0
    for name, own in cells.items():
        if name == "control":
            continue
        parts = sorted(name.split("+"))
        responds, tested = _responds(own, cells["control"], np.isin(genes, parts))
        written = "+".join(parts)
        if written in material.truth.perturbations:
            row = material.truth.perturbations.index(written)
            np.testing.assert_array_equal(material.truth.responds[row], responds)
            np.testing.assert_array_equal(material.truth.tested[row], tested)
            counted += 1
        else:
            assert responds.sum() < 3
            assert f"{responds.sum()} of {tested.sum()} tested genes respond" in material.truth.left_out[written]
    assert counted == len(material.truth.perturbations)


def test_thirteen_perturbations_count_and_twenty_say_why_not(material: Material) -> None:
    assert len(material.truth.perturbations) == 13
    assert len(material.truth.left_out) == 20
    assert (material.truth.responds.sum(1) >= 3).all()


@pytest.mark.parametrize("system", ["gene-variance", "gene-mean", "gene-detection"])
def test_gene_level_baselines_equal_numpy_and_scikit_learn(
    system: str, outcomes: dict[str, Outcome], material: Material, by_hand: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    control = by_hand[0]["control"]
    own = {"variance": control.var(0), "mean": control.mean(0), "detection": (control > 0).mean(0)}[system[5:]]
    expected = [
        roc_auc_score(responds[tested], own[tested])
        for responds, tested in zip(material.truth.responds, material.truth.tested, strict=True)
    ]
    assert outcomes[system].values[Metric.AUROC].value == pytest.approx(np.mean(expected), abs=1e-12)


def test_correlations_of_control_cells_equal_numpys(
    material: Material, by_hand: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    control = by_hand[0]["control"]
    varies = control.var(0) > 0
    found = material.correlations
    assert found is not None
    np.testing.assert_array_equal(found.varies, varies)
    kept = np.flatnonzero(varies)
    np.testing.assert_allclose(found.values[np.ix_(kept, kept)], np.corrcoef(control[:, kept].T), rtol=0, atol=1e-11)


def test_what_is_known_of_a_gene_in_control_cells_tells_much_of_who_responds(outcomes: dict[str, Outcome]) -> None:
    """The published finding: 0.80 to 0.90 for gene-level scores of K562 cells, without any edge."""
    values = {name: outcome.values[Metric.AUROC].value for name, outcome in outcomes.items()}
    assert all(0.8 < values[name] < 0.9 for name in ("gene-variance", "gene-mean", "gene-detection", "gene-lr"))
    assert 0.65 < values["gene-connectivity"] < 0.8


def test_correlation_has_no_value_because_no_perturbed_gene_is_measured(outcomes: dict[str, Outcome]) -> None:
    found = outcomes["abs-correlation"].values[Metric.AUROC]
    assert found.value is None
    assert found.reason == ("scores none of the 13 perturbations (BPGM+SAMD1: BPGM is not among the measured genes)")


def test_a_file_of_random_edges_is_near_chance_and_adds_little(
    material: Material, outcomes: dict[str, Outcome], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    lines = [f"{tf},{gene},{rng.random():.6f}" for tf in material.regulators for gene in material.truth.genes]
    (tmp_path / "net.csv").write_text("TF,target,importance\n" + "\n".join(lines) + "\n", encoding="utf-8")
    edges = read_edges(tmp_path / "net.csv", genes=material.truth.genes, regulators=material.regulators)
    scores = edge_scores(edges, material.truth)
    both = regression(material.features, material.truth, edges=scores)
    found = evaluate({"edges": scores, "both": both}, material.truth)
    assert abs(found["edges"].values[Metric.AUROC].value - 0.5) < 0.15
    added = differences(found["both"], outcomes["gene-lr"])
    assert len(added) == 13
    assert abs(added.mean()) < 0.05


def test_control_cells_do_not_respond_against_other_control_cells(
    moments_from: Callable[..., ConditionMoments], by_hand: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    control = np.random.default_rng(1).permutation(by_hand[0]["control"])
    moments = moments_from({"control": control[:50], "A": control[50:]}, tuple(by_hand[1]))
    assert not truth_of(moments).perturbations


def test_scores_of_baselines_come_back_from_a_journal(material: Material, outcomes: dict[str, Outcome]) -> None:
    scores = {name: material.scores(name) for name in BASELINES}
    returned = {name: type(own).from_frame(own.to_frame()) for name, own in scores.items()}
    again = evaluate(returned, material.truth)
    for name, outcome in again.items():
        assert outcome.items == outcomes[name].items
