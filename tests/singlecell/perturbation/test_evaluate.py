"""Values per perturbation and system, worked by hand and by plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from engine.errors import SpecError, StatisticError
from engine.names import Metric
from engine.singlecell.contract import Pseudobulk
from engine.singlecell.perturbation.evaluate import Column, evaluate, mean_over_items, resample, skill
from engine.singlecell.perturbation.predictions import Predictions, predict_all
from engine.singlecell.perturbation.splits import Split, doubles, singles
from engine.singlecell.perturbation.systems import BASELINES, Additive, Linear, NoChange, PerturbationMean
from engine.statistics.bootstrap import interval
from engine.statistics.resampling import FEWEST_GROUPS, Resampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.contract import Outcome

    Drawn = Callable[..., Pseudobulk]

SHARED = ("T0", "T2", "T3", "T4", "T6")

# Control is 0, so a profile is a change. A is held out by seeds 0 and 1, B by seed 1, C by seed 0.
DATA = Pseudobulk(
    genes=("X", "Y", "Z"),
    control=np.zeros(3),
    conditions=(("A",), ("B",), ("C",)),
    profiles=np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0], [1.0, 2.0, 3.0]]),
    cells=np.array([10, 10, 10]),
)
SPLITS = (Split(0, (1,), (0, 2)), Split(1, (2,), (0, 1)))


def _predictions(rows: dict[tuple[int, str], list[float] | str]) -> Predictions:
    values = np.full((2, 3, 3), np.nan)
    for (seed, item), row in rows.items():
        if not isinstance(row, str):
            values[seed, "ABC".index(item)] = row
    reasons = {key: row for key, row in rows.items() if isinstance(row, str)}
    return Predictions(seeds=(0, 1), items=("A", "B", "C"), genes=DATA.genes, values=values, reasons=reasons)


# Distances: A 5 and 10 (mean 7.5), B 2, C 1: their mean is 3.5.
REFERENCE = _predictions({(0, "A"): [0, 0, 0], (1, "A"): [-3, -4, 0], (1, "B"): [0, 0, 0], (0, "C"): [1, 2, 2]})
# Distances: A 0 and 1 (mean 0.5), B 1, C 2: their mean is 3.5 / 3, a third of the reference's.
SYSTEM = _predictions({(0, "A"): [3, 4, 0], (1, "A"): [3, 4, 1], (1, "B"): [0, 0, 1], (0, "C"): [1, 2, 1]})


def _evaluated(**systems: Predictions) -> dict[str, Outcome]:
    return evaluate({"reference": REFERENCE, **systems}, DATA, SPLITS, reference="reference", over_mean=False)


def test_a_perturbation_has_the_mean_over_the_splits_that_hold_it_out() -> None:
    found = {one.item_id: one for one in _evaluated(system=SYSTEM)["system"].items if one.metric is Metric.L2}
    assert {name: (one.value, one.n) for name, one in found.items()} == {"A": (0.5, 2), "B": (1.0, 1), "C": (2.0, 1)}


def test_skill_is_one_minus_the_ratio_of_the_means() -> None:
    outcomes = _evaluated(system=SYSTEM)
    values = outcomes["system"].values
    assert values[Metric.L2].value == pytest.approx(3.5 / 3)
    assert values[Metric.L2_SKILL].value == pytest.approx(1 - 1 / 3)
    assert (values[Metric.L2].n, values[Metric.L2_SKILL].n) == (3, 3)
    assert Metric.L2_SKILL_OVER_MEAN not in values


def test_the_reference_has_a_skill_of_exactly_0_in_every_resample() -> None:
    own = _evaluated()["reference"].values[Metric.L2_SKILL]
    assert own.value == 0
    assert not own.replicates.any()


def test_correlations_are_those_of_scipy_averaged_over_splits() -> None:
    found = {
        one.item_id: one for one in _evaluated(system=SYSTEM)["system"].items if one.metric is Metric.PEARSON_DELTA
    }
    pearson = [pearsonr([3, 4, 0], row).statistic for row in ([3, 4, 0], [3, 4, 1])]
    assert found["A"].value == pytest.approx(np.mean(pearson))
    assert found["B"].value == pytest.approx(1)


def test_a_perturbation_that_lacks_a_value_in_one_of_its_splits_has_none() -> None:
    rows = {(0, "A"): [3.0, 4.0, 0.0], (1, "A"): "A is unknown", (1, "B"): [0.0, 0.0, 1.0], (0, "C"): [1.0, 2.0, 1.0]}
    outcome = _evaluated(system=_predictions(rows))["system"]
    own = next(one for one in outcome.items if one.item_id == "A" and one.metric is Metric.L2)
    assert (own.value, own.reason, own.n) == (None, "A is unknown", 2)
    reason = "predicts 2 of 3 perturbations: a value over a part is another quantity"
    for metric in (Metric.L2, Metric.PEARSON_DELTA, Metric.L2_SKILL):
        one = outcome.values[metric]
        assert (one.value, one.reason, one.replicates.size, one.n) == (None, reason, 0, 2)


def test_no_change_has_a_distance_and_a_reason_for_its_correlation() -> None:
    zeros = {key: [0.0, 0.0, 0.0] for key in ((0, "A"), (1, "A"), (1, "B"), (0, "C"))}
    values = _evaluated(none=_predictions(zeros))["none"].values
    assert values[Metric.L2].value == pytest.approx((5 + 2 + np.sqrt(14)) / 3)
    assert values[Metric.PEARSON_DELTA].value is None
    assert values[Metric.PEARSON_DELTA].reason == (
        "has a value for none of 3 perturbations: the predicted or the observed change is the same for every gene"
    )


def _column(values: list[float]) -> Column:
    array = np.array(values)
    reasons = tuple("unknown" if np.isnan(value) else None for value in values)
    return Column(values=array, reasons=reasons, counts=np.ones(len(values), dtype=np.int64))


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), missing=st.sampled_from([0, 1, 2]))
def test_replicates_equal_a_loop_over_resampled_perturbations(seed: int, missing: int) -> None:
    rng = np.random.default_rng(seed)
    own, base = rng.gamma(2, 1, (2, 20))
    own[:missing] = np.nan
    drawn = np.random.default_rng(seed).integers(0, 20, (50, 20))
    resamples = resample(20, draws=50, seed=seed)
    mean = mean_over_items(_column(own.tolist()), resamples)
    ratio = skill(_column(own.tolist()), _column(base.tolist()), "base", resamples)
    both = np.where(np.isnan(own), np.nan, base)
    np.testing.assert_allclose(mean.replicates, [np.nanmean(own[row]) for row in drawn], atol=1e-12)
    expected = [1 - np.nansum(own[row]) / np.nansum(both[row]) for row in drawn]
    np.testing.assert_allclose(ratio.replicates, expected, atol=1e-12)
    assert mean.n == ratio.n == 20 - missing


def test_a_tenth_may_be_missing_and_no_more() -> None:
    values = [1.0] * 20
    resamples = resample(20, draws=10, seed=0)
    assert mean_over_items(_column([*values[:18], np.nan, np.nan]), resamples).value == 1
    refused = mean_over_items(_column([*values[:17], np.nan, np.nan, np.nan]), resamples)
    assert refused.reason == "predicts 17 of 20 perturbations: a value over a part is another quantity"


def test_a_resample_without_a_value_is_nan() -> None:
    resamples = resample(11, draws=20_000, seed=0)
    only = resamples.counts.copy()
    only[0] = 0
    only[0, 0] = 11
    column = _column([np.nan, *[1.0] * 10])
    found = mean_over_items(column, type(resamples)(counts=only, method="")).replicates
    assert np.isnan(found[0])
    assert np.isfinite(found[1:]).all()


def test_a_reference_that_predicts_a_part_or_makes_no_error_leaves_no_skill() -> None:
    resamples, own = resample(3, draws=10, seed=0), _column([1.0, 2.0, 3.0])
    partly = skill(own, _column([1.0, np.nan, 1.0]), "additive", resamples)
    assert partly.reason == (
        "additive, which it is relative to, predicts 2 of 3 perturbations: a value over a part is another quantity"
    )
    assert skill(own, _column([0.0, 0.0, 0.0]), "additive", resamples).reason == (
        "additive, which it is relative to, has no error"
    )


@pytest.mark.parametrize(
    ("n", "method"),
    [
        (1, "no interval: 1 perturbation, fewer than 3"),
        (2, "no interval: 2 perturbations, fewer than 3"),
        (
            19,
            (
                "percentile bootstrap, 30 draws of 19 perturbations, seed 4; "
                "19 perturbations, fewer than 20: the interval is itself unreliable"
            ),
        ),
        (20, "percentile bootstrap, 30 draws of 20 perturbations, seed 4"),
    ],
    ids=str,
)
def test_the_method_line_says_over_what_and_warns_of_few(n: int, method: str) -> None:
    resamples = resample(n, draws=30, seed=4)
    assert resamples.method == method
    assert resamples.counts.shape == (0 if n < 3 else 30, n)
    assert (resamples.counts.sum(axis=1) == n).all()
    found = mean_over_items(_column([1.0] * n), resamples)
    assert found.value == 1
    assert (interval(found.replicates) is None) == (n < 3)


def test_the_warning_of_few_units_is_the_one_of_the_engines_clusters() -> None:
    warned = Resampling("cluster", 30, 4, FEWEST_GROUPS - 1).describe().split("; ")[1]
    assert resample(FEWEST_GROUPS - 1, draws=30, seed=4).method.endswith(warned.replace("groups", "perturbations"))
    assert "unreliable" not in resample(FEWEST_GROUPS, draws=30, seed=4).method


def test_the_resamples_are_the_same_for_every_system_and_follow_the_seed(drawn: Drawn) -> None:
    data = drawn()
    splits = doubles(data)
    found = {system.name: predict_all(system, data, splits) for system in BASELINES}
    one = evaluate(found, data, splits, reference="additive", over_mean=True, draws=200)
    alone = {name: found[name] for name in ("additive", "perturbation-mean")}
    fewer = evaluate(alone, data, splits, reference="additive", over_mean=True, draws=200)
    other = evaluate(alone, data, splits, reference="additive", over_mean=True, draws=200, seed=1)
    for name in alone:
        for metric, value in one[name].values.items():
            np.testing.assert_array_equal(value.replicates, fewer[name].values[metric].replicates)
    chosen = ("perturbation-mean", Metric.L2)
    assert not np.allclose(fewer[chosen[0]].values[chosen[1]].replicates, other[chosen[0]].values[chosen[1]].replicates)


def test_skills_of_both_references_follow_from_the_same_distances(drawn: Drawn) -> None:
    data = drawn()
    splits = doubles(data)
    systems = (NoChange(), PerturbationMean(), Additive(), Linear(perturbations="random"))
    found = {system.name: predict_all(system, data, splits) for system in systems}
    outcomes = evaluate(found, data, splits, reference="additive", over_mean=True, draws=100)
    distance = {name: one.values[Metric.L2] for name, one in outcomes.items()}
    for name, outcome in outcomes.items():
        for metric, base in ((Metric.L2_SKILL, "additive"), (Metric.L2_SKILL_OVER_MEAN, "perturbation-mean")):
            expected = 1 - distance[name].replicates / distance[base].replicates
            np.testing.assert_allclose(outcome.values[metric].replicates, expected, atol=1e-12)


def test_a_missing_reference_other_genes_and_nothing_held_out_are_refused(drawn: Drawn) -> None:
    data = drawn()
    splits = singles(data, shared=SHARED)
    found = {"no-change": predict_all(NoChange(), data, splits)}
    with pytest.raises(SpecError, match="additive and perturbation-mean, which others are relative to"):
        evaluate(found, data, splits, reference="additive", over_mean=True)
    with pytest.raises(StatisticError, match="of other genes"):
        evaluate(found, drawn(measured=1), splits, reference="no-change", over_mean=False)
    with pytest.raises(StatisticError, match="no perturbation is held out"):
        evaluate(found, data, [Split(0, (0, 1), ())], reference="no-change", over_mean=False)
