from __future__ import annotations

import gzip

import pytest

from engine.errors import TableError
from engine.local_split.exchange import Upload
from engine.local_split.reading import read_table
from engine.local_split.split import Table  # noqa: TC001 - short names below

_START = '##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description="a, b">\n##INFO=<ID=N,Number=1>\n'
_HEADER = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def _read(*lines: str, header: str = _HEADER, start: str = _START) -> Table:
    text = start + "\n".join([header, *lines, ""])
    return read_table(Upload("calls.vcf", text.encode()))


def test_a_variant_is_a_row_and_a_key_of_info_a_column() -> None:
    table = _read(
        "17\t100\trs1\tA\tG\t50\tPASS\tN=3;DB", "17\t101\t.\tC\tT\t.\t.\tCLNSIG=Likely_benign", "X\t5\t.\tG\tA\t.\t.\t."
    )
    assert (table.kind, table.header, table.rows.tolist(), table.problems) == ("VCF", 4, [5, 6, 7], ())
    assert list(table.frame.columns) == ["chrom", "pos", "ref", "alt", "id", "qual", "filter", "N", "DB", "CLNSIG"]
    assert table.frame.to_numpy().tolist() == [
        ["17", "100", "A", "G", "rs1", "50", "PASS", "3", "true", ""],
        ["17", "101", "C", "T", "", "", "", "", "", "Likely_benign"],
        ["X", "5", "G", "A", "", "", "", "", "", ""],
    ]


def test_each_alternate_is_a_row_with_its_own_values() -> None:
    table = _read("17\t100\t.\tA\tG,T\t.\t.\tAF=0.25,.;N=3", "17\t101\t.\tA\tG\t.\t.\tAF=0.5")
    assert table.frame[["alt", "AF", "N"]].to_numpy().tolist() == [["G", "0.25", "3"], ["T", "", "3"], ["G", "0.5", ""]]
    assert table.rows.tolist() == [5, 5, 6]
    assert [(each.kind, each.row, each.severity) for each in table.problems] == [("several-alternates", 5, "note")]


def test_values_that_do_not_fit_the_alternates_are_empty_and_listed() -> None:
    table = _read("17\t100\t.\tA\tG,T\t.\t.\tAF=0.25")
    assert table.frame["AF"].tolist() == ["", ""]
    assert [each.column for each in table.problems if each.kind == "uneven-info"] == ["AF"]


def test_an_alternate_without_bases_leaves_the_others_in() -> None:
    table = _read("17\t100\t.\tA\tG,*,<DEL>\t.\t.\tAF=1,2,3")
    assert table.frame[["alt", "AF"]].to_numpy().tolist() == [["G", "1"]]
    left_out = {each.kind: each.value for each in table.problems if each.severity == "left out"}
    assert left_out == {"spanning-deletion": "*", "symbolic-allele": "<DEL>"}


def test_clinvar_s_keys_give_gene_and_consequence() -> None:
    info = "GENEINFO=BRCA1:672|NBR2:10230;MC=SO:0001583|missense_variant,SO:0001627|intron_variant"
    table = _read(f"17\t100\t.\tA\tG\t.\t.\t{info}", "17\t101\t.\tA\tG\t.\t.\t.")
    assert table.frame[["gene", "consequence"]].to_numpy().tolist() == [["BRCA1", "missense_variant"], ["", ""]]


def test_keys_called_gene_and_consequence_stay_as_they_are() -> None:
    table = _read("17\t100\t.\tA\tG\t.\t.\tGENE=X;GENEINFO=Y:1;consequence=x;MC=SO:1|y")
    assert list(table.frame.columns)[7:] == ["GENE", "GENEINFO", "consequence", "MC"]


def test_a_key_with_the_name_of_a_column_is_numbered() -> None:
    table = _read("17\t100\t.\tA\tG\t.\t.\tid=5")
    assert (table.frame["id"].tolist(), table.frame["id (2)"].tolist()) == ([""], ["5"])


def test_genotypes_are_left_out_and_noted_once() -> None:
    table = _read("17\t100\t.\tA\tG\t.\t.\tN=1\tGT\t0/1\t1/1", header=f"{_HEADER}\tFORMAT\tS1\tS2")
    assert "S1" not in table.frame
    [note] = table.problems
    assert (note.kind, note.severity, note.row) == ("genotypes-ignored", "note", 4)
    assert note.problem == "genotypes of 2 samples are not read"


def test_five_columns_are_enough() -> None:
    table = _read("17\t100\t.\tA\tG", header="#CHROM\tPOS\tID\tREF\tALT", start="")
    assert (table.header, table.frame["alt"].tolist(), table.frame["filter"].tolist()) == (1, ["G"], [""])


def test_a_vcf_is_known_by_its_first_line_and_may_be_gzipped_in_pieces() -> None:
    content = gzip.compress(f"{_START}{_HEADER}\n".encode()) + gzip.compress(b"17\t100\t.\tA\tG\t.\t.\tN=1\r\n")
    table = read_table(Upload("calls.txt", content))
    assert (table.kind, table.frame["N"].tolist()) == ("VCF, gzipped", ["1"])


def test_a_ragged_line_is_left_out_and_listed() -> None:
    table = _read("17\t100\t.\tA\tG\t.\t.\tN=1", "17\t101\t.\tA", "")
    assert [(each.kind, each.row) for each in table.problems] == [("ragged-row", 6)]


def test_a_file_of_symbols_alone_says_what_the_first_is() -> None:
    with pytest.raises(TableError, match=r"line 5: no variant can be used, and of the first .* \(found '<DUP>'\)"):
        _read("17\t100\t.\tA\t<DUP>\t.\t.\t.")
