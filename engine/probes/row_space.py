"""Few rows of many columns: the same regression in as many columns as there are rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.probes.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.probes.linear import Linear
    from engine.sequences import Features

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowSpace:
    """Standardised rows in an orthonormal basis of the space that they span.

    An L2 penalty does not see rotations, and what it leaves of the weights lies in the span of the rows: the optimum
    in these coordinates, turned back, is the optimum in all columns.

    Attributes:
        coordinates: shape (n, n).
        basis: shape (d, n).
        scale: of the d columns.
    """

    coordinates: Floats
    basis: Floats
    scale: Scale

    @classmethod
    def of(cls, features: Features, scale: Scale) -> RowSpace:
        """The space of features, shape (n, d) with n < d, under a given standardisation."""
        basis, rows = np.linalg.qr(scale.dense(features, np.float64).T)
        return cls(rows.T, basis, scale)

    @property
    def own_scale(self) -> Scale:
        """The coordinates are standardised already."""
        return Scale(np.zeros(len(self.coordinates)), np.ones(len(self.coordinates)))

    def turned_back(self, fitted: Linear) -> Linear:
        """What was fitted to the coordinates, for features as they are given."""
        weights = self.scale.factor[:, None] * (self.basis @ fitted.weights)
        return replace(fitted, weights=weights, intercept=fitted.intercept - self.scale.mean @ weights)
