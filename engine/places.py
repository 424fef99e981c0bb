"""A folder on this machine, or one behind a URL, and the few things that are done with the files in it.

Whatever the place, a file is there under its name only when it is complete: on this machine it is renamed into place,
in an object store it becomes visible when it was taken in whole.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from engine.errors import NotHereError, SpecError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Fill = Callable[[Path], object]

Folder = Path | str
"""A path of this machine, or the URL of a folder that fsspec can reach: s3://bucket/runs."""
_SCHEME = "://"


class Place(Protocol):
    """One folder with its files; a name may lie in a folder below: parts/a.json."""

    def make(self, below: str = "") -> None:
        """Make the folder, or one below it, where it is missing."""

    def names(self, below: str = "") -> list[str]:
        """Names of the files in the folder, or in one below it; none where it is missing."""

    def folders(self) -> list[str]:
        """Names of the folders in the folder; none where it is missing."""

    def put(self, name: str, fill: Fill) -> None:
        """Put a file there.

        Args:
            name: Of the file.
            fill: Writes it under the path that it is given, in one atomic step.
        """

    def local(self, name: str) -> AbstractContextManager[Path]:
        """The file as one of this machine, for as long as the context lasts.

        Raises:
            OSError: it is missing, and not on this machine; there, whoever reads it meets that.
        """

    def drop(self, name: str) -> None:
        """Take a file away, if it is there."""


def folder_of(text: str) -> Folder:
    """A folder as it is typed: a path, a file:// URL, which is a path too, or another URL.

    Raises:
        SpecError: it begins as a URL and is none, or is a file of another machine.
    """
    if _SCHEME not in text:
        return Path(text)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SpecError(f"{one_line(text)} is no URL: write it as scheme://place/folder") from error
    if parts.scheme != "file":
        return text.rstrip("/")
    path = unquote(parts.path)
    if parts.netloc not in {"", "localhost"} or "\0" in path:
        raise SpecError(f"{one_line(text)} is no folder of this machine: write it as file:///folder")
    return Path(path)


def below(folder: Folder, name: str) -> Folder:
    """The folder of that name in a folder."""
    return folder / name if isinstance(folder, Path) else f"{folder}/{name}"


def place_of(folder: Folder) -> Place:
    """What can be done with a folder.

    Raises:
        SpecError: no such kind of URL is known.
        NotHereError: a package for this kind of URL is missing.
    """
    return _OnDisk(folder) if isinstance(folder, Path) else _behind(folder)


def is_shared(folder: Folder) -> bool:
    """Whether another process can see what is put there."""
    return isinstance(folder, Path) or not folder.startswith("memory:")


@dataclass(frozen=True, slots=True)
class _OnDisk:
    folder: Path

    def make(self, below: str = "") -> None:
        (self.folder / below).mkdir(parents=True, exist_ok=True)

    def names(self, below: str = "") -> list[str]:
        return [entry.name for entry in self._entries(below) if not entry.is_dir()]

    def folders(self) -> list[str]:
        return [entry.name for entry in self._entries("") if entry.is_dir()]

    def _entries(self, below: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder / below) as entries:
                return list(entries)
        except FileNotFoundError:
            return []

    def put(self, name: str, fill: Fill) -> None:
        fill(self.folder / name)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        yield self.folder / name

    def drop(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Behind:
    """A folder of an fsspec file system; nothing of a listing is kept, as others write there too."""

    system: Any
    root: str

    def make(self, below: str = "") -> None:
        self.system.makedirs(self._path(below), exist_ok=True)

    def names(self, below: str = "") -> list[str]:
        return self._listed(below, "file")

    def folders(self) -> list[str]:
        return self._listed("", "directory")

    def _listed(self, below: str, kind: str) -> list[str]:
        try:
            entries = self.system.ls(self._path(below), detail=True)
        except FileNotFoundError:
            return []
        return [entry["name"].rstrip("/").rpartition("/")[2] for entry in entries if entry["type"] == kind]

    def put(self, name: str, fill: Fill) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / Path(name).name
            fill(path)
            self.system.put_file(str(path), self._path(name))

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / Path(name).name
            self.system.get_file(self._path(name), str(path))
            yield path

    def drop(self, name: str) -> None:
        try:
            self.system.rm_file(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}".rstrip("/")


def _behind(url: str) -> _Behind:
    try:
        # Not at the top: a run on this machine needs no fsspec.
        core = import_module("fsspec.core")
        system, root = core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        own = (error.name or "").partition(".")[0] == "fsspec"
        what = "pip install 'validity-ledger[cluster]'" if own else error.msg.rstrip(".")
        raise NotHereError(f"{one_line(url)} cannot be reached without a package that is not here: {what}") from error
    except ValueError as error:
        raise SpecError(f"{one_line(url)} cannot be reached: {one_line(str(error))}") from error
    return _Behind(system, str(root).rstrip("/"))
