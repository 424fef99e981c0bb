"""Filters, logs, variable genes and components equal scanpy's and numpy's, whatever the size of the chunks."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn.decomposition import PCA

from engine.errors import TableError
from engine.singlecell import preprocessing
from engine.singlecell.preprocessing import (
    Preparation,
    as_logs,
    gather,
    highly_variable,
    log_chunks,
    prepare,
    principal_components,
)
from engine.singlecell.reading import cells as reading
from engine.singlecell.reading.cells import Cells, open_cells
from engine.singlecell.reading.states import State
from tests.singlecell.files import content, counts, logs, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELLS, GENES = 300, 400


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, of which the last is not full."""
    monkeypatch.setattr(reading.Cells.chunks, "__defaults__", (64, None))


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[Cells]:
    """Counts in X, of which some genes and cells have few."""
    with open_cells(write(tmp_path / "one.h5ad", replace(content(), **_parts(_counts())))) as found:
        yield found


def _counts() -> np.ndarray:
    values = counts(CELLS, GENES)
    values[:7, 9:] = 0
    values[12:, :5] = 0
    return values


def _parts(values: np.ndarray) -> dict[str, object]:
    return {
        "matrix": csr_array(values),
        "genes": [f"G{place}" for place in range(values.shape[1])],
        "obs": {},
        "var": {},
        "obsm": {},
        "layers": {"dense": values, "logs": csr_array(logs(values))},
    }


def _known(values: np.ndarray) -> anndata.AnnData:
    """What scanpy makes of it by the steps of the reference pipeline, in double precision."""
    with warnings.catch_warnings():
        # Importing scanpy 1.11 and taking views with anndata 0.12 uses what pandas 3 has deprecated.
        warnings.simplefilter("ignore")
        import scanpy  # noqa: PLC0415 - under the filter

        names = pd.Index([f"G{place}" for place in range(values.shape[1])], dtype=object)
        index = pd.Index([str(place) for place in range(len(values))], dtype=object)
        known = anndata.AnnData(csr_matrix(values), pd.DataFrame(index=index), pd.DataFrame(index=names))
        scanpy.pp.filter_cells(known, min_genes=10)
        scanpy.pp.filter_genes(known, min_cells=10)
        scanpy.pp.normalize_total(known, target_sum=1e4)
        scanpy.pp.log1p(known)
        scanpy.pp.highly_variable_genes(known, n_top_genes=60, flavor="seurat")
        scanpy.pp.pca(known, n_comps=12, use_highly_variable=True, svd_solver="full")
    return known


@pytest.fixture(scope="module")
def known() -> anndata.AnnData:
    """As scanpy does it."""
    return _known(_counts())


def _all_logs(cells: Cells, prepared: Preparation) -> np.ndarray:
    found = np.full((int(prepared.cells.sum()), len(prepared.names)), np.nan)
    for part, block in log_chunks(cells, prepared):
        found[part] = block.toarray() if issparse(block) else block
    return found


@pytest.mark.parametrize("layer", [None, "dense"], ids=["sparse", "dense"])
def test_filters_and_logs_are_scanpys(layer: str | None, cells: Cells, known: anndata.AnnData) -> None:
    prepared = prepare(cells, layer=layer)
    assert prepared.state is State.COUNTS
    assert prepared.names == tuple(known.var_names)
    assert np.flatnonzero(prepared.cells).tolist() == [int(name) for name in known.obs_names]
    assert 0 < (~prepared.cells).sum() < CELLS
    assert 0 < (~prepared.genes).sum() < GENES
    np.testing.assert_allclose(_all_logs(cells, prepared), known.X.toarray(), rtol=1e-12)


@pytest.mark.parametrize("layer", [None, "dense", "logs"], ids=["sparse", "dense", "logs"])
def test_variable_genes_are_those_that_scanpy_selects(layer: str | None, cells: Cells, known: anndata.AnnData) -> None:
    # The layer of logs was normalised before the filter: with all cells and genes its steps are others than scanpy's.
    bounds = {"min_genes": 10, "min_cells": 10} if layer != "logs" else {"min_genes": 0, "min_cells": 0}
    prepared = prepare(cells, layer=layer, **bounds)
    found = {prepared.names[place] for place in highly_variable(cells, prepared, top=60)}
    expected = known if layer != "logs" else _selected(logs(_counts()))
    assert found == set(expected.var_names[expected.var["highly_variable"]])
    assert len(found) == 60


def _selected(values: np.ndarray) -> anndata.AnnData:
    import scanpy  # noqa: PLC0415 - its first import is under the filter above

    names = pd.Index([f"G{place}" for place in range(values.shape[1])], dtype=object)
    found = anndata.AnnData(values.copy(), var=pd.DataFrame(index=names))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scanpy.pp.highly_variable_genes(found, n_top_genes=60, flavor="seurat")
    return found


def test_more_variable_genes_than_there_are_are_all_that_vary(cells: Cells) -> None:
    prepared = prepare(cells)
    assert highly_variable(cells, prepared, top=5000).tolist() == list(range(len(prepared.names)))


def test_a_gene_without_variance_is_never_a_variable_one(tmp_path: Path) -> None:
    values = logs(counts())
    values[:, 3], values[:, 8] = 0.0, 1.5
    with open_cells(write(tmp_path / "one.h5ad", replace(content(), matrix=values))) as cells:
        chosen = highly_variable(cells, prepare(cells, min_cells=0), top=30)
    assert len(chosen) == 28
    assert not {3, 8} & set(chosen.tolist())


@pytest.mark.parametrize("layer", [None, "dense"], ids=["sparse", "dense"])
def test_components_are_scanpys(layer: str | None, cells: Cells, known: anndata.AnnData) -> None:
    prepared = prepare(cells, layer=layer)
    genes = highly_variable(cells, prepared, top=60)
    found = principal_components(cells, prepared, genes, components=12)
    expected = known.obsm["X_pca"]
    signs = np.sign((found.scores * expected).sum(0))
    np.testing.assert_allclose(found.scores * signs, expected, atol=1e-8)
    np.testing.assert_allclose(found.variances, known.uns["pca"]["variance"], rtol=1e-9)
    np.testing.assert_allclose(found.share, known.uns["pca"]["variance_ratio"], rtol=1e-9)


def test_components_are_scikit_learns_and_their_largest_loading_is_positive(cells: Cells) -> None:
    prepared = prepare(cells)
    genes = np.arange(0, len(prepared.names), 3)
    found = principal_components(cells, prepared, genes, components=5)
    matrix = gather(cells, prepared, genes).toarray()
    expected = PCA(5, svd_solver="full").fit(matrix)
    np.testing.assert_allclose(np.abs(found.loadings.T), np.abs(expected.components_), atol=1e-8)
    np.testing.assert_allclose(found.scores, (matrix - matrix.mean(0)) @ found.loadings, atol=1e-10)
    assert (found.loadings[np.abs(found.loadings).argmax(0), np.arange(5)] > 0).all()


def test_there_are_no_more_components_than_cells_or_genes_allow(tmp_path: Path) -> None:
    with open_cells(write(tmp_path / "one.h5ad", content(6, 30))) as cells:
        prepared = prepare(cells, min_genes=0, min_cells=0)
        assert principal_components(cells, prepared, np.arange(30)).scores.shape == (6, 5)
        assert principal_components(cells, prepared, np.arange(3)).scores.shape == (6, 3)


def test_too_many_genes_for_components_are_refused(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preprocessing, "_MOST_PAIRED", 10)
    with pytest.raises(TableError, match=r"11 genes are too many .* up to 10: choose variable genes first"):
        principal_components(cells, prepare(cells), np.arange(11))


def test_features_that_do_not_fit_are_refused(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preprocessing, "_MOST_GATHERED", 1000)
    with pytest.raises(TableError, match="more than 2 GB"):
        gather(cells, prepare(cells), np.arange(20))


def test_scaled_values_stay_as_they_are(mirror: Path) -> None:
    with open_cells(mirror / "singlecell" / "10x_pbmc68k_reduced.zarr.zip") as cells:
        prepared = prepare(cells)
        assert prepared.state is State.SCALED
        assert prepared.cells.all()
        assert prepared.genes.all()
        features = gather(cells, prepared, np.arange(765))
        found = principal_components(cells, prepared, np.arange(150))
        expected = np.vstack([block for _, block in cells.chunks()])
    np.testing.assert_array_equal(features, expected)
    reference = PCA(50, svd_solver="full").fit(expected[:, :150])
    np.testing.assert_allclose(found.variances, reference.explained_variance_, rtol=1e-8)


def test_a_pass_tells_how_far_it_is(cells: Cells) -> None:
    told: list[tuple[str, int, int]] = []
    prepared = prepare(cells, tell=lambda *one: told.append(one))
    highly_variable(cells, prepared, tell=lambda *one: told.append(one))
    assert told == [
        (what, done, CELLS)
        for what in ("counting genes and cells", "finding variable genes")
        for done in (64, 128, 192, 256, 300)
    ]


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"min_genes": 401}, "none of 300 cells has 401 genes above 0"),
        ({"min_cells": 301}, "none of 400 genes is above 0 in 301 cells"),
    ],
    ids=["cells", "genes"],
)
def test_filters_that_leave_nothing_say_so(bounds: dict[str, int], says: str, cells: Cells) -> None:
    with pytest.raises(TableError, match=says):
        prepare(cells, **bounds)


def test_a_negative_count_beyond_the_cells_that_were_looked_at_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LOOK_ROWS", 2)
    values = counts()
    values[36, 2] = -1
    with open_cells(write(tmp_path / "one.h5ad", replace(content(), matrix=csr_array(values)))) as cells:
        prepared = prepare(cells)
        with pytest.raises(TableError, match=r"a value below 0 \(-1\) among counts"):
            highly_variable(cells, prepared)


def test_a_value_that_is_no_log_among_logs_is_refused_though_the_look_at_the_file_missed_it(cells: Cells) -> None:
    assert as_logs(cells, np.array([[0.0, 30.0]]), State.LOGS).tolist() == [[0.0, 30.0]]
    with pytest.raises(TableError, match="a value of 800 among logs"):
        as_logs(cells, csr_matrix([[0.0, 800.0]]), State.LOGS)
