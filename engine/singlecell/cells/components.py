"""Principal components of tables with more rows than one may copy freely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh
from sklearn.decomposition import PCA

from engine.singlecell.cells.checks import short_seed
from engine.singlecell.contract import silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.singlecell.cells.checks import Matrix
    from engine.singlecell.contract import Tell

    Floats = NDArray[np.float64]

WIDTH = 50
_WIDEST_COVARIANCE = 5000
_ROWS = 4096


def principal_components(values: Matrix, *, width: int = WIDTH, seed: int = 0, tell: Tell = silent) -> Floats:
    """Scores of the centred columns on their first principal components, shape (n, at most `width`).

    Columns are not scaled, as in `scanpy.pp.pca`. Up to 5,000 columns from their covariance, summed in float64 by
    blocks of rows; beyond that by ARPACK, which starts from the seed and needs a copy in float64. The sign of each
    component is such that its largest loading is positive.

    Args:
        values: shape (n, d), finite.
        width: components wanted; fewer where n - 1 or d is smaller.
        seed: of ARPACK's start.
        tell: told after each block of rows.
    """
    n, d = values.shape
    width = min(width, n - 1, d)
    if d > _WIDEST_COVARIANCE:
        fitted = PCA(width, svd_solver="arpack", random_state=short_seed(seed))
        return np.asarray(fitted.fit_transform(values.astype(np.float64)), dtype=np.float64)
    mean = values.mean(axis=0, dtype=np.float64)
    loadings = _loadings(values, mean, width, tell)
    scores = np.empty((n, width))
    for block in _blocks(n):
        scores[block] = (values[block] - mean) @ loadings
    return scores


def _loadings(values: Matrix, mean: Floats, width: int, tell: Tell) -> Floats:
    """Directions of largest variance, that of the largest first; shape (d, width)."""
    n, d = values.shape
    products = np.zeros((d, d))
    for block in _blocks(n):
        centred = values[block] - mean
        products += centred.T @ centred
        tell("principal components", block.stop, n)
    vectors = eigh(products, subset_by_index=(d - width, d - 1))[1][:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(width)])
    return np.asarray(vectors * signs, dtype=np.float64)


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + _ROWS, n)) for start in range(0, n, _ROWS)]
