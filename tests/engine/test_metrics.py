from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, matthews_corrcoef, roc_auc_score

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics.metrics import CARDS, PREVALENCE, auprc, auroc, mcc, mcc_at_threshold, spearman

RANKED = (Metric.AUROC, Metric.AUPRC, Metric.SPEARMAN, Metric.MCC)
"""Metrics of this module's own functions."""

# Few distinct scores, so that most are tied.
_TIED = st.lists(st.tuples(st.integers(0, 1), st.integers(-2, 2)), min_size=2, max_size=40)
_BOTH_CLASSES = _TIED.filter(lambda items: len({label for label, _ in items}) == 2)


def _arrays(items: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = zip(*items, strict=True)
    return np.array(labels), np.array(scores, dtype=np.float64)


# Four items by hand: positives at 4 and 2, negatives at 3 and 1.
LABELS, SCORES = np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 3.0, 4.0])


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    assert auroc(LABELS, SCORES) == 3 / 4


def test_a_tie_between_the_classes_counts_one_half() -> None:
    assert auroc(LABELS, np.array([1.0, 2.0, 2.0, 4.0])) == 3.5 / 4


def test_constant_scores_have_an_auroc_of_one_half() -> None:
    assert auroc(LABELS, np.full(4, 7.0)) == 0.5


def test_average_precision_adds_precision_where_recall_grows() -> None:
    # At 4 one of one is positive, at 2 two of three.
    assert auprc(LABELS, SCORES) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)


def test_tied_scores_are_one_threshold_of_average_precision() -> None:
    assert auprc(LABELS, np.full(4, 7.0)) == 0.5
    assert auprc(LABELS, np.array([1.0, 2.0, 2.0, 4.0])) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)


def test_spearman_by_hand() -> None:
    # Rank differences 0, 1, 1, 0: 1 - 6 * 2 / (4 * 15).
    assert spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 30.0, 20.0, 40.0])) == pytest.approx(0.8)


@pytest.mark.parametrize("constant", ["measured", "scores"])
def test_spearman_of_a_constant_is_undefined(constant: str) -> None:
    pair = (np.ones(4), SCORES) if constant == "measured" else (SCORES, np.ones(4))
    assert spearman(*pair) is None


def test_mcc_by_hand() -> None:
    # TP 3, FN 1, FP 2, TN 4.
    labels = np.repeat([1, 0], [4, 6])
    predicted = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0])
    assert mcc(labels, predicted) == pytest.approx((3 * 4 - 2 * 1) / np.sqrt(5 * 4 * 6 * 5))


@pytest.mark.parametrize(("labels", "predicted"), [([0, 1, 1], [1, 1, 1]), ([1, 1, 1], [0, 1, 1]), ([2, 2], [2, 2])])
def test_mcc_of_one_true_or_one_predicted_class_is_undefined_not_zero(labels: list[int], predicted: list[int]) -> None:
    assert mcc(labels, predicted) is None


def test_a_perfect_prediction_of_any_classes_has_mcc_one() -> None:
    assert mcc([0, 1, 2, 2, 1, 0, 0], [0, 1, 2, 2, 1, 0, 0]) == 1
    assert mcc(np.array([True, False]), np.array([False, True])) == -1


def test_a_score_on_the_threshold_predicts_one() -> None:
    assert mcc_at_threshold(LABELS, SCORES, 2.0) == mcc(LABELS, [0, 1, 1, 1]) == pytest.approx(1 / np.sqrt(3))
    assert mcc_at_threshold(LABELS, SCORES, 2.5) == mcc(LABELS, [0, 0, 1, 1]) == 0


@pytest.mark.parametrize("threshold", [0.0, 1.0, 4.5, np.inf])
def test_a_threshold_that_predicts_one_class_leaves_mcc_undefined(threshold: float) -> None:
    assert mcc_at_threshold(LABELS, SCORES, threshold) is None


@given(_BOTH_CLASSES)
def test_auroc_and_average_precision_are_scikit_learns_under_ties(items: list[tuple[int, int]]) -> None:
    labels, scores = _arrays(items)
    assert auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert auprc(labels, scores) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


@given(_BOTH_CLASSES)
def test_turning_the_scores_round_turns_the_auroc_round(items: list[tuple[int, int]]) -> None:
    labels, scores = _arrays(items)
    assert auroc(labels, -scores) == pytest.approx(1 - auroc(labels, scores), abs=1e-12)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=40))
def test_spearman_is_scipys_and_undefined_where_one_side_is_constant(items: list[tuple[int, int]]) -> None:
    x, y = (np.array(side, dtype=np.float64) for side in zip(*items, strict=True))
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_mcc_is_scikit_learns_for_any_number_of_classes(items: list[tuple[int, int]]) -> None:
    labels, predicted = (np.array(side) for side in zip(*items, strict=True))
    found = mcc(labels, predicted)
    if len(set(labels)) == 1 or len(set(predicted)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(matthews_corrcoef(labels, predicted), abs=1e-12)


@given(_BOTH_CLASSES)
def test_values_lie_in_the_range_on_the_card(items: list[tuple[int, int]]) -> None:
    labels, scores = _arrays(items)
    values = {
        Metric.AUROC: auroc(labels, scores),
        Metric.AUPRC: auprc(labels, scores),
        Metric.SPEARMAN: spearman(labels, scores),
        Metric.MCC: mcc_at_threshold(labels, scores, 0),
    }
    for metric, value in values.items():
        low, high = CARDS[metric].value_range
        assert value is None or low <= value <= high


@pytest.mark.parametrize("metric", RANKED)
def test_a_random_score_reaches_the_chance_level_on_the_card(metric: Metric) -> None:
    rng = np.random.default_rng(3)
    labels, scores = rng.random(40_000) < 0.2, rng.random(40_000)
    value = {Metric.AUROC: auroc, Metric.AUPRC: auprc, Metric.SPEARMAN: spearman}.get(metric)
    found = value(labels, scores) if value else mcc_at_threshold(labels, scores, 0.7)
    assert found == pytest.approx(CARDS[metric].chance_level(labels.mean()), abs=0.02)


@pytest.mark.parametrize("metric", RANKED)
def test_a_better_score_has_a_higher_value_as_the_card_says(metric: Metric) -> None:
    worse = {
        Metric.AUROC: auroc(LABELS, SCORES),
        Metric.AUPRC: auprc(LABELS, SCORES),
        Metric.SPEARMAN: spearman(LABELS, SCORES),
        Metric.MCC: mcc(LABELS, [0, 1, 1, 1]),
    }
    card = CARDS[metric]
    assert card.increasing
    assert card.name is metric
    assert worse[metric] is not None
    assert worse[metric] < card.value_range[1]


@pytest.mark.parametrize("metric", list(CARDS))
def test_a_card_says_what_a_metric_is_its_range_and_who_described_it(metric: Metric) -> None:
    card = CARDS[metric]
    low, high = card.value_range
    assert card.name is metric
    assert low < high
    assert card.chance is None or card.chance == PREVALENCE or low <= float(card.chance) <= high
    assert card.link.startswith("https://doi.org/")
    assert card.sentence.endswith(".")


def test_only_a_distance_is_better_the_smaller_it_is() -> None:
    assert [metric for metric, card in CARDS.items() if not card.increasing] == [Metric.L2]


def test_a_metric_without_a_chance_level_has_none() -> None:
    assert CARDS[Metric.AUPRC].chance_level(0.2) == 0.2
    assert CARDS[Metric.PEARSON_DELTA].chance_level(0.2) == 0
    assert CARDS[Metric.L2_SKILL].chance_level(0.2) is None


@pytest.mark.parametrize(
    ("labels", "scores", "sentence"),
    [
        ([0, 1], [1.0], r"labels and scores .* shapes \(2,\) and \(1,\)"),
        ([[0, 1]], [[1.0, 2.0]], "must be two rows"),
        ([], [], "are empty"),
        ([0, 1, 1], [1.0, np.nan, np.inf], "2 of 3 scores are NaN or infinite, the first at index 1"),
        ([0, 1], [0.0, -np.inf], "1 of 2 scores .* at index 1"),
        ([0, 1], ["a", "b"], "scores must be numbers"),
        ([0, 1, 2], [1.0, 2.0, 3.0], "found 2 at index 2"),
        ([0, 1, -1], [1.0, 2.0, 3.0], "found -1 at index 2"),
        ([0, 1, np.nan], [1.0, 2.0, 3.0], "found nan at index 2"),
        ([0, 1, None], [1.0, 2.0, 3.0], "labels must be numbers"),
        ([1, 1], [1.0, 2.0], "all 2 labels are 1"),
        ([False, False], [1.0, 2.0], "all 2 labels are 0"),
    ],
)
@pytest.mark.parametrize("metric", [auroc, auprc, lambda labels, scores: mcc_at_threshold(labels, scores, 0.5)])
def test_dishonest_input_is_refused_in_one_sentence(metric: object, labels: list, scores: list, sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        metric(labels, scores)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("measured", "scores", "sentence"),
    [
        ([0.5], [1.0, 2.0], "measured values and scores"),
        ([np.nan, 1.0], [1.0, 2.0], "1 of 2 measured values are NaN"),
        ([0.0, 1.0], [1.0, np.nan], "1 of 2 scores are NaN"),
        ([], [], "are empty"),
    ],
)
def test_spearman_refuses_what_is_not_a_pair_of_finite_rows(measured: list, scores: list, sentence: str) -> None:
    with pytest.raises(StatisticError, match=sentence):
        spearman(measured, scores)


def test_mcc_refuses_probabilities_and_a_threshold_that_is_no_number() -> None:
    with pytest.raises(StatisticError, match="predicted classes must be whole numbers"):
        mcc([0, 1], [0.2, 0.7])
    with pytest.raises(StatisticError, match="threshold is NaN"):
        mcc_at_threshold(LABELS, SCORES, np.nan)
