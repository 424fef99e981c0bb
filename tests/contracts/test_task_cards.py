"""What the dashboard says of single-cell tasks is what the engine's cards say, and their claims are in the store."""

from __future__ import annotations

import pytest

from dashboard.queries.task_cards import CARDS
from engine.registry.singlecell import CELL_TASKS, CellTaskCard


def test_every_single_cell_task_has_its_words_on_the_screen() -> None:
    assert set(CARDS) == set(CELL_TASKS)


@pytest.mark.parametrize("card", CELL_TASKS.values(), ids=lambda card: card.task_id)
def test_question_reason_data_and_claims_are_those_of_the_engine(card: CellTaskCard) -> None:
    shown = CARDS[card.task_id]
    assert (shown.question, shown.because) == (card.sentence, card.registered.why)
    assert (shown.dataset, shown.claims) == (card.dataset, card.claims)
