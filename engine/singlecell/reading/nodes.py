"""Groups and arrays of one file, HDF5 or zarr alike, with nothing in them that leads out of the file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.errors import NotHereError, TableError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

EXTRA = "pip install 'validity-ledger[singlecell]'"
LIBRARY_FAULTS = (
    *(OSError, LookupError, RuntimeError, ValueError, TypeError, ArithmeticError, AttributeError, AssertionError),
    *(EOFError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What h5py, zarr and what they stand on raise where bytes are not what they should be."""
_MOST_NAMES = 100_000
_MOST_BYTES_READ = 2**30
_MOST_BYTES_CHUNK = 2**29
_PLAIN = "biufSU"
# What anndata before 0.7 said of sparse matrices.
_OLD_SPARSE = {"csr": "csr_matrix", "csc": "csc_matrix"}


class Format(Protocol):
    """What differs between HDF5 and zarr."""

    def names(self, group: Any) -> Iterable[str]:
        """Names of the children of a group; none of them is opened for it."""

    def member(self, group: Any, name: str) -> Any:
        """A child of a group; a table in one piece as a group of its columns."""

    def is_link(self, group: Any, name: str) -> bool:
        """Whether a child is only a link to somewhere."""

    def is_group(self, node: Any) -> bool:
        """Whether a node has children."""

    def leads_out(self, array: Any) -> str | None:
        """What about an array is not to be trusted, None where nothing is."""

    def piece(self, array: Any) -> int:
        """Bytes that are unpacked at once, 0 where nothing is packed."""

    def is_text(self, array: Any) -> bool:
        """Whether it holds texts of any length."""

    def text(self, array: Any, part: slice) -> NDArray[np.object_]:
        """Its texts."""


@contextmanager
def guarded(file: Path, where: str) -> Iterator[None]:
    """Turn what the libraries raise into one sentence with the place in the file.

    Raises:
        TableError: the file is damaged there.
    """
    try:
        yield
    except LIBRARY_FAULTS as error:
        problem = f"'{where or '/'}' cannot be read, the file is damaged or cut off there ({one_line(str(error), 80)})"
        raise TableError(file, problem, expected="a file as anndata writes it: copy or write it again") from error


def missing_package(name: str) -> NotHereError:
    """The sentence for a package of the extra that is not installed."""
    return NotHereError(f"reading .h5ad and .zarr files needs the package {name}: {EXTRA}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """One array of a file; nothing of it is read before `read`."""

    file: Path
    where: str
    node: Any
    format: Format

    @property
    def shape(self) -> tuple[int, ...]:
        """Its length in each direction."""
        return tuple(int(length) for length in self.node.shape)

    def __len__(self) -> int:
        """How many rows; one where it is a single text."""
        return self.shape[0] if self.shape else 1

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return self.format.is_text(self.node) or self.node.dtype.kind in "SU"

    def attribute(self, name: str) -> object:
        """An attribute, None where it has none of this name."""
        return attribute(self, name)

    def read(self, part: slice | None = None) -> NDArray[Any]:
        """Values of some rows, all by default; texts as objects of type str.

        Raises:
            TableError: damaged, of a type that is no value, or more than a file of this kind can honestly have.
        """
        rows = part or slice(0, len(self))
        with guarded(self.file, self.where):
            self._check_size(rows)
            if self.format.is_text(self.node):
                return self.format.text(self.node, rows)
            values = np.asarray(self.node[rows])
            return values if values.dtype.kind not in "SU" else _decoded(values)

    def _check_size(self, rows: slice) -> None:
        taken = (rows.stop - rows.start) * prod(self.shape[1:]) * self.node.dtype.itemsize
        if taken > _MOST_BYTES_READ:
            problem = f"'{self.where}' says that it has {self.shape} values, more than is read at once"
            raise TableError(self.file, problem, expected="an array of the cells or genes of this file")


def _decoded(values: NDArray[Any]) -> NDArray[np.object_]:
    kinds = values.astype(object)
    return np.array([one.decode("utf-8") if isinstance(one, bytes) else str(one) for one in kinds], dtype=object)


def attribute(node: Array | Group, name: str) -> object:
    """An attribute of a node, None where it has none of this name; a text as str."""
    with guarded(node.file, f"{node.where}@{name}"):
        value = node.node.attrs.get(name)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of a file."""

    file: Path
    where: str
    node: Any
    format: Format

    def names(self) -> tuple[str, ...]:
        """Of its children, sorted.

        Raises:
            TableError: damaged, or with more children than a file of this kind can honestly have.
        """
        with guarded(self.file, self.where):
            found = sorted(
                str(name) for _, name in zip(range(_MOST_NAMES + 1), self.format.names(self.node), strict=False)
            )
        if len(found) > _MOST_NAMES:
            raise TableError(self.file, f"'{self.where}' has more than {_MOST_NAMES:,} elements")
        return tuple(found)

    def has(self, name: str) -> bool:
        """Whether there is a child of this name."""
        return name in self.names()

    @property
    def encoding(self) -> str | None:
        """What it says that it is; None where it says nothing, or nothing that is a text."""
        told = self.attribute("encoding-type")
        if told is None:
            return _OLD_SPARSE.get(str(self.attribute("h5sparse_format")))
        return told if isinstance(told, str) else None

    def attribute(self, name: str) -> object:
        """An attribute, None where it has none of this name."""
        return attribute(self, name)

    def child(self, name: str) -> Group | Array:
        """A child that is really in this file.

        Raises:
            TableError: missing, damaged, a link, or an array whose values lie in another file.
        """
        where = f"{self.where}/{name}".lstrip("/")
        if not self.has(name):
            raise TableError(self.file, f"it has no element '{where}'", expected="a file as anndata writes it")
        with guarded(self.file, where):
            if self.format.is_link(self.node, name):
                raise _leads_out(self.file, where, "a link")
            node = self.format.member(self.node, name)
            if self.format.is_group(node):
                return Group(file=self.file, where=where, node=node, format=self.format)
            if problem := self.format.leads_out(node) or _problem(node, self.format):
                raise _leads_out(self.file, where, problem)
        return Array(file=self.file, where=where, node=node, format=self.format)

    def group(self, name: str) -> Group:
        """A child that has children.

        Raises:
            TableError: missing, damaged, a link, or an array.
        """
        found = self.child(name)
        if not isinstance(found, Group):
            problem = f"'{found.where}' is not a group of elements, so it is no AnnData"
            raise TableError(self.file, problem, expected="a file as anndata writes it")
        return found

    def array(self, name: str) -> Array:
        """A child that has values.

        Raises:
            TableError: missing, damaged, a link, a group, or an array whose values lie in another file.
        """
        found = self.child(name)
        if not isinstance(found, Array):
            raise TableError(self.file, f"'{found.where}' is not an array", expected="a file as anndata writes it")
        return found


def _problem(array: Any, form: Format) -> str | None:
    """What the values of an array are, where they are nothing to read; None where all is well."""
    if not array.shape and not form.is_text(array):
        return "a single value"
    if array.dtype.names:
        return "a table in one piece"
    if array.dtype.kind not in _PLAIN and not form.is_text(array):
        return "of a type that is neither number nor text"
    if form.piece(array) > _MOST_BYTES_CHUNK:
        return "stored in pieces of more than 512 MB"
    return None


def _leads_out(file: Path, where: str, what: str) -> TableError:
    expected = "numbers and texts stored in this file itself: write it again with anndata"
    return TableError(file, f"'{where}' is {what}", expected=expected)
