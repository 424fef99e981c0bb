"""Inner folds of train."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.probes.folds import make_folds


@given(st.lists(st.integers(5, 40), min_size=2, max_size=4), st.integers(0, 3))
def test_every_row_is_held_out_once_and_classes_are_in_proportion(sizes: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    folds = make_folds(labels, seed=seed)
    assert folds is not None
    assert folds.count == 5
    for number, size in enumerate(sizes):
        per_fold = np.bincount(folds.held_out[labels == number], minlength=5)
        assert per_fold.sum() == size
        assert per_fold.max() - per_fold.min() <= 1


def test_no_group_is_in_two_folds() -> None:
    labels = np.tile([0, 1], 60)
    groups = np.array([f"chr{row // 8}" for row in range(120)])
    folds = make_folds(labels, groups)
    assert folds is not None
    assert all(len(np.unique(folds.held_out[groups == name])) == 1 for name in np.unique(groups))


def test_the_same_labels_give_the_same_folds_and_hash() -> None:
    labels = np.tile([0, 1, 1], 30)
    one, other, third = make_folds(labels), make_folds(labels.copy()), make_folds(labels, seed=1)
    assert one is not None
    assert other is not None
    assert third is not None
    assert np.array_equal(one.held_out, other.held_out)
    assert one.hash == other.hash != third.hash


def test_a_class_of_three_rows_allows_three_folds() -> None:
    folds = make_folds(np.array([0] * 20 + [1] * 3))
    assert folds is not None
    assert folds.count == 3


def test_one_row_of_a_class_allows_no_folds() -> None:
    assert make_folds(np.array([0, 1])) is None
    assert make_folds(np.array([0] * 20 + [1])) is None


def test_one_group_allows_no_folds() -> None:
    assert make_folds(np.tile([0, 1], 10), np.array(["chr1"] * 20)) is None
