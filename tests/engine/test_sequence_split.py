from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.datasets.sequence_split import read_sequence_split
from engine.errors import TableError
from engine.names import Kind, Metric, Suite
from engine.sequences import item_ids
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.sequences import SequenceTask, Split

HEADER = "text,label,split"
GOOD = ("ACGT,0,train", "GGCC,1,train", "TTAA,1,test", "ACGN,0,test")


def _table(folder: Path, *lines: str, header: str = HEADER, name: str = "own.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def _of_bytes(folder: Path, content: bytes, name: str = "own.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _seen(split: Split) -> list[tuple[str, int]]:
    return list(zip(split.sequences, split.labels.tolist(), strict=True))


def _is_good(task: SequenceTask) -> bool:
    return _seen(task.train) == [("ACGT", 0), ("GGCC", 1)] and _seen(task.test) == [("TTAA", 1), ("ACGN", 0)]


def test_a_line_is_a_sequence_with_its_label_in_its_part(tmp_path: Path) -> None:
    path = _table(tmp_path, *GOOD)
    task = read_sequence_split(path)
    assert _is_good(task)
    assert (task.alphabet, task.classes, task.left_out) == ("dna", (0, 1), 0)
    assert task.train.labels.dtype == np.int64
    assert task.train.positions is None
    assert task.train.groups is None
    assert task.inputs == {"own.csv": sha256_of(path)}


def test_the_task_says_what_it_is_and_how_large(tmp_path: Path) -> None:
    lines = ("A,0,train", "C,1,train", "G,1,train", "T,1,test", "A,1,test", "C,0,test", "G,1,test")
    row = read_sequence_split(_table(tmp_path, *lines)).task
    assert (row.task_id, row.label, row.category) == ("own", "own.csv", "Your split")
    assert (row.suite, row.kind, row.primary_metric) == (Suite.GENEB, Kind.SEQUENCE_CLASSIFICATION, Metric.MCC)
    assert (row.n_train, row.n_test, row.n_classes, row.prevalence) == (3, 4, 2, 0.75)
    assert read_sequence_split(_table(tmp_path, *lines), task_id="mine").task.task_id == "mine"


def test_test_items_are_numbered_in_the_files_order(tmp_path: Path) -> None:
    assert item_ids(read_sequence_split(_table(tmp_path, *GOOD)).test) == ["test-0", "test-1"]


def test_rows_of_a_validation_split_are_left_out_and_counted(tmp_path: Path) -> None:
    others = [f"CCCC,1,{word}" for word in ("dev", "validation", "valid", "val", "Validation")]
    task = read_sequence_split(_table(tmp_path, *others, *GOOD))
    assert _is_good(task)
    assert task.left_out == 5


def test_what_a_left_out_row_holds_does_not_matter(tmp_path: Path) -> None:
    assert _is_good(read_sequence_split(_table(tmp_path, *GOOD, "?,many,dev")))


@pytest.mark.parametrize("header", ["sequence,y,set", "seq,class,fold", "Text,Labels,SPLIT", " text , label , split "])
def test_usual_column_names_are_recognised(tmp_path: Path, header: str) -> None:
    assert _is_good(read_sequence_split(_table(tmp_path, *GOOD, header=header)))


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_a_table_reads_the_same_however_it_was_saved(
    tmp_path: Path, delimiter: str, end: str, packed: Callable[[bytes], bytes]
) -> None:
    content = ("\ufeff" + end.join([HEADER, *GOOD, "", ",,", ""]).replace(",", delimiter)).encode()
    task = read_sequence_split(_of_bytes(tmp_path, packed(content), "own.tsv.gz"))
    assert _is_good(task)
    assert task.task.task_id == "own"


def test_letters_of_either_case_are_read_in_upper_case(tmp_path: Path) -> None:
    assert _is_good(read_sequence_split(_table(tmp_path, *[line.lower() for line in GOOD])))


def test_labels_are_numbers_however_they_are_written_and_classes_their_order(tmp_path: Path) -> None:
    lines = ("A,7,train", "C,-2.0,train", "G,+3,train", "T,3.00,test", "A,7.0,test")
    task = read_sequence_split(_table(tmp_path, *lines))
    assert task.classes == (-2, 3, 7)
    assert task.train.labels.tolist() == [2, 0, 1]
    assert task.test.labels.tolist() == [1, 2]
    assert task.task.prevalence is None


def test_positions_count_from_one_in_the_file_and_from_zero_in_the_task(tmp_path: Path) -> None:
    lines = ("ACGT,0,train,1", "GGCC,1,train,4", "TTAA,1,test,2.0")
    task = read_sequence_split(_table(tmp_path, *lines, header=f"{HEADER},position"))
    assert task.train.positions is not None
    assert task.test.positions is not None
    assert task.train.positions.tolist() == [0, 3]
    assert task.test.positions.tolist() == [1]


def test_groups_are_the_names_in_the_file(tmp_path: Path) -> None:
    lines = ("ACGT,0,train,chr1", "GGCC,1,train,chrX", "TTAA,1,test,chr2")
    task = read_sequence_split(_table(tmp_path, *lines, header=f"{HEADER},group"))
    assert task.train.groups is not None
    assert task.train.groups.tolist() == ["chr1", "chrX"]


@pytest.mark.parametrize("form", ["folder", "files"])
def test_train_and_test_may_be_two_files(tmp_path: Path, form: str) -> None:
    train = _table(tmp_path, "ACGT,0", "GGCC,1", header="text,label", name="mine/train.csv")
    test = _table(tmp_path, "TTAA,1", "ACGN,0", header="text,label", name="mine/test.csv")
    task = read_sequence_split(tmp_path / "mine") if form == "folder" else read_sequence_split(train, test)
    assert _is_good(task)
    assert task.task.task_id == "mine"
    assert task.inputs == {"train.csv": sha256_of(train), "test.csv": sha256_of(test)}


def test_two_files_of_one_name_keep_their_own_hashes(tmp_path: Path) -> None:
    train = _table(tmp_path, "ACGT,0", "GGCC,1", header="text,label", name="train/part.csv")
    test = _table(tmp_path, "TTAA,1", header="text,label", name="test/part.csv")
    inputs = read_sequence_split(train, test).inputs
    assert inputs == {"train/part.csv": sha256_of(train), "test/part.csv": sha256_of(test)}


def test_a_split_column_in_one_of_two_files_must_agree_with_it(tmp_path: Path) -> None:
    _table(tmp_path, *GOOD[:2], "AAAA,1,dev", name="train.csv")
    _table(tmp_path, *GOOD[2:], name="test.csv")
    assert read_sequence_split(tmp_path).left_out == 1
    path = _table(tmp_path, *GOOD[2:], GOOD[0], name="test.csv")
    fault = _fault(tmp_path, path.name)
    assert (fault.line, fault.column, fault.value) == (4, "split", "train")


@pytest.mark.parametrize("column", ["position", "group"])
def test_two_files_have_the_same_columns(tmp_path: Path, column: str) -> None:
    _table(tmp_path, "ACGT,0,1", "GGCC,1,1", header=f"text,label,{column}", name="train.csv")
    _table(tmp_path, "TTAA,1", header="text,label", name="test.csv")
    fault = _fault(tmp_path, "test.csv")
    assert fault.column == column
    assert "train.csv has it" in str(fault)


@pytest.mark.parametrize(("there", "missing"), [("train", "test"), ("test", "train")])
def test_a_folder_without_one_of_the_files_is_refused(tmp_path: Path, there: str, missing: str) -> None:
    _table(tmp_path, "ACGT,0", "GGCC,1", header="text,label", name=f"{there}.csv")
    assert f"the folder has no {missing}.csv" in str(_fault(tmp_path, tmp_path.name))


# ---- alphabets ----

PROTEINS = ("MKTAYIAKQRXB,0,train", "GAVLIFWPSTC,1,train", "mnqdekrhyuzo,1,test")


def test_residues_make_a_task_of_proteins(tmp_path: Path) -> None:
    task = read_sequence_split(_table(tmp_path, *PROTEINS))
    assert task.alphabet == "protein"
    assert task.test.sequences == ["MNQDEKRHYUZO"]


def test_a_protein_of_letters_that_bases_have_too_is_one_beside_others(tmp_path: Path) -> None:
    assert read_sequence_split(_table(tmp_path, "GGGSTAC,0,train", *PROTEINS)).alphabet == "protein"


def test_an_alphabet_that_is_given_overrides(tmp_path: Path) -> None:
    path = _table(tmp_path, "GGSGGS,0,train", "ACAC,1,train", "GSGS,1,test")
    assert read_sequence_split(path, alphabet="protein").alphabet == "protein"
    assert _fault(path).value == "S"
    with pytest.raises(TableError, match="unknown base at position 1"):
        read_sequence_split(_table(tmp_path, *PROTEINS), alphabet="dna")


@pytest.mark.parametrize(
    ("sequence", "letter", "at"),
    [("ACGTRYN", "R", 5), ("ACGU", "U", 4), ("acgk", "k", 4), ("RYKM", "R", 1), ("AC-GT" + "A" * 40, "-", 3)],
)
def test_other_letters_than_bases_and_n_are_refused_in_dna(tmp_path: Path, sequence: str, letter: str, at: int) -> None:
    fault = _fault(_table(tmp_path, *GOOD, f"{sequence},1,train"))
    assert (fault.line, fault.column, fault.value) == (6, "text", letter)
    assert f"unknown base at position {at} " in str(fault)
    assert "write N for any other base, T for U" in str(fault)


def test_a_misprint_in_much_dna_does_not_make_it_protein(tmp_path: Path) -> None:
    lines = [f"{'ACGT' * 10},{number % 2},train" for number in range(4)]
    fault = _fault(_table(tmp_path, *lines, "ACGTEACGT,1,test"))
    assert (fault.line, fault.value) == (6, "E")


@pytest.mark.parametrize("letter", ["*", "J", "-", "1", "\u017f", "\u00df", "\u0131"])
def test_other_letters_than_residues_are_refused_in_proteins(tmp_path: Path, letter: str) -> None:
    fault = _fault(_table(tmp_path, *PROTEINS, f"MK{letter},1,test"))
    assert (fault.line, fault.column, fault.value) == (5, "text", letter)
    assert "unknown residue at position 3" in str(fault)


def test_codes_of_several_bases_become_n_on_demand(tmp_path: Path) -> None:
    path = _table(tmp_path, *GOOD, "ACRyT,1,test")
    assert read_sequence_split(path, codes_as_n=True).test.sequences[-1] == "ACNNT"
    assert _fault(path).value == "R"
    with pytest.raises(TableError, match="unknown base at position 2"):
        read_sequence_split(_table(tmp_path, *GOOD, "AU,1,test"), codes_as_n=True)


# ---- what is refused ----


def _fault(path: Path, name: str | None = None) -> TableError:
    with pytest.raises(TableError) as caught:
        read_sequence_split(path)
    sentence = str(caught.value)
    assert sentence.startswith(name or path.name)
    assert sentence.endswith(".")
    assert len(sentence) < 320
    assert "\n" not in sentence
    assert "; expected " in sentence
    return caught.value


@pytest.mark.parametrize(
    ("line", "column", "value", "words"),
    [
        (",1,train", "text", "", "the sequence is missing"),
        ("nan,1,test", "text", "nan", "the sequence is missing"),
        ("ACGT,,train", "label", "", "the label is missing"),
        ("ACGT,NA,test", "label", "NA", "the label is missing"),
        ("ACGT,enhancer,train", "label", "enhancer", "number them 0, 1, 2"),
        ("ACGT,0.5,train", "label", "0.5", "no whole number"),
        ("ACGT,1e3,train", "label", "1e3", "no whole number"),
        ("ACGT,True,train", "label", "True", "no whole number"),
        ("ACGT,12345678901,train", "label", "12345678901", "no whole number"),
        ("ACGT,\u0661,train", "label", "\u0661", "no whole number"),
        ("ACGT,2,test", "label", "2", "this class is in test and not in train"),
        ("ACGT,1,", "split", "", "the split is missing"),
        ("ACGT,1,holdout", "split", "holdout", "train or test; rows of validation are left out"),
        ("ACGT,1,0", "split", "0", "not a split"),
    ],
)
def test_a_bad_line_is_a_sentence_with_line_column_and_value(
    tmp_path: Path, line: str, column: str, value: str, words: str
) -> None:
    fault = _fault(_table(tmp_path, *GOOD, line))
    assert (fault.line, fault.column, fault.value) == (6, column, value)
    assert words in str(fault)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("position", "0", "counted from 1"),
        ("position", "5", "the sequence ends at 4"),
        ("position", "", "in every line"),
        ("position", "1.5", "not a position"),
        ("position", "9" * 30, "not a position"),
        ("group", "", "the group is missing"),
        ("group", "NaN", "the group is missing"),
    ],
)
def test_a_bad_position_or_group_is_refused(tmp_path: Path, column: str, value: str, words: str) -> None:
    lines = [f"{line},1" for line in GOOD]
    fault = _fault(_table(tmp_path, *lines, f"ACGT,1,train,{value}", header=f"{HEADER},{column}"))
    assert (fault.line, fault.column, fault.value) == (6, column, value)
    assert words in str(fault)


def test_a_long_cell_is_shown_in_part(tmp_path: Path) -> None:
    assert _fault(_table(tmp_path, *GOOD, f"ACGT,{'x' * 5000},train")).value == "x" * 60


@pytest.mark.parametrize(("kept", "absent"), [("train", "test"), ("test", "train")])
def test_a_part_without_rows_is_refused(tmp_path: Path, kept: str, absent: str) -> None:
    lines = [line for line in GOOD if line.endswith(kept)]
    fault = _fault(_table(tmp_path, *lines, "ACGT,1,valid"))
    assert fault.column == "split"
    assert f"no row belongs to {absent}, 1 to validation; expected" in str(fault)


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    assert "no row belongs to train; expected" in str(_fault(_table(tmp_path)))


def test_one_class_in_train_is_refused(tmp_path: Path) -> None:
    fault = _fault(_table(tmp_path, "ACGT,1,train", "GGCC,1,train", "TTAA,1,test"))
    assert (fault.column, fault.value) == ("label", "1")
    assert "at least two classes" in str(fault)


def test_many_classes_are_named_in_part(tmp_path: Path) -> None:
    lines = [f"ACGT,{number},train" for number in range(40)]
    assert "(0, 1, 2, 3, 4, 5, 6, 7 and so on)" in str(_fault(_table(tmp_path, *lines, "ACGT,99,test")))


@pytest.mark.parametrize("missing", HEADER.split(","))
def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path: Path, missing: str) -> None:
    fault = _fault(_table(tmp_path, *GOOD, header=HEADER.replace(missing, "other")))
    assert (fault.line, fault.column) == (1, missing)
    assert str(fault.value).split(", ") == HEADER.replace(missing, "other").split(",")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    fault = _fault(_table(tmp_path, *[f"{line},1" for line in GOOD], header=f"{HEADER},Label"))
    assert (fault.line, fault.column) == (1, "label")
    assert "twice" in str(fault)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n" + HEADER.encode(), "the first line is empty"),
        ("\n".join([HEADER, *GOOD, '"ACGT,1,train']).encode(), "every quotation mark to be closed"),
        (b'"text,label,split', "every quotation mark to be closed"),
        ("\n".join([HEADER, *GOOD, "ACGT,1"]).encode(), "line 6: 2 cells where the header has 3"),
        (f"{HEADER}\nACGT,1,test\u00e9".encode("latin-1"), "line 2: the text is not UTF-8"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-9], "it cannot be unpacked"),
        (b"\x1f\x8b" + HEADER.encode(), "it cannot be unpacked"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-8] + b"\x00" * 8, "it cannot be unpacked"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in str(_fault(_of_bytes(tmp_path, content)))


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    assert f"there is no such file in {tmp_path}" in str(_fault(tmp_path / "none.csv"))


def test_a_sequence_may_be_longer_than_pythons_own_limit_of_a_cell(tmp_path: Path) -> None:
    long = "ACGT" * 50_000
    assert read_sequence_split(_table(tmp_path, *GOOD, f"{long},1,test")).test.sequences[-1] == long


def test_fifty_thousand_rows_take_a_second_or_two(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", dtype="S1")[rng.integers(0, 4, size=(50_000, 100))]
    texts = [row.tobytes().decode() for row in letters]
    lines = [f"{text},{row % 3},{'test' if row % 5 == 0 else 'train'}" for row, text in enumerate(texts)]
    path = _table(tmp_path, *lines)
    before = time.process_time()
    task = read_sequence_split(path)
    assert time.process_time() - before < 2
    assert (len(task.train), len(task.test)) == (40_000, 10_000)


_words = st.sampled_from(
    ["ACGT", "MKQ", "R", "0", "1", "1.0", "train", "test", "dev", "", "nan", '"', "\u0000", "\u00df"]
)
_line = st.lists(_words, min_size=2, max_size=5).map(",".join)
_header = st.sampled_from([HEADER, "text,label,split,position", "seq\ty\tset"])
_near = st.tuples(_header, st.lists(_line, max_size=8)).map(lambda parts: "\n".join([parts[0], *parts[1]]))


@example("\n".join([HEADER, *GOOD]).encode())
@example(gzip.compress("\n".join([HEADER, *GOOD]).encode()))
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), _near.map(str.encode)))
def test_any_file_reads_or_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    task = _task_or_none(path)
    if task is not None:
        assert len(task.classes) > 1
        assert set(task.train.labels.tolist()) == set(range(len(task.classes)))
        assert len(task.test) > 0


def _task_or_none(path: Path) -> SequenceTask | None:
    try:
        return read_sequence_split(path)
    except TableError:
        return None


_rows = st.lists(
    st.tuples(st.text("ACGTN", min_size=1, max_size=12), st.integers(0, 2), st.sampled_from(["train", "test", "dev"])),
    max_size=12,
)


@given(_rows)
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, str]]
) -> None:
    # NAN is DNA, and what a spreadsheet leaves in an empty cell.
    known: list[Any] = [("AC", label, "train") for label in range(3)] + [("GT", 0, "test")]
    rows = known + [row for row in rows if row[0] not in {"NAN", "NA"}]
    path = _table(tmp_path_factory.getbasetemp(), *[f"{text},{label},{part}" for text, label, part in rows])
    task = read_sequence_split(path)
    assert _seen(task.train) == [row[:2] for row in rows if row[2] == "train"]
    assert _seen(task.test) == [row[:2] for row in rows if row[2] == "test"]
    assert task.left_out == sum(row[2] == "dev" for row in rows)
