"""What every probe checks before it fits, and how it reads large features: by blocks of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import numpy as np
from scipy import sparse

from engine.errors import StatisticError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.sequences import Features

# Numbers in a block of rows: 32 MB in float64.
BLOCK = 2**22


def is_sparse(features: Features) -> TypeGuard[sparse.csr_array]:
    """Whether the features are CSR."""
    return bool(sparse.issparse(features))


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Consecutive rows of an array of this shape, at most `BLOCK` numbers at a time."""
    rows = max(1, BLOCK // max(1, int(np.prod(shape[1:]))))
    for start in range(0, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


def encode(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Classes that occur, in rising order, and for each row which of them it has.

    Raises:
        StatisticError: fewer than two classes occur.
    """
    present, codes = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        found = f"only class {present[0]}" if len(present) else "no rows"
        raise StatisticError(f"a probe learns to tell classes apart, but train has {found}: add rows of another class.")
    return present.astype(np.int64), codes.astype(np.int64)


def check_candidates(candidates: Sequence[Features], labels: NDArray[np.int64], *, choosing: bool) -> None:
    """Refuse features that no probe can use.

    Args:
        candidates: features of the same rows.
        labels: shape (n,).
        choosing: whether there are inner folds to choose a candidate on.

    Raises:
        StatisticError: no candidate or several without a way to choose, another number of rows, or a value that is
            not finite.
    """
    if not candidates:
        raise StatisticError("a probe needs features, but no candidate was given: name at least one.")
    if len(candidates) > 1 and not choosing:
        raise StatisticError(
            f"{len(candidates)} candidates need inner folds to choose one on, and here are none: give one candidate."
        )
    for index, features in enumerate(candidates):
        if features.shape[0] != len(labels):
            raise StatisticError(
                f"candidate {index} has {features.shape[0]} rows for {len(labels)} labels: give one row per label."
            )
        _check_finite(features, index)


def _check_finite(features: Features, index: int) -> None:
    values: NDArray[np.float64] = features.data if is_sparse(features) else np.asarray(features)
    for rows in blocks(values.shape):
        finite = np.isfinite(values[rows])
        if not finite.all():
            at = rows.start + int(np.argwhere(~finite)[0][0])
            row = int(np.searchsorted(features.indptr, at, side="right")) - 1 if is_sparse(features) else at
            raise StatisticError(
                f"candidate {index} has a value that is not finite in row {row} (counted from 0): "
                "look at how the features of that sequence were made."
            )
