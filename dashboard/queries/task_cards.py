"""What the store does not hold of a single-cell task: the question it asks, and why its baseline was declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.ledgers import read_claims

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """A single-cell task in words, as the engine's own card has them: a contract test holds the two together.

    Attributes:
        question: what is asked.
        because: why the registered baseline was expected to be the strongest.
        dataset: whose files it reads, as `vledger fetch` calls it.
        claims: ids of what the literature found on the question, the most telling first.
    """

    question: str
    because: str
    dataset: str
    claims: tuple[str, ...]


_MEAN = (
    "The sum of two single changes needs singles that were measured; without them, control plus the mean change of the "
    "training perturbations is what the published comparison found no deep model to improve on reliably "
    "(Ahlmann-Eltze et al. 2025)."
)
CARDS = {
    "perturbench:doubles": TaskCard(
        question="What do cells express after two genes are activated that were each activated alone in training?",
        because="For double perturbations every deep model of the published comparison errs more than the sum of the "
        "two single changes (Ahlmann-Eltze et al. 2025).",
        dataset="perturbench",
        claims=("perturb-additive-double", "perturb-none-beat"),
    ),
    "perturbench:doubles-new": TaskCard(
        question="What do cells express after two genes are activated, not both of which were activated alone?",
        because=_MEAN,
        dataset="perturbench",
        claims=("perturb-none-beat",),
    ),
    "perturbench:singles": TaskCard(
        question="What do cells express after a gene is activated that no training perturbation touches?",
        because=_MEAN,
        dataset="perturbench",
        claims=("perturb-mean-single", "perturb-linear-single", "perturb-pretraining-gain"),
    ),
    "cells:pbmc68k": TaskCard(
        question="Does an embedding that has seen no label keep ten types of blood cells apart?",
        because="Highly variable genes, alone or with principal components, came out above Geneformer and scGPT on "
        "every metric of the published zero-shot comparison (Kedzierska et al. 2025).",
        dataset="pbmc68k",
        claims=("hvg-all-metrics", "scgpt-zero-shot-clustering", "geneformer-zero-shot-clustering"),
    ),
    "networks:perturbench": TaskCard(
        question="Which genes respond when a gene is activated?",
        because="In the published audit a logistic regression on three gene-level numbers (AUROC 0.895 and 0.942) was "
        "ahead of each of them, of correlation and of attention edges (0.70 and 0.75).",
        dataset="perturbench",
        claims=("attention-edges-zero-gain", "variance-baseline-auroc"),
    ),
}
"""By task; a task that is not here has its words in the store alone."""


def read_task_claims(ask: Ask, task_id: str) -> pd.DataFrame:
    """The claims on a task that the store holds, as the ledgers read them; empty where none is known."""
    claims = read_claims(ask).set_index("claim_id", drop=False)
    wanted = CARDS[task_id].claims if task_id in CARDS else ()
    return claims.loc[[name for name in wanted if name in claims.index]].reset_index(drop=True)
