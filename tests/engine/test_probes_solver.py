"""Many logistic regressions solved at once, each against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.probes import design
from engine.probes.design import Design, preconditioner
from engine.probes.folds import make_folds
from engine.probes.grid import Rows, fit_all, row_weights, survey
from engine.probes.losses import loss_and_slopes
from engine.probes.solver import start
from tests.engine.probe_inputs import Part, blobs


def _rows(train: Part, features: Any, held_out: Any = None, dtype: type = np.float64) -> Rows:
    made = Design.of(features, held_out, None, dtype)
    return Rows(made, made.curvature(), train.labels, int(train.labels.max()) + 1)


def _known(train: Part, c: float, class_weight: str | None, rows: Any = slice(None)) -> Any:
    solver = LogisticRegression(C=c, class_weight=class_weight, tol=1e-8, max_iter=100_000)
    return make_pipeline(StandardScaler(), solver).fit(train.features[rows].astype(np.float64), train.labels[rows])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("c", [1e-4, 1.0, 100.0])
def test_weights_are_scikit_learn_s(classes: int, class_weight: str | None, c: float) -> None:
    train = blobs(300, 8, classes=classes)
    found = fit_all(_rows(train, train.features), c, class_weight)
    known = _known(train, c, class_weight)[1]
    assert found.converged.all()
    np.testing.assert_allclose(found.weights[:-1, 0].T, known.coef_, atol=2e-3)
    # Only differences between the intercepts of three classes are determined.
    assert np.diff(found.weights[-1, 0]) == pytest.approx(np.diff(known.intercept_), abs=2e-3)


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_solve_serves_all_folds_and_class_weights(kind: Any, dtype: type) -> None:
    train = blobs(300, 8)
    held_out = np.arange(300, dtype=np.int8) % 3
    rows = _rows(train, kind(train.features.astype(np.float64)), held_out, dtype)
    kept = [held_out != number for number in (0, 1, 2, 0)]
    problems = rows.problems(kept, [None, None, "balanced", "balanced"], [0, 1, 2, 0]).with_c(0.1)
    found = rows.solve(problems, start(problems, 2))
    for at, (some, class_weight) in enumerate(zip(kept, (None, None, "balanced", "balanced"), strict=True)):
        known = _known(train, 0.1, class_weight, some)
        assert found.weights[:-1, at, 0] == pytest.approx(known[1].coef_[0], abs=5e-4)
        assert found.scores[:, at, 0] == pytest.approx(known.decision_function(train.features), abs=5e-3)


def test_without_a_curvature_the_solution_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    train = blobs(300, 8)
    steered = fit_all(_rows(train, train.features), 0.1, None)
    monkeypatch.setattr(design, "_DENSE_COLUMNS", 0)
    rows = _rows(train, train.features)
    assert rows.curvature is None
    alone = fit_all(rows, 0.1, None)
    assert alone.converged.all()
    assert alone.weights == pytest.approx(steered.weights, abs=5e-3)
    assert steered.iterations[0] < alone.iterations[0]


def test_a_rough_curvature_is_that_of_the_columns_and_leads_to_the_same_optimum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train = blobs(400, 8)
    monkeypatch.setattr(design, "_SPARSE_COLUMNS", 0)
    monkeypatch.setattr(design, "_ROUGH_ROWS", (2, 50))
    rows = _rows(train, csr_array(train.features.astype(np.float64)))
    assert rows.curvature is None
    told: list[float] = []
    rough = rows.design.rough_curvature(told.append)
    assert rough is not None
    assert rough.dtype == np.float32
    assert rough == pytest.approx(np.corrcoef(train.features.astype(np.float64), rowvar=False), abs=1e-5)
    assert told[-1] == 1.0
    everything = np.ones(400, dtype=bool)
    problems = rows.problems([everything], ["balanced"], [0]).with_c(10.0)
    divide = preconditioner(rough, float(problems.penalty[0]), outputs=1)
    steered = rows.solve(problems, start(problems, 2), rough=divide)
    alone = rows.solve(problems, start(problems, 2))
    assert steered.converged.all()
    assert steered.iterations[0] < alone.iterations[0]
    assert steered.scores == pytest.approx(alone.scores, abs=0.02)


def test_a_rough_curvature_is_of_sparse_columns_with_rows_enough_to_know_them() -> None:
    assert _rows(blobs(400, 8), blobs(400, 8).features).design.rough_curvature() is None
    few = blobs(20, 12)
    assert _rows(few, csr_array(few.features.astype(np.float64))).design.rough_curvature() is None


@pytest.mark.parametrize("classes", [2, 3])
def test_problems_that_do_not_fit_into_memory_together_are_solved_in_portions(
    monkeypatch: pytest.MonkeyPatch, classes: int
) -> None:
    train = blobs(300, 8, classes=classes)
    folds = make_folds(train.labels)
    assert folds is not None
    rows = _rows(train, train.features, folds.held_out)
    together = survey(rows, folds)
    told: list[float] = []
    # Room for three of the ten problems: portions of 3, 3, 2 and 2.
    monkeypatch.setattr("engine.probes.grid._TOGETHER", 3 * (6 * 300 + 24 * 8) * rows.outputs)
    assert [len(some) for some in rows._portions(10)] == [3, 3, 2, 2]
    assert survey(rows, folds, told.append) == pytest.approx(together, abs=1e-9)
    assert told[-1] == pytest.approx(1)
    monkeypatch.setattr("engine.probes.grid._TOGETHER", 1)
    assert [len(some) for some in rows._portions(2)] == [1, 1]


def test_a_solver_tells_how_far_it_has_come() -> None:
    told: list[float] = []
    train = blobs(300, 8)
    fit_all(_rows(train, train.features), 1.0, None, told.append)
    assert told[0] == 0
    assert told[-1] == 1
    assert all(0 <= share <= 1 for share in told)
    # Told at each step, and a step never counts for nothing.
    assert len(set(told)) == len(told)


def test_more_columns_than_rows_have_no_curvature() -> None:
    train = blobs(20, 50)
    rows = _rows(train, train.features)
    assert rows.curvature is None
    found = fit_all(rows, 1.0, None)
    assert found.converged.all()
    assert found.scores[:, 0, 0] == pytest.approx(_known(train, 1.0, None).decision_function(train.features), abs=0.02)


def test_a_fit_cut_short_has_not_converged(monkeypatch: pytest.MonkeyPatch) -> None:
    train = blobs(300, 8)
    monkeypatch.setattr("engine.probes.grid.MAX_ITERATIONS", 1)
    assert not fit_all(_rows(train, train.features), 100.0, None).converged.any()


@pytest.mark.parametrize("outputs", [1, 3])
def test_slopes_are_the_derivatives_of_the_loss(outputs: int) -> None:
    rng = np.random.default_rng(0)
    scores = 3 * rng.normal(size=(40, 2, outputs))
    codes, weights = rng.integers(0, max(2, outputs), 40), rng.random((40, 2))
    _, slopes = loss_and_slopes(scores, codes, weights)
    for output in range(outputs):
        nudge = np.zeros_like(scores)
        nudge[7, :, output] = 1e-6
        above, below = (loss_and_slopes(scores + sign * nudge, codes, weights)[0] for sign in (1, -1))
        assert (above - below) / 2e-6 == pytest.approx(slopes[7, :, output], abs=1e-7)


def test_losses_of_hand_computed_scores() -> None:
    # -log 1/2 at log odds 0, -log 1/4 at log odds log 3 of the wrong class; extreme scores stay finite.
    scores = np.array([0.0, np.log(3), 1000.0, -1000.0]).reshape(4, 1, 1)
    weights = np.eye(4)
    found, _ = loss_and_slopes(np.repeat(scores, 4, axis=1), np.array([1, 0, 1, 1]), weights)
    assert found == pytest.approx([np.log(2), np.log(4), 0, 1000])


def test_balanced_rows_give_each_class_the_same_share() -> None:
    codes = np.array([0, 0, 0, 1, 1, 2])
    kept = np.array([True, True, False, True, True, False])
    assert row_weights(codes, kept, balanced=False).tolist() == [0.25, 0.25, 0, 0.25, 0.25, 0]
    assert row_weights(codes, kept, balanced=True).tolist() == [0.25, 0.25, 0, 0.25, 0.25, 0]
    everything = row_weights(codes, np.ones(6, dtype=bool), balanced=True)
    assert everything == pytest.approx([1 / 9, 1 / 9, 1 / 9, 1 / 6, 1 / 6, 1 / 3])


def test_one_hot_columns_that_add_to_one_do_not_break_the_curvature() -> None:
    rng = np.random.default_rng(0)
    letters = rng.choice(4, size=(2000, 75), p=[0.85, 0.05, 0.05, 0.05])
    labels = (letters[:, 0] > 0).astype(np.int64)
    one_hot = np.eye(4, dtype=np.float32)[letters].reshape(2000, 300)
    rows = _rows(Part(one_hot, labels), one_hot, dtype=np.float32)
    assert rows.curvature is not None
    # In float32 the smallest is about -5e-6, and the Cholesky factor of the Hessian fails.
    assert np.linalg.eigvalsh(rows.curvature)[0] > -1e-9
    assert fit_all(rows, 100.0, None).converged.all()
