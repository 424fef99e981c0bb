from __future__ import annotations

import numpy as np
import pytest

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics.resampling import Resampling, default_resampling


def _labels(positives: int, n: int) -> np.ndarray:
    return (np.arange(n) < positives).astype(int)


@pytest.mark.parametrize(
    ("positives", "n", "group_count", "expected"),
    [
        (50, 100, None, "percentile bootstrap, 2000 draws, iid, seed 0"),
        (30, 100, None, "percentile bootstrap, 2000 draws, iid, seed 0"),
        (29, 100, None, "percentile bootstrap, 2000 draws, stratified, seed 0"),
        (71, 100, None, "percentile bootstrap, 2000 draws, stratified, seed 0"),
        (50, 100, 20, "percentile bootstrap, 2000 draws, cluster over 20 groups, seed 0"),
        (5, 100, 20, "percentile bootstrap, 2000 draws, cluster over 20 groups, seed 0"),
        (50, 100, 100, "percentile bootstrap, 2000 draws, iid, seed 0"),
    ],
)
def test_the_default_fits_classes_and_groups(positives: int, n: int, group_count: int | None, expected: str) -> None:
    groups = None if group_count is None else np.array([f"gene {k % group_count}" for k in range(n)])
    assert default_resampling(Metric.AUROC, _labels(positives, n), groups=groups).describe() == expected


@pytest.mark.parametrize(
    ("group_count", "warning"),
    [
        (19, "iid, seed 0; 19 groups, fewer than 20: the interval is itself unreliable"),
        (2, "iid, seed 0; 2 groups, fewer than 20: the interval is itself unreliable"),
        (1, "iid, seed 0; all items share one group: the interval says nothing about other groups"),
    ],
)
def test_items_of_few_groups_are_drawn_one_by_one_with_a_warning(group_count: int, warning: str) -> None:
    found = default_resampling(Metric.AUROC, _labels(50, 100), groups=np.arange(100) % group_count)
    assert found.describe() == f"percentile bootstrap, 2000 draws, {warning}"


def test_a_cluster_bootstrap_of_few_groups_says_so() -> None:
    assert "unreliable" in Resampling("cluster", groups=4).describe()
    assert "unreliable" not in Resampling("cluster", groups=20).describe()


def test_measured_values_have_no_classes_to_stratify() -> None:
    assert default_resampling(Metric.SPEARMAN, np.linspace(0, 1, 40), draws=5, seed=2) == Resampling("iid", 5, 2)


def test_what_makes_no_bootstrap_is_refused() -> None:
    with pytest.raises(StatisticError, match="no bootstrap of kind 'block'"):
        Resampling("block")  # type: ignore[arg-type]
    with pytest.raises(StatisticError, match="at least 1 draw"):
        Resampling(draws=0)
    with pytest.raises(StatisticError, match="1 of 3 items have no group"):
        default_resampling(Metric.AUROC, [0, 1, 1], groups=np.array([None, "PTEN", "PTEN"], dtype=object))
