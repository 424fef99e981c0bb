"""How well batches mix: silhouettes of batches, variance that batches explain, and types that hang together.

Definitions of scIB (Luecken et al. 2022, doi:10.1038/s41592-021-01336-8); 1 is best in each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import connected_components

from engine.singlecell.cells import biology

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from engine.singlecell.cells.checks import Groups, Matrix

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]


def batch_silhouettes(embedding: Matrix, types: Groups, batches: Groups, *, rows: Codes | None = None) -> Floats:
    """Silhouette of each cell by batch among the cells of its own type, shape (n,), -1 to 1.

    NaN for cells outside `rows` and for types whose cells are all of one batch, or each of its own: scIB leaves such
    types out.

    Args:
        embedding: shape (n, d).
        types: of the cells.
        batches: of the cells.
        rows: cells that are measured, among themselves; all where None.
    """
    found = np.full(len(embedding), np.nan)
    kept = np.arange(len(embedding)) if rows is None else rows
    for code in range(len(types.names)):
        own = kept[types.codes[kept] == code]
        if 1 < np.unique(batches.codes[own]).size < own.size:
            found[own] = biology.silhouettes(embedding[own], batches.codes[own])
    return found


def in_largest_component(graph: csr_array, types: Groups) -> NDArray[np.bool_]:
    """Whether a cell is in the largest connected part of the cells of its type, shape (n,).

    Graph connectivity is the share of such cells in a type, averaged over types.
    """
    found = np.zeros(types.codes.size, dtype=np.bool_)
    for code in range(len(types.names)):
        own = np.flatnonzero(types.codes == code)
        parts = connected_components(graph[own][:, own], directed=False)[1]
        found[own] = parts == np.bincount(parts).argmax()
    return found


class Explained:
    """The share of the variance of principal components that batches explain, for any resample of the cells.

    It is the sum over components of variance times R² of the component on batches, divided by the sum of variances. As
    a component's variance times R² is its sum of squares between batches, the whole is one ratio of sums of squares.
    """

    def __init__(self, components: Matrix, batches: Groups) -> None:
        """Lay the cells of each batch together; components has shape (n, width)."""
        middle = components - components.mean(axis=0, dtype=np.float64)
        self._squares: Floats = (middle**2).sum(axis=1)
        self._cells = [np.flatnonzero(batches.codes == code) for code in range(len(batches.names))]
        self._parts: list[Floats] = [middle[cells] for cells in self._cells]

    def share(self, weights: Floats) -> Floats:
        """Shape (draws,), 0 to 1, NaN where there is no variance; weights (draws, n) say how often each cell counts."""
        between, whole = np.zeros(len(weights)), np.zeros((len(weights), self._parts[0].shape[1]))
        for cells, part in zip(self._cells, self._parts, strict=True):
            own = weights[:, cells]
            sums = own @ part
            # A batch that no draw has brought has sums of zero.
            between += (sums**2).sum(axis=1) / np.maximum(own.sum(axis=1), 1)
            whole += sums
        centre = (whole**2).sum(axis=1) / weights.sum(axis=1)
        around = weights @ self._squares - centre
        out = np.full(len(weights), np.nan)
        np.divide(between - centre, around, out=out, where=around > 0)
        share: Floats = np.clip(out, 0, 1)
        return share


def pcr(after: Floats, before: Floats) -> Floats:
    """What an embedding has taken away of the variance that batches explained: 1 - after / before, not below 0.

    As scIB's `pcr_comparison`, an embedding in which batches explain more than before has 0. NaN where they explained
    nothing before.
    """
    out = np.full(np.shape(before), np.nan)
    np.divide(after, before, out=out, where=before > 0)
    kept: Floats = np.maximum(1 - out, 0)
    return kept
