from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.baselines import one_hot as module
from engine.baselines.one_hot import one_hot, one_hot_pairs
from engine.sequences import Split

if TYPE_CHECKING:
    import pytest


def _split(*sequences: str) -> Split:
    return Split(sequences=sequences, labels=np.zeros(len(sequences), dtype=np.int64))


def test_each_letter_is_a_one_at_its_position() -> None:
    (found,) = one_hot(_split("AGN"), _split("T"), alphabet="dna")
    assert found.train.toarray().tolist() == [[1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]]
    assert found.test.toarray().tolist() == [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]]
    assert found.train.dtype == np.float32


def test_what_a_test_sequence_has_beyond_the_longest_of_train_is_not_read() -> None:
    (letters,) = one_hot(_split("AC"), _split("ACGT"), alphabet="dna")
    assert letters.test.toarray().tolist() == letters.train.toarray().tolist()
    (pairs,) = one_hot_pairs(_split("AC"), _split("ACGT"), alphabet="dna")
    assert pairs.test.toarray().tolist() == pairs.train.toarray().tolist()


def test_positions_beyond_the_cap_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POSITIONS", 2)
    (found,) = one_hot(_split("ACGT"), _split("TTTT"), alphabet="dna")
    assert found.train.shape == (1, 8)
    assert found.test.toarray().sum() == 2


def test_a_pair_with_another_letter_is_all_zeros() -> None:
    (found,) = one_hot_pairs(_split("AANC"), _split("ACGT"), alphabet="dna")
    assert found.train.shape == (1, 3 * 16)
    assert np.flatnonzero(found.train.toarray()[0]).tolist() == [0]
    # AC is the second pair of the alphabet, CG the seventh, GT the twelfth.
    assert np.flatnonzero(found.test.toarray()[0]).tolist() == [1, 16 + 6, 32 + 11]


def test_proteins_have_twenty_columns_per_position() -> None:
    (found,) = one_hot(_split("AY"), _split("XX"), alphabet="protein")
    assert np.flatnonzero(found.train.toarray()[0]).tolist() == [0, 39]
    assert not found.test.toarray().any()


def test_train_of_single_letters_has_no_pairs() -> None:
    (found,) = one_hot_pairs(_split("A", "C"), _split("ACG"), alphabet="dna")
    assert found.train.shape == (2, 0)
    assert found.test.shape == (1, 0)


@given(st.lists(st.text("ACGTN", min_size=1, max_size=12), min_size=1, max_size=5))
def test_the_sequence_can_be_read_back(sequences: list[str]) -> None:
    (found,) = one_hot(_split(*sequences), _split("A"), alphabet="dna")
    places = found.train.toarray().reshape(len(sequences), -1, 4)
    for sequence, place in zip(sequences, places, strict=True):
        read = ["ACGT"[column.argmax()] if column.any() else "N" for column in place[: len(sequence)]]
        assert "".join(read) == sequence
        assert not place[len(sequence) :].any()
