from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest

from engine.errors import StoreError, TableError
from engine.records import Failure, Stratum
from engine.store.parquet import first_line, read_frame, write_frame, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = pd.DataFrame({"item_id": [f"i{number}" for number in range(500)], "score": np.linspace(-1, 1, 500)})


def _cut(content: bytes) -> bytes:
    return content[:-20]


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _nothing(content: bytes) -> bytes:
    return content[:0]


def _other(content: bytes) -> bytes:
    return b"item_id,score\n" * len(content)


def _broken_footer(content: bytes) -> bytes:
    return content[:-60] + bytes(byte ^ 255 for byte in content[-60:-50]) + content[-50:]


def test_a_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.parquet", ROWS)
    found = read_frame(tmp_path / "a.parquet")
    assert list(found.columns) == ["item_id", "score"]
    assert found["item_id"].tolist() == ROWS["item_id"].tolist()
    assert found["score"].tolist() == ROWS["score"].tolist()
    assert read_frame(tmp_path / "a.parquet", columns="max(score) AS best")["best"].tolist() == [1.0]


def test_none_arrives_as_null_and_never_as_nan(tmp_path: Path) -> None:
    rows = [
        Stratum(task_id="t", stratum="all", label="All", kind="all", n=None, prevalence=None, position=0),
        Stratum(task_id="t", stratum="b", label="B", kind="class", n=2, prevalence=0.5, position=1),
    ]
    write_rows(tmp_path / "stratum.parquet", rows, Stratum)
    with duckdb.connect() as con:
        query = (
            f"SELECT n, prevalence, typeof(n), isnan(prevalence) FROM '{tmp_path}/stratum.parquet' ORDER BY position"
        )
        assert con.execute(query).fetchall() == [(None, None, "BIGINT", None), (2, 0.5, "BIGINT", False)]


def test_a_column_that_is_empty_throughout_keeps_its_type(tmp_path: Path) -> None:
    row = Failure(run_id="r", stage="plan", model_id=None, task_id=None, error_type="SpecError", message="no")
    write_rows(tmp_path / "failure.parquet", [row], Failure)
    with duckdb.connect() as con:
        found = con.execute(f"DESCRIBE SELECT * FROM '{tmp_path}/failure.parquet'").fetchall()
    assert {column[1] for column in found} == {"VARCHAR"}
    assert [column[0] for column in found] == ["run_id", "stage", "model_id", "task_id", "error_type", "message"]


def test_a_path_with_a_quotation_mark_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "o'neil" / "a.parquet"
    path.parent.mkdir()
    write_frame(path, ROWS)
    assert len(read_frame(path)) == 500


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.parquet", ROWS)
    write_frame(tmp_path / "a.parquet", ROWS[:3])
    assert len(read_frame(tmp_path / "a.parquet")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_a_folder_that_is_not_there_says_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/a\.parquet cannot be written \(IO Error.*\): is the disk full\?"):
        write_frame(tmp_path / "none" / "a.parquet", ROWS)


@pytest.mark.parametrize("damage", [_cut, _half, _nothing, _other, _broken_footer])
def test_a_damaged_file_is_named_with_its_folder(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.parquet"
    write_frame(path, ROWS)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TableError) as caught:
        read_frame(path)
    assert str(caught.value).startswith(f"a.parquet: not a readable Parquet file in {tmp_path} (")
    assert str(caught.value).endswith(").")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        TableError, match=rf"^a\.parquet: not a readable Parquet file in {tmp_path} \(IO Error: No files"
    ):
        read_frame(tmp_path / "a.parquet")


def test_an_error_that_quotes_another_one_is_told_in_the_words_of_that() -> None:
    words = 'Could not write file "a.parquet": File too large'
    inner = json.dumps({"exception_type": "IO", "exception_message": words, "errno": "27"}, separators=(",", ":"))
    error = duckdb.IOException(f"IO Error: Async write failed for range [offset=9, size=7]: {inner}")
    assert first_line(error) == words
    assert first_line(duckdb.IOException("IO Error: no such file\nand more")) == "IO Error: no such file"


def test_a_file_that_is_replaced_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_frame(path, ROWS)
    before, content = path.stat(), read_frame(path)
    write_frame(path, ROWS.assign(score=-ROWS["score"]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_frame(path)["score"].tolist() == (-content["score"]).tolist()


def test_a_damaged_file_is_no_harm_to_the_next_one(tmp_path: Path) -> None:
    whole, damaged = tmp_path / "a.parquet", tmp_path / "b.parquet"
    write_frame(whole, ROWS)
    content = whole.read_bytes()
    for place in range(len(content) - 200, len(content), 7):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        with suppress(TableError):
            read_frame(damaged)
        assert read_frame(whole).equals(ROWS.astype({"item_id": read_frame(whole)["item_id"].dtype}))


def test_several_threads_write_and_read_at_once(tmp_path: Path) -> None:
    def there_and_back(number: int) -> bool:
        path = tmp_path / f"{number}.parquet"
        write_frame(path, ROWS.assign(score=float(number)))
        return bool((read_frame(path)["score"] == number).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(40)))
