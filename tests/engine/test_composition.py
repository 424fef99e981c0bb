from __future__ import annotations

import numpy as np
import pytest

from engine.baselines.composition import length_and_gc, nothing
from engine.errors import SequenceError
from engine.sequences import Split


def _split(*sequences: str) -> Split:
    return Split(sequences=sequences, labels=np.zeros(len(sequences), dtype=np.int64))


def test_dna_is_its_length_its_gc_and_what_is_neither() -> None:
    (found,) = length_and_gc(_split("ACGT", "GGGGGGNN", "N"), _split("AT"), alphabet="dna")
    assert found.train.tolist() == [[2, 0.5, 0], [3, 0.75, 0.25], [0, 0, 1]]
    assert found.test.tolist() == [[1, 0, 0]]


def test_a_protein_is_its_length_and_its_kinds_of_residues() -> None:
    (found,) = length_and_gc(_split("DKSTNHAF"), _split("GGPX"), alphabet="protein")
    # Two charged, four polar, one hydrophobic, one aromatic of eight; then two letters of neither kind and one unknown.
    assert found.train.tolist() == [[3, 2 / 8, 4 / 8, 1 / 8, 1 / 8, 0]]
    assert found.test.tolist() == [[2, 0, 0, 0, 0, 1 / 4]]


def test_order_does_not_matter() -> None:
    (found,) = length_and_gc(_split("AACGGTN"), _split("NTGGCAA"), alphabet="dna")
    assert found.train.tolist() == found.test.tolist()


def test_an_empty_sequence_is_refused_by_its_number() -> None:
    with pytest.raises(SequenceError, match="Sequence 2 is empty"):
        length_and_gc(_split("A", ""), _split("A"), alphabet="dna")


def test_nothing_is_the_same_for_every_sequence() -> None:
    (found,) = nothing(_split("A", "C"), _split("GGG"), alphabet="protein")
    assert found.train.tolist() == [[0], [0]]
    assert found.test.tolist() == [[0]]
