from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from engine.errors import StoreError
from engine.store.migrations import applied, available, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def test_migrations_are_numbered_without_gaps() -> None:
    assert [name[:4] for name in available()] == [f"{number:04}" for number in range(1, len(available()) + 1)]


def test_a_new_store_has_had_none(con: duckdb.DuckDBPyConnection) -> None:
    assert applied(con) == []


def test_all_are_run_in_order_and_recorded(con: duckdb.DuckDBPyConnection) -> None:
    assert migrate(con) == list(available()) == applied(con)
    assert {"score", "model", "task", "migration"} <= _tables(con)


def test_a_second_time_runs_nothing(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    before = con.execute("SELECT name, applied_at::VARCHAR FROM migration").fetchall()
    assert migrate(con) == []
    assert con.execute("SELECT name, applied_at::VARCHAR FROM migration").fetchall() == before


def test_a_failing_migration_leaves_nothing_behind(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE claim (other INTEGER)")  # in the way, halfway through the first migration
    with pytest.raises(duckdb.CatalogException, match="claim"):
        migrate(con)
    assert _tables(con) == {"claim", "migration"}
    assert applied(con) == []


def test_a_failed_migration_can_be_run_again(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE claim (other INTEGER)")
    with pytest.raises(duckdb.CatalogException):
        migrate(con)
    con.execute("DROP TABLE claim")
    assert migrate(con) == list(available())


def test_a_store_of_a_newer_version_is_refused_by_name(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    con.execute("INSERT INTO migration VALUES ('9999_from_the_future', now())")
    with pytest.raises(StoreError, match=r"9999_from_the_future.*update validity-ledger"):
        migrate(con)
