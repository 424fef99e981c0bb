"""scGPT's bins, against quantiles counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.errors import SpecError
from engine.models.cells.binning import binned

_VALUES = hnp.arrays(np.float64, st.integers(1, 60), elements=st.integers(0, 30).map(float))


def _binned(values: Any, bins: int = 51, seed: int = 0) -> list[int]:
    return binned(np.asarray(values, dtype=float), np.random.default_rng(seed), bins=bins).tolist()


def test_distinct_values_are_binned_by_the_quantiles_above_zero() -> None:
    # Four bins have the edges 1, 3 and 5: 1 and 2 are in bin 1, 3 and 4 in bin 2, 5 in bin 3, and zero is bin 0.
    assert _binned([0, 1, 2, 3, 4, 5], bins=4) == [0, 1, 1, 2, 2, 3]


def test_a_cell_without_values_is_all_zeros() -> None:
    assert _binned([0, 0, 0]) == [0, 0, 0]


def test_equal_values_are_spread_over_the_bins_that_share_their_edge() -> None:
    found = np.array(_binned([1.0] * 5_000))
    assert found.min() == 1
    assert found.max() == 50
    # Fifty bins of one in fifty each; 100 expected, standard deviation 10.
    assert np.abs(np.bincount(found, minlength=51)[1:] - 100).max() < 45


@given(values=_VALUES, bins=st.integers(3, 60), seed=st.integers(0, 5))
def test_zeros_stay_zero_bins_stay_in_range_and_never_fall_while_values_rise(values: Any, bins: int, seed: int) -> None:
    found = np.array(_binned(values, bins, seed))
    assert (found[values == 0] == 0).all()
    assert ((found[values > 0] >= 1) & (found[values > 0] <= bins - 1)).all()
    for low in np.unique(values):
        assert (values <= low).all() or found[values == low].max() <= found[values > low].min()


@given(values=_VALUES)
def test_each_bin_holds_its_edges_as_numpy_digitises_them(values: Any) -> None:
    above = values[values > 0]
    if above.size:
        edges = np.quantile(above, np.linspace(0, 1, 50))
        found = np.array(_binned(values))[values > 0]
        upper, lower = np.digitize(above, edges), np.digitize(above, edges, right=True)
        assert (found <= upper).all()
        assert ((found > lower) | (lower == upper)).all()


def test_a_seed_gives_the_same_bins_again() -> None:
    values = [1, 1, 2, 2, 2, 7, 0, 1]
    assert _binned(values, seed=4) == _binned(values, seed=4)


@pytest.mark.parametrize(("values", "bins", "sentence"), [([-1, 2], 51, "-1 cannot be binned"), ([1], 2, "2 bins")])
def test_what_has_no_bins_is_refused(values: Any, bins: int, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        _binned(values, bins)
