"""Writing a bundle into a new store file."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from engine.errors import VerificationError
from engine.records import BUNDLE_FIELD_OF, TABLE_OF, Bundle
from engine.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


def write_store(path: Path, bundle: Bundle, meta: dict[str, str]) -> None:
    """Create a store file with the whole bundle in it.

    Raises:
        VerificationError: a row breaks a constraint of the schema (range, key, NaN).
    """
    with duckdb.connect(path) as con:
        migrate(con)
        con.executemany("INSERT INTO meta VALUES (?, ?)", [list(pair) for pair in meta.items()])
        for table, record in TABLE_OF.items():
            rows = getattr(bundle, BUNDLE_FIELD_OF[table])
            if rows:
                _insert(con, table, frame(rows, record))


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    con.register("incoming", rows)
    try:
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    except duckdb.ConstraintException as error:
        first = str(error).splitlines()[0]
        raise VerificationError(f"table '{table}' was refused: {first}. Nothing was switched.") from error
    finally:
        con.unregister("incoming")
