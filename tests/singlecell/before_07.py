"""Files of cells as anndata before 0.7 wrote them: each frame one table, categories in `uns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from scipy.sparse import csc_array, issparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.singlecell.files import Content


def write_before_07(path: Path, what: Content) -> Path:
    """Write it as .h5ad, its layers but the first left out: that one stands as `raw`."""
    with h5py.File(path, "w") as file:
        file.create_group("uns")
        _put_table(file, "obs", [f"cell{place}" for place in range(what.matrix.shape[0])], what.obs)
        _put_table(file, "var", what.genes, what.var)
        _put_table(file, "raw.var", what.genes, {})
        _put_matrix(file, "X", what.matrix)
        _put_matrix(file, "raw.X", next(iter(what.layers.values())))
        vectors = [(name, "f8", (values.shape[1],)) for name, values in what.obsm.items()]
        table = np.empty(what.matrix.shape[0], dtype=vectors)
        for name, values in what.obsm.items():
            table[name] = values
        file["obsm"] = table
    return path


def _put_table(file: Any, name: str, index: Sequence[str], columns: Mapping[str, Any]) -> None:
    given: dict[str, Any] = {"index": np.array([text.encode() for text in index])}
    for key, values in columns.items():
        if isinstance(values, list):
            names = sorted(set(values))
            file[f"uns/{key}_categories"] = np.array([text.encode() for text in names])
            values = np.array([names.index(value) for value in values], dtype=np.int8)  # noqa: PLW2901 - as codes
        given[key] = values
    kinds = [(key, h5py.string_dtype() if one.dtype.kind == "O" else one.dtype) for key, one in given.items()]
    table = np.empty(len(index), dtype=kinds)
    for key, one in given.items():
        table[key] = one
    file.create_dataset(name, data=table)


def _put_matrix(file: Any, name: str, matrix: Any) -> None:
    if not issparse(matrix):
        file[name] = matrix
        return
    group = file.create_group(name)
    group.attrs["h5sparse_format"] = "csc" if isinstance(matrix, csc_array) else "csr"
    group.attrs["h5sparse_shape"] = np.array(matrix.shape)
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(matrix, part)
