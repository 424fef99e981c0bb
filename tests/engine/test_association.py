from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from engine.statistics.aggregate import category_means, macro_average
from engine.statistics.association import spearman, trend_outliers

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = [f"m{i}" for i in range(30)]


@pytest.fixture(scope="module")
def size_and_macro(
    published: Path, geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str], geneb_official: list[str]
) -> tuple[pd.Series, pd.Series]:
    models = pd.read_csv(published / "geneb_models.csv").set_index("model_id")
    macro = macro_average(category_means(geneb_mcc, geneb_categories))
    return np.log10(models.loc[geneb_official, "params"]), macro[geneb_official]


def _cloud(seed: int) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    x = pd.Series(rng.normal(size=30), index=_NAMES)
    return x, pd.Series(0.6 * x + rng.normal(size=30), index=_NAMES)


def test_rho_of_the_shipped_figures_is_that_of_scipy(size_and_macro: tuple[pd.Series, pd.Series]) -> None:
    found = spearman(*size_and_macro)
    assert found is not None
    assert found.n == 40
    assert found.rho == pytest.approx(spearmanr(*size_and_macro).statistic, abs=1e-12)
    assert found.rho == pytest.approx(0.573, abs=5e-4)
    assert found.ci_low < found.rho < found.ci_high


def test_rho_moves_where_the_leaderboard_states_other_sizes(
    published: Path, size_and_macro: tuple[pd.Series, pd.Series]
) -> None:
    stated = pd.read_csv(published / "parameter_statements.csv")
    board = stated[stated["stated_by"] == "GENEB leaderboard file"].set_index("model_id")["parameters"]
    size, macro = size_and_macro[0].copy(), size_and_macro[1]
    size[board.index] = np.log10(board)
    found = spearman(size, macro)
    assert found is not None
    assert found.rho == pytest.approx(0.5655, abs=5e-5)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=20).filter(
        lambda rows: len({x for x, _ in rows}) > 1 and len({y for _, y in rows}) > 1
    )
)
def test_rho_with_ties_is_that_of_scipy(rows: list[tuple[int, int]]) -> None:
    x, y = (pd.Series(values, dtype=float) for values in zip(*rows, strict=True))
    found = spearman(x, y, draws=50)
    assert found is not None
    assert found.rho == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    assert -1 - 1e-12 <= found.ci_low <= found.ci_high <= 1 + 1e-12


@pytest.mark.parametrize("seed", range(10))
def test_the_interval_contains_rho(seed: int) -> None:
    found = spearman(*_cloud(seed))
    assert found is not None
    assert found.ci_low < found.rho < found.ci_high


def test_a_perfect_order_leaves_no_doubt() -> None:
    x = pd.Series(range(12), dtype=float)
    found = spearman(x, -(x**3))
    assert found is not None
    assert (found.rho, found.ci_low, found.ci_high) == pytest.approx((-1.0, -1.0, -1.0))


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    x, y = _cloud(0)
    assert spearman(x, y, seed=1) == spearman(x, y, seed=1)
    assert spearman(x, y, seed=1) != spearman(x, y, seed=2)


def test_more_models_give_a_narrower_interval() -> None:
    rng = np.random.default_rng(0)
    widths = []
    for n in (20, 200):
        x = pd.Series(rng.normal(size=n))
        found = spearman(x, x + rng.normal(size=n))
        assert found is not None
        widths.append(found.ci_high - found.ci_low)
    assert widths[1] < widths[0] / 2


def test_series_are_matched_by_name_and_incomplete_pairs_left_out() -> None:
    x, y = _cloud(3)
    y["m0"] = np.nan
    found = spearman(x, y[::-1])
    assert found is not None
    assert found.n == 29
    assert found.rho == pytest.approx(spearmanr(x[1:], y[1:]).statistic, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3, np.nan], [1, 2, 3, 4]),
        ([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]),
        ([1, 2, 3, 4, 5], [2, 2, 2, 2, 2]),
        ([], []),
    ],
)
def test_too_few_or_constant_values_have_no_correlation(x: list[float], y: list[float]) -> None:
    assert spearman(pd.Series(x, dtype=float), pd.Series(y, dtype=float)) is None


@pytest.mark.parametrize("planted", [-0.4, 0.4])
def test_a_planted_outlier_is_found_in_either_direction(planted: float) -> None:
    x = pd.Series(np.linspace(6, 10, 30), index=_NAMES)
    y = 0.1 * x + np.random.default_rng(1).uniform(-0.02, 0.02, size=30)
    assert trend_outliers(x, y) == []
    y["m17"] += planted
    assert trend_outliers(x, y) == ["m17"]


@pytest.mark.parametrize("count", [8, 10, 20, 30])
@pytest.mark.parametrize("slope", [0.0, 0.1, 2.0, -1 / 3])
def test_a_clean_line_has_no_outlier(count: int, slope: float) -> None:
    x = pd.Series(np.arange(count) * 0.1, index=_NAMES[:count])
    assert trend_outliers(x, slope * x + 0.3) == []


def test_seven_points_are_too_few_to_call_one_an_outlier() -> None:
    x = pd.Series(np.arange(7.0))
    y = x + np.array([0.1, -0.1, 0.05, -0.05, 0.1, -0.1, 50.0])
    assert trend_outliers(x, y) == []


def test_points_of_one_size_have_no_trend() -> None:
    assert trend_outliers(pd.Series([1.0] * 10), pd.Series(np.arange(10.0))) == []


def test_a_higher_cut_finds_no_more() -> None:
    x, y = _cloud(5)
    assert set(trend_outliers(x, y, cut=3.0)) <= set(trend_outliers(x, y, cut=1.0))
    assert trend_outliers(x, y, cut=1.0)
