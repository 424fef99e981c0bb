from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kendalltau

from engine.statistics.aggregate import category_means
from engine.statistics.agreement import friedman_p, kendall_matrix, kendall_w, mean_tau, pairs

if TYPE_CHECKING:
    from collections.abc import Callable


def _tau_b(x: np.ndarray, y: np.ndarray) -> float:
    signs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in combinations(range(len(x)), 2)]
    concordance = sum(a * b for a, b in signs)
    return float(concordance / np.sqrt(sum(a != 0 for a, _ in signs) * sum(b != 0 for _, b in signs)))


@pytest.fixture(scope="module")
def agreement(geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str], geneb_official: list[str]) -> pd.DataFrame:
    return kendall_matrix(category_means(geneb_mcc.loc[geneb_official], geneb_categories))


def test_the_matrix_is_that_of_all_pairs(
    agreement: pd.DataFrame,
    geneb_mcc: pd.DataFrame,
    geneb_categories: dict[str, str],
    geneb_official: list[str],
) -> None:
    means = category_means(geneb_mcc.loc[geneb_official], geneb_categories)
    for first, second in combinations(means.columns, 2):
        expected = kendalltau(means[first].to_numpy(), means[second].to_numpy()).statistic
        assert agreement.loc[first, second] == agreement.loc[second, first] == pytest.approx(expected, abs=1e-12)


def test_the_diagonal_is_one(agreement: pd.DataFrame) -> None:
    np.testing.assert_array_equal(np.diag(agreement), np.ones(13))


def test_ties_and_missing_values_are_treated_as_tau_b_over_shared_rows() -> None:
    values = pd.DataFrame(
        {
            "x": [1.0, 1.0, 2.0, 3.0, np.nan, 5.0, 2.0],
            "y": [2.0, 1.0, 2.0, np.nan, 4.0, 7.0, 3.0],
            "z": [3.0, 3.0, 1.0, 2.0, 2.0, 0.0, 0.0],
        }
    )
    matrix = kendall_matrix(values)
    for first, second in combinations(values.columns, 2):
        both = values[[first, second]].dropna().to_numpy()
        assert matrix.loc[first, second] == pytest.approx(_tau_b(both[:, 0], both[:, 1]), abs=1e-12)


def test_geneb_categories_agree_about_half(agreement: pd.DataFrame) -> None:
    values = [tau for *_, tau in pairs(agreement)]
    assert len(values) == 78
    assert np.mean(values) == pytest.approx(0.498, abs=5e-4)
    assert max(values) == pytest.approx(0.769, abs=5e-4)


def test_viruses_and_chromatin_agree_least(agreement: pd.DataFrame) -> None:
    first, second, tau = min(pairs(agreement), key=lambda pair: pair[2])
    assert {first, second} == {"Virus/Phage", "Chromatin Acc."}
    assert tau == pytest.approx(0.157, abs=5e-4)


@pytest.mark.parametrize("shape", [(2, 5), (3, 1), (0, 0)])
def test_too_few_rows_or_columns_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="needs 2 columns and 3 rows"):
        kendall_matrix(pd.DataFrame(np.zeros(shape)))


def test_concordance_is_one_for_equal_rankings_and_zero_for_opposite_ones() -> None:
    assert kendall_w(pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [10.0, 20.0, 30.0]})) == 1
    assert kendall_w(pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [3.0, 2.0, 1.0]})) == 0


def test_concordance_with_ties_is_worked_out_by_hand() -> None:
    # Ranks 1, 2.5, 2.5 and 1, 2, 3: sums 2, 4.5, 5.5 around 4, S = 4 + 0.25 + 2.25; one pair of ties, T = 6.
    values = pd.DataFrame({"x": [1.0, 2.0, 2.0], "y": [1.0, 2.0, 3.0]})
    assert kendall_w(values) == pytest.approx(12 * 6.5 / (4 * 24 - 2 * 6))
    assert kendall_w(pd.DataFrame({"x": [1.0, 1.0], "y": [2.0, 2.0]})) is None


def test_friedman_is_the_chi_square_of_concordance(
    geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str], geneb_official: list[str]
) -> None:
    means = category_means(geneb_mcc.loc[geneb_official], geneb_categories)
    w, p = kendall_w(means), friedman_p(means)
    assert w == pytest.approx(0.68, abs=5e-3)
    assert p == pytest.approx(chi2.sf(13 * 39 * w, 39), rel=1e-6)  # type: ignore[operator]
    assert 1e-52 < p < 1e-48  # type: ignore[operator]


def test_friedman_of_rows_that_nothing_tells_apart_is_undefined() -> None:
    assert friedman_p(pd.DataFrame({"x": [1.0, 1.0, 1.0], "y": [2.0, 2.0, 2.0]})) is None


def test_the_mean_of_a_matrix_leaves_out_its_diagonal(agreement: pd.DataFrame) -> None:
    assert mean_tau(agreement) == pytest.approx((agreement.to_numpy().sum() - 13) / (13 * 12), abs=1e-12)


@pytest.mark.parametrize("statistic", [kendall_w, friedman_p])
def test_concordance_of_incomplete_columns_is_refused(statistic: Callable[[pd.DataFrame], float | None]) -> None:
    with pytest.raises(ValueError, match="no missing value, got 2 and 3, 1 missing"):
        statistic(pd.DataFrame({"x": [1.0, np.nan, 2.0], "y": [1.0, 2.0, 3.0]}))
    with pytest.raises(ValueError, match="concordance needs 2 columns"):
        statistic(pd.DataFrame({"x": [1.0, 3.0, 2.0]}))
