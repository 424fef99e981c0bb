"""Taking a backup back: all of it is checked beside what is there before anything of that is touched."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError, TableError
from engine.store.keeping.archive import unpack
from engine.store.keeping.contents import LINKS
from engine.store.location import cache_dir
from engine.store.parquet import read_frame
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.store.keeping.contents import Manifest

    Progress = Callable[[int, int], object]

_UNPACKED, _FORMER = ".restoring-", "former"
_LINK = "SELECT count(*) FROM link WHERE typeof(word) = 'text' AND typeof(text) = 'text'"
_MERGE = "INSERT OR IGNORE INTO link (word, text, kept_at) SELECT word, text, kept_at FROM saved.link"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it: names of runs' results and journals.

    Attributes:
        added: now there.
        same: were there already, with the same content.
        aside: had other content here; the former is kept in the folder `kept_in`.
        links: short links that were not here before.
        kept_in: where the former content went; None where nothing was replaced.
    """

    added: tuple[str, ...]
    same: tuple[str, ...]
    aside: tuple[str, ...]
    links: int
    kept_in: Path | None


def restore(path: Path, *, replace: bool = False, progress: Progress = lambda _done, _total: None) -> Restored:
    """Take back what a backup holds and this machine does not.

    Args:
        path: of the backup.
        replace: where something of the same name is there with other content, put that aside and take the backup's.
        progress: told of bytes read, and of how many there are.

    Raises:
        StoreError: the backup cannot be trusted or read, or holds other content than is here and `replace` is not said;
            nothing was changed.
    """
    cache = cache_dir()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache), tempfile.TemporaryDirectory(dir=cache, prefix=_UNPACKED) as scratch:
            fresh = Path(scratch) / "fresh"
            fresh.mkdir()
            manifest = unpack(path, fresh, progress)
            _readable(path, fresh, manifest)
            return _taken(manifest, fresh, cache, replace=replace)
    except OSError as error:
        raise StoreError(f"{cache} cannot be written ({error.strerror}): free it or set VLEDGER_CACHE") from error


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One at a time; what a killed one has put aside and not replaced goes back first."""
    with (cache / ".restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"another restore into {cache} is under way: wait until it has ended") from error
        for left in cache.glob(f"{_UNPACKED}*"):
            for former in left.glob(f"{_FORMER}/*/*"):
                place = cache / former.relative_to(left / _FORMER)
                if not place.exists():
                    former.rename(place)
            shutil.rmtree(left, ignore_errors=True)
        yield


def _readable(path: Path, fresh: Path, manifest: Manifest) -> None:
    """What was damaged before it was saved would stop the next publish."""
    for unit, names in manifest.units().items():
        if unit.startswith("results/") and f"{unit}/run.parquet" not in names:
            raise StoreError(f"{path.name} holds {unit} without its run: it is not taken")
    for name in manifest.files:
        if name.startswith("results/"):
            try:
                read_frame(fresh / name, columns="count(*)")
            except TableError as error:
                raise StoreError(f"{path.name} holds {name}, which is no readable table: it is not taken") from error
    if LINKS in manifest.files:
        try:
            with closing(sqlite3.connect(fresh / LINKS)) as links:
                links.execute(_LINK)
        except sqlite3.Error as error:
            raise StoreError(f"{path.name} holds {LINKS}, which has no short links in it: it is not taken") from error


def _taken(manifest: Manifest, fresh: Path, cache: Path, *, replace: bool) -> Restored:
    units = {unit: names for unit, names in manifest.units().items() if unit != LINKS}
    same = tuple(unit for unit, names in units.items() if _is_same(cache, unit, names, manifest))
    aside = tuple(unit for unit in units if unit not in same and (cache / unit).exists())
    if aside and not replace:
        more = f", and {len(aside) - 1} more" if len(aside) > 1 else ""
        raise StoreError(
            f"{aside[0]} is there with other content{more}: nothing was changed; --replace puts what is there aside"
        )
    for unit in units:
        if unit not in same:
            _put(fresh, cache, unit)
    links = _merged(fresh / LINKS, cache / LINKS) if LINKS in manifest.files else 0
    kept_in = _kept(fresh.parent / _FORMER, cache) if aside else None
    added = tuple(unit for unit in units if unit not in same and unit not in aside)
    return Restored(added, same, aside, links, kept_in)


def _is_same(cache: Path, unit: str, names: Sequence[str], manifest: Manifest) -> bool:
    """A journal here may have more than the backup's; results are the same as a whole or not."""
    if any(not (cache / name).is_file() or sha256_of(cache / name) != manifest.files[name].sha256 for name in names):
        return False
    here = {path.relative_to(cache).as_posix() for path in (cache / unit).glob("*.parquet")}
    return not unit.startswith("results/") or here == set(names)


def _put(fresh: Path, cache: Path, unit: str) -> None:
    """Two renames: whoever is killed in between has the former beside, and the next restore puts it back."""
    former = fresh.parent / _FORMER / unit
    former.parent.mkdir(parents=True, exist_ok=True)
    (cache / unit).parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        (cache / unit).rename(former)
    (fresh / unit).rename(cache / unit)


def _merged(saved: Path, here: Path) -> int:
    """A word is made of its text alone: the same word never means another text, so links of both sides stay."""
    if not here.exists():
        with closing(sqlite3.connect(saved)) as links:
            count = int(links.execute(_LINK).fetchone()[0])
        os.replace(saved, here)  # noqa: PTH105 - atomic, and both are plain paths
        return count
    try:
        with closing(sqlite3.connect(here, isolation_level=None)) as links:
            links.execute("ATTACH ? AS saved", [str(saved)])
            return links.execute(_MERGE).rowcount
    except sqlite3.Error as error:
        raise StoreError(f"{here} cannot be written ({error}): move it away, and restore again") from error


def _kept(former: Path, cache: Path) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    place = Path(tempfile.mkdtemp(dir=_made(cache / "replaced"), prefix=f"{now}-"))
    for one in former.iterdir():
        one.rename(place / one.name)
    return place


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
