"""The findings that stand beside single-cell tasks are shipped claims on such tasks, each against a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.names import Suite
from engine.published.ledger import read
from engine.registry.singlecell import CELL_TASKS, CellTaskCard

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = {
    Suite.PERTURBATION: "single-cell perturbation",
    Suite.CELLS: "single-cell clustering",
    Suite.NETWORKS: "regulatory network inference",
}


@pytest.mark.parametrize("card", CELL_TASKS.values(), ids=lambda card: card.task_id)
def test_each_finding_is_a_shipped_claim_of_the_validity_ledger_on_such_tasks(
    card: CellTaskCard, published: Path
) -> None:
    claims = {claim.claim_id: claim for claim in read(published).claims}
    assert len(set(card.claims)) == len(card.claims) > 0
    for name in card.claims:
        assert (claims[name].task_family, claims[name].ledger) == (FAMILY[card.suite], "validity")
