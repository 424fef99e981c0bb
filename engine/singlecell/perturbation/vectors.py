"""The two sides of the linear model: a vector per measured gene (G), and one per perturbation (P).

A condition of several genes has the sum of their vectors, as in the published runs on doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError
from engine.singlecell.perturbation.linear import principal_scores, significant
from engine.singlecell.perturbation.predictors import ALONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import GeneEmbedding, Pseudobulk

    Floats = NDArray[np.float64]

RANDOM = "random"
"""Name of the embedding that is drawn here, as control."""
_BY_RESPONSE = (
    "fewer than half of the perturbed genes are measured: each stands by the change of its own condition in train, "
    "not by its row in the gene vectors"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Vectors of the genes that have one.

    Attributes:
        vectors: by gene, shape (width,) each.
        width: of all of them.
        where: ends the sentence "X is not ..." for a gene without one.
        note: what the reader should know of where they come from, or None.
    """

    vectors: Mapping[str, Floats]
    width: int
    where: str
    note: str | None = None

    def rows(self, genes: Sequence[str]) -> Floats:
        """One row per gene, zeros where it has no vector; shape (genes, width)."""
        nothing = np.zeros(self.width)
        return np.array([self.vectors.get(gene, nothing) for gene in genes]).reshape(len(genes), self.width)

    def sums(self, conditions: Sequence[tuple[str, ...]]) -> Floats:
        """One row per condition, the sum over its genes; shape (conditions, width)."""
        sums = [self.rows(genes).sum(axis=0) for genes in conditions]
        return np.array(sums).reshape(len(conditions), self.width)

    def missing(self, genes: Iterable[str]) -> list[str]:
        """Those without a vector, in the order given."""
        return [gene for gene in genes if gene not in self.vectors]


def of_embedding(name: str, embedding: GeneEmbedding, genes: Iterable[str], *, width: int) -> Known:
    """Vectors of an embedding, by the names of genes; a wider one is reduced to its first principal components.

    The components are of the genes asked for. No expression of any condition goes in.
    """
    places = {gene: place for place, gene in enumerate(embedding.genes)}
    found = sorted(places.keys() & set(genes))
    vectors = embedding.vectors[[places[gene] for gene in found]]
    if embedding.vectors.shape[1] > width and found:
        vectors = principal_scores(vectors, width)
    return _known(found, vectors, where=f"in the embedding {name}")


def drawn(genes: Iterable[str], *, width: int, seed: int) -> Known:
    """Standard normal vectors; which gene gets which depends on the sorted names and the seed alone."""
    names = sorted(set(genes))
    return _known(names, np.random.default_rng(seed).standard_normal((len(names), width)), where="drawn")


def of_training(train: Pseudobulk, *, width: int) -> Known:
    """The default G: scores of the genes on the first principal components of the profiles in train.

    As in the published code the profiles are centred over genes; unlike there, control is none of them.
    """
    return _known(train.genes, principal_scores(train.profiles.T, width), where="among the measured genes")


def of_targets(train: Pseudobulk, wanted: Iterable[tuple[str, ...]], *, width: int) -> Known:
    """The default P: the perturbed gene's own row of the default G, as published.

    Where fewer than half of the perturbed genes are measured, those rows would leave most perturbations out. Then all
    get the other kind, which is ours: the change of the gene's own condition in train, in the coordinates of an
    orthonormal basis of G. One kind for all: a gene's row in G says how it is expressed, the change what it does.
    """
    rows = of_training(train, width=width)
    perturbed = {gene for genes in (*train.conditions, *wanted) for gene in genes}
    measured = perturbed.intersection(train.genes)
    if 2 * len(measured) >= len(perturbed):
        return rows
    return _responses(train, rows.rows(train.genes))


def embedding_called(name: str, embeddings: Mapping[str, GeneEmbedding]) -> GeneEmbedding:
    """The embedding of this name.

    Raises:
        SpecError: it was not given.
    """
    if name not in embeddings:
        known = ", ".join(sorted(embeddings)) or "none"
        raise SpecError(f"there is no gene embedding '{name}' here: those given are {known}.")
    return embeddings[name]


def _responses(train: Pseudobulk, rows: Floats) -> Known:
    left, sizes, _ = np.linalg.svd(rows, full_matrices=False)
    basis = left[:, : significant(sizes, rows.shape)]
    alone = [place for place, genes in enumerate(train.conditions) if len(genes) == 1]
    vectors = train.changes[alone] @ basis
    return _known([train.conditions[place][0] for place in alone], vectors, where=ALONE, note=_BY_RESPONSE)


def _known(genes: Sequence[str], vectors: Floats, *, where: str, note: str | None = None) -> Known:
    return Known(vectors=dict(zip(genes, vectors, strict=True)), width=vectors.shape[1], where=where, note=note)
