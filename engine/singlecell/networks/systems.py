"""The baselines of network inference by name, and what all of them are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import SpecError
from engine.singlecell.contract import silent
from engine.singlecell.networks.combined import regression
from engine.singlecell.networks.correlation import MOST_GENES, correlations
from engine.singlecell.networks.edges import correlation_edges, edge_scores
from engine.singlecell.networks.gene_level import FEATURE_OF, gene_features, gene_scores
from engine.singlecell.networks.responses import perturbed_genes, truth_of
from engine.singlecell.networks.scores import without_scores
from engine.singlecell.pseudobulk import cell_sums, control_chunks

if TYPE_CHECKING:
    from engine.singlecell.contract import Tell
    from engine.singlecell.networks.correlation import Correlations
    from engine.singlecell.networks.gene_level import GeneFeatures
    from engine.singlecell.networks.responses import Rule, Truth
    from engine.singlecell.networks.scores import Scores
    from engine.singlecell.pseudobulk import Design
    from engine.singlecell.reading.cells import Cells

REGRESSION = "gene-lr"
CORRELATION = "abs-correlation"
BASELINES = (*FEATURE_OF, REGRESSION, CORRELATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the systems of one task share.

    Attributes:
        truth: which genes respond to which perturbation.
        features: of each gene, from control cells.
        correlations: between genes over control cells; None where there are too many genes.
    """

    truth: Truth
    features: GeneFeatures
    correlations: Correlations | None

    @property
    def regulators(self) -> tuple[str, ...]:
        """Genes of the perturbations that count, once each, sorted."""
        return tuple(sorted({gene for name in self.truth.perturbations for gene in perturbed_genes(name)}))


def material_of(cells: Cells, design: Design, *, rule: Rule | None = None, tell: Tell = silent) -> Material:
    """Everything that the baselines need, in three passes over the cells.

    Args:
        cells: the open file.
        design: which cells belong to which condition.
        rule: when a gene responds; the protocol's own where not given.
        tell: how far it is, in cells.

    Raises:
        TableError: what `cell_sums` refuses.
    """
    moments, found = cell_sums(cells, design, tell=tell), None
    if len(moments.genes) <= MOST_GENES:
        found = correlations(control_chunks(cells, design, tell=tell), moments.genes)
    truth = truth_of(moments, rule=rule)
    return Material(truth=truth, features=gene_features(moments, correlations=found), correlations=found)


def baseline_scores(name: str, material: Material) -> Scores:
    """Scores of a baseline; one that cannot be computed here has its reason in place of scores.

    Raises:
        SpecError: there is no such baseline.
    """
    truth = material.truth
    if name in FEATURE_OF:
        return gene_scores(name, material.features, truth)
    if name == REGRESSION:
        return regression(material.features, truth)
    if name != CORRELATION:
        raise SpecError(f"there is no baseline '{name}' of network inference; there are {', '.join(BASELINES)}.")
    if material.correlations is None:
        return without_scores(
            truth.perturbations, truth.genes, f"correlations are not computed above {MOST_GENES:,} genes"
        )
    return edge_scores(correlation_edges(material.correlations, material.regulators), truth)
