"""What the literature found on the question of a task: claims of the ledger by task, the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

FOUND = {
    "perturbench:doubles": ("perturb-additive-double", "perturb-none-beat"),
    "perturbench:doubles-new": ("perturb-none-beat",),
    "perturbench:singles": ("perturb-mean-single", "perturb-linear-single", "perturb-pretraining-gain"),
    "cells:pbmc68k": ("hvg-all-metrics", "scgpt-zero-shot-clustering", "geneformer-zero-shot-clustering"),
    "networks:perturbench": ("attention-edges-zero-gain", "variance-baseline-auroc"),
}
"""Ids of claims, as the engine's task cards name them: a contract test holds the two together."""
_CLAIMS = """
    SELECT c.claim_id, c.system, c.task_family, c.statement, c.metric, c.value, c.unit, c.comparator,
           c.comparator_value, c.outcome, c.evidence, c.caveat, c.source_id
    FROM claim c WHERE list_contains($claims, c.claim_id) ORDER BY list_position($claims, c.claim_id)
"""


def read_task_claims(ask: Ask, task_id: str) -> pd.DataFrame:
    """The claims on a task that the store holds, in order; empty where none is known."""
    return ask(_CLAIMS, {"claims": list(FOUND.get(task_id, ()))})
