from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.names import Verdict
from engine.statistics.metrics import CARDS
from engine.statistics.verdict import (
    MINIMUM_EFFECT,
    PairedDifference,
    adjusted,
    bootstrap_p,
    standing,
    verdict,
    verdict_article,
)


def _paired(delta: float | None, low: float | None, high: float | None, q: float | None = 0.001) -> PairedDifference:
    return PairedDifference(delta=delta, ci_low=low, ci_high=high, q=q)


def test_the_articles_two_examples_have_the_articles_verdicts() -> None:
    assert verdict_article(0.93, 0.90, 0.82, 0.86) is Verdict.PASS
    assert verdict_article(0.84, 0.79, 0.83, 0.88) is Verdict.FAIL


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((0.90, 0.85, 0.80, 0.85), Verdict.FAIL),  # they touch
        ((0.90, 0.8500001, 0.80, 0.85), Verdict.PASS),
        ((0.70, 0.65, 0.80, 0.85), Verdict.FAIL),
        ((0.80, 0.86, 0.80, 0.85), Verdict.FAIL),  # not above
    ],
)
def test_intervals_must_be_apart_and_the_model_above(numbers: tuple[float, ...], expected: Verdict) -> None:
    assert verdict_article(*numbers) is expected


@pytest.mark.parametrize("missing", range(4))
@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_the_articles_verdict_needs_all_four_numbers(missing: int, nothing: float | None) -> None:
    numbers: list[float | None] = [0.93, 0.90, 0.82, 0.86]
    numbers[missing] = nothing
    assert verdict_article(*numbers) is None


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((0.93, 0.90, 0.95, 0.82, 0.78, 0.86), "above"),
        ((0.82, 0.78, 0.86, 0.93, 0.90, 0.95), "below"),
        ((0.84, 0.79, 0.88, 0.83, 0.78, 0.88), "level"),
        ((0.90, 0.85, 0.95, 0.80, 0.75, 0.85), "level"),  # they touch
        ((0.80, 0.75, 0.85, 0.90, 0.85, 0.95), "level"),
        ((0.90, 0.8500001, 0.95, 0.80, 0.75, 0.85), "above"),
        ((0.97, 0.96, 0.98, 0.5, 0.5, 0.5), "above"),  # a point is an interval
        ((0.5, 0.5, 0.5, 0.5, 0.5, 0.5), "level"),
    ],
)
def test_systems_whose_intervals_are_apart_stand_above_or_below(numbers: tuple[float, ...], expected: str) -> None:
    assert standing(*numbers) == expected


@pytest.mark.parametrize("missing", range(6))
@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_standing_needs_all_six_numbers(missing: int, nothing: float | None) -> None:
    numbers: list[float | None] = [0.93, 0.90, 0.95, 0.82, 0.78, 0.86]
    numbers[missing] = nothing
    assert standing(*numbers) is None


@given(*[st.tuples(*[st.floats(-1, 1)] * 3).map(sorted)] * 2)
def test_a_standing_turns_round_with_its_sides_and_above_is_a_pass(one: list[float], other: list[float]) -> None:
    (low, point, high), (other_low, other_point, other_high) = one, other
    first = standing(point, low, high, other_point, other_low, other_high)
    second = standing(other_point, other_low, other_high, point, low, high)
    assert (first, second) in {("above", "below"), ("below", "above"), ("level", "level")}
    assert (first == "above") == (verdict_article(point, low, other_point, other_high) is Verdict.PASS)


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (_paired(0.05, 0.01, 0.09), Verdict.PASS_PAIRED),
        (_paired(0.02, 0.001, 0.04), Verdict.PASS_PAIRED),
        (_paired(0.05, 0.01, 0.09, q=0.05), Verdict.INCONCLUSIVE),
        (_paired(0.05, 0.0, 0.09), Verdict.INCONCLUSIVE),
        (_paired(0.05, -0.01, 0.11), Verdict.INCONCLUSIVE),
        (_paired(0.015, 0.001, 0.03), Verdict.INCONCLUSIVE),
        (_paired(0.0, -0.02, 0.02), Verdict.INCONCLUSIVE),
        (_paired(0.01, 0.001, 0.019), Verdict.FAIL),
        (_paired(0.0, -0.01, 0.01), Verdict.FAIL),
        (_paired(-0.001, -0.05, 0.06), Verdict.FAIL),
        (_paired(-0.1, -0.15, -0.05), Verdict.FAIL),
    ],
)
def test_the_paired_verdict_where_the_articles_rule_fails(difference: PairedDifference, expected: Verdict) -> None:
    assert verdict(Verdict.FAIL, difference, 0.02) is expected


def test_a_pass_by_the_articles_rule_is_a_pass() -> None:
    assert verdict(Verdict.PASS, _paired(0.1, 0.05, 0.15, q=None), 0.02) is Verdict.PASS


@pytest.mark.parametrize("missing", ["delta", "ci_low", "ci_high"])
@pytest.mark.parametrize("article", [Verdict.PASS, Verdict.FAIL])
def test_no_interval_of_the_difference_means_no_verdict(missing: str, article: Verdict) -> None:
    numbers: dict[str, float | None] = {"delta": 0.1, "ci_low": 0.05, "ci_high": 0.15, "q": 0.01, missing: None}
    assert verdict(article, PairedDifference(**numbers), 0.02) is None


def test_a_missing_q_leaves_open_only_what_it_would_decide() -> None:
    assert verdict(Verdict.FAIL, _paired(0.1, 0.05, 0.15, q=None), 0.02) is None
    assert verdict(Verdict.FAIL, _paired(0.1, -0.05, 0.25, q=None), 0.02) is Verdict.INCONCLUSIVE
    assert verdict(Verdict.FAIL, _paired(-0.1, -0.2, 0.1, q=None), 0.02) is Verdict.FAIL


_EDGES = [None, -0.05, -0.001, 0.0, 0.001, 0.019, 0.02, 0.03, 0.05]
_EVERY = product(
    [None, Verdict.PASS, Verdict.FAIL], _EDGES, _EDGES, _EDGES, [None, 0.0, 0.049, 0.05, 1.0], [0.02, 0.03]
)


def test_the_verdicts_keep_their_promises_for_every_combination_of_edges() -> None:
    seen = set()
    for article, delta, low, high, q, minimum_effect in _EVERY:
        found = verdict(article, _paired(delta, low, high, q), minimum_effect)
        seen.add(found)
        if None in (article, delta, low, high):
            assert found is None
            continue
        assert (found is Verdict.PASS) == (article is Verdict.PASS)
        proven = low > 0 and delta >= minimum_effect and q is not None and q < 0.05
        assert (found is Verdict.PASS_PAIRED) == (article is Verdict.FAIL and proven)
        if found is Verdict.FAIL:
            assert delta < 0 or high < minimum_effect
        if found is Verdict.INCONCLUSIVE:
            assert delta >= 0
            assert high >= minimum_effect
    assert seen == {None, *Verdict}


@given(st.tuples(*[st.floats(-1, 1)] * 4), st.tuples(*[st.floats(-1, 1)] * 3), st.floats(0, 1))
def test_a_pass_has_intervals_apart_and_a_paired_pass_an_interval_above_zero(
    article_numbers: tuple[float, float, float, float], paired_numbers: tuple[float, float, float], q: float
) -> None:
    model_point, model_low, baseline_point, baseline_high = article_numbers
    found = verdict(verdict_article(*article_numbers), _paired(*paired_numbers, q), 0.02)
    assert (found is Verdict.PASS) == (model_point > baseline_point and model_low > baseline_high)
    assert found is not Verdict.PASS_PAIRED or paired_numbers[1] > 0


def test_every_metric_of_which_more_is_better_has_a_minimum_effect() -> None:
    assert MINIMUM_EFFECT.keys() == {metric for metric, card in CARDS.items() if card.increasing}


def _step_up(p: list[float]) -> list[float]:
    """Benjamini & Hochberg by their definition: the smallest level at which each hypothesis falls."""
    m = len(p)
    ordered = sorted(p)
    return [min(1, *(ordered[k] * m / (k + 1) for k in range(m) if ordered[k] >= value)) for value in p]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=15))
def test_q_is_the_step_up_of_the_known_ps_and_none_stays_none(p: list[float | None]) -> None:
    found = adjusted(p)
    assert [value is None for value in found] == [value is None for value in p]
    known = [value for value in p if value is not None]
    assert [value for value in found if value is not None] == pytest.approx(_step_up(known), abs=1e-12)


def test_q_by_hand() -> None:
    assert adjusted([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, pytest.approx(0.04), pytest.approx(0.04)]
    assert adjusted([None, None]) == [None, None]
    assert adjusted([]) == []


def test_bootstrap_p_is_twice_the_smaller_tail() -> None:
    # 999 replicates, 9 of them at or below 0: 2 * (9 + 1) / (999 + 1).
    differences = np.repeat([-1.0, 0.0, 1.0], [8, 1, 990])
    assert bootstrap_p(differences) == bootstrap_p(-differences) == pytest.approx(0.02)


def test_bootstrap_p_is_never_zero_and_never_above_one() -> None:
    assert bootstrap_p(np.ones(1999)) == pytest.approx(0.001)
    assert bootstrap_p(np.zeros(50)) == 1
    assert bootstrap_p(np.array([-1.0, 1.0])) == 1


def test_bootstrap_p_needs_replicates() -> None:
    assert bootstrap_p(np.array([])) is None
    assert bootstrap_p(np.array([0.1])) is None
