"""Train and test, stated or drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.local_split.columns import Words, objects
from engine.local_split.parts import draw_test, read_parts, together


def words_of(*cells: str) -> Words:
    codes, words = pd.factorize(objects(list(cells)))
    return Words(np.asarray(words, dtype=object), codes.astype(np.int64))


def test_words_of_a_split_column_are_read_and_validation_is_set_aside() -> None:
    stated = read_parts("split", words_of("Train", "TEST", "held-out", "val", "", "x"))
    assert stated.train.tolist() == [True, False, False, False, False, False]
    assert stated.test.tolist() == [False, True, True, False, False, False]
    assert [(fault.kind, fault.at.tolist(), fault.set_aside) for fault in stated.faults] == [
        ("split-set-aside", [3], True),
        ("split-missing", [4], False),
        ("split-unknown", [5], False),
    ]


def test_a_split_without_test_says_so() -> None:
    assert "says test" in (read_parts("fold", words_of("0", "1")).missing or "")


def test_rows_that_share_a_value_of_any_key_are_together() -> None:
    units = together(np.array([0, 1, 1, 2, 3]), np.array([7, 7, 8, 9, 9]))
    assert units[0] == units[1] == units[2]
    assert units[3] == units[4] != units[0]


def test_one_row_in_five_of_each_class_is_held_out() -> None:
    labels = np.repeat([0, 1, 2], [50, 100, 10])
    test = draw_test(labels, np.arange(160), 0)
    assert [int(test[labels == one].sum()) for one in range(3)] == [10, 20, 2]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=1, max_size=80), st.integers(0, 5))
def test_units_stay_whole_and_train_keeps_a_unit_of_each_class(rows: list[tuple[int, int]], seed: int) -> None:
    units = np.array([unit for _, unit in rows])
    labels = np.array([label for label, _ in rows])
    test = draw_test(labels, units, seed)
    for unit in set(units.tolist()):
        assert len(set(test[units == unit].tolist())) == 1
    assert not test.all()
    assert np.array_equal(test, draw_test(labels, units, seed))
