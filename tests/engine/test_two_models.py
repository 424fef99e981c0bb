from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm, wilcoxon

from engine.errors import StatisticError
from engine.statistics.delong import paired_test
from engine.statistics.rank_bootstrap import design, drawn_weights
from engine.statistics.rank_rules import Sampling
from engine.statistics.two_models import flips_by_item, needed_items, needed_tasks, task_differences

if TYPE_CHECKING:
    from numpy.typing import NDArray

CATEGORY = ["a", "a", "a", "b", "b", "c"]
GROUP = ["x", "x", "y", None, None, None]
FIRST = [0.50, 0.60, 0.70, 0.40, 0.30, 0.90]
SECOND = [0.40, 0.58, 0.50, 0.45, 0.35, 0.90]


def test_means_are_those_of_category_macro_and_micro() -> None:
    found = task_differences(FIRST, SECOND, CATEGORY, GROUP)
    assert [row.name for row in found.categories] == ["a", "b", "c"]
    assert [row.difference for row in found.categories] == pytest.approx([0.32 / 3, -0.05, 0])
    assert found.macro.difference == pytest.approx((0.32 / 3 - 0.05) / 3)
    assert found.micro.difference == pytest.approx(0.22 / 6)
    assert [(row.tasks, row.groups) for row in (*found.categories, found.macro)] == [(3, 2), (2, 2), (1, 1), (6, 5)]


def test_a_tie_is_below_the_margin() -> None:
    found = task_differences(FIRST, SECOND, CATEGORY, GROUP)
    assert [(row.wins, row.ties, row.losses) for row in found.categories] == [(2, 1, 0), (0, 0, 2), (0, 1, 0)]
    assert (found.macro.wins, found.macro.ties, found.macro.losses) == (2, 2, 2)
    fine = task_differences(FIRST, SECOND, CATEGORY, GROUP, margin=0.01)
    assert (fine.micro.wins, fine.micro.ties, fine.micro.losses) == (3, 1, 2)


def test_what_goes_against_the_whole_is_a_flip() -> None:
    found = task_differences(FIRST, SECOND, CATEGORY, GROUP)
    assert found.flipped_categories == ("b",)
    assert sorted(found.flipped_tasks.tolist()) == [3, 4]
    back = task_differences(SECOND, FIRST, CATEGORY, GROUP)
    assert back.flipped_categories == ("b",)
    assert task_differences(FIRST, FIRST, CATEGORY, GROUP).flipped_tasks.tolist() == []


def drawn(count: int) -> NDArray[np.float64]:
    """Differences of 500 draws of the first tasks."""
    tasks = [str(number) for number in range(count)]
    plan = design(tasks, dict(zip(tasks, CATEGORY, strict=False)), dict(zip(tasks, GROUP, strict=False)))
    weights = np.vstack(list(drawn_weights(plan, Sampling(draws=500, seed=2))))
    found: NDArray[np.float64] = weights @ (np.array(FIRST) - SECOND)[:count]
    return found


def test_intervals_are_of_the_hierarchical_bootstrap() -> None:
    found = task_differences(FIRST, SECOND, CATEGORY, GROUP, draws=500, seed=2)
    draws = drawn(len(FIRST))
    assert (found.macro.low, found.macro.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])))
    assert found.macro.error == pytest.approx(draws.std(ddof=1))
    own = drawn(3)
    assert (found.categories[0].low, found.categories[0].high) == pytest.approx(tuple(np.percentile(own, [2.5, 97.5])))


def test_p_counts_repeats_once_and_q_is_over_the_categories() -> None:
    rng = np.random.default_rng(0)
    category, group = np.repeat(["a", "b", "c"], 20), np.tile(np.repeat(np.arange(10), 2), 3)
    second = rng.random(60)
    first = second + rng.normal(0.1, 0.2, 60)
    found = task_differences(first, second, category, group)
    means = (first - second).reshape(30, 2).mean(axis=1)
    assert found.macro.p == found.micro.p == pytest.approx(wilcoxon(means).pvalue)
    own = [wilcoxon(part).pvalue for part in means.reshape(3, 10)]
    assert [row.p for row in found.categories] == pytest.approx(own)
    assert [row.q for row in found.categories] == pytest.approx(false_discovery_control(own))
    assert found.macro.q is None


def test_one_group_alone_has_neither_interval_nor_test() -> None:
    row = task_differences(FIRST, SECOND, CATEGORY, GROUP).categories[2]
    assert (row.low, row.high, row.error, row.p, row.q) == (None,) * 5
    assert row.undefined_reason == "one redundancy group: nothing to resample or to test"


def test_few_groups_are_warned_of_with_the_least_p_that_they_can_have() -> None:
    rows = task_differences([1.0] * 5, [0.5, 0.4, 0.3, 0.2, 0.1], ["a"] * 5, [None] * 5)
    assert rows.macro.p == 0.0625
    assert rows.macro.warning == "5 redundancy groups: p cannot be below 0.0625, and the interval is itself unreliable"
    assert task_differences([1.0] * 6, [0.0] * 6, ["a"] * 6, [None] * 6).macro.warning is None


def test_equal_systems_differ_by_nothing() -> None:
    found = task_differences(FIRST, FIRST, CATEGORY, GROUP)
    assert (found.macro.difference, found.macro.low, found.macro.high, found.macro.p) == (0, 0, 0, 1)


def test_tasks_that_one_lacks_are_left_out_and_counted() -> None:
    found = task_differences([*FIRST[:5], np.nan], SECOND, CATEGORY, GROUP)
    assert found.left_out == 1
    assert [row.name for row in found.categories] == ["a", "b"]
    assert found.macro.tasks == 5


def test_no_task_in_common_is_told() -> None:
    with pytest.raises(StatisticError, match="no task in common"):
        task_differences([np.nan, 1], [1, np.nan], ["a", "a"], [None, None])
    with pytest.raises(StatisticError, match="rows of one length"):
        task_differences(FIRST, SECOND, CATEGORY, GROUP[:2])


def test_the_items_needed_give_the_power_asked_for() -> None:
    found = needed_items(0.02, 0.015, 1000, minimum_effect=0.05)
    assert found.to_exclude_zero == math.ceil(1000 * 2.8015852**2 * 0.015**2 / 0.02**2)
    assert found.to_show_small == math.ceil(1000 * 2.8015852**2 * 0.015**2 / 0.03**2)
    error = 0.015 * math.sqrt(1000 / found.to_exclude_zero)
    assert norm.sf(1.959964 - 0.02 / error) == pytest.approx(0.8, abs=1e-3)
    assert needed_items(-0.02, 0.015, 1000, minimum_effect=0.05) == found


def test_a_difference_simulated_with_the_items_needed_is_found_four_times_in_five() -> None:
    rng = np.random.default_rng(0)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = (np.arange(n) % 2 == 0).astype(int)
        return labels, rng.normal(size=n) + 1.2 * labels, rng.normal(size=n) + labels

    large = paired_test(*draw(200_000))
    error = large.standard_error
    needed = needed_items(large.delta, error, 200_000, minimum_effect=0.02).to_exclude_zero
    assert needed is not None
    found = np.mean([(paired_test(*draw(needed)).p or 1) < 0.05 for _ in range(300)])
    assert found == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize(
    ("delta", "error", "zero", "small"),
    [
        (0.0, 0.01, "the difference is 0", None),
        (0.03, 0.01, None, "not below the minimum effect of 0.03"),
        (None, 0.01, "unknown", "unknown"),
        (0.01, None, "unknown", "unknown"),
        (0.01, 0.0, "unknown", "unknown"),
    ],
)
def test_what_no_number_of_items_settles_has_a_reason(
    delta: float | None, error: float | None, zero: str | None, small: str | None
) -> None:
    found = needed_items(delta, error, 100, minimum_effect=0.03)
    for number, reason, expected in (
        (found.to_exclude_zero, found.no_exclusion_reason, zero),
        (found.to_show_small, found.no_small_reason, small),
    ):
        assert (number is None) == (expected is not None)
        assert (reason is None) == (expected is None)
        assert expected is None or expected in str(reason)


def test_the_tasks_needed_follow_from_the_spread_over_tasks() -> None:
    row = task_differences(FIRST, SECOND, CATEGORY, GROUP).macro
    found = needed_tasks(row, minimum_effect=0.03)
    assert found == needed_items(row.difference, row.error, 6, minimum_effect=0.03)


def test_items_flip_where_the_systems_disagree_about_the_class() -> None:
    labels = [1, 0, 1, 0, 1]
    first = [90, 80, 40, np.nan, 70]
    second = [20, 30, 60, 10, 70]
    found = flips_by_item(labels, first, second)
    assert found.rows.tolist() == [0, 1, 2]
    assert found.gain.tolist() == [70, -50, -20]
    assert found.opposite.tolist() == [True, True, True]
    assert flips_by_item(labels, first, second, most=1).rows.tolist() == [0]
    assert flips_by_item([1], [90], [60]).opposite.tolist() == [False]
    with pytest.raises(StatisticError, match="rows of one length"):
        flips_by_item(labels, first, second[:2])


def test_what_is_found_can_be_sent_to_another_process() -> None:
    found = task_differences(FIRST, SECOND, CATEGORY, GROUP, margin=0.03)
    sent = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert sent.categories == found.categories
    assert sent.flipped_tasks.tolist() == found.flipped_tasks.tolist()
