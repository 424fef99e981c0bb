"""Gene-level baselines: what control cells tell of a gene, whichever gene is perturbed.

Part of what they reach is how the truth is made: a gene that is hardly detected cannot be seen to respond, and the
control cells whose mean is a feature are those that perturbed cells are tested against. Edges face the same truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError
from engine.singlecell.networks.scores import Scores, without_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.singlecell.networks.correlation import Correlations
    from engine.singlecell.networks.responses import Truth
    from engine.singlecell.pseudobulk import ConditionMoments

    Floats = NDArray[np.float64]

NO_CONNECTIVITY = "the correlations between all genes of control cells were not computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneFeatures:
    """What is known of each gene from control cells alone, shape (genes,) each, on the scale of the logs.

    Attributes:
        genes: names.
        variance: over control cells, with divisor n - 1.
        mean: over control cells.
        detection: share of control cells in which the gene is above 0.
        connectivity: mean absolute correlation with all other genes; None where it was not computed.
    """

    genes: tuple[str, ...]
    variance: Floats
    mean: Floats
    detection: Floats
    connectivity: Floats | None = None

    @property
    def table(self) -> Floats:
        """Variance, mean and detection side by side, shape (genes, 3): what the regression sees."""
        return np.column_stack([self.variance, self.mean, self.detection])


FEATURE_OF = {
    "gene-variance": "variance",
    "gene-mean": "mean",
    "gene-detection": "detection",
    "gene-connectivity": "connectivity",
}
"""Which of the features each baseline takes for its score."""


def gene_features(moments: ConditionMoments, *, correlations: Correlations | None = None) -> GeneFeatures:
    """Features of control cells.

    Args:
        moments: of all conditions, control first; no other row is read.
        correlations: of the same genes over control cells, for the connectivity.

    Raises:
        SpecError: the correlations are of other genes.
    """
    if correlations is not None and correlations.genes != moments.genes:
        raise SpecError(
            f"correlations of {len(correlations.genes)} genes do not fit the {len(moments.genes)} genes of the task: "
            "take both from one table."
        )
    return GeneFeatures(
        genes=moments.genes,
        variance=moments.variance[0].astype(np.float64),
        mean=moments.mean[0].astype(np.float64),
        detection=moments.detected[0].astype(np.float64),
        connectivity=None if correlations is None else correlations.connectivity,
    )


def gene_scores(system: str, features: GeneFeatures, truth: Truth) -> Scores:
    """Scores of a gene-level baseline: the same for every perturbation.

    The perturbed genes have scores too; the truth leaves them out.

    Raises:
        SpecError: there is no such baseline, or the features are of other genes.
    """
    if system not in FEATURE_OF:
        raise SpecError(f"there is no gene-level baseline '{system}'; there are {', '.join(FEATURE_OF)}.")
    check_genes(features, truth)
    column: Floats | None = getattr(features, FEATURE_OF[system])
    if column is None:
        return without_scores(truth.perturbations, truth.genes, NO_CONNECTIVITY)
    values = np.tile(column, (len(truth.perturbations), 1))
    return Scores(perturbations=truth.perturbations, genes=truth.genes, values=values)


def check_genes(features: GeneFeatures, truth: Truth) -> None:
    """Refuse features of other genes than the truth's.

    Raises:
        SpecError: they are not the same in the same order.
    """
    if features.genes != truth.genes:
        raise SpecError(
            f"features of {len(features.genes)} genes do not fit the {len(truth.genes)} genes of the truth: "
            "take both from one table."
        )
