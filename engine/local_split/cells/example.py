"""Cells to try, made up by a rule from a fixed seed: no organism, and no real cell, gene or donor behind them.

A type raises its own few genes, a donor others; few counts a cell leave much of that to chance. One embedding knows the
types, one mostly the donors, so that one earns its place next to the genes and the other does not.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.local_split.cells.exchange import CellOptions
from engine.local_split.exchange import Upload
from engine.singlecell.reading.nodes import missing_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_TYPES = ("budding", "drifting", "resting", "rolling", "sprouting")
_DONORS = ("donor 1", "donor 2")
_CELLS, _GENES, _MARKERS = 360, 240, 10
_WIDTH = 8
_DEPTH = 1.1
"""Counts that a gene has on average: few, as in a shallow experiment."""


@dataclass(frozen=True, slots=True)
class _Cell:
    kind: int
    donor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOfCells:
    """A file of cells to try, and what its maker says of its columns."""

    name: str
    title: str
    sentence: str
    file: str
    options: CellOptions

    def make(self) -> Upload:
        """The file; the same bytes each time, as long as h5py stays the same.

        Raises:
            NotHereError: the extra that reads and writes such files is not installed.
        """
        return Upload(self.file, _written())


EXAMPLE = ExampleOfCells(
    name="cells",
    title="Cells with embeddings, .h5ad",
    sentence=f"{_CELLS} cells of {len(_TYPES)} types from two donors, and two embeddings: one knows types, one donors.",
    file="example_cells.h5ad",
    options=CellOptions(label="cell_type", batch="donor"),
)


@cache
def _written() -> bytes:
    try:
        import h5py  # noqa: PLC0415 - of the extra
    except ImportError as error:
        raise missing_package("h5py") from error
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        _mark(file, "anndata", "0.1.0")
        _fill(file, h5py.string_dtype("utf-8"))
    return content.getvalue()


def _fill(file: Any, text: Any) -> None:
    rng = Random(19)  # noqa: S311 - made-up data are the point
    cells = [_Cell(nth % len(_TYPES), int(rng.random() * len(_DONORS))) for nth in range(_CELLS)]
    _array(file, "X", _counts(rng, cells))
    types = [_TYPES[cell.kind] for cell in cells]
    donors = [_DONORS[cell.donor] for cell in cells]
    names = [f"cell{nth}" for nth in range(1, _CELLS + 1)]
    _frame(file.create_group("obs"), names, {"cell_type": types, "donor": donors}, text)
    _frame(file.create_group("var"), [f"GENE{nth:03d}" for nth in range(1, _GENES + 1)], {}, text)
    obsm = file.create_group("obsm")
    _mark(obsm, "dict", "0.1.0")
    _array(obsm, "X_donors", _embedding(rng, [(cell.kind, 0.5, cell.donor, 5.0) for cell in cells]))
    _array(obsm, "X_types", _embedding(rng, [(cell.kind, 3.0, cell.donor, 0.4) for cell in cells]))


def _counts(rng: Random, cells: Sequence[_Cell]) -> NDArray[np.float32]:
    """Shape (cells, genes): a type and a donor each raise the genes that are theirs."""
    found = np.zeros((len(cells), _GENES), dtype=np.float32)
    for row, cell in enumerate(cells):
        depth = _DEPTH * math.exp(0.4 * _noise(rng))
        for gene in range(_GENES):
            rate = depth * (0.3 + gene % 7 / 5)
            rate *= 3.4 if gene // _MARKERS == cell.kind else 1.0
            rate *= 1.6 if gene // _MARKERS == len(_TYPES) + cell.donor else 1.0
            found[row, gene] = _poisson(rng, rate)
    return found


def _embedding(rng: Random, places: Sequence[tuple[int, float, int, float]]) -> NDArray[np.float32]:
    """Shape (cells, width): type and donor each move a cell along a direction of their own, noise everywhere."""
    found = np.array([[_noise(rng) for _ in range(_WIDTH)] for _ in places], dtype=np.float32)
    for row, (kind, by_kind, donor, by_donor) in enumerate(places):
        found[row, kind] += by_kind
        found[row, len(_TYPES) + donor] += by_donor
    return found


def _poisson(rng: Random, rate: float) -> int:
    """By Knuth's product of draws; of all that `Random` offers only `random()` never changes."""
    least, product, count = math.exp(-rate), rng.random(), 0
    while product > least:
        product *= rng.random()
        count += 1
    return count


def _noise(rng: Random) -> float:
    """Nearly normal, of mean 0 and spread 1."""
    return sum(rng.random() for _ in range(12)) - 6.0


def _frame(frame: Any, index: Sequence[str], columns: Mapping[str, Sequence[str]], text: Any) -> None:
    _mark(frame, "dataframe", "0.2.0")
    frame.attrs["_index"] = "_index"
    frame.attrs["column-order"] = np.array(list(columns), dtype=text)
    _texts(frame, "_index", index, text)
    for name, values in columns.items():
        column, names = frame.create_group(name), sorted(set(values))
        _mark(column, "categorical", "0.2.0")
        column.attrs["ordered"] = False
        _texts(column, "categories", names, text)
        _array(column, "codes", np.array([names.index(value) for value in values], dtype=np.int8))


def _texts(group: Any, name: str, values: Sequence[str], text: Any) -> None:
    _mark(group.create_dataset(name, data=np.array(values, dtype=object), dtype=text), "string-array", "0.2.0")


def _array(group: Any, name: str, values: NDArray[Any]) -> None:
    _mark(group.create_dataset(name, data=values, compression="gzip"), "array", "0.2.0")


def _mark(node: Any, kind: str, version: str) -> None:
    node.attrs["encoding-type"], node.attrs["encoding-version"] = kind, version
