from __future__ import annotations

import hashlib
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


def _released(con: duckdb.DuckDBPyConnection, last: str) -> None:
    """Bring an empty store to where a release left it."""
    con.execute("CREATE TABLE migration (name VARCHAR PRIMARY KEY, applied_at TIMESTAMP NOT NULL)")
    for name, sql in available().items():
        con.execute(sql)
        con.execute("INSERT INTO migration VALUES (?, now()::TIMESTAMP)", [name])
        if name == last:
            return


def test_a_store_of_the_scoring_engine_keeps_its_rows_and_gains_tables(con: duckdb.DuckDBPyConnection) -> None:
    _released(con, "0002_runs")
    con.execute("""
        INSERT INTO task (task_id, label, suite, category, kind, primary_metric, sentinel, position, source_id)
        VALUES ('t', 'T', 'geneb', 'C', 'sequence_classification', 'MCC', false, 0, 's')
    """)
    con.execute("""
        INSERT INTO score (model_id, task_id, stratum, regime, protocol, metric, value, origin, provenance, source_id)
        VALUES ('m', 't', 'all', 'full', 'geneb-published', 'MCC', 0.5, 'published', 'official', 's')
    """)
    con.execute(
        "INSERT INTO prediction VALUES ('r', 'm', 't', 'i', -1.5, 'fit'), ('r', 'm', 't', 'j', NULL, 'damaging')"
    )
    means = con.execute("SELECT * FROM suite_score").fetchall()
    assert migrate(con) == list(available())[2:]
    assert con.execute("SELECT value, flags FROM score").fetchall() == [(0.5, None)]
    assert con.execute("SELECT item_id, score, higher_is FROM prediction ORDER BY 1").fetchall() == [
        ("i", -1.5, "fit"),
        ("j", None, "damaging"),
    ]
    assert con.execute("SELECT * FROM suite_score").fetchall() == means != []
    con.execute("INSERT INTO prediction VALUES ('r', 'm', 't', 'k', 1, 'class')")
    with pytest.raises(duckdb.ConstraintException, match="uplicate key"):
        con.execute("INSERT INTO score SELECT * FROM score")
    assert {"probe_fit", "leakage"} <= _tables(con)


def test_migrations_of_a_release_are_never_changed() -> None:
    digests = {name: hashlib.sha256(sql.encode()).hexdigest()[:16] for name, sql in available().items()}
    assert {name: digests[name] for name in list(digests)[:2]} == {
        "0001_schema": "3e77c517157b02a7",
        "0002_runs": "6fb03f1e6aa8e9cc",
    }
