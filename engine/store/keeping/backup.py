"""Writing a backup: while runs, a publish or a dashboard go on."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from engine.errors import StoreError
from engine.store.keeping.contents import LINKS, MANIFEST, Entry, is_allowed, written
from engine.store.location import cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int], object]

_MODES: dict[str, Literal["w", "w:gz"]] = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
_OWN_ALONE = 0o600
_CHUNK = 1 << 20


class _Hashing(io.RawIOBase):
    """A file that is read once, for its content and for its SHA-256."""

    def __init__(self, file: IO[bytes], progress: Callable[[int], object]) -> None:
        self._file, self._progress, self.digest = file, progress, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        self._progress(len(data))
        return len(data)


def backup(path: Path, progress: Progress = lambda _done, _total: None) -> dict[str, Entry]:
    """Put all that this machine cannot make again into one file, in one atomic step; only its owner may read it.

    Args:
        path: of the file, ending in .tar, .tar.gz or .tgz; nothing may be there yet.
        progress: told of bytes read, and of how many there are.

    Returns:
        What is in it, by name.

    Raises:
        StoreError: the name has another ending or is taken, nothing is there to be kept, the disk is full, or results
            were written meanwhile.
    """
    mode = next((mode for ending, mode in _MODES.items() if path.name.endswith(ending)), None)
    if mode is None:
        raise StoreError(f"{path.name} has no ending that says what it is: name it *.tar or *.tar.gz")
    if path.exists():
        raise StoreError(f"{path} is there already, and a backup replaces none: give another name")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as scratch:
            temporary = Path(scratch) / path.name
            found = _write(temporary, mode, Path(scratch), progress)
            temporary.chmod(_OWN_ALONE)
            temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): give another place or free that one") from error
    return found


def _write(temporary: Path, mode: Literal["w", "w:gz"], scratch: Path, progress: Progress) -> dict[str, Entry]:
    sources = dict(_sources(cache_dir(), scratch))
    if not sources:
        raise StoreError(f"there is nothing in {cache_dir()} that could not be made again: no run has left results")
    total, done = sum(path.stat().st_size for path in sources.values() if path.exists()), 0
    states = {path.parent: _state(path.parent) for name, path in sources.items() if name.startswith("results/")}
    found: dict[str, Entry] = {}

    def read(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    with tarfile.open(temporary, mode, format=tarfile.PAX_FORMAT) as archive:
        for name, path in sources.items():
            # A unit of a journal may be done again meanwhile; what a folder of results lacks is noticed below.
            with suppress(FileNotFoundError), path.open("rb") as file:
                found[name] = _added(archive, name, file, read)
        changed = [folder for folder, state in states.items() if _state(folder) != state]
        if changed:
            raise StoreError(f"the results in {changed[0]} were written meanwhile: run the backup again")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        _add(archive, MANIFEST, io.BytesIO(text := written(found, now)), len(text))
    return found


def _sources(cache: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Names in the backup and the files behind them: results of runs and imports, what resumes runs, short links."""
    for pattern in ("results/*/*.parquet", "runs/*/journal.json", "runs/*/parts/*"):
        for path in sorted(cache.glob(pattern)):
            name = path.relative_to(cache).as_posix()
            if is_allowed(name) and path.is_file():
                yield name, path
    if (cache / LINKS).is_file():
        yield LINKS, _links(cache / LINKS, scratch / LINKS)


def _links(path: Path, copy: Path) -> Path:
    """A copy that is whole, whoever writes meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as links,
            closing(sqlite3.connect(copy)) as target,
        ):
            links.backup(target)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read ({error}): delete it if its short links are not needed") from error
    return copy


def _added(archive: tarfile.TarFile, name: str, file: IO[bytes], progress: Callable[[int], object]) -> Entry:
    state = os.fstat(file.fileno())
    hashing = _Hashing(file, progress)
    _add(archive, name, io.BufferedReader(hashing, _CHUNK), state.st_size, state.st_mtime)
    return Entry(state.st_size, hashing.digest.hexdigest())


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes] | io.BufferedReader, size: int, time: float = 0) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, time, _OWN_ALONE
    archive.addfile(member, file)


def _state(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
