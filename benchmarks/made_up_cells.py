"""Files of made-up cells as large as wanted, and embeddings of made-up cells; both the same each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CONTROL = "control"
_TYPES = 10
_ROWS = 20_000
_TEXT = h5py.string_dtype("utf-8")


def write(path: Path, cells: int, genes: int = 2_000, filled: int = 200, conditions: int = 60) -> None:
    """Counts by row as AnnData keeps them, written a part at a time.

    Args:
        path: of the .h5ad.
        cells: rows; of ten types with their own rates of each gene.
        genes: columns, a multiple of `filled`.
        filled: genes above 0 in each cell.
        conditions: single genes that cells are perturbed in, in turns with the control.
    """
    rng = np.random.default_rng(0)
    rates = rng.gamma(0.5, 4.0, (_TYPES, genes))
    with h5py.File(path, "w") as file:
        _mark(file, "anndata", "0.1.0")
        _frame(file, "obs", np.arange(cells).astype("S7"))
        _categories(file["obs"], "condition", [CONTROL, *(f"P{place}" for place in range(conditions))], cells)
        _frame(file, "var", np.array([f"G{place}" for place in range(genes)], dtype="S7"))
        matrix = file.create_group("X")
        _mark(matrix, "csr_matrix", "0.1.0")
        matrix.attrs["shape"] = (cells, genes)
        _marked(matrix, "indptr", np.arange(0, cells * filled + 1, filled))
        data = _empty(matrix, "data", cells * filled, "f4")
        indices = _empty(matrix, "indices", cells * filled, "i4")
        for start in range(0, cells, _ROWS):
            stop = min(cells, start + _ROWS)
            some = slice(start * filled, stop * filled)
            # One gene of each run of so many, so that the columns of a cell are sorted and differ.
            run = genes // filled
            chosen = rng.integers(run, size=(stop - start, filled)) + np.arange(0, genes, run)
            indices[some] = chosen.ravel()
            types = rng.integers(_TYPES, size=(stop - start, 1))
            data[some] = (1 + rng.poisson(rates[types, chosen])).ravel()


def embedded(cells: int, width: int = 50) -> tuple[Floats, NDArray[np.str_]]:
    """Coordinates of cells of ten types that overlap, shape (cells, width), and the type of each."""
    rng = np.random.default_rng(0)
    types = rng.integers(_TYPES, size=cells)
    centres = rng.normal(scale=0.6, size=(_TYPES, width))
    return centres[types] + rng.normal(size=(cells, width)), np.array([f"type {code}" for code in types])


def _frame(file: Any, name: str, index: NDArray[np.bytes_]) -> None:
    frame = file.create_group(name)
    _mark(frame, "dataframe", "0.2.0")
    frame.attrs["_index"] = "_index"
    frame.attrs["column-order"] = np.array(["condition"] if name == "obs" else [], dtype=_TEXT)
    names = frame.create_dataset("_index", data=index.astype(object), dtype=_TEXT)
    _mark(names, "string-array", "0.2.0")


def _categories(frame: Any, name: str, values: list[str], cells: int) -> None:
    """A categorical column whose values come in turns."""
    column = frame.create_group(name)
    _mark(column, "categorical", "0.2.0")
    column.attrs["ordered"] = False
    categories = column.create_dataset("categories", data=np.array(values, dtype=object), dtype=_TEXT)
    _mark(categories, "string-array", "0.2.0")
    _marked(column, "codes", (np.arange(cells) % len(values)).astype(np.int8))


def _empty(group: Any, name: str, length: int, dtype: str) -> Any:
    array = group.create_dataset(name, (length,), dtype, chunks=(min(2**18, length),))
    _mark(array, "array", "0.2.0")
    return array


def _marked(group: Any, name: str, values: NDArray[Any]) -> None:
    _mark(group.create_dataset(name, data=values), "array", "0.2.0")


def _mark(node: Any, kind: str, version: str) -> None:
    node.attrs["encoding-type"], node.attrs["encoding-version"] = kind, version
