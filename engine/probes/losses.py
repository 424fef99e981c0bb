"""Logistic losses of many problems on the same rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Numbers in a temporary: 1 MB, so that the passes over it stay in the processor's cache.
_CACHED = 2**17


def loss_and_slopes(scores: Floats, codes: NDArray[np.int64], weights: Floats) -> tuple[Floats, Floats]:
    """Weighted sums of losses, and their derivatives by the scores.

    Args:
        scores: shape (n, problems, outputs): one output for two classes (log odds of the second), else K.
        codes: shape (n,), class numbers 0 .. K-1.
        weights: shape (n, problems), of the rows in each problem.

    Returns:
        Losses, shape (problems,), and slopes, shape (n, problems, outputs).
    """
    slopes = np.empty_like(scores)
    losses = np.zeros(scores.shape[1])
    step = max(1, _CACHED // (scores.shape[1] * scores.shape[2]))
    pointwise = _binary if scores.shape[2] == 1 else _multinomial
    for start in range(0, len(scores), step):
        rows = slice(start, start + step)
        loss, slope = pointwise(scores[rows], codes[rows])
        losses += np.einsum("np,np->p", loss, weights[rows])
        np.multiply(slope, weights[rows, :, None], out=slopes[rows])
    return losses, slopes


def _binary(scores: Floats, codes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """-log p of the row's class for log odds z: log(1 + e^z) - y z, with derivative p - y."""
    small = np.exp(-np.abs(scores))
    target = codes[:, None, None]
    loss = np.log1p(small) + np.maximum(scores, 0) - target * scores
    return loss[..., 0], np.where(scores >= 0, 1, small) / (1 + small) - target


def _multinomial(scores: Floats, codes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """-log p of the row's class under softmax, with derivative p - onehot(y)."""
    top = scores.max(2, keepdims=True)
    found = np.exp(scores - top)
    total = found.sum(2, keepdims=True)
    own = np.arange(len(scores))
    loss = (np.log(total) + top)[..., 0] - scores[own, :, codes]
    found /= total
    found[own, :, codes] -= 1
    return loss, found
