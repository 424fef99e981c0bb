from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NotHereError, TableError
from engine.sheets import Sheet, read_csv, read_excel

if TYPE_CHECKING:
    from pathlib import Path


def _csv(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    return path


def _column(*texts: str) -> Sheet:
    from pathlib import Path  # noqa: PLC0415 - hypothesis has no folder to write to

    return Sheet(Path("table.csv"), {"x": np.array(texts, dtype=object)}, np.arange(2, len(texts) + 2))


def test_cells_are_stripped_and_lines_counted_from_the_header(tmp_path: Path) -> None:
    sheet = read_csv(_csv(tmp_path, "a,b\n 1 ,x\n2,\n"))
    assert list(sheet.column("a")) == ["1", "2"]
    assert list(sheet.column("b")) == ["x", ""]
    assert list(sheet.lines) == [2, 3]


def test_a_line_break_inside_a_cell_does_not_shift_later_lines(tmp_path: Path) -> None:
    sheet = read_csv(_csv(tmp_path, 'a,b\n"one\ntwo",1\nthree,x\n'))
    assert list(sheet.lines) == [3, 4]
    with pytest.raises(TableError, match=r"table.csv, line 4, column 'b': .* \(found 'x'\)"):
        sheet.number("b")


def test_a_compressed_file_reads_like_the_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n"))
    assert list(read_csv(path).whole("a")) == [1]


@pytest.mark.parametrize("content", [b"a\n1\n", gzip.compress(b"a\n1\n", mtime=0)[:-9], b""])
def test_a_file_that_is_no_complete_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"table.csv.gz: (not a complete gzip file|the table has no rows)"):
        read_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table has no rows"),
        ("a,b\n", "the table has no rows"),
        ("a,b\n1\n", "line 2: 1 cells where the header has 2"),
        ("a,b\n1,2,3\n", "line 2: 3 cells where the header has 2"),
        ("a,a\n1,2\n", "column 'a': the header names a column twice"),
        ('a\n"1\n', "not a CSV file"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_csv(_csv(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a\n\xff\n")
    with pytest.raises(TableError, match="byte 2 is not UTF-8"):
        read_csv(path)


def test_a_missing_file_names_the_command_that_brings_it(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match="vledger fetch"):
        read_csv(tmp_path / "table.csv")
    with pytest.raises(NotHereError, match="vledger fetch"):
        read_excel(tmp_path / "table.xlsx", header_line=1, blank="NA")


def test_a_dropped_column_is_not_kept(tmp_path: Path) -> None:
    sheet = read_csv(_csv(tmp_path, "a,secret\n1,2\n"), drop=("secret", "absent"))
    assert list(sheet.cells) == ["a"]


def test_a_missing_column_is_named_with_the_line_of_the_header(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"table.csv, line 1, column 'b': the column is missing"):
        read_csv(_csv(tmp_path, "a\n1\n")).column("b")


def test_an_empty_cell_is_nan_in_numbers_and_refused_where_one_is_needed() -> None:
    sheet = _column("1.5", "")
    assert np.array_equal(sheet.number("x"), [1.5, np.nan], equal_nan=True)
    with pytest.raises(TableError, match="line 3, column 'x': the cell is empty"):
        sheet.full_number("x")


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "one", "1,5", "2.5"])
def test_what_is_no_number_in_range_is_refused(cell: str) -> None:
    with pytest.raises(TableError, match=f"line 2, column 'x': .*'{cell}'.*a finite number from 0 to 2"):
        _column(cell).number("x", low=0, high=2)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_reads_back_as_the_same_number(values: list[float]) -> None:
    assert _column(*map(repr, values)).number("x").tolist() == values


@pytest.mark.parametrize(("cell", "fine"), [("345.0", True), ("345", True), ("345.5", False), ("0", False)])
def test_whole_numbers_may_be_written_with_a_point(cell: str, *, fine: bool) -> None:
    if fine:
        assert _column(cell).whole("x").tolist() == [345]
    else:
        with pytest.raises(TableError, match="line 2, column 'x'"):
            _column(cell).whole("x")


@pytest.mark.parametrize("cell", ["2", "-1", "0.5", "yes", "", "nan"])
def test_a_label_is_zero_or_one(cell: str) -> None:
    assert _column("0", "1", "0.0", "1.0").binary("x").tolist() == [0, 1, 0, 1]
    with pytest.raises(TableError, match=r"line 3, column 'x': an unknown word .*expected one of 0, 1"):
        _column("0", cell).binary("x")


def test_a_repeated_key_names_both_lines() -> None:
    sheet = _column("a", "b", "a")
    with pytest.raises(TableError, match="line 4, column 'x': the same thing as in line 2, a"):
        sheet.check_unique(sheet.text("x"), "x", "thing")


def test_a_long_cell_is_shown_in_part() -> None:
    with pytest.raises(TableError, match=rf"found '{'M' * 60}\.\.\.'"):
        _column("M" * 4000).number("x")


def test_rows_keep_their_lines() -> None:
    part = _column("a", "b", "c").rows(np.array([2]))
    assert part.where(0, "x") == "table.csv, line 4, column 'x'"


def test_a_workbook_is_read_below_its_header_line(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    book = openpyxl.Workbook()
    for row in (["title"], [], ["a", "b"], [1, "x"], [2.5, "NA"]):
        book.active.append(row)
    book.save(path)
    sheet = read_excel(path, header_line=3, blank="NA")
    assert sheet.number("a").tolist() == [1, 2.5]
    assert list(sheet.column("b")) == ["x", ""]
    assert list(sheet.lines) == [4, 5]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04damaged"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"table.xlsx: not an Excel workbook"):
        read_excel(path, header_line=1, blank="NA")
