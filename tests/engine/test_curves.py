from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from engine.errors import StatisticError
from engine.statistics.curves import at_threshold, calibration, class_histograms, precision_recall, roc, wilson
from engine.statistics.metrics import auprc, auroc

LABELS = [0, 0, 1, 0, 1, 1]
SCORES = [0.1, 0.3, 0.3, 0.4, 0.6, 0.9]


def _sample(n: int, *, prevalence: float = 0.3, digits: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < prevalence).astype(int)
    return labels, np.round(rng.normal(size=n) + labels, digits)


def test_roc_has_the_corners_that_one_counts_by_hand() -> None:
    curve = roc(LABELS, SCORES)
    assert curve.thresholds.tolist() == [np.inf, 0.6, 0.4, 0.3, 0.1]
    assert curve.fpr == pytest.approx([0, 0, 1 / 3, 2 / 3, 1])
    assert curve.tpr == pytest.approx([0, 2 / 3, 2 / 3, 1, 1])


@pytest.mark.parametrize("digits", [1, 12])
def test_roc_is_that_of_scikit_learn(digits: int) -> None:
    labels, scores = _sample(300, digits=digits)
    fpr, tpr, thresholds = roc_curve(labels, scores)
    curve = roc(labels, scores)
    # scikit-learn keeps some points on straight lines; ours are among its.
    there = np.isin(thresholds, curve.thresholds)
    assert there.sum() == len(curve.thresholds)
    assert np.array_equal(curve.fpr, fpr[there])
    assert np.array_equal(curve.tpr, tpr[there])
    assert np.trapezoid(curve.tpr, curve.fpr) == pytest.approx(auroc(labels, scores), abs=1e-12)


@given(
    st.integers(0, 10_000), st.sampled_from([0.01, 0.2, 0.5]), st.sampled_from([2, 12]), st.sampled_from([-1.0, 0, 3])
)
def test_a_thinned_roc_keeps_its_ends_and_its_area(seed: int, prevalence: float, digits: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    labels = np.append((rng.random(6000) < prevalence).astype(int), [0, 1])
    scores = np.round(rng.normal(size=6002) + shift * labels, digits)
    curve = roc(labels, scores)
    assert len(curve.fpr) <= 400
    assert (curve.fpr[0], curve.tpr[0], curve.fpr[-1], curve.tpr[-1]) == (0, 0, 1, 1)
    assert np.diff(curve.fpr).min() >= 0
    assert np.diff(curve.tpr).min() >= 0
    assert np.trapezoid(curve.tpr, curve.fpr) == pytest.approx(auroc(labels, scores), abs=1e-3)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("steps", [399, 401, 799, 5000])
def test_the_area_of_a_regular_staircase_stays(steps: int, first: int) -> None:
    # Every corner that is dropped lies on the same side of the curve: errors do not cancel by themselves.
    labels = np.tile([first, 1 - first], steps)
    curve = roc(labels, -np.arange(2 * steps))
    assert np.trapezoid(curve.tpr, curve.fpr) == pytest.approx(auroc(labels, -np.arange(2 * steps)), abs=1e-3)


def test_kept_points_are_points_of_the_whole_curve() -> None:
    labels, scores = _sample(20_000)
    curve = roc(labels, scores)
    for fpr, tpr, threshold in list(zip(curve.fpr, curve.tpr, curve.thresholds, strict=True))[1::50]:
        called = scores >= threshold
        assert called[labels == 0].mean() == pytest.approx(fpr)
        assert called[labels == 1].mean() == pytest.approx(tpr)


def test_precision_and_recall_are_those_of_scikit_learn_where_recall_is_gained() -> None:
    labels, scores = _sample(300, digits=1)
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    curve = precision_recall(labels, scores)
    expected = {threshold: (p, r) for p, r, threshold in zip(precision[:-1], recall[:-1], thresholds, strict=True)}
    assert len(curve.recall) > 20
    for p, r, threshold in zip(curve.precision[1:], curve.recall[1:], curve.thresholds[1:], strict=True):
        assert (p, r) == expected[threshold]


@given(st.integers(0, 10_000), st.sampled_from([20, 500, 5000]), st.sampled_from([1, 12]), st.sampled_from([5, 400]))
def test_the_steps_sum_to_average_precision(seed: int, n: int, digits: int, most: int) -> None:
    labels, scores = _sample(n, digits=digits, seed=seed)
    labels[:2] = 0, 1
    curve = precision_recall(labels, scores, most=most)
    assert len(curve.recall) <= most
    assert (curve.recall[0], curve.recall[-1]) == (0, 1)
    assert curve.precision[0] == curve.precision[1]
    area = (np.diff(curve.recall) * curve.precision[1:]).sum()
    assert area == pytest.approx(auprc(labels, scores), abs=1e-9)


def test_histograms_have_common_edges_and_each_class_sums_to_one() -> None:
    labels, scores = _sample(5000)
    found = class_histograms(labels, scores)
    counts = np.histogram(np.clip(scores[labels == 1], *found.edges[[0, -1]]), found.edges)[0]
    assert len(found.edges) == 41
    assert found.positive == pytest.approx(counts / (labels == 1).sum())
    assert (found.negative.sum(), found.positive.sum()) == pytest.approx((1, 1))


def test_an_outer_bin_is_open_where_a_few_scores_lie_far_out_and_says_so() -> None:
    labels, scores = np.tile([0, 1], 5000), np.linspace(0, 1, 10_000)
    assert class_histograms(labels, scores).describe() is None
    scores[-3:] = 1000
    found = class_histograms(labels, scores)
    assert (found.edges[0], found.below, found.above) == (0, 0, 10)
    assert found.edges[-1] == pytest.approx(0.999, abs=1e-3)
    assert found.describe() == "the axis ends at the 99.9 percentile: the last bin holds 10 items above too"
    assert found.positive.sum() == pytest.approx(1)


@pytest.mark.parametrize("scores", [[2.0, 2.0, 2.0], [0.0, 0.0, 1.0]])
def test_a_score_with_one_or_two_values_has_a_histogram(scores: list[float]) -> None:
    found = class_histograms([0, 1, 1], scores)
    assert np.ptp(found.edges) == 1
    assert found.positive.sum() == 1


def test_calibration_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(2000)
    labels = (rng.random(2000) < scores**2).astype(int)
    share, mean = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    found = calibration(labels, scores, probabilities=True)
    assert found.positive == pytest.approx(share)
    assert found.mean_score == pytest.approx(mean)
    assert found.n.tolist() == [200] * 10
    assert found.expected_error == pytest.approx(np.abs(share - mean).mean())


def test_tied_scores_share_a_bin() -> None:
    found = calibration([0, 1, 0, 1, 1, 1], [1, 1, 1, 1, 2, 3], bins=3)
    assert found.n.sum() == 6
    assert found.n[0] == 4
    assert found.positive[0] == 0.5
    assert found.expected_error is None


def test_scores_outside_0_and_1_are_no_probabilities() -> None:
    with pytest.raises(StatisticError, match=r"scores from 0.1 to 1.5 are no probabilities"):
        calibration([0, 1], [0.1, 1.5], probabilities=True)


@pytest.mark.parametrize(("count", "n"), [(0, 5), (1, 10), (37, 80), (9, 9), (500_000, 1_000_000)])
def test_wilson_is_that_of_scipy(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(method="wilson")
    low, high = wilson([count], [n])
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert low[0] <= count / n <= high[0]


def test_counts_at_a_threshold_are_the_confusion_matrix() -> None:
    labels, scores = _sample(400, digits=1)
    found = at_threshold(labels, scores, 0.5)
    matrix = confusion_matrix(labels, scores >= 0.5)
    assert [[found.tn, found.fp], [found.fn, found.tp]] == matrix.tolist()
    assert found.sensitivity == found.tp / (found.tp + found.fn)
    assert found.specificity == found.tn / (found.tn + found.fp)
    expected = binomtest(found.tp, found.tp + found.fn).proportion_ci(method="wilson")
    assert (found.sensitivity_low, found.sensitivity_high) == pytest.approx((expected.low, expected.high))
    assert found.specificity_low < found.specificity < found.specificity_high


def test_a_score_at_the_threshold_is_called() -> None:
    found = at_threshold([0, 1], [0.2, 0.5], 0.5)
    assert (found.tp, found.fp, found.tn, found.fn) == (1, 0, 1, 0)


def test_what_has_no_curve_is_refused() -> None:
    with pytest.raises(StatisticError, match="at least 3 points"):
        roc(LABELS, SCORES, most=2)
    with pytest.raises(StatisticError, match="both classes"):
        precision_recall([1, 1], [0, 1])
    with pytest.raises(StatisticError, match="at least 1 bin"):
        class_histograms(LABELS, SCORES, bins=0)
    with pytest.raises(StatisticError, match="at least 1 bin"):
        calibration(LABELS, SCORES, bins=0)
    with pytest.raises(StatisticError, match="the threshold is NaN"):
        at_threshold(LABELS, SCORES, float("nan"))


@pytest.mark.parametrize("curve", [roc, precision_recall, class_histograms, calibration])
def test_what_is_found_can_be_sent_to_another_process(curve: object) -> None:
    found = curve(LABELS, SCORES)  # type: ignore[operator]
    sent = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert all(np.array_equal(getattr(sent, name), getattr(found, name)) for name in found.__slots__)
