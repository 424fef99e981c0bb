from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.statistics.intervals import hanley_mcneil, independent_difference


def test_the_worked_example_is_reproduced_by_hand() -> None:
    # Hanley & McNeil 1982: AUROC 0.893 with 51 abnormal and 58 normal images.
    q1 = 0.893 / 1.107  # 0.806685
    q2 = 2 * 0.797449 / 1.893  # 0.842525
    variance = (0.893 * 0.107 + 50 * (q1 - 0.797449) + 57 * (q2 - 0.797449)) / (51 * 58)
    assert math.sqrt(variance) == pytest.approx(0.0325, abs=5e-5)
    # On the logit scale: centre ln(0.893 / 0.107), error 0.0325 / (0.893 * 0.107).
    half = 1.96 * 0.032512 / 0.095551
    low, high = (1 / (1 + (0.107 / 0.893) * math.exp(sign * half)) for sign in (1, -1))
    assert (low, high) == pytest.approx((0.8107, 0.9421), abs=1e-4)
    assert hanley_mcneil(0.893, 51, 58) == pytest.approx((low, high), abs=1e-4)


def _delong(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """AUROC and its standard error from the placements of every item."""
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    of_positives, of_negatives = wins.mean(axis=1), wins.mean(axis=0)
    variance = of_positives.var(ddof=1) / len(positive) + of_negatives.var(ddof=1) / len(negative)
    return float(wins.mean()), float(np.sqrt(variance))


def _width_next_to_delong(shift: float, positives: int, negatives: int) -> float:
    """Mean width of the interval in units of DeLong's, over simulated binormal scores."""
    rng = np.random.default_rng(7)
    found, expected = [], []
    for _ in range(40):
        auroc, error = _delong(rng.normal(shift, 1, positives), rng.normal(0, 1, negatives))
        bounds = hanley_mcneil(auroc, positives, negatives)
        assert bounds is not None
        found.append(bounds[1] - bounds[0])
        expected.append(2 * 1.96 * error)
    return float(np.mean(found) / np.mean(expected))


@pytest.mark.parametrize("shift", [0.5, 1.0, 1.8])
@pytest.mark.parametrize("size", [100, 300])
def test_the_interval_is_close_to_delongs_where_classes_are_equal(shift: float, size: int) -> None:
    assert _width_next_to_delong(shift, size, size) == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("shift", [0.5, 1.0, 1.8])
def test_the_interval_is_no_narrower_than_delongs_where_positives_are_few(shift: float) -> None:
    assert 1 < _width_next_to_delong(shift, 60, 300) < 1.5


@pytest.mark.parametrize("shift", [0.5, 1.0, 1.8])
def test_the_interval_is_not_too_narrow_where_negatives_are_few(shift: float) -> None:
    assert 1.0 < _width_next_to_delong(shift, 1_000, 50) < 1.5


@pytest.mark.parametrize("shift", [0.5, 1.5])
def test_the_interval_covers_the_true_auroc_about_95_times_in_100(shift: float) -> None:
    rng = np.random.default_rng(11)
    truth = 0.5 * math.erfc(-shift / 2)  # P(N(shift, 1) > N(0, 1))
    covered = 0
    for _ in range(400):
        auroc, _ = _delong(rng.normal(shift, 1, 80), rng.normal(0, 1, 80))
        bounds = hanley_mcneil(auroc, 80, 80)
        assert bounds is not None
        covered += bounds[0] <= truth <= bounds[1]
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize(
    ("auroc", "positives", "negatives"),
    [(0.0, 50, 50), (1.0, 50, 50), (0.8, 0, 50), (0.8, 50, 0), (0.8, 0, 0)],
)
def test_a_perfect_score_or_an_empty_class_has_no_interval(auroc: float, positives: int, negatives: int) -> None:
    assert hanley_mcneil(auroc, positives, negatives) is None


@pytest.mark.parametrize("auroc", [0.3, 0.5, 0.75, 0.97])
def test_more_items_give_a_narrower_interval(auroc: float) -> None:
    widths = []
    for n in (5, 20, 100, 1_000, 100_000):
        bounds = hanley_mcneil(auroc, n, 2 * n)
        assert bounds is not None
        widths.append(bounds[1] - bounds[0])
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(widths)


@given(auroc=st.floats(0.001, 0.999), positives=st.integers(1, 10**6), negatives=st.integers(1, 10**6))
def test_the_interval_holds_the_point_and_stays_between_zero_and_one(
    auroc: float, positives: int, negatives: int
) -> None:
    bounds = hanley_mcneil(auroc, positives, negatives)
    assert bounds is not None
    assert 0 <= bounds[0] < auroc < bounds[1] <= 1


@pytest.mark.parametrize(
    ("auroc", "positives", "negatives"),
    [(1e-6, 1, 1), (1 - 1e-9, 5, 5), (5e-324, 10, 10), (1 - 1e-16, 10, 10)],
)
def test_an_auroc_next_to_zero_or_one_does_not_overflow(auroc: float, positives: int, negatives: int) -> None:
    bounds = hanley_mcneil(auroc, positives, negatives)
    assert bounds is None or 0 <= bounds[0] <= auroc <= bounds[1] <= 1


def test_of_symmetric_intervals_the_difference_has_both_variances() -> None:
    # 0.80 +- 0.03 and 0.70 +- 0.04: 0.10 +- 0.05
    found = independent_difference((0.80, 0.77, 0.83), (0.70, 0.66, 0.74))
    assert found == pytest.approx((0.05, 0.15))


def test_a_difference_to_a_point_is_the_interval_moved() -> None:
    assert independent_difference((0.9, 0.8, 0.95), (0.5, 0.5, 0.5)) == pytest.approx((0.3, 0.45))
    assert independent_difference((0.5, 0.5, 0.5), (0.9, 0.8, 0.95)) == pytest.approx((-0.45, -0.3))


@given(*[st.tuples(*[st.floats(0, 1)] * 3).map(sorted)] * 2)
def test_a_difference_lies_in_its_interval_and_turns_round_with_its_sides(one: list[float], other: list[float]) -> None:
    first, second = (one[1], one[0], one[2]), (other[1], other[0], other[2])
    low, high = independent_difference(first, second)
    assert -2 <= low <= first[0] - second[0] <= high <= 2
    assert independent_difference(second, first) == pytest.approx((-high, -low))
