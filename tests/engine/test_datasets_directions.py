from __future__ import annotations

import pytest

from engine.datasets.directions import DECLARATIONS, DIRECTIONS
from engine.names import Direction
from engine.registry.baselines import BASELINES


@pytest.mark.parametrize("model_id", sorted(set(DIRECTIONS) & set(BASELINES)))
def test_a_comparator_has_the_direction_of_its_card(model_id: str) -> None:
    assert DIRECTIONS[model_id] == BASELINES[model_id].higher_is


@pytest.mark.parametrize("model_id", sorted(DECLARATIONS))
def test_every_direction_has_a_reason(model_id: str) -> None:
    assert len(DECLARATIONS[model_id].why) > 20


def test_a_log_likelihood_ratio_is_high_for_the_fit() -> None:
    ratios = {name for name, row in DECLARATIONS.items() if "log p(alt" in row.why}
    assert len(ratios) >= 10
    assert {DIRECTIONS[name] for name in ratios} == {Direction.FIT}
