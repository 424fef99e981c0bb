"""Writing a bundle into a new store file."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from engine.errors import TableError, VerificationError
from engine.records import BUNDLE_FIELD_OF, TABLE_OF, Bundle
from engine.store.derive import derive
from engine.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FIRST_STANDS = frozenset({"model", "task", "stratum", "score", "comparison", "leakage"})
# Nullable column types: None must arrive as NULL, never as NaN.
_DTYPE_OF = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}


def frame(rows: Sequence[Any], record: type) -> pd.DataFrame:
    """Rows of one record type as a frame with nullable columns, in field order."""
    hints = typing.get_type_hints(record)
    columns: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        options = [kind for kind in typing.get_args(hints[field.name]) if kind is not type(None)]
        dtype = _DTYPE_OF[options[0] if options else hints[field.name]]
        columns[field.name] = pd.array([getattr(row, field.name) for row in rows], dtype=dtype)
    return pd.DataFrame(columns)


def write_store(
    path: Path, bundle: Bundle, meta: dict[str, str], files: Mapping[str, Sequence[Path]] | None = None
) -> None:
    """Create a store file with the whole bundle, the rows of all Parquet files, and what follows from them.

    Args:
        path: The file to create.
        bundle: Rows of the importers.
        meta: What the store says of itself.
        files: Parquet files by table, their columns named as the table's.

    Raises:
        VerificationError: a row breaks a constraint of the schema (range, key, NaN).
        TableError: a Parquet file is damaged or has other columns.
    """
    with duckdb.connect(path) as con:
        migrate(con)
        con.executemany("INSERT INTO meta VALUES (?, ?)", [list(pair) for pair in meta.items()])
        for table, name in BUNDLE_FIELD_OF.items():
            rows = getattr(bundle, name)
            if rows:
                _insert_frame(con, table, frame(rows, TABLE_OF[table]))
        # One transaction: a commit for each of many small files would cost more than their rows.
        con.begin()
        for table, paths in (files or {}).items():
            for part in paths:
                _insert_file(con, table, part)
        con.commit()
        derive(con)


def _insert_frame(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    con.register("incoming", rows)
    try:
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    except duckdb.ConstraintException as error:
        raise _refused(table, error) from error
    finally:
        con.unregister("incoming")


def _insert_file(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    # Several runs measure the same thing: the first stands, and the caller says which comes first. Never the best one.
    verb = "INSERT OR IGNORE" if table in _FIRST_STANDS else "INSERT"
    try:
        con.execute(f"{verb} INTO {table} BY NAME SELECT * FROM read_parquet($path)", {"path": str(path)})
    except duckdb.ConstraintException as error:
        raise _refused(f"{table}' from '{path.parent.name}/{path.name}", error) from error
    except duckdb.Error as error:
        problem = f"the file in {path.parent} cannot fill table '{table}' ({str(error).strip().splitlines()[0]})"
        raise TableError(
            path, problem, expected="results as a run writes them: repeat that run or delete it"
        ) from error


def _refused(table: str, error: duckdb.ConstraintException) -> VerificationError:
    first = str(error).splitlines()[0]
    return VerificationError(f"table '{table}' was refused: {first}. Nothing was switched.")
