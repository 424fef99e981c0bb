"""What the genes say without any model: variable genes, their principal components, and a random projection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError
from engine.local_split.limits import MOST_GENE_NUMBERS
from engine.singlecell.cells.embeddings import random_projection
from engine.singlecell.preprocessing import gather, highly_variable, log_chunks, principal_components
from engine.singlecell.reading.states import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.singlecell.contract import Floats, Tell
    from engine.singlecell.preprocessing import Preparation
    from engine.singlecell.reading.cells import Cells

_MOST_SCALED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The columns of the matrix that baselines are made of, among the genes that stay."""

    cells: Cells
    preparation: Preparation
    places: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Cells that are compared."""
        return int(self.preparation.cells.sum())

    @property
    def too_many(self) -> str | None:
        """Why the genes cannot be measured as they are, None where they can."""
        if self.n * len(self.places) <= MOST_GENE_NUMBERS:
            return None
        return (
            f"{self.n:,} cells times {len(self.places):,} genes are more than {MOST_GENE_NUMBERS:,} numbers: their "
            "neighbours would take hours"
        )

    def genes(self, tell: Tell) -> Floats:
        """The genes as they are, shape (n, genes); asked for where `too_many` is None."""
        found = gather(self.cells, self.preparation, self.places, tell=tell)
        return found if isinstance(found, np.ndarray) else found.toarray()

    def components(self, tell: Tell) -> Floats:
        """Their first fifty principal components, shape (n, at most 50), in two passes over the file."""
        return principal_components(self.cells, self.preparation, self.places, tell=tell).scores

    def projected(self, seed: int, tell: Tell) -> Floats:
        """The genes on fifty random directions, shape (n, 50), in one pass over the file."""
        # Of unit vectors the projection is the directions themselves: those that a matrix in memory would be given.
        directions = random_projection(np.eye(len(self.places)), seed=seed)
        found = np.empty((self.n, directions.shape[1]))
        for part, logs in log_chunks(self.cells, self.preparation, what="projecting cells", tell=tell):
            found[part] = logs[:, self.places] @ directions
        return found


def features_of(cells: Cells, preparation: Preparation, tell: Tell) -> Features:
    """Variable genes by Seurat's rule; of scaled values all genes, as their means say nothing.

    Raises:
        SpecError: too many scaled genes, or too few genes to compare with.
        TableError: damaged.
    """
    if preparation.state is State.SCALED:
        places = np.arange(len(preparation.names), dtype=np.int64)
        if len(places) > _MOST_SCALED:
            raise SpecError(
                f"{cells.path.name}: {len(places):,} genes with scaled values, of which variable ones cannot be "
                f"chosen: name a layer with counts or logs with --layer, or write the file with up to "
                f"{_MOST_SCALED:,} genes."
            )
    else:
        places = highly_variable(cells, preparation, tell=tell)
    if len(places) < 2:
        raise SpecError(
            f"{cells.path.name}: {len(places)} variable genes are too few for a baseline: give a file with more genes."
        )
    return Features(cells=cells, preparation=preparation, places=places)
