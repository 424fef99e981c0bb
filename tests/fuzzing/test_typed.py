"""What is typed: values of options, columns by hand, folders and URLs; and files of labelled rows on disk."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import strategies as st
from openpyxl import Workbook

from engine.cli.options import _device
from engine.cli.runs import _option, run_name
from engine.datasets import delimited
from engine.datasets.delimited import decoded
from engine.datasets.references import read_region
from engine.datasets.sequence_split import read_sequence_split
from engine.datasets.split import read_split
from engine.errors import SpecError, TableError
from engine.local_split.command import group_of, meaning, score_columns
from engine.places import folder_of, place_of
from engine.sheets import read_csv, read_excel
from tests.fuzzing.inputs import NUMBERS, damaged, encoded, packed, texts
from tests.fuzzing.sentences import check_sentence, value_or_sentence
from tests.fuzzing.uploads import separated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fuzzing.conftest import Fuzzed

_SPLIT = b"sequence,variant,label\n" + b"".join(
    b"MKVLAT,%s,%d\n" % (variant, at % 2) for at, variant in enumerate((b"M1A", b"K2R", b"p.Val3Ala", b"L4P"))
)
_SEQUENCES = b"text,label,split,position\n" + b"".join(
    b"ACGT%sA,%d,%s,2\n" % (b"ACGT"[at : at + 1], at % 2, part) for at in range(4) for part in (b"train", b"test")
)
_URLS = st.builds(
    "{}://{}/{}".format, st.sampled_from(["file", "memory", "local", "nowhere", "", "FILE", "x y"]), texts, texts
)


def test_any_value_of_an_option_is_taken_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    def check(word: str) -> None:
        value_or_sentence(lambda: meaning(word))
        value_or_sentence(lambda: score_columns([word], [], [word]))
        value_or_sentence(lambda: _option(word))
        group_of(word)
        try:
            device = _device(word)
        except typer.BadParameter as error:
            check_sentence(str(error))
        else:
            assert device == word

    words = st.one_of(
        texts, st.builds("{}={}".format, st.sampled_from(["label", "score", ""]), st.sampled_from(NUMBERS)),
        st.builds("cuda:{}".format, st.sampled_from(NUMBERS)),
    )  # fmt: skip
    fuzzed("values of options", words, check, examples=150)


def test_any_name_of_a_model_makes_the_name_of_a_run(fuzzed: Fuzzed) -> None:
    def check(parts: tuple[str, list[str]]) -> None:
        model, tasks = parts
        assert len(run_name(model, tasks, None)) <= 60

    safe = texts.filter(lambda text: "\0" not in text and len(text.encode("utf-8", "replace")) < 200)
    fuzzed("names of runs", st.tuples(safe, st.lists(texts, max_size=3)), check)


def test_any_folder_is_a_place_or_refused_in_one_sentence(fuzzed: Fuzzed) -> None:
    def check(text: str) -> None:
        folder = value_or_sentence(lambda: folder_of(text))
        if isinstance(folder, str):
            value_or_sentence(lambda: place_of(folder))

    fuzzed("folders and URLs", st.one_of(texts, _URLS), check, examples=200)


@pytest.mark.parametrize("text", ["http://[", "file://elsewhere/runs", "file:///a%00b", "s3://[::1/runs"])
def test_what_only_begins_as_a_url_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        folder_of(text)
    check_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("kind", "read", "good"), [("split", read_split, _SPLIT), ("sequences", read_sequence_split, _SEQUENCES)]
)
def test_any_file_of_labelled_rows_is_read_or_refused_in_one_sentence(
    kind: str, read: Any, good: bytes, fuzzed: Fuzzed, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(good)
    assert read(path).task.n_test == 4

    def check(content: bytes) -> None:
        path.write_bytes(content)
        value_or_sentence(lambda: read(path))

    files = st.one_of(damaged([good]), damaged([good]), packed(damaged([good])), encoded(separated()))
    fuzzed(f"files of labelled {kind}", files, check, examples=120)


def test_a_packed_table_that_unfolds_without_end_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MOST_UNPACKED", 5_000_000)
    with pytest.raises(TableError, match="unpacks to more than 5 MB"):
        decoded(tmp_path / "bomb.csv.gz", gzip.compress(b"a," * 20_000_000, 1))


def test_any_published_sheet_is_read_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    good = b"mutant,score,pos\nM1A,0.5,1\nK2R,,2\nV3A,1e-3,3\n"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        sheet = value_or_sentence(lambda: read_csv(path))
        if sheet is not None:
            for ask in (sheet.text, sheet.number, sheet.whole, sheet.binary):
                value_or_sentence(lambda ask=ask: ask("score"))  # type: ignore[misc]

    cells = st.sampled_from(NUMBERS).map(lambda text: f"score\n{text}\n".encode())
    fuzzed("published sheets", st.one_of(damaged([good]), encoded(separated()), cells), check, examples=120)


def test_any_published_workbook_is_read_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    book = Workbook()
    for row in (("a title", None), ("mutant", "score"), ("M1A", 0.5), ("K2R", "NA")):
        book.active.append(row)
    book.save(path)
    good = path.read_bytes()
    assert list(read_excel(path, header_line=2, blank="NA").column("score")) == ["0.5", ""]

    def check(content: bytes) -> None:
        path.write_bytes(content)
        value_or_sentence(lambda: read_excel(path, header_line=2, blank="NA"))

    fuzzed("published workbooks", damaged([good]), check, examples=80)


def test_any_region_of_a_genome_is_read_or_refused_in_one_sentence(fuzzed: Fuzzed, tmp_path: Path) -> None:
    path = tmp_path / "region.txt"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        value_or_sentence(lambda: read_region(path, assembly="GRCh37", chrom="17", start=1))

    fuzzed("regions", damaged([b"ACGTN" * 20]), check)
