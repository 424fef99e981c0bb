"""How sequences are cut: every way gives the sequence back, and overlapping words give hidden letters away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.tokens import (
    CUTTERS,
    EXAMPLE,
    LETTERS,
    LONGEST,
    Cutter,
    Token,
    byte_pairs,
    changed,
    cleaned,
    hidden,
    holding,
    levels,
    overlapping,
    side_by_side,
    single,
    stranger,
    substituted,
)

SEQUENCES = st.text(alphabet=LETTERS, min_size=1, max_size=LONGEST)
EVERY_CUTTER = pytest.mark.parametrize("cutter", CUTTERS, ids=lambda cutter: cutter.name)
WITHOUT_OVERLAP = pytest.mark.parametrize(
    "cutter",
    [cutter for cutter in CUTTERS if not cutter.name.startswith("Overlapping")],
    ids=lambda cutter: cutter.name,
)


@EVERY_CUTTER
@given(sequence=SEQUENCES)
def test_a_token_spells_what_stands_at_its_place(cutter: Cutter, sequence: str) -> None:
    assert all(token.text == sequence[token.start : token.end] for token in cutter.cut(sequence))


@WITHOUT_OVERLAP
@given(sequence=SEQUENCES)
def test_tokens_side_by_side_give_the_sequence_back(cutter: Cutter, sequence: str) -> None:
    assert "".join(token.text for token in cutter.cut(sequence)) == sequence


@given(sequence=SEQUENCES, k=st.integers(1, 8))
def test_overlapping_words_give_the_sequence_back_by_their_last_letters(sequence: str, k: int) -> None:
    tokens = overlapping(sequence, k)
    if len(sequence) < k:
        assert tokens == []
        return
    assert len(tokens) == len(sequence) - k + 1
    assert tokens[0].text + "".join(token.text[-1] for token in tokens[1:]) == sequence


def test_words_side_by_side_leave_single_letters_at_the_end_and_around_n() -> None:
    texts = [token.text for token in side_by_side("AAAAAACCNCCCGG", 6)]
    assert texts == ["AAAAAA", "C", "C", "N", "C", "C", "C", "G", "G"]


def test_byte_pairs_merge_what_the_corpus_repeats_and_leave_n_alone() -> None:
    assert [token.text for token in byte_pairs("N")] == ["N"]
    longest = max(len(token.text) for token in byte_pairs("GCTAGCTTGACATATAAA"))
    assert longest >= 4
    assert byte_pairs(EXAMPLE) == byte_pairs(EXAMPLE)
    assert len(byte_pairs(EXAMPLE)) < len(EXAMPLE) / 2


@given(sequence=SEQUENCES.filter(lambda text: len(text) >= 12), data=st.data())
def test_a_place_inside_stands_in_as_many_overlapping_words_as_they_have_letters(
    sequence: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(5, len(sequence) - 6))
    assert len(holding(overlapping(sequence, 6), place)) == 6
    assert len(holding(overlapping(sequence, 3), place)) == 3
    assert len(holding(single(sequence), place)) == 1


def test_a_hidden_overlapping_word_is_spelled_by_its_neighbours() -> None:
    found = hidden(overlapping(EXAMPLE, 6), 17)
    assert found is not None
    assert (found.letters, found.readable, found.neighbours, found.needed) == (6, 6, 10, 6)
    three = hidden(overlapping(EXAMPLE, 3), 17)
    assert three is not None
    assert (three.letters, three.readable, three.neighbours, three.needed) == (3, 3, 4, 3)


def test_the_first_letter_of_a_hidden_first_word_is_spelled_by_no_other() -> None:
    found = hidden(overlapping("ACGTACGT", 6), 0)
    assert found is not None
    assert (found.readable, found.neighbours, found.needed) == (5, 2, 1)


@WITHOUT_OVERLAP
@given(sequence=SEQUENCES, data=st.data())
def test_a_hidden_token_without_overlap_is_hidden(cutter: Cutter, sequence: str, data: st.DataObject) -> None:
    found = hidden(cutter.cut(sequence), data.draw(st.integers(0, len(sequence) - 1)))
    assert found is not None
    assert (found.readable, found.neighbours, found.needed) == (0, 0, 1)


def test_a_sequence_shorter_than_the_word_has_no_token_to_hide() -> None:
    assert hidden(overlapping("ACG", 6), 1) is None


@given(sequence=SEQUENCES.filter(lambda text: "N" not in text), data=st.data())
def test_a_substitution_changes_every_token_that_holds_its_place_and_no_other_of_fixed_length(
    sequence: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(sequence) - 1))
    other = substituted(sequence, place)
    assert [a != b for a, b in zip(sequence, other, strict=True)] == [n == place for n in range(len(sequence))]
    assert substituted(other, place) == sequence
    for cut in (single, lambda text: overlapping(text, 3), lambda text: side_by_side(text, 6)):
        assert changed(cut(sequence), cut(other)) == len(holding(cut(sequence), place))


@EVERY_CUTTER
@given(sequence=SEQUENCES)
def test_no_token_is_drawn_over_another(cutter: Cutter, sequence: str) -> None:
    tokens = cutter.cut(sequence)
    ends: dict[int, int] = {}
    for token, line in zip(tokens, levels(tokens), strict=True):
        assert ends.get(line, 0) <= token.start
        ends[line] = token.end


def test_overlapping_words_need_a_line_for_each_of_their_letters() -> None:
    assert levels(overlapping("ACGTACGTAC", 6)) == [0, 1, 2, 3, 4]
    assert max(levels(overlapping(EXAMPLE, 6))) == 5
    assert set(levels([Token(0, 2, "AC"), Token(2, 4, "GT")])) == {0}


def test_what_is_typed_is_cleaned_and_its_first_strange_letter_named() -> None:
    assert cleaned(" acg t\n") == "ACGT"
    assert len(cleaned("A" * 200)) == LONGEST
    assert stranger("ACGTN") is None
    assert stranger("ACU") == (3, "U")
    assert stranger(EXAMPLE) is None
    assert len(EXAMPLE) == 36
