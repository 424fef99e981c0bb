from __future__ import annotations

import time

import numpy as np
import pytest

from engine.variants import Substitutions
from tests.engine.toy_models import random_sequence, substitutions


def _made(**given: object) -> Substitutions:
    arrays: dict[str, object] = {
        "sequences": ("MKV", "ACDE"),
        "sequence": np.array([0, 1, 1]),
        "index": np.array([0, 3, 2]),
        "ref": np.array(["M", "E", "D"]),
        "alt": np.array(["L", "K", "N"]),
        "owner": np.array([0, 1, 1]),
        "count": 2,
    }
    return Substitutions(**(arrays | given))


def test_values_of_a_variants_changes_are_added() -> None:
    assert _made().sum_by_variant(np.array([1.5, 2.0, 0.25])).tolist() == [1.5, 2.25]


def test_no_changes_have_no_sums() -> None:
    sums = substitutions(["ACGT"], []).sum_by_variant(np.zeros(0))
    assert sums.shape == (0,)
    assert sums.dtype == np.float64


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"ref": np.array(["M", "E"])}, "arrays of different lengths"),
        ({"index": np.array([0, 4, 2])}, "change 1: index 4 lies outside a sequence of 4 letters"),
        ({"index": np.array([-1, 3, 2])}, "change 0: index -1 lies outside a sequence of 3 letters"),
        ({"ref": np.array(["M", "D", "D"])}, "change 1: the sequence has E at index 3, the variant says D"),
        ({"ref": np.array(["MK", "E", "D"])}, "change 0: the sequence has M at index 0, the variant says MK"),
        ({"ref": np.array(["m", "E", "D"])}, "change 0: the sequence has M at index 0, the variant says m"),
        ({"alt": np.array(["L", "KK", "N"])}, "change 1: 'KK' is not one letter"),
        ({"alt": np.array(["L", "K", ""])}, "change 2: '' is not one letter"),
        ({"sequence": np.array([0, 2, 1])}, "change 1: there is no sequence 2 among 2"),
        ({"sequence": np.array([0, -1, 1])}, "change 1: there is no sequence -1 among 2"),
        ({"owner": np.array([0, 2, 1])}, "change 1: there is no variant 2 among 2"),
    ],
)
def test_a_contradiction_is_refused_and_names_the_change(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        _made(**given)


def test_the_first_fault_is_the_one_that_is_named() -> None:
    with pytest.raises(ValueError, match="change 1: index 9"):
        _made(index=np.array([0, 9, 2]), ref=np.array(["M", "E", "Q"]))
    with pytest.raises(ValueError, match="change 0: the sequence has M"):
        _made(index=np.array([0, 9, 2]), ref=np.array(["Q", "E", "D"]))


def test_a_letter_is_compared_with_its_own_sequence_after_an_empty_one() -> None:
    made = substitutions(["", "AC", "", "GT"], [(1, 1, "A"), (3, 0, "A")])
    assert made.ref.tolist() == ["C", "G"]


def test_a_million_changes_are_checked_in_seconds() -> None:
    sequence = random_sequence(5_000)
    index = np.random.default_rng(0).integers(0, 5_000, 1_000_000)
    ref = np.array(list(sequence))[index]
    start = time.perf_counter()
    Substitutions((sequence,), np.zeros_like(index), index, ref, ref, np.arange(len(index)), len(index))
    assert time.perf_counter() - start < 5
