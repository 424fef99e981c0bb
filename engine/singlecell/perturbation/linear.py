"""The bilinear model of Ahlmann-Eltze, Huber and Anders (Nature Methods 2025) in closed form.

With D the changes in train (genes x perturbations), b their mean over perturbations, G a vector per gene
(genes x K) and P a vector per perturbation (L x perturbations):

    W = (G'G + lambda I)^-1 G' (D - b) P' (P P' + lambda I)^-1,    Y = G W P_new + b + control

Neither turning G or P, nor the order of genes or perturbations, changes a prediction. In this code a perturbation is a
row, as everywhere in this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import StatisticError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STRENGTH = 0.1
"""lambda, as published."""
WIDTH = 10
"""K, as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The model after fitting.

    Attributes:
        genes: G, shape (genes, K).
        weights: W, shape (K, L).
        mean: b, shape (genes,).
    """

    genes: Floats
    weights: Floats
    mean: Floats

    def changes(self, perturbations: Floats) -> Floats:
        """Predicted changes from control, shape (n, genes).

        Args:
            perturbations: a vector per perturbation, shape (n, L).
        """
        found: Floats = perturbations @ self.weights.T @ self.genes.T + self.mean
        return found


def fit(changes: Floats, *, genes: Floats, perturbations: Floats, strength: float = STRENGTH) -> Fit:
    """Fit the weights to the changes in train.

    Args:
        changes: D', shape (perturbations, genes).
        genes: G, shape (genes, K).
        perturbations: P', shape (perturbations, L).
        strength: lambda, the same on both sides.

    Raises:
        StatisticError: no perturbation, shapes that do not fit, or a strength that is not positive.
    """
    if not len(changes) or changes.shape != (len(perturbations), len(genes)):
        raise StatisticError(
            f"changes of shape {changes.shape} do not fit {len(perturbations)} perturbations and {len(genes)} genes: "
            "a linear model needs one row per perturbation, at least one, and one column per gene."
        )
    if not strength > 0:
        raise StatisticError(f"the strength of a ridge penalty is positive, not {strength}.")
    mean = changes.mean(axis=0)
    by_gene = _ridge(genes, (changes - mean).T, strength)
    weights = _ridge(perturbations, by_gene.T, strength).T
    return Fit(genes=genes, weights=weights, mean=mean)


def _ridge(features: Floats, target: Floats, strength: float) -> Floats:
    """(X'X + lambda I)^-1 X' T: coefficients of T on X, shape (columns of X, columns of T)."""
    gram = features.T @ features + strength * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(gram, features.T @ target), dtype=np.float64)


def principal_scores(matrix: Floats, width: int) -> Floats:
    """Scores of the rows on the first principal components, columns centred; shape (rows, at most `width`).

    There are fewer components than `width` where the matrix has fewer; a component without variance is left out.
    """
    left, sizes, _ = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
    kept = min(width, significant(sizes, matrix.shape))
    return np.asarray(left[:, :kept] * sizes[:kept], dtype=np.float64)


def significant(sizes: Floats, shape: tuple[int, ...]) -> int:
    """How many singular values of a matrix of this shape are more than rounding (the rule of numpy's matrix_rank)."""
    if not len(sizes):
        return 0
    return int((sizes > sizes[0] * max(shape) * np.finfo(np.float64).eps).sum())
