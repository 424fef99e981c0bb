from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import SpecError
from engine.singlecell.networks.correlation import correlations
from engine.singlecell.networks.gene_level import NO_CONNECTIVITY, gene_features, gene_scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.singlecell.networks.responses import Truth
    from engine.singlecell.pseudobulk import ConditionMoments

CONTROL = np.array([[0.0, 1.0, 2.0], [0.0, 3.0, 0.0], [0.0, 2.0, 4.0], [0.0, 2.0, 2.0]])
# By hand: variances 0, 2/3, 8/3; means 0, 2, 2; above 0 in none, all and three of four cells.
BY_HAND = {
    "gene-variance": [0, 2 / 3, 8 / 3],
    "gene-mean": [0, 2, 2],
    "gene-detection": [0, 1, 0.75],
}


@pytest.fixture
def moments(moments_from: Callable[..., ConditionMoments]) -> ConditionMoments:
    """A condition whose cells are nothing like control."""
    return moments_from({"control": CONTROL, "A": 9 + CONTROL[::-1] ** 2})


@pytest.fixture
def asked(truth_from: Callable[..., Truth]) -> Truth:
    """Two perturbations of three genes."""
    return truth_from(np.zeros((2, 3)))


@pytest.mark.parametrize("system", BY_HAND)
def test_gene_level_scores_are_those_of_control_cells_for_every_perturbation(
    system: str, moments: ConditionMoments, asked: Truth
) -> None:
    found = gene_scores(system, gene_features(moments), asked)
    np.testing.assert_allclose(found.values, [BY_HAND[system]] * 2, rtol=1e-14)


def test_connectivity_is_taken_from_correlations_of_control_cells(moments: ConditionMoments, asked: Truth) -> None:
    features = gene_features(moments, correlations=correlations(iter([CONTROL]), moments.genes))
    # r = (-1 * 0 + 1 * -2 + 0 * 2 + 0 * 0) / sqrt(2 * 8) = -0.5, and the gene that is never there correlates with none.
    np.testing.assert_allclose(gene_scores("gene-connectivity", features, asked).values, [[0, 0.5, 0.5]] * 2)


def test_connectivity_that_was_not_computed_is_a_reason(moments: ConditionMoments, asked: Truth) -> None:
    found = gene_scores("gene-connectivity", gene_features(moments), asked)
    assert found.reasons == dict.fromkeys(asked.perturbations, NO_CONNECTIVITY)


def test_an_unknown_baseline_and_features_of_other_genes_are_refused(
    moments: ConditionMoments, asked: Truth, truth_from: Callable[..., Truth]
) -> None:
    features = gene_features(moments)
    with pytest.raises(SpecError, match="no gene-level baseline 'gene-size'; there are gene-variance, gene-mean"):
        gene_scores("gene-size", features, asked)
    with pytest.raises(SpecError, match="features of 3 genes do not fit the 4 genes of the truth"):
        gene_scores("gene-mean", features, truth_from(np.zeros((2, 4))))
    with pytest.raises(SpecError, match="correlations of 2 genes do not fit the 3 genes"):
        gene_features(moments, correlations=correlations(iter([CONTROL[:, :2]]), ("G0", "G1")))
