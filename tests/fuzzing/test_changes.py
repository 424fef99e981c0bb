"""Changes of proteins and words of labels: read, or refused as a `ValueError` whose words a sentence can hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from engine.baselines import splice
from engine.genome import RESIDUES, THREE_LETTERS, ResidueChange, parse_residue_change
from engine.local_split.labels import reading
from engine.local_split.reading.dates import date_text, is_date
from engine.local_split.reading.header import header_index
from engine.local_split.reading.sheet_cells import shown_number
from tests.fuzzing.inputs import NUMBERS, texts
from tests.fuzzing.sentences import check_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzzing.conftest import Fuzzed

_LARGEST = 10**9
_RESIDUE = st.one_of(st.sampled_from([*RESIDUES, *THREE_LETTERS, "*", "X", "U", "Sec", "=", "fs"]), texts)
_HGVS = st.tuples(
    st.sampled_from(["", "p.", "p.(", "NP_009225.1:p.", "c."]), _RESIDUE,
    st.sampled_from(NUMBERS) | st.integers().map(str),
    _RESIDUE, st.sampled_from(["", ")", " "]),
).map("".join)  # fmt: skip
_CODES = st.lists(
    st.one_of(texts, st.sampled_from(["yyyy", "[h]", "[$-409]", "General", "0.00", "_"])), max_size=4
).map("".join)


def _transcript_place(text: str) -> Any:
    return splice._place(json.dumps({"transcript_position": text}))


def check_change(text: str) -> None:
    try:
        change = parse_residue_change(text)
    except ValueError as error:
        check_sentence(str(error))
        return
    assert 1 <= change.position < _LARGEST
    assert parse_residue_change(str(change)) == change


def test_any_text_is_a_change_of_one_residue_or_refused(fuzzed: Fuzzed) -> None:
    fuzzed("protein variants", st.one_of(_HGVS, texts), check_change, examples=300)


@pytest.mark.parametrize("form", ["{0}{1}{2}", "p.{0}{1}{2}", "p.({0}{1}{2})"])
def test_a_change_that_was_written_is_the_one_that_is_read(form: str, fuzzed: Fuzzed) -> None:
    residues = st.sampled_from([one for one in THREE_LETTERS.items() if one[1] != "*"])

    def check(parts: tuple[tuple[str, str], int, tuple[str, str]]) -> None:
        (long, short), position, (long_after, short_after) = parts
        change = ResidueChange(short, position, short_after)
        assert parse_residue_change(form.format(short, position, short_after)) == change
        assert parse_residue_change(form.format(long, position, long_after)) == change

    fuzzed("protein variants, written and read", st.tuples(residues, st.integers(1, _LARGEST - 1), residues), check)


def test_any_word_of_a_label_column_is_read_as_one_of_a_few(fuzzed: Fuzzed) -> None:
    words = st.one_of(
        texts,
        st.lists(st.sampled_from(["Pathogenic", "benign", "(2)", "/", "|", "VUS", " ", "-"]), max_size=9).map("".join),
    )

    def check(word: str) -> None:
        assert reading(word) in {"1", "0", "set aside", "missing", "unknown"}

    fuzzed("words of labels", words, check, examples=200)


def test_any_number_of_a_workbook_is_shown_as_itself(fuzzed: Fuzzed) -> None:
    def check(text: str) -> None:
        shown = shown_number(text)
        if shown != text:
            assert float(shown) == float(text)
            assert set(text) <= set("0123456789+-.eE")

    fuzzed(
        "numbers of workbooks", st.one_of(st.sampled_from(NUMBERS), st.floats().map(str), texts), check, examples=200
    )


def test_any_format_of_a_workbook_is_one_of_dates_or_not(fuzzed: Fuzzed) -> None:
    def check(one: tuple[str, str | None, float]) -> None:
        number, code, days = one
        assert is_date(number, code) in {True, False}
        moment = date_text(days, from_1904=False)
        assert moment is None or moment.isprintable()

    formats = st.tuples(st.one_of(texts, st.integers(-9, 99).map(str)), st.none() | _CODES, st.floats(allow_nan=False))
    fuzzed("dates of workbooks", formats, check, examples=200)


def test_any_position_in_a_transcript_is_a_place_or_none(fuzzed: Fuzzed) -> None:
    def check(text: str) -> None:
        place = _transcript_place(text)
        assert place is None or place.base is None or abs(place.base) < 2**63

    fuzzed(
        "positions in transcripts", st.one_of(texts, st.sampled_from(NUMBERS).map("c.{}".format)), check, examples=200
    )


LONG = {
    "a label with blanks": lambda: reading("a" + " " * 1_000_000 + "b"),
    "a label in brackets": lambda: reading("(" * 500_000 + ")" * 500_000),
    "a number that is none": lambda: header_index([["#a", "b"], ["c", "d"], ["1" * 1_000_000 + "x", "e"]]),
    "a format of brackets": lambda: is_date("200", "[" * 1_000_000),
    "a position of digits": lambda: _transcript_place("1" * 1_000_000 + "x"),
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_text_is_read_in_one_go(name: str, tried: Callable[[str, int], None]) -> None:
    LONG[name]()
    tried("long texts", 1)
