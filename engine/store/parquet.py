"""Rows in Parquet files: what runs write, what the repository ships, what a store is filled from."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from engine.errors import StoreError, TableError, one_line
from engine.store.writer import frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_MOST_SAID = 300
_OPTIONS = "FORMAT parquet, COMPRESSION zstd"
_QUOTED_ERROR = re.compile(r'"exception_message":"((?:[^"\\]|\\.)*)"')


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001 - a forked process gets one of its own
    """One in memory for all files: making one takes longer than reading a part of a journal."""
    # Files are replaced and damaged while a process runs: nothing of them is remembered.
    return duckdb.connect(config={"enable_external_file_cache": "false"})


def _cursor() -> duckdb.DuckDBPyConnection:
    return _database(os.getpid()).cursor()


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
        with _cursor() as con:
            con.register("incoming", rows)
            con.execute(f"COPY (SELECT * FROM incoming) TO {quoted(temporary)} ({_OPTIONS})")
        temporary.replace(path)
    except duckdb.IOException as error:
        raise StoreError(f"{path} cannot be written ({first_line(error)}): is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_frame(path: Path, *, columns: str = "*") -> pd.DataFrame:
    """All rows of a file.

    Raises:
        TableError: the file is missing, cut off or no Parquet file.
    """
    with _cursor() as con:
        try:
            return con.execute(f"SELECT {columns} FROM read_parquet({quoted(path)})").df()
        except duckdb.Error as error:
            # What a damaged file raises depends on where the damage is; after some of it a database answers no more.
            _database.cache_clear()
            problem = f"not a readable Parquet file in {path.parent} ({first_line(error)})"
            raise TableError(path, problem) from error


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, in one printable line; where it quotes an error of its own as JSON, that one's words."""
    text = str(error).strip().splitlines()[0]
    quoted_error = _QUOTED_ERROR.search(text)
    return one_line(json.loads(f'"{quoted_error[1]}"') if quoted_error else text, _MOST_SAID)
