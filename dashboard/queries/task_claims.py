"""What the literature found on the question of a task: claims of the ledger by task, the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.ledgers import read_claims

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


def read_task_claims(ask: Ask, task_id: str) -> pd.DataFrame:
    """The claims on a task that the store holds, as the ledgers read them; empty where none is known."""
    claims = read_claims(ask).set_index("claim_id", drop=False)
    return claims.loc[[name for name in FOUND.get(task_id, ()) if name in claims.index]].reset_index(drop=True)
