"""Accuracy, macro-F1 and MCC of predicted classes, one by one and resample by resample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from engine.errors import StatisticError
from engine.names import Metric
from engine.statistics import confusion
from engine.statistics.bootstrap import class_replicates, mcc_replicates, paired_mcc_replicates
from engine.statistics.metrics import accuracy, macro_f1

CLASSES = st.integers(0, 3)
PAIRS = st.lists(st.tuples(CLASSES, CLASSES), min_size=1, max_size=60)


@given(PAIRS)
def test_accuracy_and_macro_f1_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    assert accuracy(truth, predicted) == pytest.approx(accuracy_score(truth, predicted))
    assert macro_f1(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))


def test_the_majority_class_has_half_an_f1_of_two() -> None:
    truth = [0] * 8 + [1] * 2
    assert accuracy(truth, [0] * 10) == pytest.approx(0.8)
    # Class 0: precision 0.8, recall 1, F1 8/9; class 1 is never said and counts 0.
    assert macro_f1(truth, [0] * 10) == pytest.approx(4 / 9)


@pytest.mark.parametrize("measure", [accuracy, macro_f1])
def test_classes_must_be_whole_numbers_of_equal_count(measure: object) -> None:
    with pytest.raises(StatisticError, match="one length"):
        measure([0, 1], [0])  # type: ignore[operator]
    with pytest.raises(StatisticError, match="whole numbers"):
        measure([0, 1], [0.0, 1.0])  # type: ignore[operator]


def _drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 300)
    first = np.where(rng.random(300) < 0.6, truth, rng.integers(0, 3, 300))
    return truth, first, np.where(rng.random(300) < 0.5, truth, rng.integers(0, 3, 300))


def test_resamples_of_all_metrics_centre_on_their_values() -> None:
    truth, first, _ = _drawn(0)
    found = class_replicates(truth, first, draws=4000)
    wanted = {
        Metric.MCC: matthews_corrcoef(truth, first),
        Metric.ACC: accuracy_score(truth, first),
        Metric.F1: f1_score(truth, first, average="macro"),
    }
    for metric, value in wanted.items():
        assert found[metric].shape == (1, 4000)
        assert found[metric].mean() == pytest.approx(value, abs=0.005)


def test_the_spread_of_resampled_accuracy_is_binomial() -> None:
    truth, first, _ = _drawn(1)
    share = (truth == first).mean()
    found = class_replicates(truth, first, draws=10_000)[Metric.ACC][0]
    assert found.std() == pytest.approx(np.sqrt(share * (1 - share) / 300), rel=0.03)


def test_one_system_and_two_are_drawn_as_by_the_functions_for_mcc() -> None:
    truth, first, second = _drawn(2)
    one = class_replicates(truth, first, draws=500, seed=7)[Metric.MCC]
    assert np.array_equal(one[0], mcc_replicates(truth, first, draws=500, seed=7))
    two = class_replicates(truth, first, second, draws=500, seed=7)[Metric.MCC]
    assert np.array_equal(two[0] - two[1], paired_mcc_replicates(truth, first, second, draws=500, seed=7))


def test_a_system_does_not_differ_from_itself_in_any_resample() -> None:
    truth, first, _ = _drawn(3)
    for values in class_replicates(truth, first, first, draws=200).values():
        assert np.array_equal(values[0], values[1])


def test_where_one_class_is_predicted_only_the_correlation_is_undefined() -> None:
    truth, _, _ = _drawn(4)
    found = class_replicates(truth, np.zeros_like(truth), draws=200)
    assert np.isnan(found[Metric.MCC]).all()
    assert np.isfinite(found[Metric.ACC]).all()
    assert np.isfinite(found[Metric.F1]).all()


@given(st.lists(st.tuples(st.integers(-3, 4), st.integers(-3, 4), st.integers(-3, 4)), min_size=1, max_size=30))
def test_a_table_counted_whole_is_the_one_whose_cells_are_sorted_out(rows: list[tuple[int, int, int]]) -> None:
    labels, *systems = (np.array(column) for column in zip(*rows, strict=True))
    counted = confusion.cells(labels, *systems)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confusion, "_COUNTABLE", 0)
        sorted_out = confusion.cells(labels, *systems)
    assert counted.counts.tolist() == sorted_out.counts.tolist()
    assert counted.truth.tolist() == sorted_out.truth.tolist()
    assert [table.tolist() for table in counted.predicted] == [table.tolist() for table in sorted_out.predicted]
