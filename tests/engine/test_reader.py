from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from engine.errors import StoreError
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
