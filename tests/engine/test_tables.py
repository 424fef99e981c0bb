from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from engine.errors import TableError, VledgerError
from engine.tables import Optional, Row, read_table, sha256_of

if TYPE_CHECKING:
    from pathlib import Path


class Measurement(Row):
    name: str
    size: Annotated[int, Field(gt=0)]
    score: Optional[Annotated[float, Field(ge=-1, le=1)]]


HEADER = "name,size,score\n"


def _table(folder: Path, text: str) -> Path:
    path = folder / "measurements.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_arrive_in_order_with_their_types(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER + "a,1,0.5\nb,2,-1\n")
    assert read_table(path, Measurement) == [
        Measurement(name="a", size=1, score=0.5),
        Measurement(name="b", size=2, score=-1.0),
    ]


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    path = _table(tmp_path, "score,name,size\n0.5,a,1\n")
    assert read_table(path, Measurement) == [Measurement(name="a", size=1, score=0.5)]


@pytest.mark.parametrize("cell", ["", " ", "\t"])
def test_a_blank_optional_cell_is_none(tmp_path: Path, cell: str) -> None:
    assert read_table(_table(tmp_path, HEADER + f"a,1,{cell}\n"), Measurement)[0].score is None


@pytest.mark.parametrize("cell", ["", " "])
def test_a_blank_required_cell_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TableError, match="line 2, column 'name'"):
        read_table(_table(tmp_path, HEADER + f"{cell},1,\n"), Measurement)


def test_values_are_stripped(tmp_path: Path) -> None:
    assert read_table(_table(tmp_path, HEADER + " a ,1,\n"), Measurement)[0].name == "a"


def test_a_missing_file_names_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "gone.csv", Measurement)
    assert "gone.csv" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_an_empty_file_is_a_wrong_header(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"measurements\.csv, line 1: wrong header, missing name, size, score"):
        read_table(_table(tmp_path, ""), Measurement)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no rows"):
        read_table(_table(tmp_path, HEADER), Measurement)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("name,size", "missing score"),
        ("name,size,score,colour", "unknown colour"),
        ("name,size,points", "missing score, unknown points"),
        ("name,size,score,name", "wrong header"),
        ("Name,size,score", "missing name, unknown Name"),
    ],
)
def test_a_wrong_header_says_what_is_wrong_and_what_was_expected(tmp_path: Path, header: str, named: str) -> None:
    with pytest.raises(TableError) as caught:
        read_table(_table(tmp_path, f"{header}\n"), Measurement)
    assert named in str(caught.value)
    assert "expected name, size, score" in str(caught.value)
    assert caught.value.line == 1


def test_a_short_line_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"measurements\.csv, line 3: 2 cells where the header has 3"):
        read_table(_table(tmp_path, HEADER + "a,1,0.5\nb,2"), Measurement)


def test_a_long_line_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"measurements\.csv, line 2: 4 cells where the header has 3"):
        read_table(_table(tmp_path, HEADER + "a,1,0.5,x\nb,2,\n"), Measurement)


def test_a_file_cut_off_inside_a_quoted_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"measurements\.csv, line 3: not a CSV file"):
        read_table(_table(tmp_path, HEADER + 'a,1,0.5\n"b and so'), Measurement)


@pytest.mark.parametrize(
    ("cells", "column", "value", "expected"),
    [
        ("a,-4,0.5", "size", "-4", "greater than 0"),
        ("a,many,0.5", "size", "many", "a valid integer"),
        ("a,1,1.5", "score", "1.5", "less than or equal to 1"),
        ("a,1,high", "score", "high", "a valid number"),
    ],
)
def test_a_bad_value_names_file_line_column_value_and_what_was_expected(
    tmp_path: Path, cells: str, column: str, value: str, expected: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_table(_table(tmp_path, HEADER + f"z,9,0.1\n{cells}\n"), Measurement)
    assert (caught.value.path.name, caught.value.line) == ("measurements.csv", 3)
    assert (caught.value.column, caught.value.value) == (column, value)
    message = str(caught.value)
    assert message.startswith(f"measurements.csv, line 3, column '{column}': ")
    assert f"(found '{value}')" in message
    assert f"expected {expected}" in message


def test_the_line_of_a_bad_value_counts_line_breaks_inside_cells(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_table(_table(tmp_path, HEADER + '"a\nb",1,0.5\nc,0,0.5\n'), Measurement)
    assert caught.value.line == 4


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-Infinity", "1e999"])
def test_nan_and_infinity_are_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TableError, match="line 2, column 'score'"):
        read_table(_table(tmp_path, HEADER + f"a,1,{cell}\n"), Measurement)


class Unbounded(Row):
    value: float


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf"])
def test_nan_and_infinity_are_refused_where_no_range_is_given(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TableError, match="line 2, column 'value'"):
        read_table(_table(tmp_path, f"value\n{cell}\n"), Unbounded)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "measurements.csv"
    path.write_bytes(HEADER.encode() + b"caf\xe9,1,0.5\n")
    with pytest.raises(TableError, match="byte 19 is not UTF-8"):
        read_table(path, Measurement)


def test_a_repeated_key_names_both_lines(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER + "a,1,0.5\nb,2,\na,3,0.1\n")
    with pytest.raises(TableError, match=r"line 4, column 'name': the same name as in line 2 \(found 'a'\)"):
        read_table(path, Measurement, unique=("name",))


def test_the_line_of_a_repeated_key_counts_line_breaks_inside_cells(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER + '"a\nb",1,0.5\nc,2,\nc,3,\n')
    with pytest.raises(TableError) as caught:
        read_table(path, Measurement, unique=("name",))
    assert caught.value.line == 5


def test_a_key_of_two_columns_may_repeat_in_one_of_them(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER + "a,1,0.5\na,2,0.5\n")
    assert len(read_table(path, Measurement, unique=("name", "size"))) == 2


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)


@given(rows=st.lists(st.tuples(_WORDS, st.integers(1, 10**15), st.none() | st.floats(-1, 1)), min_size=1, max_size=8))
def test_whatever_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, float | None]]
) -> None:
    path = tmp_path_factory.mktemp("table") / "measurements.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("name", "size", "score"), *rows])
    found = [(row.name, row.size, row.score) for row in read_table(path, Measurement)]
    assert found == [(name.strip(), size, score) for name, size, score in rows]


def test_a_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER)
    assert sha256_of(path) == hashlib.sha256(HEADER.encode()).hexdigest()


def test_a_checksum_of_a_missing_file_is_a_table_error(tmp_path: Path) -> None:
    with pytest.raises(VledgerError, match=r"gone\.csv"):
        sha256_of(tmp_path / "gone.csv")
