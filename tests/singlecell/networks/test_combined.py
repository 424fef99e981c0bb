from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.names import Metric
from engine.singlecell.networks.combined import regression
from engine.singlecell.networks.evaluate import evaluate
from engine.singlecell.networks.gene_level import GeneFeatures
from engine.singlecell.networks.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.networks.responses import Truth


@pytest.fixture(scope="module")
def features(drawn_truth: Truth) -> GeneFeatures:
    """Of three features the first knows a little of which genes often respond."""
    rng = np.random.default_rng(8)
    often = drawn_truth.responds.mean(0)
    return GeneFeatures(
        genes=drawn_truth.genes,
        variance=0.5 * often + rng.gamma(1, 0.3, 80),
        mean=rng.gamma(1, 2, 80),
        detection=rng.random(80),
    )


@pytest.fixture(scope="module")
def edges(drawn_truth: Truth) -> Scores:
    """Edges that know a little."""
    values = drawn_truth.responds + np.random.default_rng(9).gamma(1, 1, drawn_truth.responds.shape)
    return Scores(perturbations=drawn_truth.perturbations, genes=drawn_truth.genes, values=values)


@pytest.mark.parametrize("with_edges", [False, True], ids=["genes", "genes and edges"])
def test_the_regression_is_that_of_scikit_learn_on_folds_by_perturbation(
    drawn_truth: Truth, features: GeneFeatures, edges: Scores, *, with_edges: bool
) -> None:
    tested = np.random.default_rng(2).random(drawn_truth.tested.shape) < 0.9
    truth = replace(drawn_truth, tested=tested)
    found = regression(features, truth, edges=edges if with_edges else None)
    columns = [np.tile(one, 12) for one in (features.variance, features.mean, features.detection)]
    columns += [(rankdata(edges.values, axis=1) / 80).ravel()] if with_edges else []
    table, group = np.column_stack(columns), np.repeat(np.arange(12), 80)
    expected = np.empty(960)
    for train, held_out in GroupKFold(5).split(table, groups=group):
        assert not set(group[train]) & set(group[held_out])
        rows = train[tested.ravel()[train]]
        fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(table[rows], truth.responds.ravel()[rows])
        expected[held_out] = fitted.decision_function(table[held_out])
    np.testing.assert_allclose(found.values.ravel(), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("row", range(12))
def test_scores_of_a_perturbation_do_not_change_with_its_own_labels(
    row: int, drawn_truth: Truth, features: GeneFeatures, edges: Scores
) -> None:
    responds = drawn_truth.responds.copy()
    responds[row] = ~responds[row]
    changed = replace(drawn_truth, responds=responds)
    for added in (None, edges):
        before, after = (regression(features, truth, edges=added).values for truth in (drawn_truth, changed))
        np.testing.assert_array_equal(before[row], after[row])
        assert not np.array_equal(before, after)


def test_the_same_regression_gives_the_same_scores(drawn_truth: Truth, features: GeneFeatures, edges: Scores) -> None:
    one, other = (regression(features, drawn_truth, edges=edges).values for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_edges_equal_to_the_truth_make_the_regression_right(drawn_truth: Truth, features: GeneFeatures) -> None:
    right = Scores(
        perturbations=drawn_truth.perturbations, genes=drawn_truth.genes, values=drawn_truth.responds.astype(float)
    )
    found = evaluate({"both": regression(features, drawn_truth, edges=right)}, drawn_truth, draws=10)["both"]
    assert found.values[Metric.AUROC].value == pytest.approx(1)


def test_edges_of_pure_noise_add_nothing_on_average(drawn_truth: Truth, features: GeneFeatures) -> None:
    alone = evaluate({"genes": regression(features, drawn_truth)}, drawn_truth, draws=10)["genes"]
    added = []
    for seed in range(100, 140):
        noise = np.random.default_rng(seed).random(drawn_truth.responds.shape)
        scores = Scores(perturbations=drawn_truth.perturbations, genes=drawn_truth.genes, values=noise)
        both = evaluate({"both": regression(features, drawn_truth, edges=scores)}, drawn_truth, draws=10)["both"]
        added.append(both.values[Metric.AUROC].value - alone.values[Metric.AUROC].value)
    assert abs(np.mean(added)) < 0.005
    assert max(np.abs(added)) < 0.03


def test_the_scale_of_one_regulators_edges_does_not_matter(
    drawn_truth: Truth, features: GeneFeatures, edges: Scores
) -> None:
    scaled = replace(edges, values=edges.values * 10.0 ** np.arange(12)[:, None])
    one, other = (regression(features, drawn_truth, edges=some).values for some in (edges, scaled))
    np.testing.assert_array_equal(one, other)


def test_a_perturbation_without_edges_is_neither_trained_on_nor_scored(
    drawn_truth: Truth, features: GeneFeatures, edges: Scores
) -> None:
    values = edges.values.copy()
    values[3] = np.nan
    lacking = replace(edges, values=values, reasons={"P3": "P3 has no edge in net.csv"}, note="some rank last")
    found = regression(features, drawn_truth, edges=lacking)
    assert found.reasons == {"P3": "P3 has no edge in net.csv"}
    assert found.note == "some rank last"
    responds = drawn_truth.responds.copy()
    responds[3] = ~responds[3]
    np.testing.assert_array_equal(
        found.values, regression(features, replace(drawn_truth, responds=responds), edges=lacking).values
    )


def test_with_edges_for_a_single_perturbation_nothing_can_be_trained_for_it(
    drawn_truth: Truth, features: GeneFeatures, edges: Scores
) -> None:
    values = np.full_like(edges.values, np.nan)
    values[0] = edges.values[0]
    reasons = dict.fromkeys(drawn_truth.perturbations[1:], "missing")
    found = regression(features, drawn_truth, edges=replace(edges, values=values, reasons=reasons))
    assert found.reasons["P0"] == "the edges say nothing of any perturbation to train on"
    assert found.of("P0") is None


def test_a_feature_that_does_not_vary_says_nothing(drawn_truth: Truth, features: GeneFeatures) -> None:
    constant = replace(features, mean=np.full(80, 0.1), detection=np.zeros(80))
    other = replace(features, mean=np.full(80, 7.0), detection=np.ones(80))
    one, same = (regression(some, drawn_truth).values for some in (constant, other))
    np.testing.assert_allclose(one, same, rtol=0, atol=1e-9)


def test_one_perturbation_alone_cannot_be_regressed(truth_from: Callable[..., Truth], features: GeneFeatures) -> None:
    found = regression(features, truth_from(np.arange(80)[None] < 9))
    assert found.reasons == {"P0": "1 perturbations count: a regression needs one to train on and another to score"}
