"""The closed form of the linear model against other ways to write it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from engine.errors import StatisticError
from engine.singlecell.perturbation import linear


def _inputs(
    seed: int, *, perturbations: int = 12, genes: int = 20, k: int = 4, width: int = 3
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(perturbations, genes)), rng.normal(size=(genes, k)), rng.normal(size=(perturbations, width))


def _as_published(changes: np.ndarray, g: np.ndarray, p: np.ndarray, strength: float, new: np.ndarray) -> np.ndarray:
    """The formula in the orientation of the paper (genes x perturbations), with inverses; returns genes x n."""
    d, p, new = changes.T, p.T, new.T
    b = d.mean(axis=1, keepdims=True)
    left = np.linalg.inv(g.T @ g + strength * np.eye(g.shape[1]))
    right = np.linalg.inv(p @ p.T + strength * np.eye(len(p)))
    return g @ (left @ g.T @ (d - b) @ p.T @ right) @ new + b


def _augmented(features: np.ndarray, target: np.ndarray, strength: float) -> np.ndarray:
    """Ridge regression as least squares with sqrt(lambda) I below the features and zeros below the target."""
    width = features.shape[1]
    stacked = np.vstack([features, np.sqrt(strength) * np.eye(width)])
    return np.linalg.lstsq(stacked, np.vstack([target, np.zeros((width, target.shape[1]))]))[0]


@given(seed=st.integers(0, 10_000), strength=st.floats(0.01, 100), k=st.integers(1, 8), width=st.integers(1, 15))
def test_the_fit_equals_the_published_formula_evaluated_directly(
    seed: int, strength: float, k: int, width: int
) -> None:
    changes, genes, perturbations = _inputs(seed, k=k, width=width)
    new = np.random.default_rng(seed + 1).normal(size=(5, width))
    fit = linear.fit(changes, genes=genes, perturbations=perturbations, strength=strength)
    expected = _as_published(changes, genes, perturbations, strength, new).T
    np.testing.assert_allclose(fit.changes(new), expected, rtol=0, atol=1e-8)


def test_the_weights_equal_two_ridge_regressions_as_augmented_least_squares() -> None:
    changes, genes, perturbations = _inputs(3)
    fit = linear.fit(changes, genes=genes, perturbations=perturbations, strength=0.1)
    centred = changes - changes.mean(axis=0)
    expected = _augmented(perturbations, _augmented(genes, centred.T, 0.1).T, 0.1).T
    np.testing.assert_allclose(fit.weights, expected, rtol=0, atol=1e-10)


def test_the_weights_solve_the_vectorised_normal_equations() -> None:
    changes, genes, perturbations = _inputs(4)
    fit = linear.fit(changes, genes=genes, perturbations=perturbations, strength=0.1)
    left = genes.T @ genes + 0.1 * np.eye(4)
    right = perturbations.T @ perturbations + 0.1 * np.eye(3)
    target = genes.T @ (changes - changes.mean(axis=0)).T @ perturbations
    solved = np.linalg.solve(np.kron(right, left), target.ravel(order="F")).reshape(4, 3, order="F")
    np.testing.assert_allclose(fit.weights, solved, rtol=0, atol=1e-10)


def test_a_strong_penalty_leaves_the_mean_change() -> None:
    changes, genes, perturbations = _inputs(5)
    fit = linear.fit(changes, genes=genes, perturbations=perturbations, strength=1e12)
    np.testing.assert_allclose(fit.changes(perturbations), np.tile(changes.mean(axis=0), (12, 1)), atol=1e-9)


def test_a_weak_penalty_and_vectors_of_their_own_return_the_changes_in_train() -> None:
    changes, *_ = _inputs(6)
    fit = linear.fit(changes, genes=np.eye(20), perturbations=np.eye(12), strength=1e-10)
    np.testing.assert_allclose(fit.changes(np.eye(12)), changes, atol=1e-8)


@given(seed=st.integers(0, 10_000))
def test_turning_the_vectors_changes_no_prediction(seed: int) -> None:
    changes, genes, perturbations = _inputs(seed)
    turn_genes, turn = (ortho_group(size, seed=seed).rvs() for size in (4, 3))
    plain = linear.fit(changes, genes=genes, perturbations=perturbations)
    turned = linear.fit(changes, genes=genes @ turn_genes, perturbations=perturbations @ turn)
    np.testing.assert_allclose(plain.changes(perturbations), turned.changes(perturbations @ turn), atol=1e-10)


def test_principal_scores_are_those_of_scikit_learn_up_to_their_sign() -> None:
    matrix = np.random.default_rng(7).normal(size=(40, 9))
    ours, theirs = linear.principal_scores(matrix, 5), PCA(5, svd_solver="full").fit_transform(matrix)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-10)


def test_there_are_no_more_components_than_the_matrix_has() -> None:
    matrix = np.outer(np.arange(6.0), [1, 2, 3])
    assert linear.principal_scores(matrix, 10).shape == (6, 1)
    assert linear.principal_scores(np.ones((4, 3)), 10).shape == (4, 0)


@pytest.mark.parametrize(
    ("shape", "strength", "sentence"),
    [((0, 20), 0.1, "at least one"), ((12, 19), 0.1, "do not fit"), ((12, 20), 0.0, "is positive")],
    ids=["no perturbation", "a gene short", "no penalty"],
)
def test_what_cannot_be_fitted_is_refused(shape: tuple[int, int], strength: float, sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        linear.fit(np.zeros(shape), genes=np.zeros((20, 2)), perturbations=np.zeros((shape[0], 2)), strength=strength)
