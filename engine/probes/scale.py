"""Mean and standard deviation of columns: of all rows, and of what each inner fold is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from engine.probes.inputs import blocks, is_sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.sequences import Features

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """What standardising takes away and divides by.

    Attributes:
        mean: shape (d,).
        factor: shape (d,), one over the standard deviation (divisor n); 0 for a column that does not vary, which
            drops it.
    """

    mean: Floats
    factor: Floats

    @classmethod
    def of(cls, features: Features) -> Scale:
        """Scale of all rows. Few-shot probes take that of the whole unlabelled train split (protocols A.3)."""
        return _moments(features, np.zeros(features.shape[0], dtype=np.int64))[0].scale()

    def dense(self, features: Features, dtype: type[np.float32 | np.float64]) -> NDArray[np.floating]:
        """Standardised features, shape (n, d), in memory."""
        found: NDArray[np.floating] = np.empty(features.shape, dtype=dtype)
        for rows in blocks(features.shape):
            part = features[rows].toarray() if is_sparse(features) else features[rows]
            found[rows] = (part - self.mean) * self.factor
        return found


@dataclass(frozen=True, slots=True)
class _Moments:
    """Rows, mean and summed squared deviations of a set of rows."""

    n: int
    mean: Floats
    squares: Floats

    def joined(self, other: _Moments) -> _Moments:
        """Of both sets; exact 0 stays exact 0 (Chan, Golub and LeVeque 1983)."""
        n = self.n + other.n
        step = other.mean - self.mean
        mean = self.mean + step * (other.n / n)
        return _Moments(n, mean, self.squares + other.squares + step**2 * (self.n * other.n / n))

    def scale(self) -> Scale:
        """A column counts as constant where rounding alone explains its variance, as in scikit-learn."""
        variance = self.squares / self.n
        rounding = self.n * np.finfo(np.float64).eps
        varies = variance > rounding * variance + (rounding * self.mean) ** 2
        return Scale(self.mean, np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1)), 0))


def fold_scales(features: Features, held_out: NDArray[np.int8]) -> list[Scale]:
    """Scale of what each fold is fitted on, in the folds' order, and of all rows at the end."""
    parts = _moments(features, held_out.astype(np.int64))
    kept = [[part for number, part in enumerate(parts) if number != fold] for fold in range(len(parts))]
    return [_join(some).scale() for some in [*kept, parts]]


def _join(parts: list[_Moments]) -> _Moments:
    found = parts[0]
    for part in parts[1:]:
        found = found.joined(part)
    return found


def _moments(features: Features, part: NDArray[np.int64]) -> list[_Moments]:
    """Of each part's rows, `part` being shape (n,) with numbers 0, 1, and so on."""
    counts = np.bincount(part)
    member = sparse.csr_array((np.ones(len(part)), (part, np.arange(len(part)))), shape=(len(counts), len(part)))
    means = _sums(features, member) / counts[:, None]
    squares = _squares(features, member, means, part, counts)
    return [_Moments(int(n), mean, square) for n, mean, square in zip(counts, means, squares, strict=True)]


def _sums(features: Features, member: sparse.csr_array) -> Floats:
    if is_sparse(features):
        return np.asarray((member @ features.astype(np.float64)).toarray())
    found = np.zeros((member.shape[0], features.shape[1]))
    for rows in blocks(features.shape):
        found += np.asarray(member[:, rows] @ features[rows].astype(np.float64))
    return found


def _squares(
    features: Features, member: sparse.csr_array, means: Floats, part: NDArray[np.int64], counts: NDArray[np.int64]
) -> Floats:
    """Summed squared deviations from the part's own mean, shape (parts, d)."""
    if is_sparse(features):
        entry_part = np.repeat(part, np.diff(features.indptr))
        deviations = (features.data - means[entry_part, features.indices]) ** 2
        like = (deviations, features.indices, features.indptr)
        written = (np.ones(len(deviations)), features.indices, features.indptr)
        absent = counts[:, None] - (member @ sparse.csr_array(written, shape=features.shape)).toarray()
        return np.asarray((member @ sparse.csr_array(like, shape=features.shape)).toarray() + absent * means**2)
    found = np.zeros_like(means)
    for rows in blocks(features.shape):
        found += np.asarray(member[:, rows] @ (features[rows] - means[part[rows]]) ** 2)
    return found
