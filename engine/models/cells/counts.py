"""Chunks of expression as they come, checked and cut into pieces of a size that fits into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from engine.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from engine.models.cells.kinds import Counts, Scale

_PIECE = 512
"""Cells that are worked on at once: 512 cells of 4,096 tokens are 16 MiB of token ids."""
_MOST_LOG = 20.0
"""ln(1 + x) beyond which x would be 500 million counts."""


def pieces(
    chunks: Iterable[Counts], *, genes: int, scale: Scale, size: int = _PIECE
) -> Iterator[tuple[int, csr_array]]:
    """The number of the first cell of each piece, and its counts, shape (at most `size`, genes), float64.

    Logs become counts times a factor of each cell by `expm1`, the inverse of `log1p`: what compares genes within a cell
    reads the same from both.

    Args:
        chunks: Arrays or sparse matrices of shape (some cells, genes).
        genes: Columns that each must have.
        scale: What the numbers are.
        size: Most cells in a piece.

    Raises:
        SpecError: a chunk has other columns, or its numbers are not on that scale.
    """
    first = 0
    for chunk in chunks:
        if chunk.ndim != 2 or chunk.shape[1] != genes:
            raise SpecError(
                f"A chunk of cells has shape {chunk.shape} where {genes:,} genes are named; give cells as rows and one "
                "name per column."
            )
        for start in range(0, chunk.shape[0], size):
            piece = _sparse(chunk[start : start + size])
            piece.sum_duplicates()
            piece.eliminate_zeros()
            check_scale(piece.data, scale, first=first + start)
            if scale == "log1p":
                piece.data = np.expm1(piece.data)
            yield first + start, piece
        first += chunk.shape[0]


def _sparse(chunk: Any) -> csr_array[np.float64, tuple[int, int]]:
    return csr_array(chunk, dtype=np.float64)


def check_scale(values: NDArray[np.float64], scale: Scale, *, first: int) -> None:
    """Refuse numbers that cannot be on a scale.

    Args:
        values: Those that are not zero.
        scale: What they are said to be.
        first: Number of the first cell they come from, counted from 0, for the sentence.

    Raises:
        SpecError: one is negative or not finite, counts are not whole, or logs are too large.
    """
    where = f"among the cells from number {first} on (counted from 0)"
    if (odd := values[~np.isfinite(values) | (values < 0)]).size:
        raise SpecError(
            f"{odd[0]:g} stands {where}, where {'counts' if scale == 'counts' else 'logs of counts'} are expected; "
            "scaled or centred values cannot be turned back, so give the layer that holds counts."
        )
    if scale == "counts" and (odd := values[values != np.rint(values)]).size:
        raise SpecError(
            f"{odd[0]:g} stands {where} and is no count; give the layer that holds counts, "
            "or say that the values are ln(1 + normalised counts) with scale log1p."
        )
    if scale == "log1p" and values.size and (most := float(values.max())) > _MOST_LOG:
        raise SpecError(
            f"{most:g} stands {where} and is no log of a count; say scale counts where the values are counts."
        )
