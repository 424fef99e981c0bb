from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from engine.singlecell.cells import batch, checks
from engine.singlecell.cells.clustering import neighbour_graph
from engine.singlecell.cells.components import principal_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.singlecell.cells.conftest import Blood


def asw_batch_by_hand(embedding: NDArray[np.floating], types: NDArray, batches: NDArray) -> float:
    """Formula of scIB: per type the mean of 1 - |silhouette of the batch|, averaged over types of several batches."""
    of_types = []
    for name in np.unique(types.astype(str)):
        cells, named = embedding[types == name].astype(np.float64), batches[types == name]
        if not 1 < len(set(named)) < len(named):
            continue
        distances = np.sqrt(((cells[:, None] - cells[None]) ** 2).sum(axis=2))
        scores = []
        for row, own in enumerate(named):
            mates = (named == own) & (np.arange(len(named)) != row)
            if not mates.any():
                scores.append(1.0)
                continue
            a = distances[row, mates].mean()
            b = min(distances[row, named == other].mean() for other in set(named) - {own})
            scores.append(1 - abs((b - a) / max(a, b)))
        of_types.append(np.mean(scores))
    return float(np.mean(of_types))


def our_asw_batch(embedding: NDArray[np.floating], types: NDArray, batches: NDArray) -> float:
    named = checks.cell_types(types)
    found = 1 - np.abs(batch.batch_silhouettes(embedding, named, checks.groups(batches, len(types), "batches")))
    means = [found[named.codes == code].mean() for code in range(len(named.names))]
    return float(np.nanmean(means))


def explained_by_hand(embedding: NDArray[np.floating], batches: NDArray, width: int = 50) -> float:
    """Formula of scIB: variances of principal components, times R² of each on batches, over the sum of variances."""
    fitted = PCA(min(width, *embedding.shape), svd_solver="full")
    scores = fitted.fit_transform(embedding.astype(np.float64))
    columns = (batches[:, None] == np.unique(batches.astype(str))[None]).astype(float)
    fits = [LinearRegression().fit(columns, score).score(columns, score) for score in scores.T]
    variances = fitted.explained_variance_
    return float((np.maximum(fits, 0) * variances).sum() / variances.sum())


def our_explained(embedding: NDArray[np.floating], batches: NDArray) -> float:
    scores = principal_components(embedding)
    explained = batch.Explained(scores, checks.groups(batches, len(batches), "batches"))
    return float(explained.share(np.ones((1, len(batches))))[0])


@pytest.mark.parametrize("name", ["shifted", "X_umap"])
def test_batch_asw_is_the_formula_of_scib(
    blood: Blood, halves: NDArray, shifted: NDArray[np.float64], name: str
) -> None:
    embedding = shifted[:, :100] if name == "shifted" else blood.obsm[name]
    found = our_asw_batch(embedding, blood.labels, halves)
    assert found == pytest.approx(asw_batch_by_hand(embedding, blood.labels, halves), abs=1e-6)


def test_types_of_one_batch_or_of_a_batch_per_cell_are_left_out() -> None:
    rng = np.random.default_rng(2)
    types = np.repeat(["mixed", "single batch", "a batch each"], [10, 6, 3])
    batches = np.array(["x", "y"] * 5 + ["x"] * 6 + ["x", "y", "z"])
    places = rng.normal(size=(19, 3))
    found = batch.batch_silhouettes(places, checks.cell_types(types), checks.groups(batches, 19, "batches"))
    assert not np.isnan(found[:10]).any()
    assert np.isnan(found[10:]).all()
    assert our_asw_batch(places, types, batches) == pytest.approx(asw_batch_by_hand(places, types, batches), abs=1e-9)


@pytest.mark.parametrize("name", ["shifted", "X_pca", "X_umap"])
def test_variance_explained_by_batches_is_the_regression_on_principal_components(
    blood: Blood, halves: NDArray, shifted: NDArray[np.float64], name: str
) -> None:
    embedding = shifted[:, :200] if name == "shifted" else blood.obsm[name]
    for batches in (halves, blood.phases):
        assert our_explained(embedding, batches) == pytest.approx(explained_by_hand(embedding, batches), abs=1e-6)


def test_variance_explained_in_a_resample_is_that_of_the_drawn_cells(blood: Blood) -> None:
    scores = principal_components(blood.features)
    drawn = np.random.default_rng(6).integers(0, 700, 700)
    explained = batch.Explained(scores, checks.groups(blood.phases, 700, "batches"))
    found = explained.share(np.bincount(drawn, minlength=700)[None].astype(float))[0]
    cells, named = scores[drawn], blood.phases[drawn]
    middle = cells.mean(axis=0)
    between = sum(
        (named == name).sum() * ((cells[named == name].mean(axis=0) - middle) ** 2).sum() for name in set(named)
    )
    assert found == pytest.approx(between / ((cells - middle) ** 2).sum(), abs=1e-12)


def test_pcr_is_the_share_taken_away_and_never_below_zero() -> None:
    found = batch.pcr(np.array([0.1, 0.4, 0.3, 0.0]), np.array([0.4, 0.4, 0.2, 0.0]))
    assert found[:3].tolist() == [0.75, 0.0, 0.0]
    assert np.isnan(found[3])


@pytest.mark.parametrize("name", ["X_pca", "features"])
def test_graph_connectivity_is_the_largest_component_of_each_type(blood: Blood, name: str) -> None:
    embedding = blood.features if name == "features" else blood.obsm[name]
    graph, types = neighbour_graph(embedding), blood.types
    found = batch.in_largest_component(graph, types)
    network = nx.from_scipy_sparse_array(graph)
    shares = []
    for code, size in enumerate(types.sizes):
        own = network.subgraph(np.flatnonzero(types.codes == code))
        largest = max(nx.connected_components(own), key=len)
        shares.append(len(largest) / size)
        assert found[types.codes == code].sum() == len(largest)
    assert 0 < np.mean(shares) < 1


def test_graph_connectivity_worked_by_hand() -> None:
    # A path 0-1-2-3 of type a with 4 hanging on 5 of type b: {0, 1, 2, 3} of {0, 1, 2, 3, 4}, and {5, 7} of {5, 6, 7}.
    edges = np.zeros((8, 8))
    for one, other in ((0, 1), (1, 2), (2, 3), (4, 5), (5, 7), (6, 0)):
        edges[one, other] = edges[other, one] = 1
    types = checks.groups(list("aaaaabbb"), 8, "labels")
    found = batch.in_largest_component(csr_array(edges), types)
    assert found.tolist() == [True, True, True, True, False, True, False, True]


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(-10, 10))
def test_order_of_cells_names_and_scale_change_no_batch_metric(seed: int, power: int) -> None:
    rng = np.random.default_rng(seed)
    places, types, batches = rng.normal(size=(60, 4)), rng.integers(0, 3, 60), rng.integers(0, 2, 60)
    types[:3] = [0, 1, 2]
    order = rng.permutation(60)
    moved, renamed, other = 2.0**power * places[order], np.array(list("zyx"))[types[order]], 1 - batches[order]
    assert our_asw_batch(moved, renamed, other) == pytest.approx(our_asw_batch(places, types, batches), abs=1e-9)
    assert our_explained(moved, other) == pytest.approx(our_explained(places, batches), abs=1e-9)
    connected = [
        batch.in_largest_component(neighbour_graph(where), checks.cell_types(named)).sum()
        for where, named in ((places, types), (moved, renamed))
    ]
    assert connected[0] == connected[1]
