"""Schema changes in order: every store is built, or brought up, by running them all."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from engine.errors import StoreError

if TYPE_CHECKING:
    import duckdb

_LEDGER = "CREATE TABLE IF NOT EXISTS migration (name VARCHAR PRIMARY KEY, applied_at TIMESTAMP NOT NULL)"


def available() -> dict[str, str]:
    """SQL of each migration by name, in the order in which they apply."""
    found = (entry for entry in files(__package__).iterdir() if entry.name.endswith(".sql"))
    return {entry.name.removesuffix(".sql"): entry.read_text("utf-8") for entry in sorted(found, key=lambda e: e.name)}


def applied(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the migrations that a store has had, in order."""
    known = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'migration'").fetchone()
    return [name for (name,) in con.execute("SELECT name FROM migration ORDER BY name").fetchall()] if known else []


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Run what is still missing; each migration and its record are one transaction.

    Returns:
        Names of the migrations that were run now.

    Raises:
        StoreError: the store has had a migration that this version does not know.
    """
    con.execute(_LEDGER)
    done, known = applied(con), available()
    unknown = [name for name in done if name not in known]
    if unknown:
        raise StoreError(f"the store was written by a newer version (migration {unknown[0]}): update validity-ledger")
    missing = [name for name in known if name not in done]
    for name in missing:
        con.begin()
        try:
            con.execute(known[name])
            con.execute("INSERT INTO migration VALUES (?, now()::TIMESTAMP)", [name])
        except BaseException:
            con.rollback()
            raise
        con.commit()
    return missing
