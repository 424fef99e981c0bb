from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from engine.names import Metric
from engine.statistics import bootstrap
from engine.statistics.reconstruction import (
    Numbers,
    Table,
    _metrics,
    intervals,
    printing_error,
    reconstruct,
    replicates,
    unpaired_difference,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUT = 1e-5


def _labels(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Truth and answers, one entry an item."""
    cells = [(1, 1, table.tp), (0, 1, table.fp), (1, 0, table.fn), (0, 0, table.tn)]
    truth, answers = (np.repeat([cell[side] for cell in cells], [cell[2] for cell in cells]) for side in (0, 1))
    return truth, answers


def _cut(value: float, decimals: int = 5) -> float:
    return math.trunc(value * 10**decimals) / 10**decimals


def _numbers(table: Table, *, with_f1: bool = True) -> Numbers:
    """What would be published of a table, every value cut after five decimals."""
    truth, answers = _labels(table)
    return Numbers(
        mcc=_cut(matthews_corrcoef(truth, answers)),
        accuracy=_cut(accuracy_score(truth, answers)),
        macro_f1=_cut(f1_score(truth, answers, average="macro", zero_division=0)) if with_f1 else None,
        n=len(truth),
        prevalence=round(table.positives / len(truth), 6),
    )


def _mirrored(table: Table) -> Table:
    return Table(tp=table.tn, fp=table.fn, fn=table.fp, tn=table.tp)


def _error(table: Table) -> float:
    """Standard error of MCC from draws."""
    return float(np.nanstd(replicates(table, draws=4000)[Metric.MCC]))


tables = st.builds(
    Table, tp=st.integers(0, 400), fp=st.integers(0, 400), fn=st.integers(0, 400), tn=st.integers(0, 400)
)


# ---- the table ----


def test_a_small_table_is_given_back() -> None:
    # 100 items, 40 positive: 30 + 50 are right; MCC = (30 * 50 - 10 * 10) / sqrt(40 * 60 * 40 * 60) = 1400 / 2400.
    found = reconstruct(Numbers(mcc=0.58333, accuracy=0.8, macro_f1=0.79166, n=100, prevalence=0.4), error=CUT)
    assert found.table == Table(tp=30, fp=10, fn=10, tn=50)
    assert (found.fits, found.reason) == (1, None)


@given(tables)
def test_a_table_comes_back_or_there_is_a_reason(table: Table) -> None:
    assume(table.positives > 0 and table.negatives > 0)
    found = reconstruct(_numbers(table), error=CUT)
    if found.table is None:
        assert found.reason == f"{found.fits} tables that differ give the same numbers"
        return
    if found.fits == 1:
        assert found.table in {table, _mirrored(table)}
        return
    # Of tables that fit alike the middle one stands for all: the same right answers, class sizes and uncertainty.
    assert (found.table.tp + found.table.tn, found.table.positives) == (table.tp + table.tn, table.positives)
    if not table.perfect:
        assert _error(found.table) == pytest.approx(_error(table), rel=0.08)


@given(tables)
def test_values_that_are_not_rounded_leave_one_table(table: Table) -> None:
    assume(table.positives > 0 and table.negatives > 0)
    truth, answers = _labels(table)
    exact = Numbers(
        mcc=float(matthews_corrcoef(truth, answers)),
        accuracy=float(accuracy_score(truth, answers)),
        macro_f1=float(f1_score(truth, answers, average="macro", zero_division=0)),
        n=len(truth),
        prevalence=table.positives / len(truth),
    )
    found = reconstruct(exact, error=1e-9)
    assert found.table in {table, _mirrored(table)}
    if table.positives != table.negatives:
        assert found.table == table


def test_of_classes_of_one_size_the_table_with_fewer_predicted_positives_stands_for_its_mirror_image() -> None:
    table = Table(tp=30, fp=5, fn=20, tn=45)
    assert reconstruct(_numbers(table), error=CUT).table == table
    assert reconstruct(_numbers(_mirrored(table)), error=CUT).table == table


def test_macro_f1_tells_apart_tables_that_mcc_and_accuracy_do_not() -> None:
    # 18 items, 6 positive, 14 right: (2 12 - 0 4) / sqrt(2 16 6 12) = (4 10 - 2 2) / sqrt(6 12 6 12) = 0.5.
    one, other = Table(tp=2, fp=0, fn=4, tn=12), Table(tp=4, fp=2, fn=2, tn=10)
    assert [reconstruct(_numbers(table), error=CUT).table for table in (one, other)] == [one, other]
    found = [reconstruct(_numbers(table, with_f1=False), error=CUT) for table in (one, other)]
    assert [(row.table, row.fits, row.reason) for row in found] == [
        (None, 2, "2 tables that differ give the same numbers")
    ] * 2


def test_tables_that_fit_alike_and_say_the_same_have_the_middle_one_stand_for_them() -> None:
    # Nearly as many answers of one class as of the other: MCC changes with the square of what is between them.
    table = Table(tp=7500, fp=1501, fn=1500, tn=7499)
    found = reconstruct(_numbers(table), error=CUT)
    assert found.table is not None
    assert (found.fits, found.reason) == (16, None)
    assert (found.table.tp + found.table.tn, found.table.positives) == (14_999, 9000)
    assert abs(found.table.tp - table.tp) <= 16
    ours, theirs = (intervals(one, replicates(one))[Metric.MCC] for one in (found.table, table))
    assert ours == pytest.approx(theirs, abs=3e-4)


def test_one_answer_for_all_items_is_a_table_too() -> None:
    constant = Table(tp=0, fp=0, fn=100, tn=900)
    assert reconstruct(_numbers(constant), error=CUT).table == constant


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"accuracy": 0.8047}, "an accuracy of 0.8047 is no whole number of 100 items"),
        ({"prevalence": 0.405}, "a share of 0.405 of 100 items is no count of positives"),
        ({"prevalence": 0.0}, "a share of 0 of 100 items is no count of positives"),
        ({"mcc": 0.6}, "no table of whole counts gives MCC, accuracy and macro-F1 together"),
        ({"macro_f1": 0.7}, "no table of whole counts gives MCC, accuracy and macro-F1 together"),
        ({"accuracy": 1.0}, "no table of whole counts gives MCC, accuracy and macro-F1 together"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused_with_a_reason(change: dict[str, float], reason: str) -> None:
    right = {"mcc": 0.58333, "accuracy": 0.8, "macro_f1": 0.79166, "n": 100, "prevalence": 0.4}
    found = reconstruct(Numbers(**{**right, **change}), error=CUT)  # type: ignore[arg-type]
    assert (found.table, found.fits, found.reason) == (None, 0, reason)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ((0.58333, 0.8), 1e-5),
        ((0.5833, 0.8), 5e-5),
        ((0.5833333333333334, 0.8), 1e-5),
        ((0.0, 1.0), 5e-5),
        ((-0.58333, 0.8), 1e-5),
    ],
)
def test_the_last_digit_printed_says_how_wrong_a_value_can_be(values: tuple[float, ...], error: float) -> None:
    assert printing_error(values) == pytest.approx(error)


# ---- the draws ----


@given(tables)
def test_the_values_of_a_table_are_those_that_sklearn_gives_its_items(table: Table) -> None:
    assume(table.positives > 0 and table.negatives > 0)
    truth, answers = _labels(table)
    found = _metrics(np.array([table.tp]), np.array([table.tn]), table.positives, table.negatives)
    assert found[Metric.ACC][0] == pytest.approx(accuracy_score(truth, answers))
    assert found[Metric.F1][0] == pytest.approx(f1_score(truth, answers, average="macro", zero_division=0))
    if table.one_answer:
        assert math.isnan(found[Metric.MCC][0])
    else:
        assert found[Metric.MCC][0] == pytest.approx(matthews_corrcoef(truth, answers), abs=1e-12)


def test_a_resample_of_one_class_has_an_accuracy_and_a_macro_f1_over_the_classes_that_are_there() -> None:
    # 10 items, all positive in this resample, 10 answered so: one class is there, and it is right.
    found = _metrics(np.array([10, 7]), np.array([0, 0]), np.array([10, 10]), np.array([0, 0]))
    assert np.isnan(found[Metric.MCC]).all()
    assert found[Metric.ACC].tolist() == [1.0, 0.7]
    assert found[Metric.F1].tolist() == pytest.approx([1.0, (14 / 17) / 2])


def test_draws_agree_with_a_bootstrap_of_the_items() -> None:
    table = Table(tp=75, fp=30, fn=45, tn=89)
    truth, answers = _labels(table)
    rng = np.random.default_rng(7)
    rows = rng.integers(0, len(truth), (400, len(truth)))
    ours = replicates(table)
    measures = {
        Metric.MCC: matthews_corrcoef,
        Metric.ACC: accuracy_score,
        Metric.F1: lambda one, other: f1_score(one, other, average="macro"),
    }
    for metric, measure in measures.items():
        theirs = np.array([measure(truth[row], answers[row]) for row in rows])
        assert ours[metric].mean() == pytest.approx(theirs.mean(), abs=4 * theirs.std() / len(theirs) ** 0.5)
        assert ours[metric].std() == pytest.approx(theirs.std(), rel=4 / (2 * len(theirs)) ** 0.5)


def test_intervals_are_those_of_the_bootstrap_that_our_own_predictions_have() -> None:
    table = Table(tp=410, fp=90, fn=100, tn=400)
    found = intervals(table, replicates(table))
    theirs = bootstrap.class_replicates(*_labels(table), seed=3)
    assert found.keys() == set(theirs)
    for metric, bounds in found.items():
        assert bounds == pytest.approx(bootstrap.interval(theirs[metric][0]), abs=0.004)


def test_the_same_table_has_the_same_interval_whatever_was_drawn_before() -> None:
    table = Table(tp=410, fp=90, fn=100, tn=400)
    first = intervals(table, replicates(table))
    replicates(Table(tp=300, fp=90, fn=210, tn=400))
    assert intervals(table, replicates(table)) == first
    assert intervals(table, replicates(table, seed=1)) != first


def test_draws_come_shuffled_where_that_is_asked_for() -> None:
    table = Table(tp=60, fp=20, fn=10, tn=110)
    ordered, mixed = replicates(table, seed=1), replicates(table, seed=1, shuffled=True)
    assert not np.array_equal(ordered[Metric.ACC], mixed[Metric.ACC])
    assert ordered[Metric.ACC].mean() == pytest.approx(mixed[Metric.ACC].mean(), abs=0.002)


def test_one_answer_for_all_items_has_no_interval_of_mcc() -> None:
    table = Table(tp=0, fp=0, fn=20, tn=100)
    drawn = replicates(table)
    assert np.isnan(drawn[Metric.MCC]).all()
    found = intervals(table, drawn)
    assert set(found) == {Metric.ACC, Metric.F1}
    assert found[Metric.ACC] == pytest.approx((100 / 120 - 0.067, 100 / 120 + 0.067), abs=0.01)


@pytest.mark.parametrize("table", [Table(tp=50, fp=0, fn=0, tn=50), Table(tp=0, fp=50, fn=50, tn=0)])
def test_a_table_that_is_right_or_wrong_throughout_has_no_interval(table: Table) -> None:
    assert intervals(table, replicates(table)) == {}


def test_the_difference_of_two_systems_has_the_variance_of_both() -> None:
    one, other = Table(tp=400, fp=100, fn=100, tn=400), Table(tp=440, fp=60, fn=60, tn=440)
    first, second = replicates(one), replicates(other, seed=1, shuffled=True)
    found = unpaired_difference(first[Metric.ACC], second[Metric.ACC])
    error = (0.8 * 0.2 / 1000 + 0.88 * 0.12 / 1000) ** 0.5
    assert found == pytest.approx((-0.08 - 1.96 * error, -0.08 + 1.96 * error), abs=0.002)
    correlation = np.corrcoef(first[Metric.MCC], second[Metric.MCC])[0, 1]
    assert abs(correlation) < 4 / 10_000**0.5


def test_an_unpaired_interval_is_wider_than_a_paired_one_where_both_are_right_on_the_same_items() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    one = np.where(rng.random(1000) < 0.15, 1 - labels, labels)
    other = np.where(rng.random(1000) < 0.03, 1 - one, one)
    paired = bootstrap.interval(bootstrap.paired_mcc_replicates(labels, one, other))
    sides = []
    for seed, answers in enumerate((one, other)):
        tp, tn = int((labels & answers).sum()), int(((1 - labels) & (1 - answers)).sum())
        sides.append(replicates(Table(tp=tp, fp=500 - tn, fn=500 - tp, tn=tn), seed=seed, shuffled=seed == 1))
    unpaired = unpaired_difference(sides[0][Metric.MCC], sides[1][Metric.MCC])
    assert paired is not None
    assert unpaired is not None
    assert unpaired[1] - unpaired[0] > 1.5 * (paired[1] - paired[0])


def test_nothing_minus_something_has_no_interval() -> None:
    nothing = np.full(10, np.nan)
    assert unpaired_difference(nothing, np.ones(10)) is None
