"""How many rows each table of a store has: written down when it is built, to be compared when it is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_PREFIX = "rows."
_NOT_COUNTED = ("meta", "migration")


def record_counts(con: duckdb.DuckDBPyConnection) -> None:
    """Write the number of rows of every table into `meta`; for a store that has all its rows."""
    rows = [[f"{_PREFIX}{table}", str(count)] for table, count in _counted(con).items()]
    con.executemany("INSERT INTO meta VALUES (?, ?)", rows)


def wrong_counts(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables that have other rows than were written down; none where nothing was, as before this was done."""
    kept = con.execute("SELECT key, value FROM meta WHERE starts_with(key, ?)", [_PREFIX]).fetchall()
    recorded = {key.removeprefix(_PREFIX): int(value) for key, value in kept}
    found = _counted(con)
    return sorted(table for table, count in recorded.items() if found.get(table) != count)


def _counted(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Tables are counted from what the file says of them, without reading their rows."""
    names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()]
    counted = [name for name in names if name not in _NOT_COUNTED]
    query = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in counted)
    return dict(con.execute(query).fetchall()) if counted else {}
