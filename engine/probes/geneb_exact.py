"""The published harness's probe, to the letter: `LogisticRegression(max_iter=1000)` on raw features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.optimize import minimize

# The harness stops long before the optimum where features vary little, and takes hundreds of steps where they are
# ill-conditioned: there a last bit that differs ends in other predictions. Equal results need equal operations.
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss

from engine.names import Protocol
from engine.probes.contract import Choice
from engine.probes.inputs import check_candidates, encode, is_sparse
from engine.probes.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.probes.folds import Folds
    from engine.sequences import Features

    Floats = NDArray[np.float64]
    Objective = Callable[[Floats], tuple[float, Floats]]

C = 1.0
MAX_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class GenebExact:
    """L2 with C = 1, L-BFGS, at most 1,000 iterations, an intercept, no class weights, nothing chosen (protocols A.1).

    The solver ignores the harness's seeds: five fits to the whole train split are one.
    """

    name: ClassVar[Protocol] = Protocol.GENEB_EXACT

    def fit(
        self, candidates: Sequence[Features], labels: NDArray[np.int64], *, classes: int, folds: Folds | None = None
    ) -> Linear:
        """Fit to train as `Probe.fit` has it; folds are not looked at.

        Raises:
            StatisticError: what `Probe.fit` refuses, and more than one candidate.
        """
        del folds
        check_candidates(candidates, labels, choosing=False)
        present, codes = encode(labels)
        features = _as_floats(candidates[0])
        outputs = 1 if len(present) == 2 else len(present)
        objective = _two_classes(features, codes) if outputs == 1 else _more_classes(features, codes, outputs)
        found = minimize(
            objective,
            # In the features' dtype, which the solver then rounds its steps to.
            np.zeros(outputs * (features.shape[1] + 1), dtype=features.dtype),
            method="L-BFGS-B",
            jac=True,
            # As scikit-learn 1.9 calls it.
            options={"maxiter": MAX_ITERATIONS, "maxls": 50, "gtol": 1e-4, "ftol": 64 * np.finfo(float).eps},
        )
        solution = found.x.reshape((outputs, -1), order="F").astype(features.dtype)
        return Linear(
            weights=solution[:, :-1].T,
            intercept=solution[:, -1],
            present=present,
            classes=classes,
            choice=Choice(c=C, converged=found.status == 0),
        )


def _as_floats(features: Features) -> Features:
    """Float32 or float64, rows contiguous; anything else becomes float64, as in scikit-learn."""
    kept = features.dtype if features.dtype in {np.dtype(np.float32), np.dtype(np.float64)} else np.dtype(np.float64)
    return features.astype(kept, copy=False) if is_sparse(features) else np.ascontiguousarray(features, dtype=kept)


def _two_classes(features: Features, codes: NDArray[np.int64]) -> Objective:
    """Mean log loss and penalty of (weights, intercept), shape (d + 1,), with their gradient."""
    n, dtype, pointwise = features.shape[0], features.dtype, HalfBinomialLoss()
    target, strength = codes.astype(dtype), 1.0 / (C * n)
    columns = features.T

    def objective(solution: Floats) -> tuple[float, Floats]:
        weights = solution[:-1]
        scores = features @ weights.astype(dtype) + solution[-1].astype(dtype)
        loss, slope = pointwise.loss_gradient(y_true=target, raw_prediction=scores)
        slope /= n
        gradient = np.empty_like(solution)
        gradient[:-1] = columns @ slope + strength * weights
        gradient[-1] = slope.sum()
        return float(loss.sum() / n) + float(0.5 * strength * (weights @ weights)), gradient

    return objective


def _more_classes(features: Features, codes: NDArray[np.int64], classes: int) -> Objective:
    """Same of (weights, intercept) per class, shape (K, d + 1) in Fortran order."""
    n, dtype, pointwise = features.shape[0], features.dtype, HalfMultinomialLoss(n_classes=classes)
    target, strength = codes.astype(dtype), 1.0 / (C * n)

    def objective(solution: Floats) -> tuple[float, Floats]:
        table = solution.reshape((classes, -1), order="F")
        weights = table[:, :-1]
        scores = features @ weights.astype(dtype, copy=False).T + table[:, -1].astype(dtype)
        loss, slope = pointwise.loss_gradient(y_true=target, raw_prediction=scores)
        slope /= n
        gradient = np.empty(table.shape, dtype=table.dtype, order="F")
        gradient[:, :-1] = slope.T @ features + strength * weights
        gradient[:, -1] = slope.sum(0)
        flat = weights.ravel(order="K")
        return float(loss.sum() / n) + float(0.5 * strength * np.dot(flat, flat)), gradient.ravel(order="F")

    return objective
