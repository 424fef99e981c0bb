"""The arithmetic predictors on three genes, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import StatisticError
from engine.singlecell.contract import Pseudobulk
from engine.singlecell.perturbation import predictors
from engine.singlecell.perturbation.parts import conditions_of

# control (1, 2, 3); A adds (1, 0, 0), B adds (0, -1, 2), A+C adds (2, 4, -2): the mean change is (1, 1, 0).
TRAIN = Pseudobulk(
    genes=("X", "Y", "Z"),
    control=np.array([1.0, 2.0, 3.0]),
    conditions=(("A",), ("B",), ("A", "C")),
    profiles=np.array([[2.0, 2.0, 3.0], [1.0, 1.0, 5.0], [3.0, 6.0, 1.0]]),
    cells=np.array([10, 20, 30]),
)
WANTED = [("A", "B"), ("A", "C"), ("C", "D"), ("B",)]


def test_no_change_is_the_control_profile() -> None:
    found = predictors.no_change(TRAIN, WANTED)
    assert found.profiles.tolist() == [[1, 2, 3]] * 4
    assert found.reasons == (None,) * 4


def test_the_mean_change_counts_each_condition_once() -> None:
    assert predictors.perturbation_mean(TRAIN, WANTED).profiles.tolist() == [[2, 3, 3]] * 4


def test_additive_adds_the_changes_of_the_singles() -> None:
    found = predictors.additive(TRAIN, WANTED)
    assert found.profiles[0].tolist() == [2, 1, 5]
    assert found.profiles[3].tolist() == [1, 1, 5]


def test_additive_says_which_single_is_missing() -> None:
    found = predictors.additive(TRAIN, WANTED)
    assert found.reasons == (
        None,
        "C is not perturbed alone in train",
        "C and D are not perturbed alone in train",
        None,
    )
    assert np.isnan(found.profiles[1:3]).all()


def test_a_mean_of_no_perturbation_is_refused() -> None:
    with pytest.raises(StatisticError, match="no perturbation to train on"):
        predictors.perturbation_mean(conditions_of(TRAIN, []), WANTED)
