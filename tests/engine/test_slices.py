from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import StatisticError
from engine.names import Metric
from engine.run import evaluate
from engine.statistics import slices
from engine.statistics.bootstrap import paired_replicates, replicates
from engine.statistics.delong import delong_interval, paired_test
from engine.statistics.metrics import auroc
from engine.statistics.resampling import Resampling
from engine.statistics.slices import between, difference, measure
from engine.store.reader import open_read_only
from tests.pipeline.real_runs import published_with_data

if TYPE_CHECKING:
    from pathlib import Path


RANKED = (Metric.AUROC, Metric.AUPRC, Metric.SPEARMAN)
# The draws depend on the order of the items: that of the table is that of the run.
_ITEMS = """
    SELECT i.label, p.score FROM item i
    LEFT JOIN prediction p ON p.task_id = i.task_id AND p.item_id = i.item_id AND p.model_id = $model
    WHERE i.task_id = 'brca1_sge' AND ($stratum = 'all' OR i.item_id IN (
        SELECT item_id FROM membership WHERE task_id = 'brca1_sge' AND stratum = $stratum
    )) ORDER BY i.rowid
"""
_STORED = """
    SELECT model_id, metric, value, ci_low, ci_high, ci_method, coalesce(n, 0), undefined_reason FROM score
    WHERE task_id = 'brca1_sge' AND protocol = 'rule' AND metric IN ('AUROC', 'AUPRC') AND stratum = $stratum
    AND model_id IN (SELECT model_id FROM prediction WHERE task_id = 'brca1_sge')
"""


def _sample(n: int, *, seed: int = 0, prevalence: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < prevalence).astype(int)
    first = rng.normal(size=n) + labels
    return labels, first, first + rng.normal(size=n)


@pytest.mark.parametrize("stratum", ["all", "missense", "splice_region", "noncoding", "synonymous", "nonsense"])
def test_a_slice_that_is_a_stratum_has_the_stores_numbers(mirror: Path, stratum: str) -> None:
    (path,) = (published_with_data(mirror) / "store").glob("*.duckdb")
    with open_read_only(path) as con:
        stored = con.execute(_STORED, {"stratum": stratum}).fetchall()
        items = {row[0]: con.execute(_ITEMS, {"model": row[0], "stratum": stratum}).fetchnumpy() for row in stored}
    assert len(stored) == 20
    for model, metric, *expected in stored:
        labels, scores = items[model]["label"], items[model]["score"]
        found = measure(Metric(metric), labels, np.ma.filled(scores, np.nan))
        assert [found.value, found.low, found.high, found.method, found.n, found.undefined_reason] == expected


def test_the_least_coverage_is_that_of_a_run() -> None:
    assert slices.LEAST_COVERAGE == evaluate.LEAST_COVERAGE


def test_a_small_slice_is_drawn_as_the_bootstrap_draws() -> None:
    labels, scores, _ = _sample(300)
    found = measure(Metric.AUROC, labels, scores, draws=500, seed=3)
    assert found.value == auroc(labels, scores)
    drawn = replicates(Metric.AUROC, labels, scores, Resampling("iid", 500, 3))
    assert (found.low, found.high) == tuple(np.percentile(drawn, [2.5, 97.5]))
    assert (found.n, found.positives) == (300, labels.sum())
    assert found.method == "percentile bootstrap, 500 draws, iid, seed 3"


def test_a_large_slice_has_delongs_interval() -> None:
    labels, scores, other = _sample(6000)
    found = measure(Metric.AUROC, labels, scores)
    assert (found.low, found.high) == delong_interval(labels, scores)
    apart = difference(Metric.AUROC, labels, scores, other)
    assert (apart.delta, apart.p) == pytest.approx(
        (paired_test(labels, scores, other).delta, paired_test(labels, scores, other).p)
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("metric", RANKED)
def test_large_and_small_slices_agree_where_they_meet(
    metric: Metric, *, grouped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, scores, other = _sample(3000)
    truth = scores + np.random.default_rng(1).normal(size=3000) if metric is Metric.SPEARMAN else labels
    groups = np.arange(3000) // 20 if grouped else None
    halves = (np.arange(3000) < 2000, np.arange(3000) >= 1000)
    drawn, computed = [], []
    for found in (drawn, computed):
        found += [
            measure(metric, truth, scores, groups=groups),
            difference(metric, truth, scores, other, groups=groups),
            between(metric, truth, scores, halves, groups=groups),
        ]
        monkeypatch.setattr(slices, "MOST_DRAWN", 100)
        monkeypatch.setattr(slices, "MOST_GROUPED", 100)
    for one, two in zip(drawn, computed, strict=True):
        assert one.method.startswith("percentile bootstrap")
        assert "bootstrap" not in two.method
        width = one.high - one.low
        assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=0.12 * width)


def test_groups_make_the_units() -> None:
    labels, scores, _ = _sample(400)
    found = measure(Metric.AUROC, labels, scores, groups=np.arange(400) // 10)
    assert found.method == "percentile bootstrap, 2000 draws, cluster over 40 groups, seed 0"
    few = measure(Metric.AUROC, labels, scores, groups=np.arange(400) // 100)
    assert few.method.endswith("4 groups, fewer than 20: the interval is itself unreliable")


@pytest.mark.parametrize(
    ("labels", "scores", "reason"),
    [
        ([], [], "no item is in this slice"),
        ([0, 1], [np.nan, np.nan], "scores none of the 2 items"),
        ([0, 1, 1], [0.1, np.nan, 0.2], "scores 2 of 3 items: a value over a part is another quantity"),
        ([1, 1, 1], [0.1, 0.2, 0.3], "all 3 items have label 1"),
    ],
)
def test_a_slice_without_an_honest_value_says_why(labels: list[int], scores: list[float], reason: str) -> None:
    found = measure(Metric.AUROC, labels, scores)
    assert (found.value, found.low, found.undefined_reason) == (None, None, reason)
    assert found.n == np.isfinite(scores).sum()


def test_constant_sides_and_calls_are_told() -> None:
    assert measure(Metric.SPEARMAN, [1, 2, 3], [1, 1, 1]).undefined_reason == "all scores are equal"
    assert measure(Metric.MCC, [0, 1], [1, 1]).undefined_reason == "every item is on one side of the threshold"


def test_a_perfect_value_has_no_interval() -> None:
    found = measure(Metric.AUROC, [0] * 40 + [1] * 40, np.arange(80))
    assert (found.value, found.low, found.high, found.method) == (1, None, None, None)
    large = measure(Metric.AUPRC, [0] * 4000 + [1] * 4000, np.arange(8000))
    assert (large.value, large.low) == (1, None)


def test_mcc_is_of_calls() -> None:
    labels, scores, other = _sample(500)
    found = measure(Metric.MCC, labels, scores > 0.5)
    assert found.value == pytest.approx(np.corrcoef(labels, scores > 0.5)[0, 1])
    assert found.method == "percentile bootstrap of the confusion table, 10000 draws, iid, seed 0"
    apart = difference(Metric.MCC, labels, scores > 0.5, other > 0.5)
    assert apart.delta == pytest.approx(found.value - np.corrcoef(labels, other > 0.5)[0, 1])
    with pytest.raises(StatisticError, match="MCC is of calls, 0 or 1"):
        measure(Metric.MCC, labels, scores)


def test_a_small_difference_shares_its_resamples() -> None:
    labels, first, second = _sample(300)
    found = difference(Metric.AUPRC, labels, first, second)
    drawn = paired_replicates(Metric.AUPRC, labels, first, second, Resampling())
    assert (found.low, found.high) == tuple(np.percentile(drawn, [2.5, 97.5]))
    assert found.p_method == "paired bootstrap"
    assert difference(Metric.AUROC, labels, first, second).p_method == "DeLong, paired"


@pytest.mark.parametrize("n", [300, 6000])
@pytest.mark.parametrize("metric", RANKED)
def test_a_system_differs_from_itself_by_nothing(metric: Metric, n: int) -> None:
    labels, first, second = _sample(n)
    truth = second if metric is Metric.SPEARMAN else labels
    found = difference(metric, truth, first, first)
    assert (found.delta, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_difference_is_over_the_items_that_both_score() -> None:
    labels, first, second = _sample(300)
    gap = second.copy()
    gap[:20] = np.nan
    found = difference(Metric.AUROC, labels, first, gap)
    assert found.n == 280
    assert found.delta == pytest.approx(auroc(labels[20:], first[20:]) - auroc(labels[20:], second[20:]))
    gap[:40] = np.nan
    assert difference(Metric.AUROC, labels, first, gap).undefined_reason == (
        "second: scores 260 of 300 items: a value over a part is another quantity"
    )


@pytest.mark.parametrize("n", [800, 8000])
def test_disjoint_slices_are_independent(n: int) -> None:
    labels, scores, _ = _sample(n)
    first = np.arange(n) < n // 4
    found = between(Metric.AUROC, labels, scores, (first, ~first))
    one, other = (measure(Metric.AUROC, labels[mask], scores[mask]) for mask in (first, ~first))
    width = np.hypot(one.high - one.low, other.high - other.low)
    assert found.delta == pytest.approx(one.value - other.value)
    assert found.high - found.low == pytest.approx(width, rel=0.05)


@pytest.mark.parametrize("metric", [*RANKED, Metric.MCC])
@pytest.mark.parametrize("n", [800, 8000])
def test_what_slices_have_in_common_is_not_counted_twice(metric: Metric, n: int) -> None:
    labels, scores, other = _sample(n)
    truth = other if metric is Metric.SPEARMAN else labels
    values = scores > 0.5 if metric is Metric.MCC else scores
    whole, most = np.full(n, fill_value=True), np.arange(n) >= n // 10
    same = between(metric, truth, values, (whole, whole))
    assert (same.delta, same.low, same.high) == (0, 0, 0)
    near, far = between(metric, truth, values, (whole, most)), between(metric, truth, values, (~most, most))
    assert near.high - near.low < 0.5 * (far.high - far.low)


@pytest.mark.parametrize("metric", [Metric.AUROC, Metric.MCC])
def test_an_overlap_is_resampled_as_a_loop_would(metric: Metric) -> None:
    labels, scores, _ = _sample(400)
    values = (scores > 0.5).astype(float) if metric is Metric.MCC else scores
    masks = (np.arange(400) < 250, np.arange(400) >= 150)
    found = between(metric, labels, values, masks)
    rng, drawn = np.random.default_rng(1), []
    for _ in range(1500):
        parts = [rng.choice(np.arange(*ends), ends[1] - ends[0]) for ends in ((0, 150), (150, 250), (250, 400))]
        sides = (np.concatenate(parts[:2]), np.concatenate(parts[1:]))
        one, other = (measure_only(metric, labels[rows], values[rows]) for rows in sides)
        drawn.append(one - other)
    assert (found.low, found.high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.012)


def measure_only(metric: Metric, labels: np.ndarray, values: np.ndarray) -> float:
    return auroc(labels, values) if metric is Metric.AUROC else float(np.corrcoef(labels, values)[0, 1])


def test_slices_that_share_groups_are_resampled_by_group() -> None:
    labels, scores, _ = _sample(600)
    even = np.arange(600) % 2 == 0
    found = between(Metric.AUROC, labels, scores, (even, ~even), groups=np.arange(600) // 10)
    assert found.method.startswith("percentile bootstrap, 2000 draws, cluster over 60 groups, seed 0")
    assert found.p_method == "bootstrap"


def test_an_empty_slice_or_a_wrong_mask_is_told() -> None:
    labels, scores, _ = _sample(100)
    none, whole = np.zeros(100, bool), np.ones(100, bool)
    assert between(Metric.AUROC, labels, scores, (whole, none)).undefined_reason == (
        "second slice: no item is in this slice"
    )
    with pytest.raises(StatisticError, match="give two masks as long as the labels"):
        between(Metric.AUROC, labels, scores, (whole, none[:5]))
    with pytest.raises(StatisticError, match="must be rows of one length"):
        measure(Metric.AUROC, labels, scores[:5])
    with pytest.raises(StatisticError, match="Acc is not measured on slices: choose AUROC, AUPRC, Spearman, MCC"):
        measure(Metric.ACC, labels, scores)


def test_what_is_found_can_be_sent_to_another_process() -> None:
    labels, first, second = _sample(100)
    for found in (measure(Metric.AUROC, labels, first), difference(Metric.AUROC, labels, first, second)):
        assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


@pytest.mark.parametrize("groups", [None, np.repeat(np.arange(50), 4)])
def test_what_is_drawn_together_is_what_is_drawn_alone(groups: np.ndarray | None) -> None:
    labels, first, second = _sample(200)
    partly = np.where(np.arange(200) < 8, np.nan, second)
    together = slices.Slice(labels, groups, draws=100)
    together.draw((Metric.AUROC, Metric.AUPRC), [first, second, partly])
    for metric in (Metric.AUROC, Metric.AUPRC):
        for scores in (first, second, partly):
            assert together.measure(metric, scores) == measure(metric, labels, scores, groups=groups, draws=100)
            apart = difference(metric, labels, first, scores, groups=groups, draws=100)
            assert together.difference(metric, first, scores) == apart


def test_nothing_is_drawn_of_items_that_are_too_many_or_of_one_class() -> None:
    labels, first, _ = _sample(6000)
    many = slices.Slice(labels)
    many.draw((Metric.AUROC,), [first])
    assert many.measure(Metric.AUROC, first).method == "DeLong, logit scale"
    same = slices.Slice(np.ones(50))
    same.draw((Metric.AUROC,), [np.arange(50.0)])
    assert same.measure(Metric.AUROC, np.arange(50.0)).undefined_reason == "all 50 items have label 1"


def test_items_that_share_groups_are_drawn_up_to_a_limit() -> None:
    labels, first, _ = _sample(6000)
    groups = np.arange(6000) // 30
    drawn = slices.Slice(labels, groups, draws=20).measure(Metric.AUROC, first)
    computed = slices.Slice(labels, groups, draws=20, most_grouped=5999).measure(Metric.AUROC, first)
    assert "bootstrap" in (drawn.method or "")
    assert computed.method == "infinitesimal jackknife over 200 groups"
