from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from engine.errors import StatisticError
from engine.singlecell.cells import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

TABLE = np.arange(40.0).reshape(20, 2)


def changed(value: float) -> Any:
    table = TABLE.copy()
    table[[3, 7], 1] = value
    return table


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param(TABLE[:, 0], r"one row per cell, not float64 of shape \(20,\)", id="one row of numbers"),
        pytest.param(csr_array(TABLE), "a dense table of numbers, not a sparse one", id="sparse"),
        pytest.param(5.0, r"not float64 of shape \(\)", id="one number"),
        pytest.param(TABLE.astype(str), "must be a table of numbers", id="text"),
        pytest.param(TABLE[:19], "has 19 rows for 20 cells: give one row per cell, in the same order", id="short"),
        pytest.param(TABLE[:, :0], "has no columns", id="no columns"),
        pytest.param(changed(np.nan), r"2 of 20 cells have a coordinate .* the first in row 3 ", id="nan"),
        pytest.param(changed(-np.inf), r"2 of 20 cells have a coordinate .* the first in row 3 ", id="infinite"),
        pytest.param(np.ones((20, 3)), "all 20 cells have the same coordinates", id="constant"),
    ],
)
def test_what_is_no_embedding_gets_a_sentence(values: ArrayLike, sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        checks.embedding(values, 20)


def test_a_constant_column_may_stay_and_nothing_is_copied() -> None:
    table = TABLE.astype(np.float32)
    table[:, 0] = 1
    assert checks.embedding(table, 20) is table


def test_whole_numbers_become_floats() -> None:
    assert checks.embedding(TABLE.astype(np.int32), 20).dtype == np.float64


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        pytest.param(["a", "b"] * 7, "14 cells are too few .* at least 16", id="few cells"),
        pytest.param(["B cell"] * 20, r"all 20 cells are of one type \('B cell'\)", id="one type"),
        pytest.param(np.arange(20), "each of the 20 cells has a label of its own", id="all types"),
        pytest.param(["a", None] * 10, "10 of 20 items have no group among labels", id="missing"),
        pytest.param(pd.Series(["a", None] * 10, dtype="str"), "10 of 20 items have no group", id="missing in pandas"),
        pytest.param(np.array([["a"] * 20] * 2), "one group per item", id="a table"),
    ],
)
def test_what_are_no_types_gets_a_sentence(labels: ArrayLike, sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        checks.cell_types(labels)


@pytest.mark.parametrize("kind", [object, "U1", np.dtypes.StringDType()], ids=["objects", "fixed width", "strings"])
def test_types_are_numbered_by_their_sorted_names(kind: Any) -> None:
    types = checks.cell_types(np.array(list("cbac") * 5, dtype=kind))
    assert types.names == ("a", "b", "c")
    assert types.codes[:4].tolist() == [2, 1, 0, 2]
    assert types.sizes.tolist() == [5, 5, 10]


def test_numbers_are_names_too() -> None:
    assert checks.groups([1, 2, 1], 3, "batches").names == ("1", "2")


def test_a_seed_of_more_than_32_bits_is_shortened_for_libraries_that_take_no_longer_ones() -> None:
    assert [checks.short_seed(seed) for seed in (0, 7, 2**32 - 1)] == [0, 7, 2**32 - 1]
    long = [checks.short_seed(seed) for seed in (2**32, 2**32 + 1, 2**63 - 1)]
    assert len(set(long)) == 3
    assert all(0 <= seed < 2**32 for seed in long)
