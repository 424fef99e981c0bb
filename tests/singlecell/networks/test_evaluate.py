from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon
from sklearn.metrics import roc_auc_score

from engine.errors import StatisticError
from engine.names import Metric
from engine.singlecell.contract import ItemValue, Outcome, Replicated
from engine.singlecell.networks.evaluate import differences, evaluate, signed_rank_p
from engine.singlecell.networks.responses import Truth
from engine.singlecell.networks.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeTruth = Callable[..., Truth]
    MakeScores = Callable[[np.ndarray, Truth], Scores]


def _noise(truth: Truth, seed: int, *, decimals: int = 6) -> Scores:
    values = np.round(np.random.default_rng(seed).random(truth.responds.shape), decimals)
    return Scores(perturbations=truth.perturbations, genes=truth.genes, values=values)


def _outcome(values: list[float | None]) -> Outcome:
    items = [ItemValue(item_id=f"P{row}", metric=Metric.AUROC, value=value) for row, value in enumerate(values)]
    return Outcome(values={Metric.AUROC: Replicated()}, items=items)


@pytest.mark.parametrize("decimals", [0, 1, 6])
def test_a_value_is_the_mean_of_scikit_learns_auroc_over_tested_genes(drawn_truth: Truth, decimals: int) -> None:
    truth = replace(drawn_truth, tested=np.random.default_rng(4).random((12, 80)) < 0.7)
    scores = _noise(truth, 1, decimals=decimals)
    found = evaluate({"noise": scores}, truth)["noise"]
    expected = [
        roc_auc_score(responds[tested], own[tested])
        for responds, tested, own in zip(truth.responds, truth.tested, scores.values, strict=True)
    ]
    assert [item.value for item in found.items] == pytest.approx(expected, abs=1e-12)
    assert [item.n for item in found.items] == truth.tested.sum(1).tolist()
    assert found.values[Metric.AUROC].value == pytest.approx(np.mean(expected), abs=1e-12)
    assert found.values[Metric.AUROC].n == 12


def test_scores_equal_to_the_truth_have_an_auroc_of_1_and_reversed_ones_of_0(
    drawn_truth: Truth, scores_from: MakeScores
) -> None:
    right = drawn_truth.responds.astype(float)
    found = evaluate({"right": scores_from(right, drawn_truth), "wrong": scores_from(-right, drawn_truth)}, drawn_truth)
    assert found["right"].values[Metric.AUROC].value == 1
    assert found["wrong"].values[Metric.AUROC].value == 0


def test_genes_that_are_not_tested_do_not_count(drawn_truth: Truth, scores_from: MakeScores) -> None:
    tested = np.ones_like(drawn_truth.tested)
    tested[:, 40:] = False
    truth = replace(drawn_truth, tested=tested)
    values = np.random.default_rng(0).random((12, 80))
    other = np.where(tested, values, 1e6 * ~truth.responds)
    found = evaluate({"one": scores_from(values, truth), "other": scores_from(other, truth)}, truth)
    assert found["one"].items == found["other"].items


def test_resamples_are_of_whole_perturbations_and_the_same_for_all_systems(drawn_truth: Truth) -> None:
    found = evaluate({"a": _noise(drawn_truth, 1), "b": _noise(drawn_truth, 2)}, drawn_truth, draws=50, seed=3)
    rng = np.random.default_rng(3)
    drawn = rng.integers(0, 12, (50, 12))
    for outcome in found.values():
        values = np.array([item.value for item in outcome.items])
        expected = [values[rows].mean() for rows in drawn]
        np.testing.assert_allclose(outcome.values[Metric.AUROC].replicates, expected, rtol=0, atol=1e-14)


def test_the_method_says_what_was_drawn_and_warns_of_few_perturbations(drawn_truth: Truth) -> None:
    method = evaluate({"a": replace(_noise(drawn_truth, 1), note="some rank last")}, drawn_truth)["a"]
    assert method.values[Metric.AUROC].method == (
        "mean AUROC over perturbations; percentile bootstrap, 2000 draws, cluster over 12 groups, seed 0; 12 groups, "
        "fewer than 20: the interval is itself unreliable; some rank last"
    )


def test_two_perturbations_have_a_value_and_no_resamples(truth_from: MakeTruth) -> None:
    truth = truth_from(np.random.default_rng(0).random((2, 40)) < 0.5)
    found = evaluate({"a": _noise(truth, 1)}, truth)["a"].values[Metric.AUROC]
    assert found.value is not None
    assert not found.replicates.size
    assert found.method == "mean AUROC over perturbations, 2 of them; no interval: at least 3 are needed"


def _lacking(truth: Truth, rows: range) -> Scores:
    scores = _noise(truth, 1)
    values = scores.values.copy()
    values[list(rows)] = np.nan
    return replace(scores, values=values, reasons={f"P{row}": f"P{row} has no edges" for row in rows})


def test_a_system_that_leaves_out_more_than_a_tenth_has_no_value(drawn_truth: Truth) -> None:
    found = evaluate({"a": _lacking(drawn_truth, range(2)), "b": _lacking(drawn_truth, range(12))}, drawn_truth)
    some, none = (found[name].values[Metric.AUROC] for name in "ab")
    assert some.value is None
    assert some.n == 10
    assert some.reason == (
        "scores 10 of 12 perturbations: a value over a part is another quantity (P0: P0 has no edges)"
    )
    assert none.reason == "scores none of the 12 perturbations (P0: P0 has no edges)"
    assert not some.replicates.size
    assert found["a"].items[0].reason == "P0 has no edges"
    assert found["a"].items[2].value is not None


def test_a_system_that_leaves_out_a_tenth_or_less_has_the_mean_over_the_others(drawn_truth: Truth) -> None:
    found = evaluate({"a": _lacking(drawn_truth, range(1))}, drawn_truth, draws=200)["a"]
    own, known = found.values[Metric.AUROC], [item.value for item in found.items[1:]]
    assert own.value == pytest.approx(np.mean(known))
    assert own.n == 11
    drawn = np.random.default_rng(0).integers(0, 12, (200, 12))
    expected = [np.mean([known[row - 1] for row in rows if row]) for rows in drawn]
    np.testing.assert_allclose(own.replicates, expected, rtol=0, atol=1e-14)


def test_perturbations_that_do_not_count_are_items_with_their_reason(drawn_truth: Truth) -> None:
    truth = replace(drawn_truth, left_out={"Q": "2 of 80 tested genes respond: at least 5 are needed"})
    found = evaluate({"a": _noise(truth, 1)}, truth)["a"]
    assert found.items[-1] == ItemValue(
        item_id="Q", metric=Metric.AUROC, value=None, reason="2 of 80 tested genes respond: at least 5 are needed"
    )
    assert found.values[Metric.AUROC].n == 12


def test_where_no_perturbation_counts_no_system_has_a_value(truth_from: MakeTruth) -> None:
    truth = truth_from(np.zeros((0, 5)))
    scores = Scores(perturbations=(), genes=truth.genes, values=np.zeros((0, 5)))
    found = evaluate({"a": scores}, truth)["a"].values[Metric.AUROC]
    assert found.reason == "no perturbation has enough genes that respond and enough that do not"


def test_scores_of_other_genes_are_refused(drawn_truth: Truth) -> None:
    other = replace(_noise(drawn_truth, 1), genes=drawn_truth.genes[::-1])
    with pytest.raises(StatisticError, match="the scores of a are of 80 genes, not of the 80 genes of the task in"):
        evaluate({"a": other}, drawn_truth)


@given(st.integers(0, 2**32 - 1))
def test_a_monotone_change_of_scores_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    responds = rng.random((4, 20)) < 0.5
    responds[:, :2] = False, True
    from_ = {"perturbations": tuple("ABCD"), "genes": tuple(f"G{column}" for column in range(20))}
    values = rng.normal(size=(4, 20))
    truth_like = Truth(responds=responds, tested=np.ones_like(responds), **from_)
    found = evaluate(
        {"one": Scores(values=values, **from_), "other": Scores(values=np.exp(values) + 3, **from_)},
        truth_like,
        draws=5,
    )
    assert found["one"].items == found["other"].items


def test_differences_have_the_mean_of_the_values_and_of_every_resample(drawn_truth: Truth) -> None:
    found = evaluate({"a": _noise(drawn_truth, 1), "b": _noise(drawn_truth, 2)}, drawn_truth)
    apart = differences(found["a"], found["b"])
    values = {name: found[name].values[Metric.AUROC] for name in "ab"}
    assert apart.mean() == pytest.approx(values["a"].value - values["b"].value, abs=1e-12)
    drawn = np.random.default_rng(0).integers(0, 12, (2000, 12))
    np.testing.assert_allclose(apart[drawn].mean(1), values["a"].replicates - values["b"].replicates, atol=1e-12)


@pytest.mark.parametrize("n", [1, 5, 12, 80])
@pytest.mark.parametrize("decimals", [1, 9])
def test_wilcoxons_p_is_that_of_scipy_on_the_two_columns(n: int, decimals: int) -> None:
    rng = np.random.default_rng(n)
    one, other = np.round(rng.random((2, n)), decimals)
    expected = wilcoxon(one, other).pvalue
    apart = differences(_outcome(list(one)), _outcome(list(other)))
    assert signed_rank_p(apart) == pytest.approx(expected, abs=1e-12)


def test_signed_ranks_of_a_hand_worked_example() -> None:
    # Ranks of the absolute differences 1, 2, 3, 4, 5 with one negative, of rank 2: of the 32 sign patterns those with
    # a rank sum of at most 2 are {}, {1} and {2}, so p = 2 * 3 / 32.
    assert signed_rank_p(np.array([0.1, -0.2, 0.3, 0.4, 0.5])) == pytest.approx(6 / 32)


def test_edges_that_change_no_order_add_exactly_nothing() -> None:
    same = _outcome([0.5, 0.75, 0.6])
    assert differences(same, same).tolist() == [0, 0, 0]
    assert signed_rank_p(differences(same, same)) is None


def test_differences_are_over_perturbations_that_both_have() -> None:
    found = differences(_outcome([0.9, None, 0.8, 0.7]), _outcome([0.5, 0.5, None, 0.6]))
    assert found == pytest.approx([0.4, 0.1])


def test_edges_without_a_perturbation_add_nothing_that_could_be_tested(drawn_truth: Truth) -> None:
    found = evaluate({"a": _lacking(drawn_truth, range(12)), "b": _noise(drawn_truth, 1)}, drawn_truth)
    apart = differences(found["a"], found["b"])
    assert apart.size == 0
    assert signed_rank_p(apart) is None
