"""Files of cells that HDF5 takes for whole, and that hold what AnnData never writes: made of any bytes.

Bytes that HDF5's own library cannot read are tried by `tests/singlecell/reading`, in a process that may die of it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from engine.singlecell.preprocessing import gather, highly_variable, prepare, principal_components
from engine.singlecell.pseudobulk import Design, cell_sums, pseudobulk
from engine.singlecell.reading.cells import open_cells
from engine.singlecell.reading.trial import read_all
from tests.fuzzing.inputs import NUMBERS, WORDS
from tests.fuzzing.sentences import value_or_sentence
from tests.singlecell.before_07 import write_before_07
from tests.singlecell.files import TEXT, content, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CELLS, GENES = 24, 12
_STEPS = 4
_NUMBERS = (-1, 0, 1, 2**31, -(2**63), 2**63 - 1, 0.5, -0.0, 1e308, float("nan"), float("inf"))
_SHAPES = ((), (0,), (1,), (CELLS,), (CELLS + 1,), (GENES,), (CELLS, GENES), (CELLS, 0), (2, 2, 2))
_KINDS = ("f8", "f2", "i1", "i8", "u8", "?", "S4", "c16", "M8[s]", "V3", "i4,f4", "text")
_ATTRIBUTES = ("encoding-type", "encoding-version", "shape", "column-order", "_index", "ordered", "other")
_ENCODINGS = (
    "anndata", "dataframe", "array", "csr_matrix", "csc_matrix", "categorical", "string-array", "string", "dict",
    "nullable-integer", "nullable-boolean", "awkward-array", "rec-array", "null", "numeric-scalar",
)  # fmt: skip


class Choices:
    """Numbers out of bytes, one byte each; 0 when they are used up."""

    def __init__(self, content: bytes) -> None:
        """Begin at the first byte."""
        self._left = iter(content)

    def below(self, bound: int) -> int:
        """The next number."""
        return next(self._left, 0) % bound

    def of(self, values: Sequence[Any]) -> Any:
        """One of some values."""
        return values[self.below(len(values))]

    @property
    def word(self) -> str:
        """A word that means something to somebody."""
        return str(self.of((*_ENCODINGS, *WORDS, *NUMBERS)))


def good(path: Path) -> bytes:
    """A small file with everything that is read: sparse and dense matrices, columns of all kinds, an embedding."""
    return write(path, content(CELLS, GENES)).read_bytes()


def good_before_07(path: Path) -> bytes:
    """The same as anndata before 0.7 wrote it, with `raw`."""
    return write_before_07(path, content(CELLS, GENES)).read_bytes()


def changed(path: Path, choices: Choices) -> None:
    """One to four things of a file are no longer what they were; what HDF5 itself refuses to write is left out."""
    with h5py.File(path, "r+") as file:
        for _ in range(1 + choices.below(_STEPS)):
            with suppress(KeyError, ValueError, TypeError, OSError, RuntimeError, OverflowError):
                choices.of((_remove, _replace, _replace, _name, _tell, _tell, _untell, _move, _put, _put, _put))(
                    file, choices
                )


def read_whole(path: Path) -> None:
    """All that is made of a file of cells: each step a value or one sentence."""
    value_or_sentence(lambda: read_all(path))
    value_or_sentence(lambda: _opened(path))


def _opened(path: Path) -> None:
    with open_cells(path) as cells:
        design = Design(condition="condition", control="control", layer=None, normalise=True)
        for name in cells.obs_names:
            for read in (cells.described, cells.labels, cells.numbers):
                value_or_sentence(lambda name=name, read=read: read(name))
        for name in cells.var_names:
            value_or_sentence(lambda name=name: cells.var(name))
        for make in (pseudobulk, cell_sums):
            value_or_sentence(lambda make=make: make(cells, design))
        for layer in (None, *cells.layers):
            value_or_sentence(lambda layer=layer: _components(cells, layer))


def _components(cells: Any, layer: str | None) -> None:
    prepared = prepare(cells, layer=layer, min_genes=1, min_cells=1)
    places = value_or_sentence(lambda: highly_variable(cells, prepared, top=5))
    if places is not None and len(places):
        found = principal_components(cells, prepared, places, components=3)
        assert np.isfinite(found.scores).all()
    gather(cells, prepared, np.arange(len(prepared.names)))


def _paths(file: Any) -> list[str]:
    found: list[str] = []
    file.visit(found.append)
    return found or ["obs"]


def _array(choices: Choices) -> Any:
    shape, kind = choices.of(_SHAPES), choices.of(_KINDS)
    if kind == "text":
        return np.full(shape, choices.word, dtype=object)
    values = np.zeros(shape, dtype=kind)
    if values.dtype.kind in "fiub":
        with np.errstate(all="ignore"):
            values = (values + np.arange(values.size).reshape(shape)).astype(kind)
    return values


def _remove(file: Any, choices: Choices) -> None:
    del file[choices.of(_paths(file))]


def _replace(file: Any, choices: Choices) -> None:
    """Another array, a group or a link in the place of something, mostly with its attributes."""
    name, kind = choices.of(_paths(file)), choices.below(6)
    kept = dict(file[name].attrs) if choices.below(4) else {}
    del file[name]
    if kind == 0:
        file.create_group(name).attrs.update(kept)
    elif kind == 1:
        file[name] = h5py.SoftLink(choices.of(("/", "/X", "/obs", "/uns", f"/{name}", "/nowhere")))
    elif kind == 2:
        file[name] = h5py.ExternalLink(choices.of(("other.h5", "/etc/passwd", path_of(file))), "/X")
    else:
        values = _array(choices)
        file.create_dataset(name, data=values, dtype=TEXT if values.dtype.kind == "O" else None).attrs.update(kept)


def path_of(file: Any) -> str:
    """Where an open file lies."""
    return str(file.filename)


def _name(file: Any, choices: Choices) -> None:
    """One of the texts of an array, or all of them, are another word."""
    name = choices.of([name for name in _paths(file) if isinstance(file[name], h5py.Dataset)])
    place = choices.below(max(1, len(file[name])))
    file[name][place : place + choices.of((1, 2, CELLS))] = choices.word


def _tell(file: Any, choices: Choices) -> None:
    """An attribute with another value."""
    node, name = file[choices.of(_paths(file))], choices.of(_ATTRIBUTES)
    value = choices.of((choices.word, choices.of(_ENCODINGS), choices.of(_NUMBERS), _array(choices)))
    node.attrs[name] = value.astype(TEXT) if getattr(value, "dtype", np.dtype("f8")).kind == "O" else value


def _untell(file: Any, choices: Choices) -> None:
    del file[choices.of(_paths(file))].attrs[choices.of(_ATTRIBUTES)]


def _move(file: Any, choices: Choices) -> None:
    """Something is elsewhere, or under another name."""
    paths = _paths(file)
    first, second = choices.of(paths), choices.of((choices.of(paths), choices.word, "obs/other", "layers/other"))
    if second in file:
        del file[second]
    file.move(first, second)


def _put(file: Any, choices: Choices) -> None:
    """One number of an array, or several, are others."""
    numbers = [name for name in _paths(file) if getattr(getattr(file[name], "dtype", None), "kind", "") in "fiu"]
    array = file[choices.of(numbers)]
    place = choices.below(max(1, len(array)))
    array[place : place + choices.of((1, 1, CELLS))] = choices.of(_NUMBERS)
