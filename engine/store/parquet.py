"""Rows in Parquet files: what runs write, what the repository ships, what a store is filled from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from engine.errors import StoreError, TableError
from engine.store.writer import frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_OPTIONS = "FORMAT parquet, COMPRESSION zstd"


def quoted(path: Path) -> str:
    """The path as an SQL text literal: file names cannot be parameters of COPY."""
    return "'" + str(path).replace("'", "''") + "'"


def write_rows(path: Path, rows: Sequence[Any], record: type) -> None:
    """Rows of one record type as one file, in one atomic step."""
    write_frame(path, frame(rows, record))


def write_frame(path: Path, rows: pd.DataFrame) -> None:
    """A frame as one file, in one atomic step: a killed writer leaves no file under the final name.

    Raises:
        StoreError: nothing can be written there.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with duckdb.connect() as con:
            con.register("incoming", rows)
            con.execute(f"COPY (SELECT * FROM incoming) TO {quoted(temporary)} ({_OPTIONS})")
        temporary.replace(path)
    except duckdb.IOException as error:
        raise StoreError(f"{path} cannot be written ({_first_line(error)}): is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_frame(path: Path, *, columns: str = "*") -> pd.DataFrame:
    """All rows of a file.

    Raises:
        TableError: the file is missing, cut off or no Parquet file.
    """
    with duckdb.connect() as con:
        try:
            return con.execute(f"SELECT {columns} FROM read_parquet({quoted(path)})").df()
        except duckdb.Error as error:
            # What a damaged file raises depends on where the damage is.
            problem = f"not a readable Parquet file in {path.parent} ({_first_line(error)})"
            raise TableError(path, problem) from error


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]
