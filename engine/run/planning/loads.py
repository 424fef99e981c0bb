"""What every model of a spec will be fed: units and tokens, without its weights being here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.embedders.embed import units
from engine.registry.systems import bp_per_token, read_systems
from engine.run.plan import declared_identity
from engine.run.probing.embedding import both_splits, shown_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.protocols import Recipe
    from engine.registry.adapters import AdapterCard
    from engine.run.plan import Job
    from engine.run.probing.execute import Asked
    from engine.run.probing.systems import Embedding, ProbedSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The work of one model over all tasks of a spec.

    Attributes:
        model_id: with the prefixes of a control.
        units: that can be done apart: shards of variants, or of sequences.
        tokens: fed, special tokens included.
        exact: False where only the tokeniser can tell: `tokens` is then the most there can be, or goes by the letters
            per token that are published.
        folder: of the weights, where they are here.
        seconds: that a run of the same plan expects on this machine's CPU, with what that rests on; None elsewhere.
    """

    model_id: str
    card: AdapterCard
    tasks: int
    units: int
    tokens: int
    exact: bool
    folder: Path | None
    seconds: float | None = None
    basis: str = ""


def loads_of_scoring(jobs: Sequence[Job]) -> list[Load]:
    """One line per model, in the order of the plan.

    Args:
        jobs: Of the plan, with times where it is for this machine's CPU.
    """
    by_model: dict[str, list[Job]] = {}
    for job in jobs:
        by_model.setdefault(job.card.model_id, []).append(job)
    return [_of_jobs(name, found) for name, found in by_model.items()]


def _of_jobs(model_id: str, jobs: Sequence[Job]) -> Load:
    seconds = [job.seconds for job in jobs if job.seconds is not None]
    return Load(
        model_id=model_id,
        card=jobs[0].card,
        tasks=len(jobs),
        units=sum(len(job.shards) for job in jobs),
        tokens=sum(job.tokens for job in jobs),
        exact=all(job.exact for job in jobs),
        folder=jobs[0].spec.weights or jobs[0].card.folder,
        seconds=sum(seconds) if len(seconds) == len(jobs) else None,
        basis=jobs[0].basis,
    )


def loads_of_probing(asked: Asked) -> list[Load]:
    """One line per model; baselines are no matter of a GPU and are left out."""
    return [_of_system(system, system.embedding, asked) for system in asked.systems if system.embedding is not None]


def _of_system(system: ProbedSystem, embedding: Embedding, asked: Asked) -> Load:
    count, tokens = 0, 0
    for data in asked.tasks.values():
        sequences, positions = both_splits(shown_to(system, data, asked.spec.options.seed))
        size = asked.spec.options.unit * max(map(len, sequences))
        for recipe in embedding.recipes:
            found = units(sequences, recipe, None, positions=positions, size=size)
            lengths = np.array([len(one) for unit in found for one in unit.sequences], dtype=np.int64)
            count += len(found)
            tokens += _tokens(lengths, embedding.card, recipe)
    return Load(
        model_id=system.model_id,
        card=embedding.card,
        tasks=len(asked.tasks),
        units=count,
        tokens=tokens,
        exact=embedding.card.tokens in {"residue", "nucleotide"},
        folder=embedding.spec.weights or embedding.card.folder,
    )


def _tokens(lengths: NDArray[np.int64], card: AdapterCard, recipe: Recipe) -> int:
    """Tokens of sequences of these lengths, as many as the context holds of each."""
    letters = np.minimum(lengths, recipe.letters) if recipe.letters else lengths
    identity = declared_identity(card)
    rows = _own_tokens(letters, card) + identity.prefix + identity.suffix
    if card.context is not None:
        rows = np.minimum(rows, card.context)
    return int(rows.sum()) * (2 if recipe.strands == "both" else 1)


def _own_tokens(letters: NDArray[np.int64], card: AdapterCard) -> NDArray[np.int64]:
    if card.tokens == "kmer" and card.kmer:
        # What does not fill a last k-mer is read letter by letter.
        return letters // card.kmer + letters % card.kmer
    if card.tokens == "bpe":
        stated = next((row.bp_per_token for row in read_systems() if row.model_id == card.model_id), None)
        return np.ceil(letters / (bp_per_token(stated) or 1)).astype(np.int64)
    return letters
