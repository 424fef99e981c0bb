from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StatisticError
from engine.statistics.aggregate import category_means, winners
from engine.statistics.weightings import possible_winners, shares

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_category_that_is_not_named_weighs_one() -> None:
    assert shares(["x", "y", "x", "z"], {"y": 2}).to_dict() == {"x": 0.25, "y": 0.5, "z": 0.25}
    assert shares(["x", "y"]).to_dict() == {"x": 0.5, "y": 0.5}


def test_very_large_weights_stay_finite() -> None:
    assert shares(["x", "y"], {"x": 1e308, "y": 1e308}).to_dict() == {"x": 0.5, "y": 0.5}


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({"w": 1}, "there is no category 'w' to weigh: choose among x, y"),
        ({"x": -1}, "the weight of 'x' is -1"),
        ({"x": float("nan")}, "the weight of 'x' is nan"),
        ({"x": float("inf")}, "the weight of 'x' is inf"),
        ({"x": 0, "y": 0}, "all categories have weight 0"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights: Mapping[str, float], sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        shares(["x", "y"], weights)


def test_who_can_win_is_worked_out_by_hand() -> None:
    means = pd.DataFrame(
        {"x": [1.0, 0.0, 0.6, 0.4, 0.2], "y": [0.0, 1.0, 0.6, 0.4, 0.65]},
        index=["x alone", "y alone", "balanced", "behind balanced", "between"],
    )
    found = possible_winners(means)
    assert found["wins"].to_dict() == {
        "x alone": True,
        "y alone": True,
        "balanced": True,
        "behind balanced": False,
        "between": False,
    }
    # With share w of x the balanced one leads the specialists by 0.6 - w and w - 0.4.
    assert found.loc["balanced", ["margin", "x", "y"]].to_list() == pytest.approx([0.1, 0.5, 0.5])
    # The one between is behind y alone by 0.35 - 0.55 w and behind the balanced one by 0.45 w - 0.05.
    assert found.loc["between", ["margin", "x", "y"]].to_list() == pytest.approx([-0.13, 0.4, 0.6])
    assert found.loc["x alone", ["margin", "x"]].to_list() == pytest.approx([0.4, 1])
    assert np.isnan(found.loc["behind balanced", "margin"])


def test_the_middle_of_two_specialists_can_only_share_the_win() -> None:
    means = pd.DataFrame({"x": [1.0, 0.0, 0.5, 0.49], "y": [0.0, 1.0, 0.5, 0.5]}, index=list("abcd"))
    found = possible_winners(means)
    assert found["wins"].to_dict() == {"a": True, "b": True, "c": True, "d": False}
    assert found.loc["c", "margin"] == pytest.approx(0, abs=1e-9)
    assert found.loc["d", "margin"] == pytest.approx(-0.0050, abs=1e-4)


def test_one_model_ahead_everywhere_is_the_only_winner() -> None:
    found = possible_winners(pd.DataFrame({"x": [0.2, 0.1], "y": [0.3, 0.1]}, index=list("ab")))
    assert found["wins"].to_dict() == {"a": True, "b": False}
    assert found.loc["a", "margin"] == pytest.approx(0.2)


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=7))
def test_a_grid_of_weights_finds_no_other_winner(rows: list[list[int]]) -> None:
    means = pd.DataFrame(rows, columns=list("xyz"), dtype=float)
    found = possible_winners(means)
    steps = [(i, j, 12 - i - j) for i in range(13) for j in range(13 - i)]
    totals = means.to_numpy() @ (np.array(steps) / 12).T
    on_grid = (totals >= totals.max(axis=0) - 1e-12).any(axis=1)
    assert not (on_grid & ~found["wins"].to_numpy()).any()
    for model in found.index[found["wins"]]:
        total = means.to_numpy() @ found.loc[model, list("xyz")].to_numpy(dtype=float)
        assert total[model] >= total.max() - 1e-9
        assert total[model] - np.delete(total, model).max() >= found.loc[model, "margin"] - 1e-9
        assert found.loc[model, "margin"] >= (totals[model] - np.delete(totals, model, axis=0).max(axis=0)).max() - 1e-9


def test_every_category_winner_of_geneb_is_a_possible_winner(
    geneb_mcc: pd.DataFrame, geneb_categories: dict[str, str], geneb_official: list[str]
) -> None:
    means = category_means(geneb_mcc.loc[geneb_official], geneb_categories)
    found = possible_winners(means)
    can = set(found.index[found["wins"]])
    assert {name for names in winners(means).values() for name in names} < can
    assert len(can) == 10
    assert "GENERator-eukaryote-1.2b-base" not in can


@pytest.mark.parametrize(
    "means", [pd.DataFrame({"x": [1.0]}), pd.DataFrame({"x": [1.0, np.nan]}), pd.DataFrame(index=[1, 2])]
)
def test_incomplete_means_are_refused(means: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="winners need 2 models"):
        possible_winners(means)
