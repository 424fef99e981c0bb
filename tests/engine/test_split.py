from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.datasets.split import read_split
from engine.errors import TableError
from engine.names import Direction
from engine.run.changes import changes_of
from engine.tables import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

HEADER = "sequence,position,wt_aa,mut_aa,label"
PROTEIN = "MKTAYIAKQR"
GOOD = ("MKTAYIAKQR,2,K,R,1", "MKTAYIAKQR,3,T,P,0")


def _split(folder: Path, *lines: str, header: str = HEADER, name: str = "split.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def _of_bytes(folder: Path, content: bytes, name: str = "split.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _seen(task: VariantTask) -> list[tuple[Any, ...]]:
    columns = task.items[["protein_variant", "label", "gene"]]
    return [(*row, task.proteins[row[2]]) for row in columns.itertuples(index=False, name=None)]


def test_a_line_is_a_variant_with_its_label_and_its_line(tmp_path: Path) -> None:
    path = _split(tmp_path, *GOOD)
    task = read_split(path)
    assert [(change, label) for change, label, *_ in _seen(task)] == [("K2R", 1), ("T3P", 0)]
    assert task.positive_is == Direction.DAMAGING
    assert set(task.proteins.values()) == {PROTEIN}
    assert [json.loads(groups)["line"] for groups in task.items["groups"]] == [2, 3]
    assert (task.task.task_id, task.task.n_test, task.task.prevalence) == ("split", 2, 0.5)
    assert task.inputs == {"split.csv": sha256_of(path)}


def test_variants_of_one_sequence_without_a_gene_share_a_protein(tmp_path: Path) -> None:
    task = read_split(_split(tmp_path, *GOOD, "WWWW,1,W,A,0"))
    assert sorted(task.proteins.values()) == [PROTEIN, "WWWW"]
    assert task.items["item_id"].is_unique


@pytest.mark.parametrize("name", ["M1775R", "p.M1775R", "p.Met1775Arg", "p.(Met1775Arg)", "NP_009225.1:p.Met1775Arg"])
def test_a_variant_may_stand_in_one_column(tmp_path: Path, name: str) -> None:
    sequence = "A" * 1774 + "M"
    lines = (f"{name},{sequence},1,BRCA1", f"A5G,{sequence},0,BRCA1")
    task = read_split(_split(tmp_path, *lines, header="variant,sequence,label,gene"))
    assert _seen(task) == [("M1775R", 1, "BRCA1", sequence), ("A5G", 0, "BRCA1", sequence)]


@pytest.mark.parametrize(
    "header",
    [
        "protein_sequence,aa_pos,ref_aa,alt_aa,clinvar_label",
        "wt_sequence,pos,wt,mut,y",
        "Sequence,Position,WT AA,MUT_AA,Label",
        "sequence,pos,ref,alt,pathogenic",
    ],
)
def test_usual_column_names_are_recognised(tmp_path: Path, header: str) -> None:
    assert [row[:2] for row in _seen(read_split(_split(tmp_path, *GOOD, header=header)))] == [("K2R", 1), ("T3P", 0)]


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("1", "0"),
        ("1.0", "0.0"),
        ("True", "False"),
        ("Pathogenic", "Benign"),
        ("likely pathogenic", "likely benign"),
        ("Likely_pathogenic", "Benign/Likely_benign"),
    ],
)
def test_labels_may_be_numbers_or_clinvars_words(tmp_path: Path, positive: str, negative: str) -> None:
    path = _split(tmp_path, f"MKT,1,M,R,{positive}", f"MKT,2,K,R,{negative}")
    assert list(read_split(path).items["label"]) == [1, 0]


def test_residues_may_be_small_letters_or_names(tmp_path: Path) -> None:
    path = _split(tmp_path, "mktay,2,k,r,1", "MKTAY,3.0,Thr,Pro,0")
    assert [row[0] for row in _seen(read_split(path))] == ["K2R", "T3P"]


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["split.csv", "split.tsv", "split.txt"])
def test_a_table_reads_the_same_however_it_was_saved(
    tmp_path: Path, delimiter: str, end: str, start: str, name: str
) -> None:
    text = start + end.join([HEADER, *GOOD, "", ",,,,", ""]).replace(",", delimiter)
    assert [row[:2] for row in _seen(read_split(_of_bytes(tmp_path, text.encode(), name)))] == [("K2R", 1), ("T3P", 0)]


def test_quoted_cells_may_hold_the_delimiter_and_line_ends(tmp_path: Path) -> None:
    lines = ('"MKTAYIAKQR","2","K","R","1","H, chain\nB"', '"MKTAYIAKQR",3,T,P,"0","H, chain\nB"')
    task = read_split(_split(tmp_path, *lines, header=f"{HEADER},gene"))
    assert [(change, gene) for change, _, gene, _ in _seen(task)] == [("K2R", "H, chain\nB"), ("T3P", "H, chain\nB")]


def test_columns_that_are_not_needed_may_hold_anything(tmp_path: Path) -> None:
    lines = [f"{line},?,NaN" for line in GOOD]
    assert len(read_split(_split(tmp_path, *lines, header=f"{HEADER},review,af")).items) == 2


def _fault(path: Path) -> TableError:
    with pytest.raises(TableError) as caught:
        read_split(path)
    sentence = str(caught.value)
    assert sentence.startswith(path.name)
    assert sentence.endswith(".")
    assert len(sentence) < 320
    assert "\n" not in sentence
    assert "; expected " in sentence
    return caught.value


@pytest.mark.parametrize(
    ("line", "column", "value", "words"),
    [
        ("MKTAYIAKQR,2,R,K,0", "wt_aa", "R", "the sequence has K at position 2"),
        ("MKTAYIAKQR,11,R,K,0", "position", "11", "the sequence ends at 10"),
        ("MKTAYIAKQR,99999999999999999999,R,K,0", "position", "9" * 20, "not a position"),
        ("MKTAYIAKQR,0,M,K,0", "position", "0", "counted from 1"),
        ("MKTAYIAKQR,-1,R,K,0", "position", "-1", "counted from 1"),
        ("MKTAYIAKQR,1.5,M,K,0", "position", "1.5", "a whole number"),
        ("MKTAYIAKQR,,M,K,0", "position", "", "a whole number"),
        ("MKTAYIAKQR,1,M,J,0", "mut_aa", "J", "not one residue"),
        ("MKTAYIAKQR,1,M,X,0", "mut_aa", "X", "not one residue"),
        ("MKTAYIAKQR,1,,K,0", "wt_aa", "", "not one residue"),
        ("MKTAYIAKQR,1,MK,TT,0", "wt_aa", "MK", "not one residue"),
        ("MKTAYIAKQR,1,M,MET,0", "mut_aa", "MET", "not one residue"),
        ("MKTAYIAKQR,1,M,*,0", "mut_aa", "*", "a stop is no missense change"),
        ("MKTAYIAKQR,1,M,Ter,0", "mut_aa", "Ter", "a stop is no missense change"),
        ("MKTAYIAKQR,1,M,M,0", "mut_aa", "M", "does not change"),
        ("MKTJYIAKQR,1,M,K,0", "sequence", "J", "unknown residue at position 4"),
        ("MKTA*,1,M,K,0", "sequence", "*", "unknown residue at position 5"),
        (",1,M,K,0", "sequence", "", "the sequence is missing"),
        ("MKTAYIAKQR,1,M,K,", "label", "", "the label is missing"),
        ("MKTAYIAKQR,1,M,K,NaN", "label", "NaN", "the label is missing"),
        ("MKTAYIAKQR,1,M,K,Uncertain significance", "label", "Uncertain significance", "leave other variants out"),
        ("MKTAYIAKQR,1,M,K,2", "label", "2", "neither of the two labels"),
        ("MKTAYIAKQR,2,K,R,1", "position", "K2R", "in line 2 already;"),
        ("MKTAYIAKQR,2,K,R,0", "position", "K2R", "in line 2 already with another label"),
    ],
)
def test_a_bad_line_is_a_sentence_with_line_column_and_value(
    tmp_path: Path, line: str, column: str, value: str, words: str
) -> None:
    path = _split(tmp_path, *GOOD, line)
    fault = _fault(path)
    if words.endswith(";"):
        words = words[:-1] + f" (found '{value}')"
    assert (fault.line, fault.column, fault.value) == (4, column, value)
    assert words in str(fault)


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("R2K", "the sequence has K at position 2"),
        ("K99R", "the sequence ends at 10"),
        ("K0R", "not a substitution"),
        ("K2*", "a stop"),
        ("p.Lys2Ter", "a stop"),
        ("K2K", "does not change"),
        ("p.Lys2=", "not a substitution"),
        ("K2R:T3P", "not a substitution"),
        ("p.Lys2_Thr3delinsArgPro", "not a substitution"),
        ("c.5T>G", "not a substitution"),
        ("K" + "9" * 5000 + "R", "not a substitution"),
        ("", "not a substitution"),
    ],
)
def test_a_bad_variant_in_one_column_names_that_column(tmp_path: Path, variant: str, words: str) -> None:
    lines = ("M1R,MKTAYIAKQR,1,9", f"{variant},MKTAYIAKQR,0,9")
    fault = _fault(_split(tmp_path, *lines, header="mutant,sequence,label,position"))
    assert (fault.line, fault.column, fault.value) == (3, "mutant", variant[:60])
    assert words in str(fault)


@pytest.mark.parametrize("missing", HEADER.split(","))
def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path: Path, missing: str) -> None:
    fault = _fault(_split(tmp_path, *GOOD, header=HEADER.replace(missing, "other")))
    assert (fault.line, fault.column) == (1, missing)
    assert str(fault.value).split(", ") == HEADER.replace(missing, "other").split(",")


def test_a_table_without_header_names_all_missing_columns(tmp_path: Path) -> None:
    fault = _fault(_split(tmp_path, GOOD[1], header=GOOD[0]))
    assert fault.column == "sequence, position, wt_aa, mut_aa, label"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    fault = _fault(_split(tmp_path, *[f"{line},1" for line in GOOD], header=f"{HEADER},Label"))
    assert (fault.line, fault.column) == (1, "label")
    assert "twice" in str(fault)


@pytest.mark.parametrize("label", ["0", "1"])
def test_one_class_only_is_refused(tmp_path: Path, label: str) -> None:
    fault = _fault(_split(tmp_path, f"MKT,1,M,R,{label}", f"MKT,2,K,R,{label}"))
    assert (fault.column, fault.value) == ("label", label)
    assert "add the other class" in str(fault)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "the file is empty" in str(_fault(_of_bytes(tmp_path, content)))


def test_an_empty_first_line_is_refused(tmp_path: Path) -> None:
    assert "the first line is empty" in str(_fault(_of_bytes(tmp_path, f"\n{HEADER}\n{GOOD[0]}\n".encode())))


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    assert "the table has no rows" in str(_fault(_split(tmp_path)))


def test_a_line_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    fault = _fault(_split(tmp_path, *GOOD, "MKTAYIAKQR,1,M"))
    assert (fault.line, fault.value) == (4, "MKTAYIAKQR,1,M")
    assert "3 cells where the header has 5" in str(fault)
    assert "cut off" in str(fault)


def test_a_quotation_that_never_ends_is_refused(tmp_path: Path) -> None:
    assert "cut off" in str(_fault(_split(tmp_path, *GOOD, '"MKTAYIAKQR,1,M,R,1')))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{HEADER}\n{GOOD[0]}\nMKT,1,M,R,b\u00e9nin\n".encode("latin-1"), 3),
        (f"{HEADER}\n{GOOD[0]}\n".encode("utf-16"), 1),
    ],
)
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, content: bytes, line: int) -> None:
    fault = _fault(_of_bytes(tmp_path, content))
    assert fault.line == line
    assert "UTF-8" in str(fault)


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    assert f"there is no such file in {tmp_path}" in str(_fault(tmp_path / "none.csv"))


def test_a_folder_is_no_split(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "cannot be read" in str(_fault(tmp_path / "folder"))


def test_two_isoforms_under_one_gene_are_refused(tmp_path: Path) -> None:
    lines = ("MKTAYIAKQR,2,K,R,1,BRCA1", "MKTAYIAKQ,3,T,P,0,BRCA1")
    fault = _fault(_split(tmp_path, *lines, header=f"{HEADER},gene"))
    assert (fault.line, fault.column, fault.value) == (3, "gene", "BRCA1")
    assert "another sequence in line 2" in str(fault)


@pytest.mark.parametrize("letter", ["\u017f", "\u00df", "\u0131", "\ufb01"])
def test_letters_that_only_look_like_residues_when_capitalised_are_refused(tmp_path: Path, letter: str) -> None:
    assert _fault(_split(tmp_path, f"MK{letter},1,M,R,1", *GOOD)).value == letter
    assert _fault(_split(tmp_path, f"MKT,1,M,{letter},1", *GOOD)).value == letter


_words = st.sampled_from(
    ["MKT", "K", "T", "R", "2", "3", "0", "1", "benign", "M1R", "p.Lys2Arg", "", "nan", '"', "\u0000", "J", "\u00df"]
)
_line = st.lists(_words, min_size=4, max_size=6).map(",".join)
_header = st.sampled_from([HEADER, "variant,sequence,label,gene", "mutant\tsequence\ty"])
_near = st.tuples(_header, st.lists(_line, max_size=6)).map(lambda parts: "\n".join([parts[0], *parts[1]]))


@example("\n".join([HEADER, *GOOD]).encode())
@example(b'"' * 3)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), _near.map(str.encode)))
def test_any_file_reads_or_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    task = _task_or_none(path)
    if task is not None:
        assert set(task.items["label"]) == {0, 1}
        assert changes_of(task, "protein").items.size == len(task.items)


def _task_or_none(path: Path) -> VariantTask | None:
    try:
        return read_split(path)
    except TableError:
        return None


@given(st.permutations(range(6)))
def test_the_order_of_lines_changes_nothing_but_the_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    lines = ["MKT,2,K,R,1", "MKT,2,K,E,0", "MKT,3,T,P,1", "WWA,1,W,A,0", "WWA,3,A,V,1", "WWA,1,W,G,0"]
    folder = tmp_path_factory.getbasetemp()
    plain = read_split(_split(folder, *lines, name="plain.csv"))
    other = read_split(_split(folder, *[lines[index] for index in order], name="other.csv"))
    assert list(other.items["item_id"]) == [plain.items["item_id"][index] for index in order]
    assert dict(other.proteins) == dict(plain.proteins)
    asked = [
        (sub.sequences, sub.sequence.tolist(), sub.index.tolist(), sorted(sub.alt))
        for sub in (changes_of(task, "protein").substitutions for task in (plain, other))
    ]
    assert asked[0] == asked[1]
