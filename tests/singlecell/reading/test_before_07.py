"""What anndata wrote before 0.7, and `raw`: read as what is written today, and nothing followed out of the file."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anndata
import h5py
import numpy as np
import pytest
import scanpy
from scipy.sparse import csc_array, csr_array, issparse

from engine.errors import TableError
from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.exchange import CellOptions
from engine.singlecell.contract import RAW
from engine.singlecell.preprocessing import highly_variable, prepare
from engine.singlecell.pseudobulk import Design, cell_sums, pseudobulk
from engine.singlecell.reading.cells import open_cells
from engine.singlecell.reading.states import State
from tests.singlecell.before_07 import write_before_07
from tests.singlecell.files import content, counts, logs, put_frame, put_matrix, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.reading.cells import Cells

SCANPYS = Path(scanpy.__file__).parent / "datasets" / "10x_pbmc68k_reduced.h5ad"


def whole(cells: Cells, layer: str | None = None) -> np.ndarray:
    parts = [block.toarray() if issparse(block) else block for _, block in cells.chunks(layer=layer)]
    return np.vstack(parts)


def test_the_file_that_scanpy_brings_is_read_as_anndata_reads_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = anndata.read_h5ad(SCANPYS)
    with open_cells(SCANPYS) as cells:
        assert cells.genes == tuple(there.var_names)
        np.testing.assert_array_equal(whole(cells), there.X)
        np.testing.assert_array_equal(whole(cells, RAW), there.raw.X.toarray())
        assert cells.genes_of(RAW) == tuple(there.raw.var_names)
        assert cells.obs_names == tuple(there.obs.columns)
        for name in ("bulk_labels", "phase", "louvain"):
            np.testing.assert_array_equal(cells.labels(name), there.obs[name].astype(str))
        for name in ("n_genes", "percent_mito", "n_counts", "S_score", "G2M_score"):
            np.testing.assert_array_equal(cells.numbers(name), there.obs[name])
        assert cells.embeddings == {"X_pca": 50, "X_umap": 2}
        for name in cells.embeddings:
            np.testing.assert_array_equal(cells.embedding(name), there.obsm[name])
        np.testing.assert_array_equal(cells.var("highly_variable"), there.var["highly_variable"].astype(str))
        assert (cells.state, cells.state_of(RAW)) == (State.SCALED, State.LOGS)


@pytest.mark.parametrize("form", [csr_array, csc_array, np.asarray], ids=["csr", "csc", "dense"])
def test_both_forms_of_one_content_read_the_same(form: Callable[[Any], Any], tmp_path: Path) -> None:
    what = replace(content(), matrix=form(logs(counts())), layers={"counts": form(counts())})
    before, today = write_before_07(tmp_path / "before.h5ad", what), write(tmp_path / "today.h5ad", what)
    with open_cells(before) as old, open_cells(today) as new:
        assert old.genes == new.genes
        assert old.obs_columns == new.obs_columns
        for name in new.obs_names:
            np.testing.assert_array_equal(old.obs(name), new.obs(name))
        np.testing.assert_array_equal(old.var("ensembl"), new.var("ensembl"))
        np.testing.assert_array_equal(old.embedding("X_model"), new.embedding("X_model"))
        np.testing.assert_array_equal(whole(old), whole(new))
        np.testing.assert_array_equal(whole(old, RAW), whole(new, "counts"))


def test_a_single_category_may_be_one_text_and_a_column_may_be_without_any(tmp_path: Path) -> None:
    path = write_before_07(tmp_path / "one.h5ad", replace(content(), obs={"plate": ["p1"] * 80, "none": ["x"] * 80}))
    with h5py.File(path, "r+") as file:
        del file["uns/plate_categories"], file["uns/none_categories"]
        file["uns/plate_categories"] = "p1"
        file["uns/none_categories"] = np.empty(0, dtype="S3")
        table = file["obs"][:]
        table["none"] = -1
        file["obs"][:] = table
    with open_cells(path) as cells:
        assert set(cells.obs("plate")) == {"p1"}
        assert cells.column("none").missing.all()


def test_a_comparison_of_either_form_has_the_same_values(tmp_path: Path) -> None:
    what = content(120, 60)
    old = compare_cells(
        write_before_07(tmp_path / "cells.h5ad", what), CellOptions(label="condition", layer=RAW, draws=200)
    )
    new = compare_cells(write(tmp_path / "cells.h5ad", what), CellOptions(label="condition", layer="counts", draws=200))
    assert old.values == new.values
    assert old.differences == new.differences
    assert old.found.matrix == "raw.X"
    assert "--layer raw.X" in old.command


def _with_raw(path: Path, genes: list[str]) -> Path:
    """A file whose X has the first 30 of 50 genes, scaled, and whose `raw` has all of them, in logs."""
    values = logs(counts(80, 50))
    write(path, replace(content(), matrix=values[:, :30] - values[:, :30].mean(0), genes=genes[:30]))
    with h5py.File(path, "r+") as file:
        raw = file.create_group("raw")
        put_matrix(raw, "X", csr_array(values))
        put_frame(raw, "var", genes, {})
    return path


def test_raw_may_have_more_genes_than_x(tmp_path: Path) -> None:
    genes = [f"G{place}" for place in range(50)]
    path = _with_raw(tmp_path / "cells.h5ad", genes)
    with open_cells(path) as cells:
        assert cells.layers == ("counts", "dense", RAW)
        assert (len(cells.genes), cells.genes_of("counts")) == (30, cells.genes)
        assert cells.genes_of(RAW) == tuple(genes)
        np.testing.assert_array_equal(whole(cells, RAW), logs(counts(80, 50)))
        prepared = prepare(cells, layer=RAW)
        assert set(prepared.names) - set(cells.genes)
        assert len(highly_variable(cells, prepared, top=20)) == 20
        design = Design(condition="condition", control="control", layer=RAW)
        assert pseudobulk(cells, design).genes == tuple(genes)
        assert cell_sums(cells, design).genes == tuple(genes)
    result = compare_cells(path, CellOptions(label="condition", layer=RAW, draws=200))
    assert result.found.n_genes == 50


def test_without_raw_its_name_is_that_of_no_layer(tmp_path: Path) -> None:
    with (
        open_cells(write(tmp_path / "one.h5ad", content())) as cells,
        pytest.raises(TableError, match=r"there is no layer 'raw\.X'; there are counts, dense"),
    ):
        whole(cells, RAW)


def test_a_layer_that_has_the_name_of_raw_is_the_layer(tmp_path: Path) -> None:
    genes = [f"G{place}" for place in range(50)]
    path = _with_raw(tmp_path / "one.h5ad", genes)
    with h5py.File(path, "r+") as file:
        put_matrix(file["layers"], RAW, counts())
    with open_cells(path) as cells:
        assert cells.layers == ("counts", "dense", RAW)
        assert cells.genes_of(RAW) == cells.genes
        np.testing.assert_array_equal(whole(cells, RAW), counts())


@pytest.mark.parametrize(
    ("place", "link"),
    [
        ("uns", h5py.ExternalLink("/etc/other.h5", "/uns")),
        ("uns", h5py.SoftLink("/nowhere")),
        ("uns/condition_categories", h5py.ExternalLink("/etc/other.h5", "/x")),
        ("uns/condition_categories", h5py.SoftLink("/raw.var")),
    ],
)
def test_categories_behind_a_link_are_not_looked_for(place: str, link: object, tmp_path: Path) -> None:
    path = write_before_07(tmp_path / "one.h5ad", content())
    with h5py.File(path, "r+") as file:
        del file[place]
        file[place] = link
    with open_cells(path) as cells:
        assert cells.column("condition").kind == "whole"
        assert cells.column("depth").kind == "number"
