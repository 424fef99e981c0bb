"""Small files of cells in AnnData's form, written by h5py element by element: what anndata writes, but no more.

Not through anndata itself, whose release of the day cannot write the texts of the pandas of the day; that anndata reads
what is written here is one of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from scipy.sparse import csc_array, csr_array, issparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

TEXT = h5py.string_dtype("utf-8")
CONDITIONS = ("control", "KLF1", "KLF1+MAP2K6", "MAP2K6")


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a file has: X and layers with a row a cell, columns, embeddings."""

    matrix: Any
    genes: Sequence[str]
    obs: Mapping[str, Any] = field(default_factory=dict)
    var: Mapping[str, Any] = field(default_factory=dict)
    obsm: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)


def counts(cells: int = 80, genes: int = 30, seed: int = 0) -> NDArray[np.float64]:
    """Counts of cells whose genes differ in mean and spread, shape (cells, genes)."""
    generator = np.random.default_rng(seed)
    rates = generator.gamma(0.6, 4.0, genes) * generator.gamma(2.0, 0.5, (cells, genes))
    return generator.poisson(rates).astype(np.float64)


def logs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + x) of counts brought to 10,000 a cell."""
    totals = np.maximum(values.sum(1, keepdims=True), 1)
    return np.log1p(values / totals * 1e4)


def content(cells: int = 80, genes: int = 30, seed: int = 0) -> Content:
    """A screen of three perturbations with two batches, in logs, with counts as a layer."""
    values = counts(cells, genes, seed)
    generator = np.random.default_rng(seed)
    return Content(
        matrix=csr_array(logs(values)),
        genes=[f"G{place}" for place in range(genes)],
        obs={
            "condition": [CONDITIONS[place % 4] for place in range(cells)],
            "batch": np.array([f"b{place % 2}" for place in range(cells)], dtype=object),
            "depth": values.sum(1),
            "cluster": np.arange(cells) % 5,
        },
        var={"ensembl": np.array([f"ENSG{place:011d}" for place in range(genes)], dtype=object)},
        obsm={"X_model": generator.normal(size=(cells, 3))},
        layers={"counts": csr_array(values), "dense": values},
    )


def write(path: Path, what: Content, *, compression: str | None = None) -> Path:
    """Write it as .h5ad."""
    with h5py.File(path, "w") as file:
        _mark(file, "anndata", "0.1.0")
        cells, genes = what.matrix.shape
        put_frame(file, "obs", [f"cell{place}" for place in range(cells)], what.obs)
        put_frame(file, "var", list(what.genes), what.var)
        put_matrix(file, "X", what.matrix, compression)
        for name, values in (("obsm", what.obsm), ("layers", what.layers)):
            _mark(file.create_group(name), "dict", "0.1.0")
            for key, matrix in values.items():
                put_matrix(file[name], key, matrix, compression)
        assert genes == len(what.genes)
    return path


def put_matrix(group: Any, name: str, matrix: Any, compression: str | None = None) -> None:
    """A dense matrix as an array, a sparse one as a group of three."""
    if not issparse(matrix):
        _mark(group.create_dataset(name, data=matrix, compression=compression), "array", "0.2.0")
        return
    kind = "csc_matrix" if isinstance(matrix, csc_array) else "csr_matrix"
    sparse = group.create_group(name)
    _mark(sparse, kind, "0.1.0")
    sparse.attrs["shape"] = np.array(matrix.shape)
    for part in ("data", "indices", "indptr"):
        _mark(sparse.create_dataset(part, data=getattr(matrix, part), compression=compression), "array", "0.2.0")


def put_frame(group: Any, name: str, index: Sequence[str], columns: Mapping[str, Any]) -> None:
    """A data frame: lists become categorical, arrays stay as they are."""
    frame = group.create_group(name)
    _mark(frame, "dataframe", "0.2.0")
    frame.attrs["_index"] = "_index"
    frame.attrs["column-order"] = np.array(list(columns), dtype=TEXT)
    put_texts(frame, "_index", index)
    for key, values in columns.items():
        if isinstance(values, list):
            put_categorical(frame, key, values)
        elif values.dtype.kind == "O":
            put_texts(frame, key, values)
        else:
            _mark(frame.create_dataset(key, data=values), "array", "0.2.0")


def put_texts(group: Any, name: str, values: Any) -> None:
    """An array of texts."""
    _mark(group.create_dataset(name, data=np.array(values, dtype=object), dtype=TEXT), "string-array", "0.2.0")


def put_categorical(group: Any, name: str, values: Sequence[str | None]) -> None:
    """A categorical column; None is no value."""
    names = sorted({value for value in values if value is not None})
    column = group.create_group(name)
    _mark(column, "categorical", "0.2.0")
    column.attrs["ordered"] = False
    put_texts(column, "categories", names)
    codes = np.array([-1 if value is None else names.index(value) for value in values], dtype=np.int8)
    _mark(column.create_dataset("codes", data=codes), "array", "0.2.0")


def _mark(node: Any, kind: str, version: str) -> None:
    node.attrs["encoding-type"], node.attrs["encoding-version"] = kind, version
