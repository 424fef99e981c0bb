"""Cells are read as they were written: matrices in chunks, columns, embeddings, and what the values are."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import anndata
import h5py
import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array, issparse

from engine.errors import TableError
from engine.singlecell.contract import ObsColumn
from engine.singlecell.reading import matrices
from engine.singlecell.reading.cells import open_cells
from engine.singlecell.reading.states import State, Values, look
from tests.singlecell.files import content, counts, logs, put_categorical, put_matrix, put_texts, write

if TYPE_CHECKING:
    from pathlib import Path

    from engine.singlecell.reading.cells import Cells


def whole(cells: Cells, layer: str | None = None, rows: int = 4096) -> np.ndarray:
    """The matrix as one, each chunk where it belongs."""
    found = np.full((cells.n_cells, len(cells.genes)), np.nan)
    for part, block in cells.chunks(rows, layer):
        found[part] = block.toarray() if issparse(block) else block
    return found


@pytest.mark.parametrize("form", [csr_array, csc_array, np.asarray], ids=["csr", "csc", "dense"])
@pytest.mark.parametrize("rows", [1, 7, 4096])
def test_chunks_put_together_are_the_matrix(form: type, rows: int, tmp_path: Path) -> None:
    values = counts()
    path = write(tmp_path / "one.h5ad", replace(content(), matrix=form(values)))
    with open_cells(path) as cells:
        np.testing.assert_array_equal(whole(cells, rows=rows), values)
        assert all(block.shape[0] <= rows for _, block in cells.chunks(rows))


def test_a_chunk_holds_no_more_values_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "_MOST_SPARSE", 64)
    monkeypatch.setattr(matrices, "_MOST_DENSE", 64)
    values = counts()
    with open_cells(write(tmp_path / "one.h5ad", replace(content(), matrix=csr_array(values)))) as cells:
        np.testing.assert_array_equal(whole(cells), values)
        np.testing.assert_array_equal(whole(cells, "dense"), values)
        assert all(block.nnz <= 64 for _, block in cells.chunks())
        assert all(block.size <= 64 for _, block in cells.chunks(layer="dense"))


def test_only_the_parts_that_were_asked_for_are_read(tmp_path: Path) -> None:
    with open_cells(write(tmp_path / "one.h5ad", content())) as cells:
        parts = [part for part, _ in cells.chunks(4, spans=[slice(3, 9), slice(70, 80)])]
    assert parts == [slice(3, 7), slice(7, 9), slice(70, 74), slice(74, 78), slice(78, 80)]


def test_a_matrix_by_gene_that_is_too_large_to_turn_around_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrices, "_MOST_BY_COLUMN", 10)
    path = write(tmp_path / "one.h5ad", replace(content(), matrix=csc_array(counts())))
    with open_cells(path) as cells, pytest.raises(TableError, match=r"stored by gene .* adata\.X\.tocsr\(\)"):
        whole(cells)


def test_values_written_twice_for_one_place_are_summed(tmp_path: Path) -> None:
    twice = csr_array((np.array([1.0, 2.0, 4.0]), np.array([2, 2, 0]), np.array([0, 3, 3])), (2, 3))
    path = tmp_path / "one.h5ad"
    write(path, replace(content(2, 3), matrix=csr_array((2, 3))))
    with h5py.File(path, "r+") as file:
        del file["X"]
        put_matrix(file, "X", twice)
    with open_cells(path) as cells:
        np.testing.assert_array_equal(whole(cells), [[4, 0, 3], [0, 0, 0]])


def test_columns_say_what_they_hold(tmp_path: Path) -> None:
    path = write(tmp_path / "one.h5ad", content())
    with h5py.File(path, "r+") as file:
        put_categorical(file["obs"], "partly", [None, "x", *["y"] * 78])
    with open_cells(path) as cells:
        assert cells.obs_names == ("condition", "batch", "depth", "cluster", "partly")
        kinds = {one.name: (one.kind, one.distinct) for one in cells.obs_columns}
        assert kinds == {
            "condition": ("text", 4),
            "batch": ("text", 2),
            "depth": ("number", len(np.unique(counts().sum(1)))),
            "cluster": ("whole", 5),
            "partly": ("text", 2),
        }
        assert cells.obs_columns[-1] == ObsColumn(name="partly", kind="text", distinct=2, missing=1)
        assert cells.obs("partly", missing="none").tolist()[:3] == ["none", "x", "y"]
        assert cells.labels("cluster").tolist()[:6] == ["0", "1", "2", "3", "4", "0"]
        assert cells.var_names == ("ensembl",)
        assert cells.var("ensembl")[29] == "ENSG00000000029"
        np.testing.assert_array_equal(cells.numbers("depth"), counts().sum(1))


def test_columns_with_nulls_tell_which_cells_have_none(tmp_path: Path) -> None:
    path = write(tmp_path / "one.h5ad", content(4, 3))
    kinds = {
        "nullable-integer": np.array([1, 2, 3, 4]),
        "nullable-boolean": np.array([True, False, True, False]),
        "nullable-string-array": np.array(["a", "b", "c", ""], dtype=object),
    }
    with h5py.File(path, "r+") as file:
        for name, values in kinds.items():
            column = file["obs"].create_group(name)
            column.attrs["encoding-type"] = name
            if values.dtype.kind == "O":
                put_texts(column, "values", values)
            else:
                column.create_dataset("values", data=values)
            column.create_dataset("mask", data=[False, False, False, True])
    with open_cells(path) as cells:
        assert cells.obs("nullable-integer", missing="-").tolist() == ["1", "2", "3", "-"]
        assert cells.obs("nullable-boolean", missing="-").tolist() == ["True", "False", "True", "-"]
        assert cells.obs("nullable-string-array", missing="-").tolist() == ["a", "b", "c", "-"]
        with pytest.raises(TableError, match="1 of 4 rows have no value"):
            cells.numbers("nullable-integer")


def test_categories_are_found_where_anndata_0_7_kept_them(tmp_path: Path) -> None:
    path = write(tmp_path / "one.h5ad", content())
    with open_cells(path) as cells:
        new = cells.obs("condition")
    with h5py.File(path, "r+") as file:
        codes, categories = file["obs/condition/codes"][:], file["obs/condition/categories"][:]
        del file["obs/condition"]
        file["obs"].create_dataset("condition", data=codes)
        put_texts(file["obs"].create_group("__categories"), "condition", [name.decode() for name in categories])
    with open_cells(path) as cells:
        assert cells.obs("condition").tolist() == new.tolist()
        assert "__categories" not in cells.obs_names


def test_embeddings_are_listed_with_their_width_and_read_whole(tmp_path: Path) -> None:
    made = content()
    with open_cells(write(tmp_path / "one.h5ad", made)) as cells:
        assert cells.embeddings == {"X_model": 3}
        np.testing.assert_array_equal(cells.embedding("X_model"), made.obsm["X_model"])


@pytest.mark.parametrize(
    ("layer", "state"),
    [(None, State.LOGS), ("counts", State.COUNTS), ("dense", State.COUNTS), ("cpm", State.NORMALISED)],
)
def test_what_the_values_are_is_seen_from_them(layer: str | None, state: State, tmp_path: Path) -> None:
    made = content()
    path = write(tmp_path / "one.h5ad", replace(made, layers={**made.layers, "cpm": np.expm1(logs(counts()))}))
    with open_cells(path) as cells:
        assert cells.state_of(layer) is state
        assert cells.require(state, layer=layer) is state


@given(values=st.lists(st.floats(-5, 40).map(lambda value: round(value, 2)), min_size=1, max_size=8))
def test_a_state_follows_from_sign_size_and_wholeness(values: list[float]) -> None:
    found = look([(slice(0, 1), np.array([values]))]).state
    if min(values) < 0:
        assert found is State.SCALED
    elif max(values) == 0:
        assert found is State.EMPTY
    elif all(value == int(value) for value in values):
        assert found is State.COUNTS
    else:
        assert found is (State.LOGS if max(values) <= 30 else State.NORMALISED)


def test_a_file_of_ours_is_one_of_anndatas(tmp_path: Path) -> None:
    made = content()
    found = anndata.read_h5ad(write(tmp_path / "one.h5ad", made))
    np.testing.assert_array_equal(found.X.toarray(), made.matrix.toarray())
    np.testing.assert_array_equal(found.obsm["X_model"], made.obsm["X_model"])
    assert list(found.obs["condition"]) == list(made.obs["condition"])
    assert list(found.var_names) == list(made.genes)


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_zarr_is_read_as_hdf5_is(zipped: bool, tmp_path: Path) -> None:  # noqa: FBT001 - pytest passes it
    source = write(tmp_path / "one.h5ad", content())
    target = tmp_path / "one.zarr"
    _as_zarr(source, target)
    if zipped:
        with zipfile.ZipFile(tmp_path / "one.zarr.zip", "w") as file:
            for path in sorted(target.rglob("*")):
                file.write(path, path.relative_to(target))
        target = tmp_path / "one.zarr.zip"
    with open_cells(source) as cells, open_cells(target) as others:
        assert others.genes == cells.genes
        assert others.obs_columns == cells.obs_columns
        for layer in (None, "counts", "dense"):
            np.testing.assert_array_equal(whole(others, layer), whole(cells, layer))
        np.testing.assert_array_equal(others.embedding("X_model"), cells.embedding("X_model"))


def test_a_column_of_a_kind_unknown_to_zarr_leaves_the_others_readable(tmp_path: Path) -> None:
    _as_zarr(write(tmp_path / "one.h5ad", content()), tmp_path / "one.zarr")
    metadata = tmp_path / "one.zarr" / "obs" / "depth" / "zarr.json"
    metadata.write_text(metadata.read_text("utf-8").replace('"float64"', '"decimal"'), "utf-8")
    (tmp_path / "one.zarr" / "obs" / "linked").symlink_to(tmp_path / "one.zarr" / "obs" / "batch")
    with open_cells(tmp_path / "one.zarr") as cells:
        assert [one.name for one in cells.obs_columns] == ["condition", "batch", "cluster"]
        for name, says in (("depth", "'obs/depth' cannot be read"), ("linked", "'obs/linked' is a link")):
            with pytest.raises(TableError, match=says):
                cells.column(name)


def test_blood_cells_are_read_from_a_zip_that_zarr_cannot_open_as_a_whole(mirror: Path) -> None:
    with open_cells(mirror / "singlecell" / "10x_pbmc68k_reduced.zarr.zip") as cells:
        assert (cells.n_cells, len(cells.genes)) == (700, 765)
        assert (cells.state, cells.state_of("counts")) == (State.SCALED, State.COUNTS)
        names, sizes = np.unique(cells.labels("bulk_labels"), return_counts=True)
        assert (len(names), sizes.min(), sizes.max()) == (10, 8, 240)
        assert cells.embeddings == {"X_pca": 50, "X_umap": 2}


def test_perturbed_cells_are_read_as_anndata_reads_them(mirror: Path) -> None:
    path = mirror / "singlecell" / "perturbench_devel.h5ad"
    known = anndata.read_h5ad(path)
    with open_cells(path) as cells:
        np.testing.assert_array_equal(whole(cells), known.X.toarray())
        assert cells.genes == tuple(known.var_names)
        assert cells.state is State.LOGS
        for name in ("condition", "cell_type", "dataset"):
            assert cells.obs(name).tolist() == list(known.obs[name])


def test_range_and_wholeness_are_of_cells_all_over_the_file(tmp_path: Path) -> None:
    values = np.ones((5000, 2))
    values[-1, 0] = 2.5
    path = write(tmp_path / "one.h5ad", replace(content(2, 2), matrix=values, obs={}, obsm={}, layers={}))
    with open_cells(path) as cells:
        assert cells.values() == Values(smallest=0.0, largest=2.5, whole=False)


def test_reading_is_imported_without_the_extra_and_says_what_to_install(tmp_path: Path) -> None:
    path = write(tmp_path / "one.h5ad", content())
    script = (
        "import sys\n"
        "for name in ('h5py', 'zarr', 'anndata', 'scanpy', 'sknetwork', 'numcodecs'): sys.modules[name] = None\n"
        "import engine.cli, engine.singlecell.pseudobulk, engine.datasets.single_cells\n"
        "from pathlib import Path\n"
        "from engine.errors import NotHereError\n"
        "from engine.singlecell.reading.cells import open_cells\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        with open_cells(Path(name)): pass\n"
        "    except NotHereError as error: print(error)\n"
    )
    (tmp_path / "one.zarr").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path / "one.zarr")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.splitlines() == [
        f"reading .h5ad and .zarr files needs the package {name}: pip install 'validity-ledger[singlecell]'"
        for name in ("h5py", "zarr")
    ]


def _as_zarr(source: Path, target: Path) -> None:
    """The same elements in zarr; out of HDF5 first: h5py's lock is not to be held while zarr's thread works."""
    found: list[tuple[str, np.ndarray | None, dict[str, object]]] = []

    def take(name: str, node: h5py.Group | h5py.Dataset) -> None:
        attributes = {key: _plain(value) for key, value in node.attrs.items()}
        if isinstance(node, h5py.Group):
            found.append((name, None, attributes))
        else:
            text = h5py.check_string_dtype(node.dtype) is not None
            found.append((name, (node.asstr() if text else node)[...], attributes))

    with h5py.File(source) as file:
        file.visititems(take)
    root = zarr.open_group(str(target), mode="w", zarr_format=3)
    for name, values, attributes in found:
        if values is None:
            made = root.create_group(name)
        elif values.dtype.kind == "O":
            made = root.create_array(name, shape=values.shape, dtype=str)
            made[...] = values.astype(str)
        else:
            made = root.create_array(name, data=values)
        made.attrs.update(attributes)


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
