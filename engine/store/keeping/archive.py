"""Reading a backup that may come from anywhere: into an empty folder, checked name by name, byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from engine.errors import StoreError
from engine.store.keeping.contents import MANIFEST, Entry, Manifest, is_allowed, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Progress = Callable[[int, int], object]

MOST_FILES = 500_000
MOST_GROWTH = 200
"""Times that a backup may grow when it is unpacked; results are packed already and hardly do."""
_ALWAYS_ALLOWED = 256 << 20
_LARGEST_READ = 64 << 20
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeError, ValueError)


class _Bounded:
    """A file of which no more than so much is read: what a header says of sizes is not believed."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._most = file, most

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ or self._file.tell() + size > self._most + _CHUNK:
            raise tarfile.ReadError("it grows too much when it is unpacked")
        return self._file.read(size)

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        if to > self._most + _CHUNK:
            raise tarfile.ReadError("it grows too much when it is unpacked")
        return self._file.seek(to, whence)

    def tell(self) -> int:
        return self._file.tell()


def manifest_of(path: Path) -> Manifest:
    """What a backup says that it holds; every file is read, none is kept.

    Raises:
        StoreError: it is none, it is damaged, or a newer version made it.
    """
    return _checked(path, None, lambda _done, _total: None)


def unpack(path: Path, folder: Path, progress: Progress) -> Manifest:
    """Put a backup's files into an empty folder, where each is as the manifest says.

    Raises:
        StoreError: it is none, it is damaged, holds something that no backup holds, or a newer version made it.
    """
    return _checked(path, folder, progress)


def _checked(path: Path, folder: Path | None, progress: Progress) -> Manifest:
    found: dict[str, Entry] = {}
    manifest = None
    with _opened(path) as (archive, position):
        for count, member in enumerate(archive):
            _look(path, member, count, member.name in found or manifest is not None)
            content: Any = archive.extractfile(member)
            if member.name == MANIFEST:
                manifest = read(content.read(), path.name)
            else:
                found[member.name] = _copied(member, content, folder)
            progress(position(), path.stat().st_size)
    if manifest is None:
        raise StoreError(f"{path.name} is no whole backup: its end is missing; take another copy of it")
    wrong = sorted(name for name in found.keys() | manifest.files.keys() if found.get(name) != manifest.files.get(name))
    if wrong:
        raise StoreError(f"{path.name} is damaged: {wrong[0]} is not what its manifest says; take another copy of it")
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Callable[[], int]]]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            most = max(MOST_GROWTH * path.stat().st_size, _ALWAYS_ALLOWED)
            plain: Any = gzip.GzipFile(fileobj=file) if packed else file
            bounded: Any = _Bounded(plain, most)
            with tarfile.open(fileobj=bounded, mode="r:") as archive:
                yield archive, file.tell
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise _damaged(path, error) from error
        raise StoreError(f"{path} cannot be read ({error.strerror or error})") from error
    except _BROKEN as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> StoreError:
    return StoreError(f"{path.name} is no backup, or it is damaged ({str(error) or 'it ends too early'})")


def _look(path: Path, member: tarfile.TarInfo, count: int, again: bool) -> None:  # noqa: FBT001 - of this file alone
    """Only plain files of known names, each once, and the manifest last."""
    if not member.isreg() or member.sparse is not None or not (is_allowed(member.name) or member.name == MANIFEST):
        raise StoreError(f"{path.name} holds {member.name[:80]!r}, which is in no backup: it is not taken")
    if again or count > MOST_FILES:
        raise StoreError(f"{path.name} holds {member.name[:80]!r} once too often: it is not taken")


def _copied(member: tarfile.TarInfo, content: IO[bytes], folder: Path | None) -> Entry:
    digest, size = hashlib.sha256(), 0
    # A name that is allowed leads nowhere else, and no link was let in that it could lead through.
    target = folder / member.name if folder else None
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") if target else open(os.devnull, "wb") as file:  # noqa: PTH123 - a device
        while data := content.read(_CHUNK):
            digest.update(data)
            size += len(data)
            file.write(data)
    if target:
        # The run that was written last comes first where two measure the same.
        os.utime(target, (member.mtime, member.mtime))
    return Entry(size, digest.hexdigest())
