"""Opening the two containers that AnnData is kept in: HDF5 by h5py, zarr (a folder or a zip of one) by zarr."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import NotHereError, TableError, one_line
from engine.singlecell.reading.nodes import LIBRARY_FAULTS, Group, missing_package
from engine.singlecell.reading.tables import Categories, Field, Table, with_categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_SHOWN = (Table, Categories)
_MOST_MEMBERS = 1_000_000
_MOST_UNPACKED = 2**38
# A codec named by a file is run on it; "pickle" is one of zarr 2, and runs what the file says.
_CODECS = frozenset(
    {
        *("bytes", "transpose", "crc32c", "crc32", "adler32", "sharding_indexed", "vlen-utf8", "vlen-bytes"),
        *("blosc", "zstd", "lz4", "zlib", "gzip", "bz2", "lzma", "shuffle", "delta", "fixedscaleoffset"),
    }
)


class _Hdf5:
    """HDF5 as h5py shows it."""

    def __init__(self, h5py: Any) -> None:
        self._h5py = h5py

    def names(self, group: Any) -> Iterable[str]:
        found: Iterable[str] = group.names() if isinstance(group, _SHOWN) else group.keys()
        return found

    def member(self, group: Any, name: str) -> Any:
        found = group[name]
        return self._table(found) if isinstance(found, self._h5py.Dataset) and found.dtype.names else found

    def _table(self, found: Any) -> Table:
        root = found.file
        # Asked as a link first: h5py follows one to look at what it leads to.
        kept = "uns" in root and not self.is_link(root, "uns") and isinstance(root["uns"], self._h5py.Group)
        if not kept:
            return Table(table=found, categories=None)
        uns = root["uns"]
        columns = with_categories(found, (name for name in uns if not self.is_link(uns, name)))
        return Table(table=found, categories=Categories(uns=uns, columns=columns))

    def is_link(self, group: Any, name: str) -> bool:
        if isinstance(group, _SHOWN):
            return False
        # Asked of the link itself: `group.get(name, getlink=True)` first looks whether its target is there.
        kind = group.id.links.get_info(name.encode("utf-8")).type
        return bool(kind != self._h5py.h5l.TYPE_HARD)

    def is_group(self, node: Any) -> bool:
        return isinstance(node, (self._h5py.Group, *_SHOWN))

    def leads_out(self, array: Any) -> str | None:
        whole = _whole(array)
        if not isinstance(whole, self._h5py.Dataset):
            return "neither a group nor an array"
        return "an array whose values lie in other files" if whole.external or whole.is_virtual else None

    def piece(self, array: Any) -> int:
        whole = _whole(array)
        return prod(whole.chunks) * whole.dtype.itemsize if whole.chunks else 0

    def is_text(self, array: Any) -> bool:
        return array.dtype.kind == "O" and self._h5py.check_string_dtype(array.dtype) is not None

    def text(self, array: Any, part: slice) -> NDArray[np.object_]:
        if isinstance(array, Field):
            return np.array([one.decode("utf-8") for one in array[part]], dtype=object)
        return np.asarray(array.asstr("utf-8")[part] if array.shape else array.asstr("utf-8")[()], dtype=object)


def _whole(array: Any) -> Any:
    """The array that a column of a table is in."""
    return array.table if isinstance(array, Field) else array


class _Zarr:
    """Zarr as its package shows it; folders are listed here, as zarr would open every child for a list of names."""

    def __init__(self, zarr: Any, path: Path, members: frozenset[str]) -> None:
        self._zarr, self._path, self._members = zarr, path, members

    def names(self, group: Any) -> Iterable[str]:
        below = f"{group.path}/" if group.path else ""
        if self._members:
            return {name[len(below) :].split("/")[0] for name in self._members if self._is_in(name, below)}
        return {one.name for one in (self._path / group.path).iterdir() if one.is_dir()}

    def member(self, group: Any, name: str) -> Any:
        return group[name]

    @staticmethod
    def _is_in(name: str, below: str) -> bool:
        return name.startswith(below) and "/" in name[len(below) :]

    def is_link(self, group: Any, name: str) -> bool:
        return not self._members and (self._path / group.path / name).is_symlink()

    def is_group(self, node: Any) -> bool:
        return isinstance(node, self._zarr.Group)

    def leads_out(self, array: Any) -> str | None:
        unknown = sorted({name for name in _codecs(array.metadata.to_dict()) if name not in _CODECS})
        return f"packed by '{one_line(unknown[0])}', which is not run here" if unknown else None

    def piece(self, array: Any) -> int:
        return int(prod(array.chunks) * array.dtype.itemsize)

    def is_text(self, array: Any) -> bool:
        return array.dtype.kind in "TO"

    def text(self, array: Any, part: slice) -> NDArray[np.object_]:
        return np.array([str(one) for one in np.atleast_1d(array[part])], dtype=object)


def _codecs(told: Any) -> Iterator[str]:
    """Names of all codecs in the metadata of an array, those within others too."""
    if isinstance(told, (list, tuple)):
        for one in told:
            yield from _codecs(one)
    elif isinstance(told, dict):
        for key in ("codecs", "index_codecs", "filters", "compressor", "configuration"):
            yield from _named(told.get(key))


def _named(told: Any) -> Iterator[str]:
    for one in told if isinstance(told, (list, tuple)) else [told]:
        if isinstance(one, dict):
            name = one.get("name") or one.get("id")
            if name is not None:
                yield str(name).removeprefix("numcodecs.")
            yield from _codecs(one)


@contextmanager
def opened(path: Path) -> Iterator[Group]:
    """The root of a file, read only.

    Raises:
        TableError: missing, neither HDF5 nor zarr, or damaged.
        NotHereError: the extra is not installed.
    """
    if path.is_dir():
        with _zarr(path, zipped=False) as root:
            yield root
        return
    start = _start(path)
    if start.startswith(_HDF5):
        with _hdf5(path) as root:
            yield root
    elif start.startswith(_ZIP):
        with _zarr(path, zipped=True) as root:
            yield root
    else:
        raise TableError(path, "neither an HDF5 file nor a zipped zarr", expected="an .h5ad written by anndata")


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise NotHereError(f"{path} cannot be opened ({error.strerror}): check the path") from error


@contextmanager
def _hdf5(path: Path) -> Iterator[Group]:
    try:
        import h5py  # noqa: PLC0415 - of the extra
    except ImportError as error:
        raise missing_package("h5py") from error
    try:
        # Without the lock a file on a read-only or shared disk opens too; nobody writes here.
        file = h5py.File(path, "r", locking=False)
    except LIBRARY_FAULTS as error:
        raise _damaged(path, error) from error
    with file:
        yield Group(file=path, where="", node=file, format=_Hdf5(h5py))


@contextmanager
def _zarr(path: Path, *, zipped: bool) -> Iterator[Group]:
    try:
        import zarr  # noqa: PLC0415 - of the extra
        from zarr.storage import LocalStore, ZipStore  # noqa: PLC0415 - same
    except ImportError as error:
        raise missing_package("zarr") from error
    store: LocalStore | ZipStore | None = None
    try:
        members = _members(path) if zipped else frozenset()
        store = ZipStore(path, mode="r") if zipped else LocalStore(path, read_only=True)
        # One element of a type that zarr does not know would make the consolidated form unreadable as a whole.
        root = zarr.open_group(store, mode="r", use_consolidated=False)
    except LIBRARY_FAULTS as error:
        if store is not None:
            store.close()
        raise _damaged(path, error) from error
    try:
        yield Group(file=path, where="", node=root, format=_Zarr(zarr, path, members))
    finally:
        store.close()


def _members(path: Path) -> frozenset[str]:
    with zipfile.ZipFile(path) as found:
        members = found.infolist()
    if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > _MOST_UNPACKED:
        raise TableError(path, "the zip unpacks to more than it can honestly hold", expected="a zarr of fewer pieces")
    return frozenset(one.filename for one in members)


def _damaged(path: Path, error: BaseException) -> TableError:
    problem = f"it begins like the right kind of file, but cannot be opened ({one_line(str(error), 80)})"
    return TableError(path, problem, expected="a complete file: copy or download it again")
