from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from engine.singlecell.networks.responses import Rule, Welch, responding, truth_of, welch

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.pseudobulk import ConditionMoments


def _cells(seed: int, n: int, genes: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.log1p(rng.poisson(rng.gamma(1.0, 2.0, genes), (n, genes)))


@pytest.mark.parametrize(("n", "controls"), [(2, 2), (3, 50), (100, 80), (500, 1000)])
def test_welch_from_moments_is_that_of_scipy_on_the_cells(
    n: int, controls: int, moments_from: Callable[..., ConditionMoments]
) -> None:
    control, condition = _cells(1, controls), _cells(2, n)
    found = welch(moments_from({"control": control, "A": condition}), 1)
    varies = (control.var(0) > 0) | (condition.var(0) > 0)
    np.testing.assert_array_equal(found.tested, varies)
    with warnings.catch_warnings():
        # Of genes that vary on one side only.
        warnings.filterwarnings("ignore", "Precision loss occurred", RuntimeWarning)
        expected = ttest_ind(condition[:, varies], control[:, varies], equal_var=False)
    np.testing.assert_allclose(found.p[varies], expected.pvalue, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(found.change, condition.mean(0) - control.mean(0), atol=1e-12)


def test_a_gene_that_varies_on_neither_side_is_not_tested(moments_from: Callable[..., ConditionMoments]) -> None:
    control, condition = _cells(1, 30), _cells(2, 30)
    control[:, 3] = condition[:, 3] = 0
    control[:, 4], condition[:, 4] = np.log(3), np.log(7)
    found = welch(moments_from({"control": control, "A": condition}), 1)
    assert not found.tested[[3, 4]].any()
    assert (found.p[[3, 4]] == 1).all()


def test_q_is_taken_over_the_tested_genes_alone() -> None:
    # Of four tested genes, p (0.01, 0.02, 0.03, 0.9) give q (0.04, 0.04, 0.04, 0.9): with the fifth they would not.
    p = np.array([0.01, 0.02, 0.03, 0.9, 1.0])
    tested = np.array([True, True, True, True, False])
    found = responding(Welch(change=np.array([1.0, -1.0, 0.09, 1.0, 9.0]), p=p, tested=tested), Rule())
    assert found.tolist() == [True, True, False, False, False]
    assert not responding(Welch(change=np.ones(5), p=p, tested=np.ones(5, dtype=bool)), Rule())[:4].any()


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 0.5))
def test_q_below_a_bound_is_the_step_up_procedure_of_benjamini_and_hochberg(seed: int, largest: float) -> None:
    rng = np.random.default_rng(seed)
    p = rng.beta(0.4, 1, 30)
    found = responding(Welch(change=np.ones(30), p=p, tested=np.ones(30, dtype=bool)), Rule(largest_q=largest))
    ordered = np.sort(p)
    below = np.flatnonzero(ordered * 30 / np.arange(1, 31) < largest)
    expected = p <= ordered[below[-1]] if below.size else np.zeros(30, dtype=bool)
    np.testing.assert_array_equal(found, expected)


@pytest.fixture
def planted(moments_from: Callable[..., ConditionMoments]) -> ConditionMoments:
    """Six genes of condition A and three of B respond clearly; the gene G0 is one of A's."""
    rng = np.random.default_rng(3)
    control, one, other = (rng.normal(2, 0.5, (60, 30)) for _ in range(3))
    one[:, :6] += 2
    other[:, :3] -= 1
    return moments_from({"control": control, "G0+Q": one, "B": other})


def test_the_perturbed_gene_itself_is_left_out(planted: ConditionMoments) -> None:
    truth = truth_of(planted, rule=Rule(fewest=5))
    assert truth.perturbations == ("G0+Q",)
    assert not truth.tested[0, 0]
    assert truth.tested[0, 1:].all()
    assert np.flatnonzero(truth.responds[0]).tolist() == [1, 2, 3, 4, 5]


def test_a_perturbation_with_few_responding_genes_does_not_count_and_says_why(planted: ConditionMoments) -> None:
    assert truth_of(planted, rule=Rule(fewest=4)).left_out == {
        "B": "3 of 30 tested genes respond: at least 4 are needed"
    }
    assert truth_of(planted).perturbations == ("G0+Q", "B")


def test_a_perturbation_to_which_nearly_all_genes_respond_does_not_count(
    moments_from: Callable[..., ConditionMoments],
) -> None:
    rng = np.random.default_rng(3)
    control, all_respond = rng.normal(2, 0.5, (60, 12)), rng.normal(4, 0.5, (60, 12))
    all_respond[:, :2] = control[:, :2]
    truth = truth_of(moments_from({"control": control, "A": all_respond}))
    assert truth.left_out == {"A": "2 of 12 tested genes do not respond: at least 3 are needed"}
    assert truth.responds.shape == (0, 12)


def test_a_condition_of_a_single_cell_is_left_out_with_its_reason(planted: ConditionMoments) -> None:
    single = type(planted)(
        **{name: getattr(planted, name) for name in ("genes", "names", "n", "mean", "variance", "detected")},
        left_out=("C",),
    )
    assert truth_of(single).left_out["C"] == "a single cell: a variance needs at least 2"
