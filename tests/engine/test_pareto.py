from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.statistics.pareto import dominators, upsets

# Few distinct numbers, so that ties in cost, in value and in both are common; None is 'not established'.
_POINTS = st.lists(
    st.tuples(st.none() | st.integers(1, 5).map(float), st.none() | st.integers(0, 5).map(lambda v: v / 5)),
    max_size=12,
)
_Complete = dict[str, tuple[float, float]]


def _series(points: list[tuple[float | None, float | None]]) -> tuple[pd.Series, pd.Series]:
    names = [f"m{i}" for i in range(len(points))]
    cost = pd.Series([cost for cost, _ in points], index=names, dtype=float)
    return cost, pd.Series([value for _, value in points], index=names, dtype=float)


def _complete(points: list[tuple[float | None, float | None]]) -> _Complete:
    return {f"m{i}": (c, v) for i, (c, v) in enumerate(points) if c is not None and v is not None}


def _best_dominator(model: str, points: _Complete) -> tuple[float, float] | None:
    cost, value = points[model]
    above = [(v, -c) for c, v in points.values() if c <= cost and v >= value and (c, v) != (cost, value)]
    return (-max(above)[1], max(above)[0]) if above else None


@given(_POINTS)
def test_the_dominator_is_the_best_of_all_that_are_no_larger_and_no_worse(
    points: list[tuple[float | None, float | None]],
) -> None:
    found, complete = dominators(*_series(points)), _complete(points)
    assert set(found.index) == set(complete)
    for model, name in found["dominated_by"].items():
        expected = _best_dominator(str(model), complete)
        assert (name is None) == (expected is None)
        if name is not None:
            assert complete[name] == expected


@given(_POINTS)
def test_rows_come_in_order_of_cost(points: list[tuple[float | None, float | None]]) -> None:
    assert dominators(*_series(points))["cost"].is_monotonic_increasing


@given(_POINTS)
def test_the_frontier_rises_with_cost(points: list[tuple[float | None, float | None]]) -> None:
    found = dominators(*_series(points))
    frontier = found[found["dominated_by"].isna()].drop_duplicates(["cost", "value"])
    assert frontier["cost"].is_monotonic_increasing
    assert frontier["cost"].is_unique
    assert frontier["value"].is_monotonic_increasing
    assert frontier["value"].is_unique


@given(_POINTS, st.sampled_from([1.0, 1.5, 2.0, 5.0]))
def test_upsets_are_all_pairs_in_which_the_small_one_wins(
    points: list[tuple[float | None, float | None]], factor: float
) -> None:
    complete = _complete(points)
    expected = {
        (small, large)
        for small, (small_cost, small_value) in complete.items()
        for large, (large_cost, large_value) in complete.items()
        if large_cost / small_cost >= factor and small_value > large_value
    }
    found = upsets(*_series(points), factor)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_twins_do_not_dominate_each_other() -> None:
    found = dominators(pd.Series({"a": 1.0, "b": 1.0}), pd.Series({"a": 0.5, "b": 0.5}))
    assert list(found["dominated_by"]) == [None, None]


def test_of_equally_good_dominators_the_smaller_is_named() -> None:
    cost = pd.Series({"large": 3.0, "middle": 2.0, "small": 1.0})
    value = pd.Series({"large": 0.4, "middle": 0.5, "small": 0.5})
    assert dominators(cost, value)["dominated_by"].to_dict() == {
        "small": None,
        "middle": "small",
        "large": "small",
    }
