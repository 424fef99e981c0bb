"""Parquet: read by DuckDB from a temporary file that is gone before anything else happens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from engine.local_split.limits import MOST_LETTERS, MOST_UNPACKED
from engine.local_split.reading.frames import Column, check_columns, check_size, table_of, too_long
from engine.local_split.reading.source import too_much_inside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from engine.local_split.reading.frames import Strings
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table

    Columns = list[tuple[str, Strings]]

_FRACTIONS = frozenset({"FLOAT", "DOUBLE"})
_AT_ONCE = 50_000
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_BYTES = ("BLOB", "BIT", "GEOMETRY")


def read_parquet(source: Source) -> Table:
    """The table of a Parquet file: numbers as text, whole ones without '.0', "" for NULL and NaN.

    Raises:
        TableError: it is damaged, too large, or a column holds lists, records or bytes.
    """
    try:
        columns = _columns(source)
    except duckdb.Error as error:
        problem = "it begins as a Parquet file, but is damaged, cut off or of an unknown make"
        raise source.fault(problem, expected="a whole Parquet file: write it anew, or save the table as CSV") from error
    count = len(columns[0][1]) if columns else 0
    too_much = [(row, name, cells[row]) for name, cells in columns for row in _too_long(cells)]
    kept = np.setdiff1d(np.arange(count), [row for row, *_ in too_much])
    return table_of(
        source,
        "Parquet",
        columns=[(name, _shared(cells[kept]).cells) for name, cells in columns],
        rows=kept + 1,
        problems=[too_long(row + 1, name, cell) for row, name, cell in too_much],
    )


def _too_long(cells: Strings) -> list[int]:
    return [row for row, cell in enumerate(cells) if len(cell) > MOST_LETTERS]


def _shared(cells: Strings) -> Column:
    column = Column()
    for start in range(0, len(cells), _AT_ONCE):
        column.extend(cells[start : start + _AT_ONCE])
    return column


def _columns(source: Source) -> Columns:
    """Names and cells of all columns; the file is on disk for as long as this takes."""
    handle, path = tempfile.mkstemp(suffix=".parquet")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(source.content)
        # One thread, because the columns of a page are read one after the other anyway.
        with duckdb.connect(":memory:", config={"threads": 1}) as database:
            _shut_in(database, path)
            return _read(source, database, path)
    finally:
        Path(path).unlink()


def _shut_in(database: DuckDBPyConnection, path: str) -> None:
    """Keep the database to this one file: it writes nothing beside it, and opens nothing else."""
    database.execute("SET temp_directory = ''")
    database.execute("SET allowed_paths = [$path]", {"path": path})
    database.execute("SET enable_external_access = false")


def _read(source: Source, database: DuckDBPyConnection, path: str) -> Columns:
    found = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
    check_columns(source, len(found))
    types = {str(name): str(kind) for name, kind, *_ in found}
    for name, kind in types.items():
        _check_flat(source, name, kind)
    [(count,)] = database.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchall()
    check_size(source, count, count * len(types))
    _check_letters(source, database, path, types)
    names = _own_names(database, path, list(types))
    return [(own, _cells(database, path, name, kind)) for own, (name, kind) in zip(names, types.items(), strict=True)]


def _check_flat(source: Source, name: str, kind: str) -> None:
    if kind.endswith("]") or kind.startswith(_NESTED):
        problem = "the column holds lists or records"
    elif kind.startswith(_BYTES):
        problem = "the column holds bytes, not text"
    else:
        return
    raise source.fault(problem, column=name, value=kind, expected="numbers or text: leave the column out or convert it")


def _check_letters(source: Source, database: DuckDBPyConnection, path: str, types: dict[str, str]) -> None:
    """A few letters of a dictionary can stand in a million rows: what they would be as text is counted first."""
    texts = [name for name, kind in types.items() if kind == "VARCHAR"]
    if not texts:
        return
    sums = " + ".join(f"coalesce(sum(strlen({_quoted(name)})), 0)" for name in texts)
    [(letters,)] = database.execute(f"SELECT {sums} FROM read_parquet(?)", [path]).fetchall()
    if letters > MOST_UNPACKED:
        raise too_much_inside(source.name)


def _own_names(database: DuckDBPyConnection, path: str, names: list[str]) -> list[str]:
    """Names as the file has them: DuckDB numbers those that differ in case alone."""
    found = database.execute("SELECT name FROM parquet_schema(?) WHERE num_children IS NULL", [path]).fetchall()
    return [str(name) for (name,) in found] if len(found) == len(names) else names


def _cells(database: DuckDBPyConnection, path: str, name: str, kind: str) -> Strings:
    value = _quoted(name)
    text = f"CAST({value} AS VARCHAR)"
    if kind in _FRACTIONS:
        text = f"CASE WHEN isnan({value}) THEN '' ELSE regexp_replace({text}, '\\.0$', '') END"
    cells = database.execute(f"SELECT coalesce({text}, '') AS cells FROM read_parquet(?)", [path]).fetchnumpy()
    return np.asarray(cells["cells"], dtype=object)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
