from __future__ import annotations

import gzip

import pytest

from engine.errors import TableError
from engine.local_split.exchange import Upload
from engine.local_split.reading import read_fasta, read_table
from engine.local_split.split import Table  # noqa: TC001 - short names below


def _read(text: str) -> Table:
    return read_table(Upload("split.fasta", text.encode()))


def test_keys_of_the_headers_are_columns() -> None:
    table = _read(">a label=1 split=test gene=BRCA1\nACGT\nac\n\n>b  label=0 note=two words split=train\nGG\n")
    assert list(table.frame.columns) == ["id", "sequence", "label", "split", "gene", "note"]
    assert table.frame.to_numpy().tolist() == [
        ["a", "ACGTac", "1", "test", "BRCA1", ""],
        ["b", "GG", "0", "train", "", "two words"],
    ]
    assert (table.kind, table.header, table.rows.tolist(), table.problems) == ("FASTA", None, [1, 2], ())


@pytest.mark.parametrize(
    ("header", "label", "split"),
    [
        ("a|1|test", "1", "test"),
        ("a|train|0", "0", "train"),
        ("a|enhancer", "enhancer", ""),
        ("a 1", "1", ""),
        ("a 1 test", "1", "test"),
        ("a\t1", "1", ""),
        ("a 1 split=dev", "1", "dev"),
        ("a|1 split=Valid", "1", "Valid"),
    ],
)
def test_words_without_a_key_are_the_label_and_the_part_of_the_split(header: str, label: str, split: str) -> None:
    found = _read(f">{header}\nACGT\n>z label=0 split=test\nA\n").frame.iloc[0].to_dict()
    assert found == {"id": "a", "sequence": "ACGT", "label": label, "split": split}


def test_the_names_that_databases_write_are_no_labels() -> None:
    table = _read(">sp|P38398|BRCA1_HUMAN Breast cancer type 1 OS=Homo sapiens GN=BRCA1 PE=1\nMDL\n")
    assert table.frame.iloc[0].to_dict() == {
        "id": "sp|P38398|BRCA1_HUMAN",
        "sequence": "MDL",
        "OS": "Homo sapiens",
        "GN": "BRCA1",
        "PE": "1",
        "description": "Breast cancer type 1",
    }


def test_nothing_of_a_header_is_lost() -> None:
    table = _read(">a|1|test|more|words\nACGT\n")
    assert table.frame["description"].tolist() == ["more words"]


def test_a_key_that_is_called_as_our_own_columns_is_numbered() -> None:
    table = _read(">a id=7 sequence=GG\nACGT\n")
    assert table.frame.iloc[0].to_dict() == {"id": "a", "sequence": "ACGT", "id (2)": "7", "sequence (2)": "GG"}


def test_records_without_name_or_letters_are_left_out_and_counted() -> None:
    table = _read(">a 1\nAC\n>b 0\n>\nGG\n>c 0\nGT\n")
    assert table.rows.tolist() == [1, 4]
    assert [(each.kind, each.row, each.severity) for each in table.problems] == [
        ("no-sequence", 2, "left out"),
        ("no-name", 3, "left out"),
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(ends: str) -> None:
    table = _read(ends.join([">a 1", "AC", "GT", ">b 0", "GG", ""]))
    assert table.frame["sequence"].tolist() == ["ACGT", "GG"]


def test_sequences_are_found_by_each_of_their_names_in_upper_case() -> None:
    content = gzip.compress(b">sp|P38398|BRCA1_HUMAN text\nmdl\nSAL\n>chr17 dna\nacgtN\n>chr17 again\nACGTN\n")
    assert read_fasta(Upload("proteins.fa.gz", content)) == {
        "sp|P38398|BRCA1_HUMAN": "MDLSAL",
        "P38398": "MDLSAL",
        "BRCA1_HUMAN": "MDLSAL",
        "chr17": "ACGTN",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b">a\nMK\n>b\nMA\n>a\nMT\n", "line 5: two different sequences have this name .found 'a'."),
        (b">a\n>b\nMA\n", "line 1: the sequence is missing"),
        (b">\nMA\n", "line 1: the name is missing"),
        (b"gene,label\nA,1\n", "line 1: it does not begin with '>'"),
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "NUL|not UTF-8"),
    ],
)
def test_what_is_no_fasta_of_single_names_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_fasta(Upload("proteins.fa", content))
