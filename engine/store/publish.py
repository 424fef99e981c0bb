"""Building a store beside the one in service and switching to it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from engine.errors import StoreError
from engine.store.location import Pointer, read_pointer, store_dir, switch_pointer
from engine.store.parquet import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KEEP = 3
_STALE_AFTER_S = 3600.0


def file_name(content_hash: str) -> str:
    """Name of the store with this content."""
    return f"vledger-{content_hash[:16]}.duckdb"


def build_and_switch(
    content_hash: str, *, schema: str, engine_version: str, build: Callable[[Path], None], force: bool = False
) -> tuple[Path, bool]:
    """Put the store with this content in service, building it only where it is not there yet.

    `build` writes and verifies a file under a name of its own; only when it returns is the file renamed and
    the pointer switched, so that a failure or a second process at the same time harms nobody.

    Returns:
        The file, and whether it was built now.

    Raises:
        StoreError: the store's folder cannot be made or written, or the pointer in it is damaged.
    """
    folder = store_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise StoreError(
            f"{folder} cannot be made ({error.strerror}): point VLEDGER_CACHE to a folder of yours"
        ) from error
    before = read_pointer()
    final = folder / file_name(content_hash)
    built = force or not final.is_file()
    with _writing(folder):
        if built:
            _build(final, build)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if built or before is None or before.file != final.name:
            size = final.stat().st_size
            switch_pointer(Pointer(final.name, content_hash, schema, engine_version, now, size))
        _sweep(folder, final)
    return final, built


def _build(final: Path, build: Callable[[Path], None]) -> None:
    temporary = final.with_name(f".building-{uuid4().hex}.duckdb")
    try:
        build(temporary)
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn what a full disk or a folder that may not be written brings about into a sentence."""
    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
    # What is raised depends on whether a row, a commit or a checkpoint did not fit.
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        problem = first_line(error)
    else:
        return
    raise StoreError(
        f"no store can be written in {folder} ({problem}): free space there or point VLEDGER_CACHE to a folder of "
        "yours; what was in service stays"
    )


def _sweep(folder: Path, current: Path) -> None:
    """Drop stores before the last few, and what a killed build left behind."""
    others = sorted(
        (path for path in folder.glob("vledger-*.duckdb") if path != current), key=_written_at, reverse=True
    )
    left = [path for path in folder.glob(".building-*") if time.time() - _written_at(path) > _STALE_AFTER_S]
    for path in [*others[_KEEP - 1 :], *left]:
        path.unlink(missing_ok=True)


def _written_at(path: Path) -> float:
    """Modification time; for a file that another process has just taken away, now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
