"""Opening a store for reading: no writes, no files, no network, no change of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from engine.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


def open_read_only(path: Path, *, threads: int = 2, memory_limit: str = "1GB") -> duckdb.DuckDBPyConnection:
    """A locked connection: read-only, external access off, configuration frozen.

    Take a `.cursor()` for each query: a DuckDB connection belongs to one open result at a time.

    Raises:
        StoreError: the file is not a readable DuckDB store.
    """
    try:
        # All in one configuration: after it no statement can reopen a door, and a second connection of the same
        # process to the same file finds the same settings.
        return duckdb.connect(
            path,
            read_only=True,
            config={
                "threads": threads,
                "memory_limit": memory_limit,
                "enable_external_access": False,
                "lock_configuration": True,
            },
        )
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be opened ({error}): run `vledger publish --force`") from error
