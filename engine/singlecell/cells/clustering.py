"""Cells next to each other, and the clusters that such a graph falls into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array, csr_matrix
from sklearn.neighbors import NearestNeighbors

from engine.singlecell.cells import biology, checks, optional
from engine.singlecell.contract import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.singlecell.cells.checks import Groups, Matrix
    from engine.singlecell.contract import Tell

NEIGHBOURS = 15
"""Cells of a neighbourhood, the cell itself counted, as `scanpy.pp.neighbors(n_neighbors=15)` counts."""
RESOLUTIONS = tuple(step / 10 for step in range(1, 21))
"""0.1, 0.2, ... 2.0: the grid of scIB's `opt_louvain`."""
_ROWS = 4096
_TOLERANCE = 1e-6
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """Clusters of cells at one resolution of Louvain; clusters has shape (n,), numbered from the largest."""

    clusters: NDArray[np.int64]
    resolution: float
    nmi: float


def neighbour_graph(embedding: Matrix, *, size: int = NEIGHBOURS, tell: Tell = silent) -> csr_array:
    """Who is among whose nearest cells by Euclidean distance: symmetric, ones and zeros, shape (n, n).

    Two cells are joined where at least one of them is among the `size` - 1 nearest others of the other: the edges of
    the graph of `scanpy.pp.neighbors`. Distances are exact and computed by blocks of rows, in O(n² d) time and O(n)
    memory: on two cores 200,000 cells of 50 coordinates take minutes, of 2,000 coordinates hours.

    Args:
        embedding: shape (n, d), n above `size`.
        size: cells of a neighbourhood, the cell itself counted.
        tell: told after each block of cells.
    """
    n = len(embedding)
    search = NearestNeighbors(n_neighbors=size, algorithm="brute").fit(embedding)
    nearest = np.empty((n, size), dtype=np.int64)
    for start in range(0, n, _ROWS):
        block = slice(start, min(start + _ROWS, n))
        nearest[block] = search.kneighbors(embedding[block], return_distance=False)
        tell("neighbours of cells", block.stop, n)
    others = _without_self(nearest)
    rows = np.repeat(np.arange(n), size - 1)
    edges = coo_array((np.ones(rows.size), (rows, others.ravel())), shape=(n, n)).tocsr()
    return csr_array(edges.maximum(edges.T))


def _without_self(nearest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row without the cell itself, or without its last where equal cells have crowded it out; (n, size - 1)."""
    n, size = nearest.shape
    own = nearest == np.arange(n)[:, None]
    own[~own.any(axis=1), size - 1] = True
    others: NDArray[np.int64] = nearest[~own].reshape(n, size - 1)
    return others


def louvain(graph: csr_array, resolution: float, *, seed: int = 0) -> NDArray[np.int64]:
    """Clusters by Louvain on Newman's modularity, shape (n,), numbered from the largest.

    Nodes are visited in an order drawn from the seed: the same graph and seed give the same clusters.

    Raises:
        NotHereError: scikit-network is not installed.
    """
    algorithm = optional.load(
        "sknetwork.clustering", purpose="clustering cells", install="pip install 'validity-ledger[singlecell]'"
    )
    found = algorithm.Louvain(
        resolution=resolution,
        modularity="newman",
        tol_optimization=_TOLERANCE,
        tol_aggregation=_TOLERANCE,
        shuffle_nodes=True,
        return_probs=False,
        return_aggregate=False,
        random_state=checks.short_seed(seed),
    ).fit_predict(csr_matrix(graph))
    return np.asarray(found, dtype=np.int64)


def best_clustering(
    graph: csr_array,
    types: Groups,
    *,
    resolutions: Sequence[float] = RESOLUTIONS,
    seed: int = 0,
    tell: Tell = silent,
) -> Clustering:
    """The clustering that agrees most with the types of cells, over a grid of resolutions.

    This is the "optimal" clustering of scIB (Luecken et al. 2022, doi:10.1038/s41592-021-01336-8): the labels choose
    the resolution by the largest NMI, the lowest resolution among equals. NMI and ARI at it are therefore higher than
    at a resolution chosen without labels; as every system is given the same choice, they compare with each other.

    Args:
        graph: from `neighbour_graph`.
        types: of the cells.
        resolutions: to choose from.
        seed: of Louvain.
        tell: told after each resolution.

    Raises:
        NotHereError: scikit-network is not installed.
    """
    best: Clustering | None = None
    for step, resolution in enumerate(resolutions, start=1):
        clusters = louvain(graph, resolution, seed=seed)
        nmi = float(biology.nmi(biology.table(types.codes, clusters)))
        if best is None or nmi > best.nmi + _EQUAL:
            best = Clustering(clusters=clusters, resolution=resolution, nmi=nmi)
        tell("clusterings", step, len(resolutions))
    if best is None:
        raise ValueError("a grid without resolutions has no best one")
    return best
