from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.genome import BASES, RESIDUES, reverse_complement
from engine.words import OUTSIDE, canonical, letter_codes, reverse_complements, words

SEQUENCES = st.lists(st.text("ACGTN", max_size=30), max_size=6)


def _number(word: str, letters: str) -> int:
    """By hand: a word as a number in base len(letters)."""
    return sum(letters.index(letter) * len(letters) ** power for power, letter in enumerate(reversed(word)))


def test_letters_of_either_case_have_one_code_and_all_others_none() -> None:
    found = letter_codes(["ACgt", "", "Né"], BASES)
    assert found.codes.tolist() == [0, 1, 2, 3, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE]
    assert found.starts.tolist() == [0, 5, 6, 9]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6, 7, 21, 31])
@given(sequences=SEQUENCES)
def test_words_are_all_windows_without_another_letter(k: int, sequences: list[str]) -> None:
    found = words(letter_codes(sequences, BASES), k)
    expected = [
        (row, start, _number(sequence[start : start + k], BASES))
        for row, sequence in enumerate(sequences)
        for start in range(len(sequence) - k + 1)
        if "N" not in sequence[start : start + k]
    ]
    found_here = zip(found.rows.tolist(), found.positions.tolist(), found.numbers.tolist(), strict=True)
    assert list(found_here) == expected
    assert len(found.counts) == len(sequences)


def test_residues_are_numbered_in_base_twenty() -> None:
    assert words(letter_codes(["ACY"], RESIDUES), 3).numbers.tolist() == [0 * 400 + 1 * 20 + 19]


@given(st.text("ACGT", min_size=13, max_size=13))
def test_a_number_turns_like_its_word(word: str) -> None:
    one, other = (words(letter_codes([text], BASES), 13).numbers for text in (word, reverse_complement(word)))
    assert reverse_complements(one, 13).tolist() == other.tolist()
    assert canonical(one, 13).tolist() == canonical(other, 13).tolist() == [min(one[0], other[0])]


@pytest.mark.parametrize("k", [0, 32])
def test_words_that_cannot_be_numbered_are_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"words of {k} letters"):
        words(letter_codes(["ACGT"], BASES), k)


def test_the_longest_words_have_numbers_of_their_own() -> None:
    found = words(letter_codes(["T" * 31, "T" * 30 + "G"], BASES), 31)
    assert found.numbers.tolist() == [4**31 - 1, 4**31 - 2]
    assert found.numbers.dtype == np.int64
