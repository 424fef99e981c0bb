"""Few-shot draws."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.probes.few_shot import GENEB_SEEDS, draws, geneb_draw

LABELS = np.tile([1, 0, 2, 1], 25)


def test_a_draw_is_the_published_harness_s() -> None:
    # Its recipe written out: one generator, classes in rising order, no replacement.
    rng = np.random.RandomState(42)
    expected = [rng.choice(np.flatnonzero(number == LABELS), 10, replace=False) for number in (0, 1, 2)]
    assert np.array_equal(geneb_draw(LABELS, 10, 42), np.concatenate(expected))


def test_rows_of_a_known_draw() -> None:
    assert geneb_draw(np.array([0, 0, 0, 0, 1, 1, 1, 1]), 1, 13).tolist() == [1, 5]


@given(st.lists(st.integers(1, 30), min_size=2, max_size=4), st.integers(1, 12), st.integers(0, 1000))
def test_a_draw_has_k_rows_of_each_class_or_all_of_a_smaller_one(sizes: list[int], k: int, seed: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rows = geneb_draw(labels, k, seed)
    assert len(np.unique(rows)) == len(rows)
    assert np.bincount(labels[rows]).tolist() == [min(k, size) for size in sizes]


def test_draws_begin_with_the_harness_s_seeds_and_are_distinct() -> None:
    found = draws(LABELS, 10, 20)
    assert tuple(found)[:5] == GENEB_SEEDS == (13, 17, 42, 123, 997)
    assert len(found) == 20
    assert len({tuple(sorted(rows)) for rows in found.values()}) == 20
    assert np.array_equal(found[17], geneb_draw(LABELS, 10, 17))


def test_more_draws_repeat_the_first_ones() -> None:
    few, many = draws(LABELS, 1, 7), draws(LABELS, 1, 20)
    assert list(few) == list(many)[:7]
    assert all(np.array_equal(rows, many[seed]) for seed, rows in few.items())
