from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.statistics.medians import weighted_medians


def test_half_of_the_weight_met_exactly_takes_the_middle() -> None:
    scores = np.array([[3.0, 0.0], [1.0, 0.0], [2.0, 7.0]])
    # In ascending order the first model has 1, 2, 3; a task without weight is never the neighbour.
    weights = np.array([[0.25, 0.5, 0.25], [0.5, 0.5, 0.0], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]])
    found = weighted_medians(scores, weights)
    assert found[:, 0].tolist() == [1.5, 2.0, 1.5, 2.0, 2.0]
    assert found[:, 1].tolist() == [0.0, 0.0, 0.0, 0.0, 7.0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80).filter(any), st.integers(0, 10_000))
def test_whole_weights_repeat_their_values(counts: list[int], seed: int) -> None:
    scores = np.random.default_rng(seed).integers(-9, 9, (len(counts), 2)).astype(float)
    found = weighted_medians(scores, np.array([counts]) / sum(counts))
    assert found[0] == pytest.approx(np.median(np.repeat(scores, counts, axis=0), axis=0), abs=1e-12)
