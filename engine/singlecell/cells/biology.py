"""Agreement of clusters with cell types, and how compact the types lie: the three parts of AvgBIO."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy
from sklearn import config_context
from sklearn.metrics import silhouette_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.singlecell.cells.checks import Groups, Matrix

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

MOST_SILHOUETTES = 20_000
"""Silhouettes need every distance between cells: beyond so many cells a sample stands for all."""
_FEWEST_OF_A_TYPE = 30
_WORKING_MEGABYTES = 256


def table(first: Codes, second: Codes) -> Floats:
    """How many cells are in each pair of groups; shape (groups of the first, groups of the second)."""
    width = int(second.max()) + 1
    height = int(first.max()) + 1
    return np.bincount(first * width + second, minlength=height * width).reshape(height, width).astype(np.float64)


def nmi(tables: Floats) -> Floats:
    """Normalised mutual information, its normaliser the arithmetic mean of the two entropies; 0 to 1.

    2 I(types; clusters) / (H(types) + H(clusters)), as scikit-learn's `normalized_mutual_info_score`. A table with a
    single type and a single cluster has nothing to inform about: NaN there.

    Args:
        tables: shape (..., types, clusters), counts of cells, each table with at least one.
    """
    total = tables.sum(axis=(-2, -1))
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    # Sums of n log n leave one division at the end: n H = n log n - sum of m log m over the margins.
    whole, joint = xlogy(total, total), xlogy(tables, tables).sum(axis=(-2, -1))
    of_rows, of_columns = xlogy(rows, rows).sum(axis=-1), xlogy(columns, columns).sum(axis=-1)
    entropies = 2 * whole - of_rows - of_columns
    mutual = np.maximum(whole + joint - of_rows - of_columns, 0)
    return np.minimum(_ratio(2 * mutual, entropies), 1)


def ari(tables: Floats) -> Floats:
    """Rand index adjusted for chance (Hubert and Arabie 1985); 1 at agreement, 0 on average at random.

    Computed on pairs of cells, as scikit-learn's `adjusted_rand_score`. A table with a single type and a single
    cluster is agreement: 1.

    Args:
        tables: shape (..., types, clusters), counts of cells.
    """
    total = tables.sum(axis=(-2, -1))
    together = (tables**2).sum(axis=(-2, -1)) - total
    by_row = (tables.sum(axis=-1) ** 2).sum(axis=-1) - total
    by_column = (tables.sum(axis=-2) ** 2).sum(axis=-1) - total
    expected = by_row * by_column / np.maximum(total * (total - 1), 1)
    most = (by_row + by_column) / 2
    return np.where(most == expected, 1.0, _ratio(together - expected, most - expected))


def _ratio(above: Floats, below: Floats) -> Floats:
    """Division that is NaN where there is nothing to divide by."""
    out = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def sample(types: Groups, *, most: int = MOST_SILHOUETTES, seed: int = 0) -> Codes | None:
    """Indexes of about `most` cells, each type with its share and at least 30; None where all cells are few enough.

    The same types and seed give the same cells, whichever system is measured.
    """
    n = types.codes.size
    if n <= most:
        return None
    rng = np.random.default_rng(seed)
    chosen = []
    for code, size in enumerate(types.sizes):
        quota = min(int(size), max(_FEWEST_OF_A_TYPE, int(size) * most // n))
        chosen.append(rng.choice(np.flatnonzero(types.codes == code), quota, replace=False))
    return np.sort(np.concatenate(chosen))


def silhouettes(embedding: Matrix, codes: Codes, *, rows: Codes | None = None) -> Floats:
    """Silhouette of each cell by Euclidean distance, shape (n,), -1 to 1; NaN for cells that are not among `rows`.

    (b - a) / max(a, b), with a the mean distance to the cells of the same group and b that to the nearest other group
    (Rousseeuw 1987). A cell alone in its group has 0, scikit-learn's rule. Distances are taken by blocks of 256 MB.

    Args:
        embedding: shape (n, d).
        codes: shape (n,), the group of each cell; among `rows` at least 2 groups, and fewer than cells.
        rows: cells that are measured, among themselves; all where None.
    """
    kept = np.arange(len(codes)) if rows is None else rows
    found = np.full(len(codes), np.nan)
    with config_context(working_memory=_WORKING_MEGABYTES):
        found[kept] = silhouette_samples(embedding[kept], codes[kept])
    return found
