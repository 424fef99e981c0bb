from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from engine.local_split.compare import judge
from engine.local_split.exchange import Shape
from engine.local_split.power import area_variance, design_effect, detectable_area, difference_error, needed_for_area
from engine.statistics.delong import paired_test
from tests.engine.local_split.splits import asked, made, noisy, of_sequences


def test_the_error_of_an_area_is_that_of_hanley_and_mcneils_example() -> None:
    # Radiology 1982;143:29-36: 51 abnormal and 58 normal scans, an area of 0.893 with a standard error of 0.032.
    assert math.sqrt(area_variance(0.893, 51, 58)) == pytest.approx(0.0325, abs=0.0005)


def test_the_variance_of_an_area_follows_the_formula_by_hand() -> None:
    # Q1 = .75 / 1.25 = .6, Q2 = 2 (.5625) / 1.75 = .642857; (.1875 + 9 (.0375) + 19 (.080357)) / 200.
    assert area_variance(0.75, 10, 20) == pytest.approx((0.1875 + 9 * 0.0375 + 19 * 0.0803571) / 200, rel=1e-6)


def test_equal_areas_with_a_correlation_of_a_half_differ_with_the_error_of_one() -> None:
    assert difference_error(0.7, 0.0, 50, 60) == pytest.approx(math.sqrt(area_variance(0.7, 50, 60)))


@given(st.floats(0.3, 0.9), st.integers(30, 2000), st.integers(30, 2000))
def test_the_detectable_difference_is_just_found(area: float, positives: int, negatives: int) -> None:
    least = detectable_area(area, positives, negatives)
    if least is None:
        return
    reach = norm.ppf(0.975) + norm.ppf(0.8)
    assert least == pytest.approx(reach * difference_error(area, least, positives, negatives), rel=1e-6)
    assert 0 < least <= 1 - area


@given(st.floats(0.3, 0.9), st.floats(0.1, 0.9), st.floats(1, 5))
def test_so_many_rows_find_the_difference_and_one_less_does_not(area: float, prevalence: float, effect: float) -> None:
    rows = needed_for_area(area, 0.02, prevalence, design_effect=effect)
    reach = (norm.ppf(0.975) + norm.ppf(0.8)) * math.sqrt(effect)
    found = [reach * difference_error(area, 0.02, n * prevalence, n * (1 - prevalence)) for n in (rows, rows - 1)]
    assert found[0] <= 0.02 < found[1]


def test_few_rows_find_nothing_above_a_strong_baseline() -> None:
    assert detectable_area(0.95, 10, 20) is None
    assert needed_for_area(0.99, 0.02, 0.5) is None


def test_the_detectable_difference_is_found_in_four_of_five_splits() -> None:
    # Two normal scores whose areas are 0.75 and 0.75 + d, with noise shared so that the areas correlate at about 0.5.
    positives, negatives, area = 200, 200, 0.75
    better = area + detectable_area(area, positives, negatives)
    shifts = [norm.ppf(value) * math.sqrt(2) for value in (area, better)]
    labels = np.repeat([1, 0], [positives, negatives])
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(400):
        shared = rng.normal(size=len(labels)) * math.sqrt(0.53)
        one, other = (shared + rng.normal(size=len(labels)) * math.sqrt(0.47) + shift * labels for shift in shifts)
        test = paired_test(labels, other, one)
        found += test.p < 0.05 and test.delta > 0
    assert 0.75 < found / 400 < 0.85


def test_a_group_that_is_one_row_many_times_over_counts_once() -> None:
    rng = np.random.default_rng(0)
    labels, groups = np.tile([0, 1], 50), np.arange(100)
    scores = rng.normal(size=100) + labels
    four = design_effect(np.repeat(labels, 4), np.repeat(scores, 4), np.repeat(groups, 4))
    assert four == pytest.approx(4, rel=0.02)
    assert design_effect(labels, scores, None) == 1
    assert design_effect(labels, scores, groups % 5) == 1


def test_groups_make_a_split_weaker() -> None:
    labels = np.tile([0, 1], 100)
    columns = {"model": noisy(labels, 1.2, seed=1), "old": noisy(labels, 1.0, seed=2)}
    four = {name: np.repeat(values, 4) for name, values in columns.items()}
    alone = judge(made(np.repeat(labels, 4), scores=four), asked("model", baseline="old", draws=50))
    shared = judge(
        made(np.repeat(labels, 4), scores=four, groups=np.repeat(np.arange(200), 4)),
        asked("model", baseline="old", draws=50),
    )
    single = judge(made(labels, scores=columns), asked("model", baseline="old", draws=50))
    assert shared.power[0].detectable == pytest.approx(single.power[0].detectable, rel=0.03)
    assert alone.power[0].detectable < 0.6 * shared.power[0].detectable
    assert "design effect" in shared.power[0].assumed
    assert "design effect" not in alone.power[0].assumed
    assert "correlation of 0.5" in alone.power[0].assumed


def test_a_difference_seen_says_how_many_rows_would_settle_it() -> None:
    labels = np.tile([0, 1], 100)
    columns = {"model": noisy(labels, 1.2, seed=1), "old": noisy(labels, 1.0, seed=2)}
    found = judge(made(labels, scores=columns), asked("model", baseline="old", draws=200))
    seen, own = found.differences[0], found.power[1]
    assert own.system_id == "column:model"
    error = (seen.high - seen.low) / 2 / norm.ppf(0.975)
    assert own.needed == math.ceil(200 * ((norm.ppf(0.975) + norm.ppf(0.8)) * error / seen.delta) ** 2)
    assert own.detectable == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * error)


def test_without_a_baseline_and_on_parts_too_small_nothing_is_claimed() -> None:
    labels = np.tile([0, 1], 20)
    bare = judge(made(labels, scores={"model": noisy(labels, 1, seed=0)}), asked("model", draws=50))
    assert bare.power == ()
    columns = {"model": noisy(labels, 1, seed=0), "old": noisy(labels, 1, seed=1)}
    strata = {"gene": ["big"] * 32 + ["small"] * 8}
    found = judge(made(labels, scores=columns, strata=strata), asked("model", baseline="old", draws=50))
    assert {row.part_id for row in found.power} == {"all", "gene=big"}


def test_a_perfect_baseline_leaves_no_room() -> None:
    labels = np.tile([0, 1], 20)
    found = judge(made(labels, scores={"old": labels}), asked(baseline="old", draws=50))
    assert (found.power[0].detectable, found.power[0].needed) == (None, None)
    assert found.power[0].undefined_reason == "an AUROC of 1 says nothing of its own error"


@pytest.mark.parametrize(
    ("rows", "area", "needed", "reason"),
    [
        (40, 0.95, 824, "even a model without a fault would not be told from an AUROC of 0.950 on so few rows"),
        (200, 0.99, None, "above an AUROC of 0.990 there is no room for a difference of 0.02"),
    ],
)
def test_next_to_a_strong_baseline_the_reasons_are_said(
    rows: int, area: float, needed: int | None, reason: str
) -> None:
    labels = np.tile([0, 1], rows // 2)
    # One negative above all positives: it loses all its pairs.
    old = labels + np.where(np.arange(rows) == 0, 2.0, 0.0)
    found = judge(made(labels, scores={"old": old}), asked(baseline="old", draws=50))
    assert found.values[0].value == pytest.approx(area)
    assert found.power[0].needed == needed
    assert reason in (found.power[0].undefined_reason or "")


def test_of_predicted_classes_a_model_to_come_is_as_uncertain_as_the_baseline() -> None:
    rng = np.random.default_rng(3)
    labels = np.tile([0, 1], 90)
    texts = ["".join(rng.choice(list("ACGT"), 24, p=[0.3 - 0.1 * one, 0.2 + 0.1 * one] * 2)) for one in labels]
    found = judge(of_sequences((texts[:100], labels[:100]), (texts[100:], labels[100:])), asked())
    (row,) = found.power
    value = next(v for v in found.values if v.system_id == row.baseline_id and v.metric == "MCC")
    error = (value.high - value.low) / 2 / norm.ppf(0.975)
    assert found.primary == row.metric == "MCC"
    assert row.detectable == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * error)
    assert row.needed == math.ceil(80 * (row.detectable / 0.03) ** 2)


def test_a_matrix_baseline_has_its_power_said_before_any_model_is_run() -> None:
    labels = np.tile([0, 0, 0, 1, 1, 1, 0, 1, 1], 20)
    letters = zip("AWICLGSP" * 23, "VGVRIWTL" * 23, strict=True)
    variants = [f"{old}{position}{new}" for position, (old, new) in enumerate(letters, 1)][: len(labels)]
    found = judge(made(labels, shape=Shape.PROTEIN, protein_variant=variants), asked(draws=50))
    (row,) = found.power
    assert (row.system_id, row.baseline_id) == (None, "blosum62")
    assert row.detectable > 0.02
    assert row.needed > 180
