from __future__ import annotations

import gzip
import tempfile
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest

from engine.errors import TableError
from engine.local_split.exchange import Upload
from engine.local_split.reading import frames, read_table
from tests.engine.local_split.packed import parquet

if TYPE_CHECKING:
    from pathlib import Path


def test_values_read_as_they_would_from_a_csv(tmp_path: Path) -> None:
    content = parquet(
        tmp_path,
        "SELECT * FROM (VALUES (1, 1.0::DOUBLE, 0.1::FLOAT, ' x ', true, NULL, DATE '2024-09-01', 1.50::DECIMAL(4, 2)),"
        " (2, 'nan'::DOUBLE, 1e20::FLOAT, 'ä', false, 'y', NULL, NULL)) t(n, score, small, word, known, a, day, price)",
    )
    table = read_table(Upload("split.parquet", content))
    assert list(table.frame.columns) == ["n", "score", "small", "word", "known", "a", "day", "price"]
    assert table.frame.to_numpy().tolist() == [
        ["1", "1", "0.1", "x", "true", "", "2024-09-01", "1.50"],
        ["2", "", "1e+20", "ä", "false", "y", "", ""],
    ]
    assert (table.kind, table.header, table.rows.tolist(), table.problems) == ("Parquet", None, [1, 2], ())


def test_no_number_is_changed(tmp_path: Path) -> None:
    # Bit patterns at random are numbers of every magnitude.
    numbers = np.random.default_rng(6).integers(0, 2**64, 5000, dtype=np.uint64).view(np.float64)
    frame = pd.DataFrame({"score": numbers[np.isfinite(numbers)]})
    with duckdb.connect() as database:
        database.register("given", frame)
        database.execute(f"COPY given TO '{tmp_path}/scores.parquet'")
    table = read_table(Upload("scores.parquet", (tmp_path / "scores.parquet").read_bytes()))
    assert [float(cell) for cell in table.frame["score"]] == frame["score"].tolist()


def test_names_with_quotation_marks_are_names(tmp_path: Path) -> None:
    content = parquet(tmp_path, """SELECT 1 AS "a""b", 2 AS "x'; DROP TABLE t; --" """)
    assert list(read_table(Upload("t.parquet", content)).frame.columns) == ['a"b', "x'; DROP TABLE t; --"]


def test_the_temporary_file_is_gone_after_reading_and_after_failing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = parquet(tmp_path, "SELECT range AS n, 1 AS label FROM range(10)")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert len(read_table(Upload("t.parquet", content)).frame) == 10
    assert not list(folder.iterdir())
    with pytest.raises(TableError, match="damaged"):
        read_table(Upload("t.parquet", content[:-10]))
    assert not list(folder.iterdir())


def test_more_rows_than_the_limit_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "MOST_ROWS", 9)
    with pytest.raises(TableError, match="more than the 9 rows"):
        read_table(Upload("t.parquet", parquet(tmp_path, "SELECT range AS n, 1 AS label FROM range(10)")))


def test_a_cell_that_is_too_long_leaves_its_row_out(tmp_path: Path) -> None:
    content = parquet(
        tmp_path, "SELECT repeat('A', CASE WHEN range = 1 THEN 1000001 ELSE 5 END) AS s, range AS n FROM range(3)"
    )
    table = read_table(Upload("t.parquet.gz", gzip.compress(content)))
    assert (table.rows.tolist(), table.frame["n"].tolist()) == ([1, 3], ["0", "2"])
    assert [(each.kind, each.row, each.column) for each in table.problems] == [("cell-too-long", 2, "s")]
