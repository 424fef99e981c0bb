"""Rows in Parquet files: what runs write, what the repository ships, what a store is filled from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from engine.errors import TableError
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
    """A frame as one file, in one atomic step: a killed writer leaves no file under the final name."""
    with duckdb.connect() as con:
        con.register("incoming", rows)
        _copy(con, "SELECT * FROM incoming", path)


def join_files(parts: Sequence[Path], path: Path, *, select: str = "*") -> None:
    """The rows of many files as one, in the order of the files; memory does not grow with their number.

    Raises:
        TableError: a part is cut off or no Parquet file.
    """
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = true")
        listed = ", ".join(map(quoted, parts))
        _copy(con, f"SELECT {select} FROM read_parquet([{listed}])", path)


def read_frame(path: Path, *, columns: str = "*") -> pd.DataFrame:
    """All rows of a file.

    Raises:
        TableError: the file is missing, cut off or no Parquet file.
    """
    with duckdb.connect() as con:
        try:
            return con.execute(f"SELECT {columns} FROM read_parquet({quoted(path)})").df()
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> TableError:
    """The sentence for a file that cannot be read as Parquet."""
    return TableError(path, f"not a readable Parquet file: {str(error).splitlines()[0]}")


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        con.execute(f"COPY ({query}) TO {quoted(temporary)} ({_OPTIONS})")
        temporary.replace(path)
    except duckdb.InvalidInputException as error:
        raise damaged(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
