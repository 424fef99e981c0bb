from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import normalized_mutual_info_score

from engine.errors import NotHereError
from engine.singlecell.cells import checks
from engine.singlecell.cells.clustering import RESOLUTIONS, best_clustering, louvain, neighbour_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.singlecell.cells.conftest import Blood


def scanpy_edges(embedding: NDArray[np.floating]) -> csr_array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scanpy's own, of what it imports
        import anndata  # noqa: PLC0415
        import scanpy  # noqa: PLC0415

        cells = anndata.AnnData(np.asarray(embedding))
        scanpy.pp.neighbors(cells, n_neighbors=15, use_rep="X")
    return csr_array(cells.obsp["connectivities"] > 0)


@pytest.mark.parametrize("name", ["X_pca", "X_umap", "features"])
def test_the_graph_has_the_edges_of_scanpys(blood: Blood, name: str) -> None:
    embedding = blood.features if name == "features" else blood.obsm[name]
    ours, theirs = neighbour_graph(embedding) > 0, scanpy_edges(embedding)
    assert (ours != theirs).nnz == 0


def test_the_graph_is_symmetric_without_loops_and_of_ones(blood: Blood) -> None:
    graph = neighbour_graph(blood.obsm["X_pca"])
    assert abs(graph - graph.T).nnz == 0
    assert not graph.diagonal().any()
    assert set(graph.data) == {1.0}


def test_cells_in_one_place_are_joined_to_14_others_and_never_to_themselves() -> None:
    places = np.repeat(np.arange(4.0), 20)[:, None]
    graph = neighbour_graph(places)
    assert not graph.diagonal().any()
    assert np.diff(graph.indptr).min() >= 14
    assert all(places[row, 0] == places[column, 0] for row, column in zip(*graph.nonzero(), strict=True))


def test_blocks_of_rows_change_no_edge(blood: Blood, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = neighbour_graph(blood.obsm["X_pca"])
    monkeypatch.setattr("engine.singlecell.cells.clustering._ROWS", 64)
    told: list[tuple[str, int, int]] = []
    blocked = neighbour_graph(blood.obsm["X_pca"], tell=lambda *what: told.append(what))
    assert abs(whole - blocked).nnz == 0
    assert [done for _, done, _ in told] == [*range(64, 700, 64), 700]


def test_another_order_of_cells_is_the_same_graph(blood: Blood) -> None:
    order = np.random.default_rng(3).permutation(700)
    graph = neighbour_graph(blood.features)
    assert abs(graph[order][:, order] - neighbour_graph(blood.features[order])).nnz == 0


@pytest.mark.parametrize("resolution", [0.1, 0.5, 1.0, 2.0])
def test_clusters_are_as_modular_as_those_of_networkx(blood: Blood, resolution: float) -> None:
    graph = neighbour_graph(blood.obsm["X_pca"])
    network = nx.from_scipy_sparse_array(graph)
    clusters = louvain(graph, resolution)
    ours = [set(np.flatnonzero(clusters == cluster)) for cluster in np.unique(clusters)]
    theirs = nx.community.louvain_communities(network, resolution=resolution, seed=0)
    of_ours, of_theirs = (nx.community.modularity(network, one, resolution=resolution) for one in (ours, theirs))
    assert of_ours >= 0.98 * of_theirs


def test_clusters_are_the_same_for_the_same_seed_and_numbered_from_the_largest(blood: Blood) -> None:
    graph = neighbour_graph(blood.obsm["X_pca"])
    first, again = louvain(graph, 1.0, seed=5), louvain(graph, 1.0, seed=5)
    assert (first == again).all()
    sizes = np.bincount(first)
    assert (np.diff(sizes) <= 0).all()
    assert sizes.min() > 0


def test_the_labels_choose_the_resolution_with_the_largest_nmi(blood: Blood) -> None:
    graph = neighbour_graph(blood.obsm["X_pca"])
    best = best_clustering(graph, blood.types)
    by_hand = {
        resolution: normalized_mutual_info_score(blood.labels.astype(str), louvain(graph, resolution))
        for resolution in RESOLUTIONS
    }
    assert best.nmi == pytest.approx(max(by_hand.values()), abs=1e-12)
    assert by_hand[best.resolution] == pytest.approx(best.nmi, abs=1e-12)
    assert len(RESOLUTIONS) == 20
    assert (RESOLUTIONS[0], RESOLUTIONS[-1]) == (0.1, 2.0)


def test_among_equal_clusterings_the_lowest_resolution_is_taken() -> None:
    rng = np.random.default_rng(0)
    apart = np.concatenate([rng.normal(size=(40, 3)), 1000 + rng.normal(size=(40, 3))])
    types = checks.cell_types(np.repeat(["left", "right"], 40))
    told: list[tuple[str, int, int]] = []
    best = best_clustering(
        neighbour_graph(apart), types, resolutions=(0.1, 0.2, 0.3), tell=lambda *what: told.append(what)
    )
    assert (best.resolution, best.nmi) == (0.1, pytest.approx(1, abs=1e-12))
    assert told == [("clusterings", step, 3) for step in (1, 2, 3)]


def test_without_scikit_network_a_sentence_names_the_command(blood: Blood, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sknetwork.clustering", None)
    with pytest.raises(NotHereError, match=r"clustering cells needs sknetwork.* pip install 'validity-ledger\[single"):
        louvain(neighbour_graph(blood.obsm["X_pca"]), 1.0)
