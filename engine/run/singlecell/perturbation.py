"""Perturbation prediction in a run: what is read, what a system answers, and how answers are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.datasets.single_cells import mcfaline, norman
from engine.names import Metric
from engine.registry.cell_systems import OTHER_DATA, OTHER_DATA_DRAWN
from engine.registry.singlecell import DOUBLES, DOUBLES_NEW, SINGLES
from engine.run.singlecell.models import opened
from engine.singlecell.contract import GeneEmbedding
from engine.singlecell.perturbation import embeddings, splits
from engine.singlecell.perturbation import evaluate as evaluation
from engine.singlecell.perturbation.parts import most_expressed
from engine.singlecell.perturbation.predictions import from_frame, predict_all
from engine.singlecell.perturbation.systems import Linear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from engine.registry.singlecell import CellTaskCard
    from engine.run.singlecell.request import Request
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell.contract import Outcome, Pseudobulk
    from engine.singlecell.perturbation.splits import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """What the task is made of: observed profiles, which are held out when, and another data set on the same genes."""

    data: Pseudobulk
    splits: Sequence[Split]
    other: Pseudobulk

    @property
    def n(self) -> int:
        """Perturbations that some split holds out."""
        return len(splits.items(self.data, self.splits))

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the task's row has besides."""
        return {}


def load(card: CellTaskCard, files: Mapping[str, Path]) -> Profiles:
    """Read both data sets of the file and divide the first.

    Raises:
        NotHereError: the extra for reading is not installed.
        TableError: the file is damaged.
    """
    data, other = most_expressed(norman(files)), mcfaline(files)
    perturbed = {gene for genes in other.conditions for gene in genes}
    division = {
        DOUBLES: splits.doubles,
        DOUBLES_NEW: splits.doubles_new,
        SINGLES: lambda observed: splits.singles(observed, shared=perturbed),
    }
    return Profiles(data=data, splits=division[card.part](data), other=other)


def absent(system: CellSystem, profiles: Profiles) -> str | None:  # noqa: ARG001 - as for the other kinds of tasks
    """Why a system has no value on such data: there is no such reason, a prediction says itself what it lacks."""
    return None


def answer(request: Request, profiles: Profiles) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What a system predicts of every split, and facts of how.

    Raises:
        VledgerError: its vectors cannot be read, or it cannot be loaded.
    """
    system = request.system
    predictor, given, facts = _predictor(request, profiles)
    found = predict_all(predictor, profiles.data, profiles.splits, embeddings=given)
    notes = [*facts.pop("notes", []), *found.notes]
    return found.to_frame(), {**facts, "system": system.model_id, "notes": notes}


def _predictor(request: Request, profiles: Profiles) -> tuple[Any, Mapping[str, GeneEmbedding], dict[str, Any]]:
    system = request.system
    if system.card is not None:
        predictor = system.card.resolve()
        if not isinstance(predictor, Linear):
            return predictor, {}, {}
        return predictor, _of_other(predictor, profiles.other, request.seed), {}
    facts: dict[str, Any] = {}
    if system.vectors is not None:
        place, vectors = system.vectors.place, embeddings.read_embedding(system.vectors.file)
    else:
        vectors, facts = _of_model(request, profiles)
        place = system.model.place if system.model is not None else "genes"
    of_genes = place == "genes"
    predictor = Linear(genes=system.base if of_genes else None, perturbations=None if of_genes else system.base)
    return predictor, {system.base: vectors}, facts


def _of_other(predictor: Linear, other: Pseudobulk, seed: int) -> Mapping[str, GeneEmbedding]:
    """The vectors of the other data set that a predictor needs."""
    if predictor.genes == OTHER_DATA:
        return {OTHER_DATA: embeddings.of_genes(other)}
    if predictor.perturbations == OTHER_DATA:
        return {OTHER_DATA: embeddings.of_perturbations(other)}
    if predictor.perturbations == OTHER_DATA_DRAWN:
        return {OTHER_DATA_DRAWN: embeddings.random_like(embeddings.of_perturbations(other), seed=seed)}
    return {}


def _of_model(request: Request, profiles: Profiles) -> tuple[GeneEmbedding, dict[str, Any]]:
    """The rows of a model's input embedding for the genes that are measured and those that are perturbed."""
    perturbed = {gene for genes in profiles.data.conditions for gene in genes}
    names = (*profiles.data.genes, *sorted(perturbed.difference(profiles.data.genes)))
    model, facts = opened(request, "log1p", names)
    found = model.gene_embedding(names)
    return GeneEmbedding(genes=tuple(found.genes), vectors=np.asarray(found.vectors, dtype=np.float64)), facts


def evaluate(
    card: CellTaskCard,
    profiles: Profiles,
    answers: Mapping[str, tuple[pd.DataFrame, Mapping[str, Any]]],
    *,
    draws: int,
    seed: int,
) -> dict[str, Outcome]:
    """Values of all systems, by model_id; all on the same resamples.

    Raises:
        SpecError: what values are relative to was not predicted.
    """
    genes = profiles.data.genes
    return evaluation.evaluate(
        {name: from_frame(rows, genes=genes) for name, (rows, _) in answers.items()},
        profiles.data,
        profiles.splits,
        reference=card.reference or "",
        over_mean=Metric.L2_SKILL_OVER_MEAN in card.metrics,
        draws=draws,
        seed=seed,
    )
