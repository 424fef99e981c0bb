"""What an embedding, and the types and batches of its cells, must be before anything is measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse

from engine.errors import StatisticError, one_line
from engine.statistics import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Matrix = NDArray[np.floating]

FEWEST_CELLS = 16
"""A neighbourhood of 15 cells leaves at least one cell outside."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which of the named groups each cell is of.

    Attributes:
        codes: shape (n,), indexes into `names`.
        names: sorted, each with at least one cell.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Cells of each group, shape (names,)."""
        return np.bincount(self.codes, minlength=len(self.names))


def short_seed(seed: int) -> int:
    """A seed for libraries that take 32 bits of it: the seed itself where it has no more."""
    return seed if seed < 2**32 else int(np.random.SeedSequence(seed).generate_state(1)[0])


def groups(values: ArrayLike, n: int, what: str) -> Groups:
    """Names per cell as numbers in the order of the sorted names.

    Args:
        values: shape (n,), a name per cell; numbers are taken as names.
        n: number of cells.
        what: how the sentences call them, as "labels".

    Raises:
        StatisticError: there is not one name per cell, or a name is missing.
    """
    array = np.asarray(values)
    found, count = checks.members(array, n, what)
    first = np.full(count, n)
    np.minimum.at(first, found, np.arange(n))
    names = [str(array[index]) for index in first]
    order = sorted(range(count), key=names.__getitem__)
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return Groups(rank[found], tuple(names[index] for index in order))


def cell_types(labels: ArrayLike) -> Groups:
    """The types of cells, of which there must be at least two, and fewer than cells.

    Raises:
        StatisticError: fewer than 16 cells, a label is missing, or the number of types leaves nothing to compare.
    """
    n = np.asarray(labels).size
    if n < FEWEST_CELLS:
        raise StatisticError(f"{n} cells are too few for a graph of neighbours: give at least {FEWEST_CELLS}.")
    types = groups(labels, n, "labels")
    if len(types.names) == 1:
        raise StatisticError(
            f"all {n} cells are of one type ('{one_line(types.names[0])}'): these metrics need at least two types."
        )
    if len(types.names) == n:
        raise StatisticError(f"each of the {n} cells has a label of its own: choose a column that names cell types.")
    return types


def embedding(values: ArrayLike, n: int | None = None) -> Matrix:
    """Coordinates of cells, shape (n, d), float32 or float64 as given, other numbers as float64; not copied.

    A column in which all cells agree changes no distance and may stay.

    Args:
        values: shape (n, d), dense.
        n: number of cells; as many as there are rows where None.

    Raises:
        StatisticError: not one row of numbers per cell, no columns, a coordinate that is not finite, or all cells in
            one place.
    """
    array = np.asarray(values)
    if issparse(values):
        raise StatisticError("an embedding must be a dense table of numbers, not a sparse one: give its toarray().")
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise StatisticError(
            f"an embedding must be a table of numbers with one row per cell, not {array.dtype} of shape {array.shape}."
        )
    if n is not None and array.shape[0] != n:
        raise StatisticError(
            f"the embedding has {array.shape[0]} rows for {n} cells: give one row per cell, in the same order."
        )
    if not array.shape[1]:
        raise StatisticError("the embedding has no columns: there is nothing to measure.")
    wide: Matrix = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    _require_finite(wide)
    if (wide == wide[0]).all():
        raise StatisticError(
            f"all {len(wide)} cells have the same coordinates: such an embedding tells no cells apart."
        )
    return wide


def _require_finite(coordinates: Matrix) -> None:
    # Lowest and highest of a row say it without a second table of its size.
    finite = np.isfinite(coordinates.min(axis=1)) & np.isfinite(coordinates.max(axis=1))
    bad = np.flatnonzero(~finite)
    if bad.size:
        raise StatisticError(
            f"{bad.size} of {len(coordinates)} cells have a coordinate that is NaN or infinite, the first in row "
            f"{bad[0]} (counted from 0): leave these cells out of every system alike."
        )
