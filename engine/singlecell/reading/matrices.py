"""Matrices of cells by genes, dense or sparse, read a few rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, csr_array

from engine.errors import TableError, quoted
from engine.singlecell.reading.nodes import Array, Group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Block = csr_array | NDArray[np.float64]
    Chunk = tuple[slice, Block]

_MOST_DENSE = 2**23
_MOST_SPARSE = 2**22
"""Values of one chunk: 64 MB of a dense one, 48 MB of a sparse one."""
_MOST_BY_COLUMN = 10**8
LARGEST = 1e30
"""Whose square can still be summed; no cell has so many molecules."""
_BY_ROW, _BY_COLUMN = "csr_matrix", "csc_matrix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One matrix of a file.

    Attributes:
        genes: names of its columns, for messages.
        node: an array where it is dense, a group with data, indices and indptr where it is sparse.
    """

    node: Group | Array
    shape: tuple[int, int]
    genes: tuple[str, ...]

    def chunks(self, rows: int, spans: tuple[slice, ...] | None = None) -> Iterator[Chunk]:
        """Rows as they come, each chunk with at most `rows` of them and of bounded size.

        Args:
            rows: most rows of a chunk.
            spans: the parts of the matrix to read, all of it by default.

        Yields:
            Which rows; their values as floats, sparse by row or dense, shape (rows, genes), all finite.

        Raises:
            TableError: damaged, or a value is not a number or infinite.
        """
        read = self._dense if isinstance(self.node, Array) else self._sparse(self.node)
        for span in spans or (slice(0, self.shape[0]),):
            for part, block in read(span, rows):
                _check_finite(self.node.file, self.genes, part, block)
                yield part, block

    def _dense(self, span: slice, rows: int) -> Iterator[Chunk]:
        assert isinstance(self.node, Array)  # noqa: S101 - said to the type checker
        step = max(1, min(rows, _MOST_DENSE // self.shape[1]))
        for start in range(span.start, span.stop, step):
            part = slice(start, min(start + step, span.stop))
            yield part, np.asarray(self.node.read(part), dtype=np.float64)

    def _sparse(self, node: Group) -> _Rows | _Columns:
        return _Columns(node, self.shape) if node.encoding == _BY_COLUMN else _Rows(node, self.shape)


def find_matrix(node: Group | Array, *, cells: int, genes: tuple[str, ...]) -> Matrix:
    """A matrix of a file, its outer form checked.

    Args:
        node: X or a layer.
        cells: rows that it must have.
        genes: names of the columns that it must have.

    Raises:
        TableError: of another shape, or encoded in a way that is not known here.
    """
    shape = node.shape if isinstance(node, Array) else _sparse_shape(node)
    if shape != (cells, len(genes)):
        problem = f"'{node.where}' has the shape {shape} where obs and var say {(cells, len(genes))}"
        raise TableError(node.file, problem, expected="a row for each cell and a column for each gene")
    if isinstance(node, Array) and node.is_text:
        raise TableError(node.file, f"'{node.where}' has texts", expected="numbers")
    return Matrix(node=node, shape=(cells, len(genes)), genes=genes)


def _sparse_shape(node: Group) -> tuple[int, ...]:
    told = node.attribute("shape")
    told = node.attribute("h5sparse_shape") if told is None else told
    if node.encoding not in {_BY_ROW, _BY_COLUMN} or told is None:
        problem = f"'{node.where}' is encoded as {quoted(node.encoding)}, which is not known here"
        expected = "a dense array, csr_matrix or csc_matrix as anndata writes them: write it again"
        raise TableError(node.file, problem, expected=expected)
    lengths = np.asarray(told)
    if lengths.dtype.kind not in "iu":
        raise _broken(node, "its shape is told in something else than whole numbers")
    return tuple(int(length) for length in lengths.ravel())


class _Rows:
    """A sparse matrix stored by row."""

    def __init__(self, node: Group, shape: tuple[int, int]) -> None:
        self._node, self._shape = node, shape
        self._data, self._indices = node.array("data"), node.array("indices")
        self._starts = _starts(node, shape[0])

    def __call__(self, span: slice, rows: int) -> Iterator[Chunk]:
        start = span.start
        while start < span.stop:
            # As many rows as fit: the last whose values end before the bound, one row at least.
            fits = int(np.searchsorted(self._starts, self._starts[start] + _MOST_SPARSE, side="right")) - 1
            stop = max(start + 1, min(start + rows, fits, span.stop))
            yield slice(start, stop), self._block(start, stop)
            start = stop

    def _block(self, start: int, stop: int) -> csr_array:
        part = slice(int(self._starts[start]), int(self._starts[stop]))
        data = np.asarray(self._data.read(part), dtype=np.float64)
        indices = self._indices.read(part)
        _check_indices(self._node, indices, self._shape[1])
        starts = self._starts[start : stop + 1] - part.start
        block = csr_array((data, indices.astype(np.int32), starts.astype(np.int32)), (stop - start, self._shape[1]))
        block.sum_duplicates()
        return block


class _Columns:
    """A sparse matrix stored by column: turned around in memory, so only up to a size."""

    def __init__(self, node: Group, shape: tuple[int, int]) -> None:
        starts = _starts(node, shape[1])
        if starts[-1] > _MOST_BY_COLUMN:
            problem = f"'{node.where}' is stored by gene and has {int(starts[-1]):,} values, too many to turn around"
            raise TableError(node.file, problem, expected="the same stored by cell: adata.X = adata.X.tocsr()")
        whole = slice(0, int(starts[-1]))
        data, indices = np.asarray(node.array("data").read(whole), np.float64), node.array("indices").read(whole)
        _check_indices(node, indices, shape[0])
        self._matrix = csc_array((data, indices, starts), shape).tocsr()
        self._matrix.sum_duplicates()

    def __call__(self, span: slice, rows: int) -> Iterator[Chunk]:
        for start in range(span.start, span.stop, rows):
            part = slice(start, min(start + rows, span.stop))
            yield part, self._matrix[part]


def _starts(node: Group, length: int) -> NDArray[np.int64]:
    """Where the values of each row (or column) begin, checked against how many there are."""
    told, values, indices = node.array("indptr"), node.array("data"), node.array("indices")
    if told.shape != (length + 1,) or len(values.shape) != 1 or values.shape != indices.shape:
        raise _broken(node, "its parts are of lengths that do not go together")
    starts = np.asarray(told.read())
    if starts.dtype.kind not in "iu" or starts[0] != 0 or starts[-1] != len(values) or np.any(np.diff(starts) < 0):
        raise _broken(node, "its rows do not begin and end where its values do")
    return starts.astype(np.int64)


def _check_indices(node: Group, indices: NDArray[np.int64], most: int) -> None:
    if indices.dtype.kind not in "iu" or (indices.size and (indices.min() < 0 or indices.max() >= most)):
        raise _broken(node, f"a value stands outside its {most:,} places")


def _broken(node: Group, problem: str) -> TableError:
    return TableError(node.file, f"the sparse matrix '{node.where}' is damaged: {problem}", expected="write it again")


def _check_finite(file: Path, genes: tuple[str, ...], part: slice, block: Block) -> None:
    values = block if isinstance(block, np.ndarray) else block.data
    # What is no number is not below the bound either.
    if (np.abs(values) <= LARGEST).all():
        return
    dense = block if isinstance(block, np.ndarray) else block.toarray()
    row, column = (int(places[0]) for places in np.nonzero(~(np.abs(dense) <= LARGEST)))
    problem = f"the value of cell {part.start + row + 1:,} (counted from 1) for gene {quoted(genes[column])}"
    raise TableError(
        file, f"{problem} is {dense[row, column]}", expected="numbers up to 1e30: leave out what was not seen"
    )
