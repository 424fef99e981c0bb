"""Truths and moments that tests of this folder make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.singlecell.networks.responses import Truth
from engine.singlecell.networks.scores import Scores
from engine.singlecell.pseudobulk import ConditionMoments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _truth(responds: np.ndarray, *, perturbations: tuple[str, ...] = (), tested: np.ndarray | None = None) -> Truth:
    count, genes = responds.shape
    return Truth(
        perturbations=perturbations or tuple(f"P{row}" for row in range(count)),
        genes=tuple(f"G{column}" for column in range(genes)),
        responds=responds.astype(bool),
        tested=np.ones_like(responds, dtype=bool) if tested is None else tested,
    )


def _scores(values: np.ndarray, truth: Truth) -> Scores:
    return Scores(perturbations=truth.perturbations, genes=truth.genes, values=values)


def _moments(cells: Mapping[str, np.ndarray], genes: tuple[str, ...] = ()) -> ConditionMoments:
    """By numpy from the cells of each condition, control first."""
    every = list(cells.values())
    return ConditionMoments(
        genes=genes or tuple(f"G{column}" for column in range(every[0].shape[1])),
        names=tuple(cells),
        n=np.array([len(one) for one in every]),
        mean=np.array([one.mean(0) for one in every]),
        variance=np.array([one.var(0, ddof=1) for one in every]),
        detected=np.array([(one > 0).mean(0) for one in every]),
    )


@pytest.fixture(scope="session")
def truth_from() -> Callable[..., Truth]:
    """A truth from who responds, shape (perturbations, genes)."""
    return _truth


@pytest.fixture(scope="session")
def scores_from() -> Callable[[np.ndarray, Truth], Scores]:
    """Scores of a truth's perturbations and genes."""
    return _scores


@pytest.fixture(scope="session")
def moments_from() -> Callable[..., ConditionMoments]:
    """Moments of conditions from their cells, shape (cells, genes) each; control first."""
    return _moments


@pytest.fixture(scope="session")
def drawn_truth() -> Truth:
    """Twelve perturbations of 80 genes, of which the first twenty respond more often than the others."""
    rng = np.random.default_rng(5)
    often = np.where(np.arange(80) < 20, 0.6, 0.1)
    return _truth(rng.random((12, 80)) < often)
