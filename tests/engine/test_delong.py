from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics.bootstrap import interval, paired_replicates
from engine.statistics.delong import auroc_covariance, delong_interval, paired_test
from engine.statistics.metrics import auroc
from engine.statistics.resampling import Resampling


def _by_pairs(labels: np.ndarray, *systems: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUROCs and their covariance from every pair of a positive and a negative, O(m n)."""
    positive = labels == 1
    over_positives, over_negatives = [], []
    for scores in systems:
        high, low = scores[positive][:, None], scores[~positive][None, :]
        wins = (high > low) + 0.5 * (high == low)
        over_positives.append(wins.mean(axis=1))
        over_negatives.append(wins.mean(axis=0))
    covariance = np.cov(over_positives) / positive.sum() + np.cov(over_negatives) / (~positive).sum()
    return np.array([values.mean() for values in over_positives]), np.atleast_2d(covariance)


def _data(n: int, seed: int = 1, decimals: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.4).astype(int)
    first = np.round(labels + rng.normal(size=n), decimals)
    return labels, first, np.round(0.5 * first + 0.5 * rng.normal(size=n), decimals)


@pytest.mark.parametrize("n", [20, 333])
@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_the_covariance_is_that_of_all_pairs(n: int, decimals: int) -> None:
    labels, first, second = _data(n, decimals=decimals)
    found = auroc_covariance(labels, first, second, -first)
    assert found is not None
    expected = _by_pairs(labels, first, second, -first)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-14)


_ITEMS = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=2, max_size=12)


@given(_ITEMS, _ITEMS)
def test_the_covariance_is_that_of_all_pairs_under_heavy_ties(
    positives: list[tuple[int, int]], negatives: list[tuple[int, int]]
) -> None:
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    first, second = np.array([*positives, *negatives], dtype=np.float64).T
    found = auroc_covariance(labels, first, second)
    assert found is not None
    expected = _by_pairs(labels, first, second)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-12)


def test_the_variance_by_hand() -> None:
    # Positives 4 and 2 beat 1 and 1/2 of the negatives 3 and 1; these lose to 1/2 and 1 of the positives.
    found = auroc_covariance([0, 1, 0, 1], np.array([1.0, 2.0, 3.0, 4.0]))
    assert found is not None
    assert found[0][0] == 0.75
    assert found[1][0, 0] == pytest.approx(0.125 / 2 + 0.125 / 2)


def test_a_class_of_one_item_has_no_variance() -> None:
    labels, scores = [0, 0, 1], np.array([1.0, 3.0, 2.0])
    assert auroc_covariance(labels, scores) is None
    assert delong_interval(labels, scores) is None
    assert paired_test(labels, scores, -np.array([1.0, 2.0, 3.0])).p is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_or_inverted_order_has_no_interval(sign: int) -> None:
    assert delong_interval([0, 0, 1, 1], sign * np.arange(4.0)) is None


def test_the_interval_is_symmetric_on_the_logit_scale() -> None:
    labels, first, _ = _data(200)
    found = delong_interval(labels, first)
    assert found is not None
    value, variance = auroc(labels, first), _by_pairs(labels, first)[1][0, 0]
    error = 1.959964 * math.sqrt(variance) / (value * (1 - value))
    logits = [math.log(bound / (1 - bound)) for bound in found]
    centre = math.log(value / (1 - value))
    assert logits == pytest.approx([centre - error, centre + error], abs=1e-6)


def test_the_interval_covers_the_truth_about_95_times_in_100_next_to_one() -> None:
    rng = np.random.default_rng(3)
    truth, labels = float(norm.cdf(2.2 / math.sqrt(2))), np.repeat([1, 0], 60)
    covered = 0
    for _ in range(400):
        found = delong_interval(labels, rng.normal(size=120) + 2.2 * labels)
        assert found is not None
        assert 0 < found[0] < found[1] < 1
        covered += found[0] <= truth <= found[1]
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize("other", ["itself", "its exponential"])
def test_systems_that_order_alike_have_p_one(other: str) -> None:
    labels, first, _ = _data(120)
    found = paired_test(labels, first, first.copy() if other == "itself" else np.exp(first))
    assert (found.delta, found.standard_error, found.z, found.p) == (0, 0, 0, 1)


def test_a_difference_without_spread_is_not_tested() -> None:
    found = paired_test([0, 0, 1, 1], np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4))
    assert (found.delta, found.standard_error, found.z, found.p) == (0.5, 0, None, None)


def test_the_paired_test_is_that_of_the_covariance() -> None:
    labels, first, second = _data(300)
    values, covariance = _by_pairs(labels, first, second)
    error = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    found = paired_test(labels, first, second)
    assert found.delta == pytest.approx(values[0] - values[1], abs=1e-12)
    assert found.standard_error == pytest.approx(error, abs=1e-12)
    assert found.z == pytest.approx(found.delta / error)
    assert found.p == pytest.approx(math.erfc(abs(found.delta / error) / math.sqrt(2)))


def test_swapping_the_systems_turns_the_sign_and_keeps_p() -> None:
    labels, first, second = _data(90)
    one, other = paired_test(labels, first, second), paired_test(labels, second, first)
    assert (one.delta, one.standard_error, one.p) == (-other.delta, other.standard_error, other.p)


def test_the_error_of_the_difference_is_close_to_the_bootstraps() -> None:
    labels, first, second = _data(600)
    differences = paired_replicates(Metric.AUROC, labels, first, second, Resampling())
    found = paired_test(labels, first, second)
    assert found.standard_error == pytest.approx(differences.std(), rel=0.06)
    assert interval(differences) == pytest.approx(
        (found.delta - 1.96 * found.standard_error, found.delta + 1.96 * found.standard_error), abs=0.006
    )


def test_equal_systems_are_rejected_in_one_of_twenty() -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat([1, 0], [60, 90])
    rejected = 0
    for _ in range(500):
        shared = labels + rng.normal(size=150)
        p = paired_test(labels, shared + rng.normal(size=150), shared + rng.normal(size=150)).p
        assert p is not None
        rejected += p < 0.05
    assert 0.03 <= rejected / 500 <= 0.075


def test_one_class_or_nan_is_refused() -> None:
    with pytest.raises(StatisticError, match="all 2 labels are 1"):
        auroc_covariance([1, 1], np.array([1.0, 2.0]))
    with pytest.raises(StatisticError, match="1 of 2 scores are NaN"):
        paired_test([0, 1], np.array([1.0, 2.0]), np.array([1.0, np.nan]))
