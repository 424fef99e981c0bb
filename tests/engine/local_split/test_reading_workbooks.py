from __future__ import annotations

import gzip
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError, TableError
from engine.local_split.exchange import Upload
from engine.local_split.reading import frames, read_table
from engine.local_split.reading.dates import date_text, is_date
from engine.local_split.reading.sheet_cells import shown_number
from tests.engine.local_split.packed import archive, members, rows

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.split import Table


def _saved(*lines: tuple[Any, ...], more: dict[str, list[tuple[Any, ...]]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for sheet, its in {"Sheet": lines, **(more or {})}.items():
        target = book["Sheet"] if sheet == "Sheet" else book.create_sheet(sheet)
        for line in its:
            target.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _read(content: bytes, *, header: int | None = None, sheet: str | None = None) -> Table:
    return read_table(Upload("split.xlsx", content), header=header, sheet=sheet)


def _rows(table: Table) -> list[list[str]]:
    return table.frame.to_numpy().tolist()


def test_cells_are_what_a_person_sees() -> None:
    table = _read(
        _saved(
            ("gene", "n", "score", "known", "note"), ("BRCA1", 1.0, 0.1, True, None), (" PTEN ", 1e-9, 2, False, "x")
        )
    )
    assert _rows(table) == [["BRCA1", "1", "0.1", "TRUE", ""], ["PTEN", "1e-09", "2", "FALSE", "x"]]
    assert (table.kind, table.header, table.rows.tolist(), table.sheets) == ("Excel workbook", 1, [2, 3], ("Sheet",))
    assert table.problems == ()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("1", "1"), ("1.0", "1"), ("1E3", "1000"), ("-0.50", "-0.5"), ("0.1", "0.1"), ("1e300", "1e+300"), ("x", "x")],
)
def test_a_number_is_shown_as_it_is_written(stored: str, shown: str) -> None:
    assert shown_number(stored) == shown


@given(st.floats(allow_nan=False))
def test_no_number_is_changed_by_being_shown(number: float) -> None:
    assert float(shown_number(repr(number))) == number


def test_rows_and_columns_that_are_left_out_stay_empty_and_keep_their_places() -> None:
    first = '<row r="2"><c r="B2" t="s"><v>0</v></c><c r="D2" t="s"><v>1</v></c></row>'
    sheet = first + '<row r="9"><c r="D9"><v>1</v></c></row>'
    table = _read(archive(members(sheet, texts=("gene", "label"))))
    assert (table.header, table.rows.tolist()) == (2, [9])
    assert list(table.frame.columns) == ["gene", "label"]
    assert _rows(table) == [["", "1"]]


def test_a_cell_right_of_the_header_gets_a_column_of_its_own() -> None:
    table = _read(_saved(("gene", "label"), ("A", 1), ("B", 0, None, "look here")))
    assert list(table.frame.columns) == ["gene", "label", "column 4"]
    assert [problem.column for problem in table.problems] == ["column 4"]


def test_the_header_is_found_below_a_title_and_a_row_of_groups() -> None:
    content = _saved(
        ("Table S1",), (None, None, "scores"), (), ("gene", "label", "a", "b"), ("A", 1, 2, 3), ("B", 0, 4, 5)
    )
    table = _read(content)
    assert (table.header, table.rows.tolist(), table.frame["b"].tolist()) == (4, [5, 6], ["3", "5"])


def test_the_header_can_be_named() -> None:
    content = _saved(("gene", "label"), ("Gene", "Class"), ("A", 1))
    assert list(_read(content, header=2).frame.columns) == ["Gene", "Class"]
    with pytest.raises(TableError, match="row 7 was named as its header and has no value"):
        _read(content, header=7)


def test_a_sheet_is_chosen_by_its_name_and_the_first_without_one() -> None:
    content = _saved(("gene", "label"), ("A", 1), more={"second": [("gene", "label"), ("B", 0)]})
    assert _rows(_read(content)) == [["A", "1"]]
    table = _read(content, sheet="second")
    assert (_rows(table), table.sheets) == ([["B", "0"]], ("Sheet", "second"))
    with pytest.raises(SpecError, match="no sheet 'third'; name one of 'Sheet', 'second'"):
        _read(content, sheet="third")


def test_texts_in_runs_are_joined_without_reading_aids() -> None:
    parts = members(
        '<row><c t="s"><v>0</v></c><c t="inlineStr"><is><r><t>la</t></r><r><t>bel</t></r></is></c></row>'
        "<row><c><v>5</v></c><c><v>1</v></c></row>"
    )
    parts["xl/sharedStrings.xml"] = "<sst><si><r><t>ge</t></r><rPh><t>no</t></rPh><r><t>ne</t></r></si></sst>"
    assert list(_read(archive(parts)).frame.columns) == ["gene", "label"]


def test_a_formula_counts_as_its_saved_result() -> None:
    sheet = rows(
        ("gene", "label", "n"), ("A", "<c><f>1+0</f><v>1</v></c>", '<c t="str"><f>""</f><v></v></c>'), ("B", 0, 5)
    )
    table = _read(archive(members(sheet)))
    assert (_rows(table), table.problems) == ([["A", "1", ""], ["B", "0", "5"]], ())


def test_a_formula_without_a_saved_result_is_empty_and_listed() -> None:
    table = _read(_saved(("gene", "label"), ("A", "=1+0"), ("B", 0)))
    assert _rows(table) == [["A", ""], ["B", "0"]]
    [problem] = table.problems
    assert (problem.kind, problem.row, problem.column, problem.value) == ("formula-without-value", 2, "label", "=1+0")


def test_an_error_of_a_formula_is_empty_and_listed() -> None:
    table = _read(archive(members(rows(("gene", "label"), ("A", '<c t="e"><v>#N/A</v></c>'), ("B", 0)))))
    assert _rows(table) == [["A", ""], ["B", "0"]]
    assert [(each.kind, each.row, each.column, each.value) for each in table.problems] == [
        ("excel-error", 2, "label", "#N/A")
    ]


def test_a_gene_that_became_a_date_is_listed() -> None:
    table = _read(_saved(("gene", "label"), (date(2024, 9, 2), 1), ("BRCA1", 0), ("BRCA2", 0)))
    assert table.frame["gene"].tolist() == ["2024-09-02", "BRCA1", "BRCA2"]
    [problem] = table.problems
    assert (problem.kind, problem.severity, problem.row, problem.column) == ("date-cell", "warning", 2, "gene")


def test_a_column_of_dates_is_no_problem() -> None:
    days = [(f"G{day}", datetime(2024, 1, day, 6, 30)) for day in range(1, 12)]  # noqa: DTZ001 - workbooks have none
    table = _read(_saved(("gene", "seen on"), *days))
    assert (table.frame["seen on"].iloc[0], table.problems) == ("2024-01-01 06:30:00", ())


@pytest.mark.parametrize(
    ("days", "from_1904", "text"),
    [
        (1, False, "1900-01-01"),
        (59, False, "1900-02-28"),
        (61, False, "1900-03-01"),
        (45536, False, "2024-09-01"),
        (44074, True, "2024-09-01"),
        (0.25, False, "06:00:00"),
        (-1, False, None),
        (1e12, False, None),
    ],
)
def test_days_are_counted_as_excel_counts_them(days: float, *, from_1904: bool, text: str | None) -> None:
    assert date_text(days, from_1904=from_1904) == text


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        ("0", None, False),
        ("14", None, True),
        ("22", None, True),
        ("49", None, False),
        ("164", "mmm-yy", True),
        ("164", "[h]:mm", True),
        ("164", '0.0 "days"', False),
        ("164", "[Red]0.00", False),
        ("164", "[$USD] #,##0", False),
        ("164", "General", False),
        ("164", r"0\d", False),
        ("164", "0;[Red]d", False),
    ],
)
def test_only_a_format_of_days_or_hours_is_a_date(number: str, code: str | None, *, expected: bool) -> None:
    assert is_date(number, code) is expected


def test_empty_formatted_rows_do_not_count() -> None:
    empty = "".join(f'<row r="{row}"><c r="A{row}" s="0"/></row>' for row in range(4, 200_004))
    table = _read(archive(members(rows(("gene", "label"), ("A", 1), ("B", 0)) + empty)))
    assert len(table.frame) == 2


def test_more_cells_than_the_limit_are_refused_even_where_they_are_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_CELLS", 99_999)
    empty = "<row>" + "<c/>" * 100_000 + "</row>"
    with pytest.raises(TableError, match="more than the 99,999 cells"):
        _read(archive(members(rows(("gene", "label"), ("A", 1)) + empty)))


def test_a_workbook_may_be_gzipped() -> None:
    table = read_table(Upload("split.xlsx.gz", gzip.compress(_saved(("gene", "label"), ("A", 1)))))
    assert table.kind == "Excel workbook, gzipped"


def test_names_of_elements_may_have_a_prefix() -> None:
    parts = members(rows(("gene", "label"), ("A", 1)))
    parts["xl/worksheets/sheet1.xml"] = (
        '<x:worksheet xmlns:x="y"><x:sheetData>'
        '<x:row><x:c t="str"><x:v>gene</x:v></x:c><x:c t="str"><x:v>label</x:v></x:c></x:row>'
        "<x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert _rows(_read(archive(parts))) == [["1", "2"]]


def test_a_published_table_is_read_below_its_title(mirror: Path) -> None:
    content = (mirror / "brca1" / "41586_2018_461_MOESM3_ESM.xlsx").read_bytes()
    table = _read(content)
    assert (table.header, table.frame.shape, table.problems) == (3, (3893, 62), ())
    # As Findlay et al. 2018 count them.
    assert table.frame["func.class"].value_counts().to_dict() == {"FUNC": 2821, "LOF": 823, "INT": 249}
    assert table.frame["position (hg19)"].iloc[[0, -1]].tolist() == ["41276135", "41197722"]
    assert table.rows.tolist() == list(range(4, 3897))
