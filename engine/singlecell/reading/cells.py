"""`open_cells`: one file of cells, its columns and embeddings in memory when asked for, its matrix in chunks."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import TableError, one_line, quoted
from engine.singlecell.contract import RAW, ObsColumn
from engine.singlecell.reading import columns
from engine.singlecell.reading.containers import opened
from engine.singlecell.reading.matrices import LARGEST, find_matrix
from engine.singlecell.reading.nodes import Array
from engine.singlecell.reading.states import look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.singlecell.reading.columns import Column
    from engine.singlecell.reading.matrices import Chunk, Matrix
    from engine.singlecell.reading.nodes import Group
    from engine.singlecell.reading.states import State, Values

    Floats = NDArray[np.float64]

CHUNK = 4096
_MOST_CELLS = 20_000_000
_MOST_GENES = 200_000
_LOOKS, _LOOK_ROWS = 8, 512
_SHOWN = 3


class Cells:
    """One open file of cells; made by `open_cells`, of use as long as its context lasts.

    Attributes:
        path: the file.
        n_cells: rows of the matrix.
        genes: names of the columns of the matrix, unique.
    """

    def __init__(self, path: Path, root: Group) -> None:
        """Read the names of the genes and how many cells there are.

        Raises:
            TableError: no AnnData, no cells, no genes, or a gene named twice.
        """
        self.path = path
        self._root = root
        _check_anndata(root)
        self._obs, self._var = root.group("obs"), root.group("var")
        self.n_cells = _length(self._obs, _MOST_CELLS, "cells")
        self.genes = _genes(self._var)

    @cached_property
    def obs_columns(self) -> tuple[ObsColumn, ...]:
        """The columns of obs in the file's order; one that cannot be read is left out, `column` says why."""
        found = []
        for name in self.obs_names:
            with suppress(TableError):
                found.append(self.described(name))
        return tuple(found)

    def described(self, name: str) -> ObsColumn:
        """A column of obs as it stands in a list to choose from; errors as `column`."""
        column = self.column(name)
        known = column.values[~column.missing]
        return ObsColumn(name=name, kind=column.kind, distinct=len(np.unique(known)), missing=int(column.missing.sum()))

    @property
    def obs_names(self) -> tuple[str, ...]:
        """Names of the columns of obs, in the file's order."""
        return columns.column_names(self._obs)

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the columns of var, in the file's order."""
        return columns.column_names(self._var)

    def column(self, name: str) -> Column:
        """A column of obs with its missing values.

        Raises:
            TableError: there is none of this name, or it is damaged.
        """
        return columns.read_column(self._obs, name, self.n_cells)

    def obs(self, name: str, *, missing: str | None = None) -> NDArray[np.str_]:
        """A column of obs as texts, shape (cells,).

        Args:
            name: of the column.
            missing: what stands for a cell without a value; None where each must have one.

        Raises:
            TableError: there is none of this name, it is damaged, or a cell has no value.
        """
        return self.column(name).texts(missing)

    def numbers(self, name: str) -> Floats:
        """A column of obs as numbers, shape (cells,).

        Raises:
            TableError: there is none of this name, it is damaged or of texts, or a cell has no finite value.
        """
        return self.column(name).numbers()

    def labels(self, name: str, *, most: int = columns.MOST_CLASSES) -> NDArray[np.str_]:
        """A column of obs as classes, shape (cells,).

        Raises:
            TableError: there is none of this name, or its values are no classes: numbers with fractions, more than
                `most` different ones, a single one, or none for a cell.
        """
        return columns.class_labels(self.column(name), most=most)

    def var(self, name: str, *, missing: str | None = None) -> NDArray[np.str_]:
        """A column of var as texts, shape (genes,): Ensembl's identifiers, for example.

        Raises:
            TableError: there is none of this name, it is damaged, or a gene has no value.
        """
        return columns.read_column(self._var, name, len(self.genes)).texts(missing)

    @cached_property
    def embeddings(self) -> Mapping[str, int]:
        """Names in obsm with the width of each; what is no dense matrix with a row a cell is left out."""
        found = {}
        for name in _names(self._root, "obsm"):
            node = self._root.group("obsm").child(name)
            if isinstance(node, Array) and len(node.shape) == 2 and len(node) == self.n_cells:
                found[name] = node.shape[1]
        return found

    def embedding(self, name: str) -> Floats:
        """A matrix of obsm, shape (cells, width), all finite.

        Raises:
            TableError: there is none of this name (names those that are there), it has another number of rows than
                there are cells, no width, or a value that is not finite.
        """
        there = _names(self._root, "obsm")
        if name not in there:
            raise TableError(self.path, f"obsm has no {quoted(name)}; there are {_listed(there)}")
        node = self._root.group("obsm").array(name)
        if len(node.shape) != 2 or len(node) != self.n_cells or not node.shape[1] or node.is_text:
            problem = f"'{node.where}' has the shape {node.shape} where {self.n_cells:,} cells are"
            raise TableError(self.path, problem, expected="a row of numbers for each cell")
        values = np.asarray(node.read(), dtype=np.float64)
        if (wrong := ~(np.abs(values) <= LARGEST)).any():
            row, column = (int(places[0]) for places in np.nonzero(wrong))
            problem = f"'{node.where}' has {values[row, column]} for cell {row + 1:,} (counted from 1)"
            raise TableError(self.path, problem, expected="numbers up to 1e30")
        return values

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of the matrices beside X: the layers, and `RAW` where it is there."""
        named = _names(self._root, "layers")
        return (*named, RAW) if self._has_raw else named

    @cached_property
    def _has_raw(self) -> bool:
        """Whether there is something of this name that is no layer."""
        kept = self._root.has("raw") or self._root.has("raw.X")
        return kept and RAW not in _names(self._root, "layers")

    def genes_of(self, layer: str | None) -> tuple[str, ...]:
        """Names of the columns of a matrix, unique: `genes`, but of `RAW` its own.

        Raises:
            TableError: `RAW` is damaged, without genes, or has one named twice.
        """
        return self._raw_genes if layer == RAW and self._has_raw else self.genes

    def _in_raw(self, part: str) -> tuple[Group, str]:
        """Where its matrix or its genes are, and their name there; anndata before 0.7 kept them beside X."""
        return (self._root.group("raw"), part) if self._root.has("raw") else (self._root, f"raw.{part}")

    @cached_property
    def _raw_genes(self) -> tuple[str, ...]:
        group, frame = self._in_raw("var")
        return _genes(group.group(frame))

    def chunks(
        self, rows: int = CHUNK, layer: str | None = None, *, spans: Sequence[slice] | None = None
    ) -> Iterator[Chunk]:
        """The matrix, a few cells at a time.

        Args:
            rows: most cells of a chunk.
            layer: X where None.
            spans: the parts to read, in the file's order; all of it by default.

        Yields:
            Which cells; their values as float64, a csr_array or dense, shape (cells of the chunk, genes), all finite.

        Raises:
            TableError: there is no such layer (names those that are there), it is damaged, or a value is not finite.
        """
        yield from self._matrix(layer).chunks(rows, None if spans is None else tuple(spans))

    def values(self, layer: str | None = None) -> Values:
        """Range and wholeness of the values of up to 4,096 cells, taken evenly from all over the file.

        Raises:
            TableError: there is no such layer, it is damaged, or a value is not finite.
        """
        starts = np.unique(np.linspace(0, max(0, self.n_cells - _LOOK_ROWS), _LOOKS).astype(int))
        spans = [slice(int(start), min(int(start) + _LOOK_ROWS, self.n_cells)) for start in starts]
        return look(self.chunks(_LOOK_ROWS, layer, spans=spans))

    @cached_property
    def state(self) -> State:
        """What the values of X are."""
        return self.state_of(None)

    def state_of(self, layer: str | None) -> State:
        """What the values of a layer are, of X where None.

        Raises:
            TableError: there is no such layer, it is damaged, or a value is not finite.
        """
        return self.values(layer).state

    def require(self, *wanted: State, layer: str | None = None) -> State:
        """The state of a layer, which must be one of these.

        Raises:
            TableError: it is another; the sentence says what was found and what is expected.
        """
        found = self.values(layer)
        if found.state in wanted:
            return found.state
        where = f"layer {quoted(layer)}" if layer else "X"
        span = f"{found.smallest:.4g} to {found.largest:.4g}"
        expected = " or ".join(state.meaning for state in wanted)
        others = f"; name one of the layers {_listed(self.layers)}" if self.layers else ""
        problem = f"{where} has {found.state.meaning}, {span}"
        raise TableError(self.path, problem, expected=f"{expected}{others}")

    def places(self, genes: Sequence[str]) -> NDArray[np.int64]:
        """Columns of the matrix of some genes, in their order.

        Raises:
            TableError: one of them is not measured; names the first three.
        """
        column = {name: place for place, name in enumerate(self.genes)}
        absent = [name for name in genes if name not in column]
        if absent:
            shown = ", ".join(one_line(name, 30) for name in absent[:_SHOWN])
            more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
            problem = (
                f"{len(absent)} of {len(genes)} genes are not among the {len(self.genes):,} measured: {shown}{more}"
            )
            raise TableError(self.path, problem, expected="gene names as in the index of var")
        return np.array([column[name] for name in genes], dtype=np.int64)

    def _matrix(self, layer: str | None) -> Matrix:
        if layer is not None and layer not in self.layers:
            raise TableError(self.path, f"there is no layer {quoted(layer)}; there are {_listed(self.layers)}")
        return find_matrix(self._node(layer), cells=self.n_cells, genes=self.genes_of(layer))

    def _node(self, layer: str | None) -> Group | Array:
        if layer is None:
            return self._root.child("X")
        if layer == RAW and self._has_raw:
            group, matrix = self._in_raw("X")
            return group.child(matrix)
        return self._root.group("layers").child(layer)


@contextmanager
def open_cells(path: Path) -> Iterator[Cells]:
    """Open an .h5ad, a .zarr folder or a zip of one, read only.

    Raises:
        TableError: not such a file, damaged, without cells or genes, a gene named twice, or a link in it.
        NotHereError: no such file, or the extra is not installed.
    """
    with opened(path) as root:
        yield Cells(path, root)


def _check_anndata(root: Group) -> None:
    if missing := [name for name in ("obs", "var", "X") if not root.has(name)]:
        problem = f"it has no element '{missing[0]}', so it is no AnnData"
        raise TableError(root.file, problem, expected="a file written by AnnData.write_h5ad or write_zarr")


def _genes(frame: Group) -> tuple[str, ...]:
    found = tuple(columns.read_index(frame, _length(frame, _MOST_GENES, "genes")).tolist())
    _check_unique(frame.file, found)
    return found


def _length(frame: Group, most: int, what: str) -> int:
    index = columns.index_array(frame)
    if len(index.shape) != 1 or not 0 < len(index) <= most:
        problem = f"it has {len(index):,} {what}" if len(index.shape) == 1 else f"'{index.where}' is no list of names"
        raise TableError(frame.file, problem, expected=f"between 1 and {most:,} {what}")
    return len(index)


def _check_unique(path: Path, genes: Sequence[str]) -> None:
    names, counts = np.unique(np.asarray(genes, dtype=object), return_counts=True)
    twice = names[counts > 1]
    if twice.size:
        shown = ", ".join(one_line(str(name), 30) or "(no name)" for name in twice[:_SHOWN])
        more = f" and {twice.size - _SHOWN} more" if twice.size > _SHOWN else ""
        those = "gene name is" if twice.size == 1 else "gene names are"
        problem = f"{twice.size} {those} there more than once: {shown}{more}"
        raise TableError(path, problem, expected="unique names: sum or drop the doubles, or use Ensembl's identifiers")


def _names(root: Group, name: str) -> tuple[str, ...]:
    return root.group(name).names() if root.has(name) else ()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(one_line(name, 30) for name in names[:8]) or "none"
