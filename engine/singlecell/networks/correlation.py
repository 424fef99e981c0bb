"""Correlation between genes over control cells, streamed: cells pass by once and are never all in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from engine.errors import StatisticError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating[Any]] | sparse.csr_array | sparse.csr_matrix

MOST_GENES = 10_000
"""A matrix of genes by genes is held in memory: of so many it takes 0.8 GB."""
_ROWS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """Pearson's correlation of the logs between every two genes over control cells.

    Attributes:
        genes: names.
        values: shape (genes, genes); 0 beside a gene that does not vary.
        varies: shape (genes,).
        cells: how many went in.
    """

    genes: tuple[str, ...]
    values: Floats
    varies: NDArray[np.bool_]
    cells: int

    @property
    def connectivity(self) -> Floats:
        """Mean absolute correlation with all other genes that vary, shape (genes,); 0 for one that does not."""
        others = int(self.varies.sum()) - 1
        if others < 1:
            return np.zeros(len(self.genes))
        own = self.varies.astype(np.float64)
        found: Floats = (np.abs(self.values).sum(1) - own) / others
        return found


def correlations(chunks: Iterable[Matrix], genes: tuple[str, ...]) -> Correlations:
    """Correlation between genes over the cells of all chunks; equals `numpy.corrcoef`.

    Sums are taken of the differences from the first cell: a gene that never differs from it has exactly no variance.

    Args:
        chunks: logs of control cells, dense or sparse, shape (some cells, genes) each.
        genes: names of the columns.

    Raises:
        StatisticError: more genes than `MOST_GENES`, a chunk of another width, fewer than two cells, or NaN.
    """
    if len(genes) > MOST_GENES:
        raise StatisticError(
            f"correlations between {len(genes):,} genes do not fit in memory: choose at most {MOST_GENES:,} genes."
        )
    first: Floats | None = None
    products, sums, cells = np.zeros((len(genes), len(genes))), np.zeros(len(genes)), 0
    for part in _dense(chunks, len(genes)):
        first = part[0].copy() if first is None else first
        apart = part - first
        products += apart.T @ apart
        sums += apart.sum(0)
        cells += len(part)
    if cells < 2:
        raise StatisticError(f"a correlation needs at least 2 control cells, not {cells}.")
    if not np.isfinite(sums).all():
        raise StatisticError(f"control cells have NaN or infinite values, the first in {genes[_first_bad(sums)]}.")
    return _finished(products, sums, cells=cells, genes=genes)


def _first_bad(sums: Floats) -> int:
    return int(np.flatnonzero(~np.isfinite(sums))[0])


def _finished(products: Floats, sums: Floats, *, cells: int, genes: tuple[str, ...]) -> Correlations:
    """From summed products of differences to correlations, in place: the matrix may be large."""
    varies = products.diagonal() > 0
    for row, own in enumerate(sums):
        products[row] -= own * (sums / cells)
    factor = np.where(varies, 1 / np.sqrt(np.where(varies, products.diagonal(), 1)), 0)
    products *= factor
    products *= factor[:, None]
    np.clip(products, -1, 1, out=products)
    products[varies, varies] = 1
    return Correlations(genes=genes, values=products, varies=varies, cells=cells)


def _dense(chunks: Iterable[Matrix], width: int) -> Iterator[Floats]:
    """Few rows at a time, as float64 of their own."""
    for chunk in chunks:
        if chunk.shape[1] != width:
            raise StatisticError(f"{width} genes were named, but the cells have {chunk.shape[1]} columns.")
        for start in range(0, chunk.shape[0], _ROWS):
            part = chunk[start : start + _ROWS]
            yield np.array(part.toarray() if sparse.issparse(part) else part, dtype=np.float64)
