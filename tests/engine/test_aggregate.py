from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from engine.registry import read_systems
from engine.statistics.aggregate import (
    category_means,
    macro_average,
    micro_average,
    near_ties,
    ranks,
    winners,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def _plain_macro(values: pd.DataFrame, category_of: Mapping[str, str]) -> np.ndarray:
    labels = np.array([category_of[task] for task in values.columns])
    array = values.to_numpy()
    return np.mean([array[:, labels == label].mean(axis=1) for label in np.unique(labels)], axis=0)


def test_macro_counts_each_category_once(geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str]) -> None:
    found = macro_average(category_means(geneb_mcc, geneb_categories))
    np.testing.assert_allclose(found.to_numpy(), _plain_macro(geneb_mcc, geneb_categories), rtol=0, atol=1e-12)


def test_micro_counts_each_task_once(geneb_mcc: pd.DataFrame) -> None:
    np.testing.assert_allclose(micro_average(geneb_mcc), geneb_mcc.to_numpy().mean(axis=1), rtol=0, atol=1e-12)


def test_macro_is_the_one_on_the_published_board(geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str]) -> None:
    found = macro_average(category_means(geneb_mcc, geneb_categories))
    board = {
        row.geneb_model_id: row.geneb_full_macro_mcc
        for row in read_systems()
        if row.geneb_model_id and row.geneb_full_macro_mcc is not None
    }
    assert len(board) == 40
    for model, published in board.items():
        # Task values are cut after five decimals, the board's after five or fewer.
        assert found[model] == pytest.approx(published, abs=2e-5)


def test_a_missing_task_leaves_its_category_and_the_averages_missing(
    geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str]
) -> None:
    values = geneb_mcc.copy()
    values.loc["GROVER", "iDNA_ABF_5mC"] = np.nan
    means = category_means(values, geneb_categories)
    assert list(means.columns[means.loc["GROVER"].isna()]) == ["DNA Methyl."]
    assert np.isnan(macro_average(means)["GROVER"])
    assert np.isnan(micro_average(values)["GROVER"])
    assert macro_average(means).notna().sum() == 40


def test_ties_share_the_best_rank_and_missing_stays_missing() -> None:
    values = pd.DataFrame({"task": [0.9, 0.5, 0.5, 0.1, np.nan]}, index=list("abcde"))
    np.testing.assert_array_equal(ranks(values)["task"], [1, 2, 2, 4, np.nan])


def test_winners_are_all_who_hold_the_maximum() -> None:
    values = pd.DataFrame({"x": [0.9, 0.9, 0.1], "y": [0.1, np.nan, 0.2], "z": [np.nan] * 3}, index=list("abc"))
    assert winners(values) == {"x": ["a", "b"], "y": ["c"], "z": []}


def test_six_models_share_the_category_wins(
    geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str], geneb_official: list[str]
) -> None:
    means = category_means(geneb_mcc.loc[geneb_official], geneb_categories)
    assert len({name for names in winners(means).values() for name in names}) == 6


def test_a_near_tie_is_within_the_margin_and_not_the_best_itself() -> None:
    values = pd.DataFrame({"x": [0.90, 0.89, 0.88, 0.879, np.nan]}, index=list("abcde"))
    assert list(near_ties(values, 0.02)["x"]) == [False, True, True, False, False]
