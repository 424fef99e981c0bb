"""Files of a split: any bytes are a table, or refused in one sentence; what a good file says is what is read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import duckdb
import pandas as pd
import pytest
from hypothesis import strategies as st

from engine.local_split.exchange import Field, Files, Options, ScoreColumn, Shape, Upload
from engine.local_split.inspect import inspect
from engine.local_split.reading import read_fasta, read_table
from tests.engine.local_split.packed import archive, members, parquet, rows
from tests.fuzzing.inputs import damaged, encoded, packed, texts
from tests.fuzzing.sentences import check_sentence, value_or_sentence
from tests.fuzzing.uploads import fasta, seeds, separated, vcf, workbooks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

_LONGEST_VALUE = 80
_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Cn", "Co", "Cf"])
_TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.text(_LETTERS, min_size=1, max_size=8), min_size=width, max_size=width), min_size=1, max_size=8
    )
)


def check_table(content: bytes) -> None:
    table = value_or_sentence(lambda: read_table(Upload("my file.csv", content)))
    if table is None:
        return
    assert len(table.frame) == len(table.rows) > 0
    assert table.frame.columns.is_unique
    assert all(name.isprintable() and name for name in table.frame.columns)
    assert all(type(cell) is str and cell == cell.strip() for column in table.frame for cell in table.frame[column])
    for problem in table.problems:
        check_sentence(problem.problem)
        check_sentence(problem.remedy)
        assert problem.value is None or len(problem.value) <= _LONGEST_VALUE


def check_inspected(content: bytes) -> None:
    told = value_or_sentence(lambda: inspect(Files(table=Upload("my file.csv", content)), Options()))
    if told is None:
        return
    found, split = told
    assert (split is None) == (found.missing is not None)
    for problem in found.problems:
        check_sentence(problem.problem)


GRAMMARS = {
    "VCF": encoded(vcf()),
    "FASTA": encoded(fasta()),
    "separated values": encoded(separated()),
    "XLSX": workbooks(),
    "gzip": packed(st.one_of(encoded(vcf()), encoded(separated()))),
}


@pytest.mark.parametrize("kind", GRAMMARS)
def test_a_file_with_anything_in_it_is_a_table_or_refused_in_one_sentence(kind: str, fuzzed: Fuzzed) -> None:
    fuzzed(kind, GRAMMARS[kind], check_table, examples=150)


def test_a_good_file_with_something_wrong_in_it_is_a_table_or_refused_in_one_sentence(
    fuzzed: Fuzzed, tmp_path: Path
) -> None:
    fuzzed("damaged uploads", damaged(list(seeds(tmp_path))), check_table, examples=300)


def test_a_damaged_parquet_file_is_a_table_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    good = parquet(tmp_path, "SELECT 'g' || i AS gene, i / 7 AS score, i % 2 AS label FROM range(50) AS t(i)")
    fuzzed("Parquet", damaged([good]), check_table, examples=100)


def test_a_split_with_anything_in_it_is_understood_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    fuzzed("columns and labels", st.one_of(encoded(separated()), encoded(fasta()), encoded(vcf())), check_inspected)


def test_sequences_beside_a_split_are_read_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    def check(content: bytes) -> None:
        value_or_sentence(lambda: read_fasta(Upload("sequences.fa", content)))

    fuzzed("sequences", encoded(fasta()), check)


def test_labels_in_a_file_of_their_own_are_joined_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    split = Upload("split.fa", b">a\nACGT\n>b\nACGA\n>c\nACGC\n")

    def check(content: bytes) -> None:
        value_or_sentence(lambda: inspect(Files(table=split, labels=Upload("labels.csv", content)), Options()))

    fuzzed("labels beside a split", encoded(separated()), check)


def test_what_an_owner_says_of_a_split_is_taken_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    split = Upload("split.csv", b"gene,score,label\nA,0.5,1\nB,0.1,0\nC,0.3,0\nD,0.9,1\n")
    maybe = st.one_of(st.none(), texts, st.sampled_from(["gene", "score", "label"]))
    asked = st.builds(
        Options,
        shape=st.one_of(st.none(), st.sampled_from(list(Shape))),
        columns=st.lists(st.tuples(st.sampled_from(list(Field)), texts | st.just("score")), max_size=2).map(tuple),
        scores=st.lists(
            st.builds(ScoreColumn, column=st.just("score") | texts, higher_is=st.sampled_from(["0", "1", None])),
            max_size=2,
        ).map(tuple),
        group=maybe,
        strata=st.lists(texts | st.just("gene"), max_size=2).map(tuple),
        positive=maybe | st.sampled_from([">= 0.5", "<1e999", ">=" + "9" * 400]),
        assembly=maybe,
        header=st.one_of(st.none(), st.integers(-2, 9)),
        sheet=st.one_of(st.none(), texts),
    )
    fuzzed(
        "options of a split",
        asked,
        lambda options: value_or_sentence(lambda: inspect(Files(table=split), options)),
    )


def _written(kind: str, table: list[list[str]], folder: Path) -> bytes:
    names = [f"column{at}" for at in range(len(table[0]))]
    if kind == "XLSX":
        cells = [f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for row in [names, *table] for cell in row]
        width = len(names)
        return archive(members(rows(*(tuple(cells[at : at + width]) for at in range(0, len(cells), width)))))
    if kind == "Parquet":
        duckdb.register("written", pd.DataFrame(table, columns=names, dtype="str"))
        return parquet(folder, "SELECT * FROM written")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t" if kind == "TSV" else ",").writerows([names, *table])
    return text.getvalue().encode()


@pytest.mark.parametrize("kind", ["CSV", "TSV", "XLSX", "Parquet"])
def test_what_was_written_into_a_table_is_what_is_read_from_it(kind: str, fuzzed: Fuzzed, tmp_path: Path) -> None:
    def check(table: list[list[str]]) -> None:
        header = 1 if kind != "Parquet" else None
        found = read_table(Upload("table", _written(kind, table, tmp_path)), header=header)
        assert found.frame.to_numpy().tolist() == table

    fuzzed(f"{kind}, written and read", _TABLES, check, examples=40)


def test_what_was_written_as_vcf_is_what_is_read_from_it(fuzzed: Fuzzed) -> None:
    variant = st.tuples(
        st.sampled_from(["1", "chr17", "X", "MT"]),
        st.integers(1, 3 * 10**8).map(str),
        st.text("ACGT", min_size=1, max_size=5),
        st.text("ACGT", min_size=1, max_size=5),
    )

    def check(variants: list[tuple[str, ...]]) -> None:
        lines = [f"{chrom}\t{pos}\trs1\t{ref}\t{alt}\t.\tPASS\tLABEL={alt}" for chrom, pos, ref, alt in variants]
        head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        found = read_table(Upload("a.vcf", (head + "\n".join(lines)).encode())).frame
        assert list(found[["chrom", "pos", "ref", "alt"]].itertuples(index=False, name=None)) == variants
        assert list(found["LABEL"]) == [alt for *_, alt in variants]

    fuzzed("VCF, written and read", st.lists(variant, min_size=1, max_size=8), check)


def test_what_was_written_as_fasta_is_what_is_read_from_it(fuzzed: Fuzzed) -> None:
    names = st.text("abcdefgh123_.", min_size=1, max_size=8)
    sequences = st.dictionaries(names, st.text("ACDEFGHIKLMNPQRSTVWY", min_size=1, max_size=90), min_size=1, max_size=5)

    def check(written: dict[str, str]) -> None:
        folded = [f">{name} of a test\n{letters[:50].lower()}\n{letters[50:]}\n" for name, letters in written.items()]
        assert read_fasta(Upload("a.fa", "".join(folded).encode())) == written

    fuzzed("FASTA, written and read", sequences, check)
