from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import duckdb
import pytest

from engine.cli.store import sql
from engine.errors import QueryError, StoreError
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path


def test_a_question_is_answered(store: Path) -> None:
    with open_read_only(store) as con:
        query = "SELECT count(*) FROM score WHERE metric = 'MCC' AND regime = '1shot' AND origin = 'published'"
        assert con.execute(query).fetchone() == (4_100,)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM score",
        "UPDATE score SET value = 1",
        "INSERT INTO meta VALUES ('a', 'b')",
        "CREATE TABLE mine (x INTEGER)",
        "DROP TABLE score",
        "ALTER TABLE score ADD COLUMN x INTEGER",
    ],
)
def test_a_write_is_refused(store: Path, statement: str) -> None:
    with open_read_only(store) as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{folder}/evil.duckdb_extension'",
    ],
)
def test_files_and_extensions_are_out_of_reach(store: Path, tmp_path: Path, statement: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nplugh\n", "utf-8")
    with (
        open_read_only(store) as con,
        pytest.raises(duckdb.Error, match=r"disabled|not allowed|[Rr]ead-only|Permission"),
    ):
        con.execute(statement.format(file=secret, folder=tmp_path)).fetchall()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET threads = 64",
        "SET memory_limit = '64GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "PRAGMA threads = 64",
        "SET GLOBAL threads = 64",
    ],
)
def test_settings_are_locked(store: Path, statement: str) -> None:
    with open_read_only(store) as con, pytest.raises(duckdb.Error, match="locked"):
        con.execute(statement)


def test_a_cursor_is_locked_too(store: Path) -> None:
    with open_read_only(store) as con, con.cursor() as cursor, pytest.raises(duckdb.Error, match="locked"):
        cursor.execute("SET threads = 64")


def test_a_missing_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="vledger publish"):
        open_read_only(tmp_path / "gone.duckdb")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 400])
def test_a_file_that_is_no_store_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="vledger publish"):
        open_read_only(path)


def test_a_store_cut_off_halfway_says_what_to_do(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.duckdb"
    path.write_bytes(store.read_bytes()[:5_000])
    with pytest.raises(StoreError, match="vledger publish"):
        open_read_only(path)


def test_memory_and_threads_are_limited_for_every_reader(store: Path) -> None:
    with open_read_only(store) as con:
        found = con.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchone()
        assert found == (2, "953.6 MiB")
        with pytest.raises(duckdb.OutOfMemoryException):
            con.execute("SELECT sum(len(l)) FROM (SELECT list(repeat('x', 1000)) AS l FROM range(3000000))").fetchall()


def test_a_long_question_can_be_interrupted(store: Path) -> None:
    with open_read_only(store) as con:
        stop = threading.Timer(0.3, con.interrupt)
        stop.start()
        with pytest.raises(duckdb.InterruptException):
            con.execute(
                "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range = -1"
            ).fetchall()
        stop.join()
        assert con.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_parquet('https://evil.example/x.parquet')",
        "ATTACH '{folder}/other.duckdb'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA threads = 64",
        "SET enable_external_access = true",
        "CREATE TABLE mine (x INTEGER)",
        "SELECT 1; ATTACH '{folder}/other.duckdb'",
        "SELECT * FROM no_such_table",
        "SELEC",
    ],
)
def test_the_command_refuses_in_one_sentence(served_store: Path, tmp_path: Path, statement: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "secret.csv").write_text("word\nplugh\n", "utf-8")
    assert served_store.is_file()
    with pytest.raises(QueryError, match=r"^the store cannot answer this: ") as caught:
        sql(statement.format(file=folder / "secret.csv", folder=folder))
    assert "\n" not in str(caught.value)
    assert "plugh" not in str(caught.value)
    assert [path.name for path in folder.iterdir()] == ["secret.csv"]
