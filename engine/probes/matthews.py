"""MCC of predicted classes, which inner folds choose by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mcc(truth: NDArray[np.int64], predicted: NDArray[np.int64], *, classes: int) -> float:
    """R_K of class numbers 0 .. classes - 1, shape (n,) each (protocols E.3); 0 where it is undefined.

    A choice needs an order: what predicts one class for all rows counts as worth nothing. What is reported is
    computed elsewhere, where undefined stays undefined.
    """
    table = np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes).astype(np.float64)
    true, given, n = table.sum(1), table.sum(0), table.sum()
    scale = (n**2 - given @ given) * (n**2 - true @ true)
    return float((np.trace(table) * n - true @ given) / np.sqrt(scale)) if scale > 0 else 0.0
