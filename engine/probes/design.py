"""Features of train as the solver multiplies with them: standardised for each fold without a copy for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg

from engine.probes.inputs import BLOCK, blocks, is_sparse
from engine.probes.scale import Scale, fold_scales

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from engine.probes.watching import Watch
    from engine.sequences import Features

    Floats = NDArray[np.float64]
    Preconditioner = Callable[[Floats], Floats]

# Up to this many numbers a standardised copy may be float64.
DOUBLE = 2**25
# Columns up to which the curvature is worth its matrix; sparse products are so cheap that it pays off earlier.
_DENSE_COLUMNS, _SPARSE_COLUMNS = 6000, 1500
# Columns up to which a curvature in float32 pays off where the penalty is weak; rows per column that it asks for, and
# from how many it is taken.
_ROUGH_COLUMNS, _ROUGH_ROWS = 6000, (2, 4)
# Rows per column that the curvature is taken from: it only steers the solver.
_ROWS_PER_COLUMN = 8
_SMALLEST_PENALTY = 1e-6


@dataclass(frozen=True, slots=True)
class Design:
    """A matrix, and for each view of it what standardising takes away and multiplies with.

    A view is what one fold is fitted on; the last one is all rows. `(matrix - shift) * factor` is never formed:
    the products with it follow from those with the matrix, which stays sparse if it is.

    Attributes:
        matrix: shape (n, d); dense ones are standardised over all rows already, for the sake of their last digits.
        whole: what that took away and multiplied with; of CSR nothing and 1.
        shift: shape (views, d).
        factor: shape (views, d), 0 for a column that does not vary.
    """

    matrix: NDArray[np.floating] | csr_array
    whole: Scale
    shift: Floats
    factor: Floats

    @classmethod
    def of(
        cls,
        features: Features,
        held_out: NDArray[np.int8] | None,
        scale: Scale | None,
        dtype: type[np.float32 | np.float64],
    ) -> Design:
        """Views of features.

        Args:
            features: shape (n, d).
            held_out: shape (n,), number of the fold that holds a row out; None for the one view of all rows.
            scale: given standardisation for all views; None where each is standardised by its own rows.
            dtype: of the standardised copy; CSR stays CSR, in float64.
        """
        views = 1 if held_out is None else int(held_out.max()) + 2
        if scale is not None:
            scales = [scale] * views
        else:
            scales = [Scale.of(features)] if held_out is None else fold_scales(features, held_out)
        mean, factor = np.stack([one.mean for one in scales]), np.stack([one.factor for one in scales])
        if is_sparse(features):
            nothing = Scale(np.zeros(features.shape[1]), np.ones(features.shape[1]))
            return cls(features.astype(np.float64, copy=False), nothing, mean, factor)
        whole = scales[-1]
        unit = np.where(whole.factor > 0, whole.factor, 1)
        whole = Scale(whole.mean, unit)
        return cls(whole.dense(features, dtype), whole, (mean - whole.mean) * unit, factor / unit)

    def scores(self, solution: Floats, view: NDArray[np.int64]) -> Floats:
        """Standardised features times weights, plus intercept.

        Args:
            solution: shape (d + 1, columns), the intercept last.
            view: shape (columns,), the view that each column is in.

        Returns:
            Shape (n, columns).
        """
        weights = solution[:-1] * self.factor[view].T
        found = np.asarray(self.matrix @ weights.astype(self.matrix.dtype, copy=False), dtype=np.float64)
        found += solution[-1] - np.einsum("cd,dc->c", self.shift[view], weights)
        return found

    def gradient(self, slopes: Floats, view: NDArray[np.int64]) -> Floats:
        """Transpose of `scores`: from shape (n, columns) to shape (d + 1, columns)."""
        total = slopes.sum(0)
        found = np.empty((self.matrix.shape[1] + 1, slopes.shape[1]))
        found[:-1] = self._transposed(slopes)
        found[:-1] -= self.shift[view].T * total
        found[:-1] *= self.factor[view].T
        found[-1] = total
        return found

    def _transposed(self, slopes: Floats) -> Floats:
        if self.matrix.dtype == np.float64:
            return np.asarray(self.matrix.T @ slopes)
        found = np.zeros((self.matrix.shape[1], slopes.shape[1]))
        # Long sums in float32 lose digits that the last steps need: each block is added in float64.
        for rows in blocks(self.matrix.shape):
            found += self.matrix[rows].T @ slopes[rows].astype(np.float32)
        return found

    def raw(self, solution: Floats) -> tuple[Floats, Floats]:
        """Weights, shape (d, columns), and intercept, shape (columns,), for features as they were given."""
        weights = solution[:-1] * self.factor[-1][:, None]
        intercept = solution[-1] - self.shift[-1] @ weights
        weights *= self.whole.factor[:, None]
        return weights, intercept - self.whole.mean @ weights

    def curvature(self) -> Floats | None:
        """Correlations of the columns in the last view, shape (d, d); None where they would cost more than they save.

        With more columns than rows, or thousands of sparse ones, the solver does without.
        """
        n, d = self.matrix.shape
        if d > n or d > (_SPARSE_COLUMNS if is_sparse(self.matrix) else _DENSE_COLUMNS):
            return None
        # In float32 the rounding of columns that add to a constant outweighs the penalty.
        return self._correlations(np.dtype(np.float64), _ROWS_PER_COLUMN * d, None)

    def rough_curvature(self, watch: Watch | None = None) -> NDArray[np.float32] | None:
        """The same in float32, of more sparse columns, for penalties far above its rounding; None beyond those too."""
        n, d = self.matrix.shape
        if not is_sparse(self.matrix) or d > _ROUGH_COLUMNS or n < _ROUGH_ROWS[0] * d:
            return None
        return self._correlations(np.dtype(np.float32), _ROUGH_ROWS[1] * d, watch)

    def _correlations(self, dtype: np.dtype[Any], rows: int, watch: Watch | None) -> NDArray[Any]:
        n, d = self.matrix.shape
        chosen = np.linspace(0, n - 1, min(n, rows)).astype(np.int64)
        found, portions = np.zeros((d, d), dtype), _portions(chosen, d)
        for done, some in enumerate(portions, start=1):
            part = self.matrix[some].astype(dtype, copy=False)
            part = part.toarray() if is_sparse(part) else part
            part -= self.shift[-1].astype(dtype, copy=False)
            part *= self.factor[-1].astype(dtype, copy=False)
            found += part.T @ part
            if watch:
                watch(done / len(portions))
        found /= len(chosen)
        return found


def _portions(rows: NDArray[np.int64], columns: int) -> Sequence[NDArray[np.int64]]:
    return np.array_split(rows, -(-len(rows) * columns // BLOCK))


def preconditioner(curvature: NDArray[Any] | None, penalty: float, *, outputs: int) -> Preconditioner | None:
    """Division by an upper bound of the Hessian (Boehning 1992), or None without a curvature.

    Args:
        curvature: from `Design.curvature` or `Design.rough_curvature`.
        penalty: strength of the L2 term of a mean loss.
        outputs: 1 for two classes, else K.
    """
    if curvature is None:
        return None
    bound = 0.25 if outputs == 1 else 1 / outputs
    hessian = bound * curvature
    hessian[np.diag_indices_from(hessian)] += max(penalty, _SMALLEST_PENALTY)
    dtype = hessian.dtype
    factor = linalg.cho_factor(hessian, overwrite_a=True, check_finite=False)

    def divide(gradient: Floats) -> Floats:
        found = np.empty_like(gradient)
        found[:-1] = linalg.cho_solve(factor, gradient[:-1].astype(dtype, copy=False), check_finite=False)
        found[-1] = gradient[-1] / bound
        return found

    return divide
