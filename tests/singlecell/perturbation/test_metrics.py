"""Distance and correlation against scipy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from engine.singlecell.perturbation.metrics import l2, pearson_of_change


@given(seed=st.integers(0, 10_000), n=st.integers(3, 200))
def test_the_metrics_equal_numpy_and_scipy(seed: int, n: int) -> None:
    predicted, observed, control = np.random.default_rng(seed).normal(size=(3, n))
    assert np.isclose(l2(predicted, observed), np.sqrt(sum((predicted - observed) ** 2)), atol=1e-12)
    expected = pearsonr(predicted - control, observed - control).statistic
    assert np.isclose(pearson_of_change(predicted, observed, control), expected, atol=1e-9)


def test_a_change_that_is_the_same_for_every_gene_has_no_correlation() -> None:
    control, observed = np.random.default_rng(0).normal(size=(2, 50)) * 7
    assert pearson_of_change(control, observed, control) is None
    assert pearson_of_change(control + 0.1, observed, control) is None
    assert pearson_of_change(observed, control, control) is None


def test_a_perfect_prediction_correlates_by_exactly_one_and_has_no_distance() -> None:
    control, observed = np.random.default_rng(1).normal(size=(2, 50))
    assert pearson_of_change(observed, observed, control) == 1
    assert l2(observed, observed) == 0
