from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError, TableError
from engine.local_split.exchange import Upload
from engine.local_split.reading import frames, read_table
from engine.local_split.reading.names import LONGEST_NAME, mended, one_line

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.split import Table


def _read(text: str | bytes, *, name: str = "split.csv", header: int | None = None) -> Table:
    return read_table(Upload(name, text.encode() if isinstance(text, str) else text), header=header)


def _rows(table: Table) -> list[list[str]]:
    return table.frame.to_numpy().tolist()


def _kinds(table: Table) -> list[str]:
    return [problem.kind for problem in table.problems]


def test_cells_are_strings_without_the_blanks_around_them() -> None:
    table = _read("gene, label \n BRCA1 ,1\nBRCA2,\n")
    assert list(table.frame.columns) == ["gene", "label"]
    assert _rows(table) == [["BRCA1", "1"], ["BRCA2", ""]]
    assert (table.rows.tolist(), table.header, table.problems) == ([2, 3], 1, ())
    assert {type(cell) for row in _rows(table) for cell in row} == {str}


def test_a_table_is_known_by_its_name_and_the_bytes_that_were_given() -> None:
    content = gzip.compress(b"gene,label\nA,1\n")
    table = _read(content, name="split.csv.gz")
    assert (table.name, table.kind) == ("split.csv.gz", "CSV, gzipped")
    assert table.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("separator", "kind"),
    [(",", "CSV"), ("\t", "TSV"), (";", "CSV with semicolons")],
    ids=["comma", "tab", "semicolon"],
)
def test_the_separator_is_seen_from_the_text(separator: str, kind: str) -> None:
    table = _read("gene,label\nBRCA1,1\nBRCA2,0\n".replace(",", separator), name="split")
    assert (table.kind, _rows(table)) == (kind, [["BRCA1", "1"], ["BRCA2", "0"]])


def test_commas_inside_of_numbers_do_not_hide_the_semicolons() -> None:
    table = _read("score;label\n1,5;0\n2,5;1\n3,5;1\n")
    assert _rows(table) == [["1,5", "0"], ["2,5", "1"], ["3,5", "1"]]


def test_a_file_of_many_gzipped_pieces_is_read_to_its_end() -> None:
    table = _read(gzip.compress(b"gene,label\nA,1\n") + gzip.compress(b"B,0\n"))
    assert _rows(table) == [["A", "1"], ["B", "0"]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_a_mark_at_the_start_tells_the_encoding_and_is_no_part_of_the_first_name(encoding: str) -> None:
    table = _read("gène,label\nα,1\n".encode(encoding))
    assert list(table.frame.columns) == ["gène", "label"]
    assert _rows(table) == [["α", "1"]]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(ends: str) -> None:
    table = _read(ends.join(["gene,label", "A,1", "", "B,0", ""]))
    assert (_rows(table), table.rows.tolist()) == ([["A", "1"], ["B", "0"]], [2, 4])


def test_lines_may_end_in_different_ways() -> None:
    table = _read("gene,label\r\nA,1\nB,0\rC,1\r\n")
    assert (table.frame["gene"].tolist(), table.rows.tolist()) == (["A", "B", "C"], [2, 3, 4])


def test_a_row_is_counted_by_the_line_on_which_it_begins() -> None:
    table = _read('gene,label\n"A\r\nof\nthree",1\nB,0\n')
    assert (table.frame["gene"].tolist(), table.rows.tolist()) == (["A\r\nof\nthree", "B"], [2, 5])


def test_an_open_quotation_is_named_by_the_line_of_its_row() -> None:
    with pytest.raises(TableError, match="line 5: the row has a quotation mark"):
        _read('gene,label\n"A\nB",1\nB,0\n"C,1\nD,0\n')


def test_a_ragged_row_is_left_out_and_listed() -> None:
    table = _read("gene,label\nA,1\nB\nC,0,5\nD,1\n")
    assert (table.frame["gene"].tolist(), table.rows.tolist()) == (["A", "D"], [2, 5])
    first, second = table.problems
    assert (first.row, first.severity, first.problem, first.value) == (
        3,
        "left out",
        "1 cell where the header has 2",
        "B",
    )
    assert (second.row, second.problem, second.value) == (4, "3 cells where the header has 2", "C,0,5")


def test_names_that_stand_twice_are_numbered() -> None:
    table = _read("score,score,score (2),score\n1,2,3,4\n")
    assert list(table.frame.columns) == ["score", "score (2)", "score (2) (2)", "score (3)"]
    assert _kinds(table) == ["column-renamed"] * 3
    assert table.problems[0].severity == "warning"


def test_an_empty_name_is_the_number_of_its_column() -> None:
    table = _read("gene,,label\nA,5,1\n")
    assert list(table.frame.columns) == ["gene", "column 2", "label"]
    assert [(each.column, each.severity) for each in table.problems] == [("column 2", "note")]


def test_a_column_without_name_and_values_is_no_column() -> None:
    table = _read("gene,label,,\nA,1,,\nB,0,,\n")
    assert (list(table.frame.columns), table.problems) == (["gene", "label"], ())


def test_hostile_names_stay_text() -> None:
    names = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "__class__", "'; DROP TABLE x; --"]
    table = _read(",".join(names) + "\n1,2,3,4\n")
    assert (list(table.frame.columns), table.problems) == (names, ())


@given(st.lists(st.text(max_size=100), min_size=1, max_size=12))
def test_mended_names_are_unique_short_printable_and_mended_only_once(header: list[str]) -> None:
    names, problems = mended(header, row=1)
    assert len(set(names)) == len(header)
    assert all(name and name.isprintable() and len(name) <= LONGEST_NAME + 10 for name in names)
    assert len(problems) == sum(name != " ".join(given.split()) for name, given in zip(names, header, strict=True))
    assert mended(names, row=1)[0] == names or any(len(name) > LONGEST_NAME for name in names)


def test_one_line_keeps_words_and_loses_what_cannot_be_seen() -> None:
    assert one_line("  a\tb\n\u00a0c\x00\u202e\ufeff ") == "a b c"


@pytest.mark.parametrize(
    "above",
    [
        "# made by our pipeline\n",
        "## version 2, of June\n",
        "Table S1: all variants of the screen\n\n",
        "# a comment, with a comma, and another\n",
        '"Table S1, with a comma",,\n,,\n',
    ],
)
def test_the_header_is_found_below_what_stands_above_it(above: str) -> None:
    table = _read(f"{above}gene,score,label\nA,0.5,1\nB,0.25,0\n")
    assert table.header == above.count("\n") + 1
    assert table.rows.tolist() == [table.header + 1, table.header + 2]


def test_a_header_may_begin_with_a_hash() -> None:
    table = _read("#CHROM,POS,REF,ALT\n17,100,A,G\n17,101,C,T\n", name="variants.csv")
    assert (table.header, list(table.frame.columns)) == (1, ["#CHROM", "POS", "REF", "ALT"])


def test_the_header_can_be_named() -> None:
    text = "gene,label\nname of gene,class\nA,1\nB,0\n"
    table = _read(text, header=2)
    assert (table.header, list(table.frame.columns), table.rows.tolist()) == (2, ["name of gene", "class"], [3, 4])


@pytest.mark.parametrize(("header", "problem"), [(9, "line 9 was named as its header"), (2, "line 2 was named")])
def test_a_header_that_is_not_there_is_refused(header: int, problem: str) -> None:
    with pytest.raises(TableError, match=problem):
        _read("gene,label\n\nA,1\nB,0\n", header=header)


def test_a_header_or_a_sheet_is_asked_only_of_what_has_one() -> None:
    with pytest.raises(SpecError, match="only a workbook has sheets"):
        read_table(Upload("split.csv", b"a,b\n1,2\n"), sheet="Sheet1")
    with pytest.raises(SpecError, match="row 2 cannot be its header"):
        read_table(Upload("split.fasta", b">a 1\nACGT\n"), header=2)
    with pytest.raises(SpecError, match="row 0 cannot be its header"):
        read_table(Upload("split.csv", b"a,b\n1,2\n"), header=0)


def test_more_rows_or_cells_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_ROWS", 3)
    assert len(_read("a,b\n1,2\n3,4\n5,6\n").frame) == 3
    with pytest.raises(TableError, match="more than the 3 rows that are taken in"):
        _read("a,b\n1,2\n3,4\n5,6\n7,8\n")
    monkeypatch.setattr(frames, "MOST_CELLS", 5)
    with pytest.raises(TableError, match="more than the 5 cells"):
        _read("a,b\n1,2\n3,4\n5,6\n")


def test_a_message_shows_no_more_than_the_start_of_a_cell() -> None:
    with pytest.raises(TableError, match=r"found 'S{60}\.\.\.'") as caught:
        _read("S" * 5000)
    assert len(str(caught.value)) < 400


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_what_python_writes_is_read_back(rows: list[list[str]]) -> None:
    content = io.StringIO()
    csv.writer(content, quoting=csv.QUOTE_ALL).writerows([["one", "two", "three"], *rows])
    filled = [[cell.strip() for cell in row] for row in rows if any(map(str.strip, row))]
    if filled:
        assert _rows(_read(content.getvalue(), header=1)) == filled
    else:
        with pytest.raises(TableError, match="no rows"):
            _read(content.getvalue(), header=1)


def test_equal_cells_share_their_memory() -> None:
    content = ("gene,label\n" + "a rather long name of a gene,pathogenic\n" * 20_000).encode()
    tracemalloc.start()
    table = read_table(Upload("split.csv", content))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Two pointers and a row number, of 8 bytes each.
    assert held < 2 * 24 * len(table.frame)


def test_real_tables_are_read_whole(mirror: Path) -> None:
    for name, shape, kind in (
        ("clinvar/PTEN_ClinVar_labels.csv", (20_027, 3), "CSV"),
        ("vep_eval/clinvar_sample_1000.csv.gz", (1000, 119), "CSV, gzipped"),
        ("geneb_tasks/leannmlindsey_GUE_human_tf_0.csv.gz", (34_378, 3), "CSV, gzipped"),
    ):
        table = read_table(Upload(name, (mirror / name).read_bytes()))
        assert (table.frame.shape, table.kind, table.header, table.problems) == (shape, kind, 1, ())
