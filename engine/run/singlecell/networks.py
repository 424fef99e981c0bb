"""Network inference in a run: what is read, what a system says of each gene, and how that is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.datasets.single_cells import norman_control_cells, norman_moments
from engine.run.singlecell.models import opened
from engine.run.singlecell.systems import WITH_GENES
from engine.singlecell.networks.combined import regression
from engine.singlecell.networks.correlation import correlations
from engine.singlecell.networks.edge_file import read_edges
from engine.singlecell.networks.edges import Edges, correlation_edges, edge_scores
from engine.singlecell.networks.evaluate import evaluate as evaluated
from engine.singlecell.networks.gene_level import FEATURE_OF, gene_features, gene_scores
from engine.singlecell.networks.responses import perturbed_genes, truth_of
from engine.singlecell.networks.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from engine.registry.singlecell import CellTaskCard
    from engine.run.singlecell.request import Request
    from engine.run.singlecell.systems import CellSystem
    from engine.singlecell.contract import Outcome
    from engine.singlecell.networks.correlation import Correlations
    from engine.singlecell.networks.gene_level import GeneFeatures
    from engine.singlecell.networks.responses import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Which genes respond to what, and what control cells tell of them."""

    truth: Truth
    features: GeneFeatures
    correlated: Correlations
    files: Mapping[str, Path]

    @property
    def n(self) -> int:
        """Perturbations that count."""
        return len(self.truth.perturbations)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the task's row has besides: the share of tested genes that respond."""
        tested = self.truth.tested
        return {"prevalence": float(self.truth.responds[tested].mean())}

    @property
    def perturbed(self) -> tuple[str, ...]:
        """Genes that some perturbation that counts changes, sorted."""
        return tuple(sorted({gene for name in self.truth.perturbations for gene in perturbed_genes(name)}))


def load(card: CellTaskCard, files: Mapping[str, Path]) -> Responses:  # noqa: ARG001 - as for the other kinds of tasks
    """Read the cells and test every gene in every perturbation.

    Raises:
        NotHereError: the extra for reading is not installed.
        TableError: the file is damaged.
    """
    moments = norman_moments(files)
    correlated = correlations(norman_control_cells(files), moments.genes)
    return Responses(
        truth=truth_of(moments),
        features=gene_features(moments, correlations=correlated),
        correlated=correlated,
        files=files,
    )


def absent(system: CellSystem, responses: Responses) -> str | None:  # noqa: ARG001 - as for the other kinds of tasks
    """Why a system has no value on such data: there is no such reason, its scores say themselves what they lack."""
    return None


def answer(request: Request, responses: Responses) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What a system says of every gene under every perturbation, and facts of how.

    Raises:
        VledgerError: its edges cannot be read, or it cannot be loaded.
    """
    truth, name = responses.truth, request.system.model_id
    if request.system.card is None:
        edges, facts = _edges(request, responses)
        return edge_scores(edges, truth).to_frame(), {**facts, "edges": True}
    if name in FEATURE_OF:
        return gene_scores(name, responses.features, truth).to_frame(), {}
    if name == "gene-lr":
        return regression(responses.features, truth).to_frame(), {}
    return edge_scores(correlation_edges(responses.correlated, responses.perturbed), truth).to_frame(), {}


def _edges(request: Request, responses: Responses) -> tuple[Edges, dict[str, Any]]:
    genes = responses.truth.genes
    if request.system.edges is not None:
        return read_edges(request.system.edges.file, genes=genes, regulators=responses.perturbed), {}
    model, facts = opened(request, "log1p", genes)
    measured = [gene for gene in responses.perturbed if gene in genes]
    found = model.attention(norman_control_cells(responses.files), genes, regulators=measured, targets=genes)
    return edges_of(found), facts


def edges_of(found: Any) -> Edges:
    """Mean attention as edges, where two genes were ever read together."""
    together = found.cells > 0
    values = np.where(together, found.sums / np.maximum(found.cells, 1), np.nan)
    return Edges(
        regulators=tuple(found.regulators),
        genes=tuple(found.targets),
        values=values,
        otherwise="is not among the measured genes that the model reads",
    )


def evaluate(
    card: CellTaskCard,  # noqa: ARG001 - as for the other kinds of tasks
    responses: Responses,
    answers: Mapping[str, tuple[pd.DataFrame, Mapping[str, Any]]],
    *,
    draws: int,
    seed: int,
) -> dict[str, Outcome]:
    """Values of all systems, by model_id, and of all edges beside gene-level features; all on the same resamples."""
    scores = {name: Scores.from_frame(rows) for name, (rows, _) in answers.items()}
    from_edges = [name for name, (_, facts) in answers.items() if facts.get("edges")]
    scores |= {
        f"{WITH_GENES}{name}": regression(responses.features, responses.truth, edges=scores[name])
        for name in from_edges
    }
    return evaluated(scores, responses.truth, draws=draws, seed=seed)
