"""A results folder: what one run found, one Parquet file per table, written whole or not at all."""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from engine.records import BULK_TABLES, BUNDLE_FIELD_OF, TABLE_OF, Bundle
from engine.store.parquet import write_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TAKEN = {errno.ENOTEMPTY, errno.EEXIST}


def write_results(folder: Path, bundle: Bundle, bulk: Mapping[str, Path]) -> None:
    """Put a run's rows into `folder`, replacing what was there in one step.

    Args:
        folder: Where the run's results belong; its parent is made if needed.
        bundle: The rows; tables without rows get no file.
        bulk: Parquet files of bulk tables; they are moved.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{uuid4().hex}")
    fresh.mkdir()
    try:
        for table, name in BUNDLE_FIELD_OF.items():
            rows = getattr(bundle, name)
            if rows:
                write_rows(fresh / f"{table}.parquet", rows, TABLE_OF[table])
        for table, path in bulk.items():
            shutil.move(path, fresh / f"{table}.parquet")
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace(folder: Path, fresh: Path) -> None:
    while fresh.exists():
        old = folder.with_name(f".{folder.name}.{uuid4().hex}")
        # Nothing is there the first time, and where another process has just taken it away to do the same.
        with suppress(FileNotFoundError):
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError as error:
            # Another process has put its results there in between: once more.
            if error.errno not in _TAKEN:
                with suppress(OSError):
                    old.rename(folder)
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)


def result_files(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Parquet files by table over results folders, in the order in which tables must be filled."""
    tables = [*BUNDLE_FIELD_OF, *BULK_TABLES]
    found = {table: [path for folder in folders if (path := folder / f"{table}.parquet").is_file()] for table in tables}
    return {table: paths for table, paths in found.items() if paths}


def runs_in(root: Path) -> list[Path]:
    """Results folders below `root`, the one written last first."""
    folders = [path.parent for path in root.glob("*/run.parquet") if not path.parent.name.startswith(".")]
    return sorted(folders, key=lambda folder: (-(folder / "run.parquet").stat().st_mtime_ns, folder.name))
