"""Where a file of cells lies while somebody compares it: a folder that only this user may open, gone with its owner."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

from engine.local_split.cells.exchange import CellsFile

_PREFIX = "vledger-cells-"
_OWNER = ".owner"
_LONGEST_NAME = 120
_KIND = ".h5ad"
_SETTLED = 60.0
"""Seconds after which a folder has its lock, if anybody has one on it."""


class KeptCells:
    """A file of cells on disk, removed when nobody holds this any more, at the end of the program at the latest.

    Attributes:
        file: what the process that reads it is told.
    """

    def __init__(self, name: str, content: bytes | memoryview) -> None:
        """Write it into a new folder, and clear away what a program that was killed has left.

        Args:
            name: of the file, without a folder.
            content: all of it.

        Raises:
            OSError: there is no room for it.
        """
        _clear()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._remove = weakref.finalize(self, _removed, folder, _owned(folder))
        path = folder / _plain(name)
        try:
            path.write_bytes(content)
        except OSError:
            self._remove()
            raise
        self.file = CellsFile(path=str(path), name=path.name, size=len(content))

    def remove(self) -> None:
        """Delete it, whoever may still be reading it."""
        self._remove()


def _plain(name: str) -> str:
    """A name that every disk takes, the ending kept."""
    letters = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\:*?"<>|').strip(". ")
    stem = letters.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return stem if stem.lower().endswith(_KIND) else f"{stem.removesuffix(_KIND) or 'cells'}{_KIND}"


def _owned(folder: Path) -> int | None:
    """A lock that lasts as long as this program, however it ends; None where it is another's, or there are none."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    lock = os.open(folder / _OWNER, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _removed(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _clear() -> None:
    """Remove what programs have left that had no time to: their locks are free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _SETTLED and (lock := _owned(folder)) is not None:
                _removed(folder, lock)
