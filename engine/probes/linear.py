"""A fitted logistic regression, whoever fitted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, softmax

from engine.probes.inputs import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.probes.contract import Choice
    from engine.sequences import Features

    Floats = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Weights for features as they are given.

    Attributes:
        weights: shape (d, 1) for two classes, else (d, K), K being the classes of the rows it was fitted to.
        intercept: shape (1,) or (K,).
        present: numbers of those classes.
        classes: how many classes the task has.
        choice: what was chosen on train.
    """

    weights: Floats
    intercept: Floats
    present: NDArray[np.int64]
    classes: int
    choice: Choice

    def predict(self, features: Features) -> NDArray[np.int64]:
        """Class numbers, shape (n,), of features of shape (n, d)."""
        found: NDArray[np.int64] = self.present[best(self._scores(features))]
        return found

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Probability of each class, shape (n, K), rows adding to 1; 0 for a class that was not fitted."""
        scores = self._scores(features).astype(np.float64)
        positive = expit(scores)
        found = np.zeros((len(scores), self.classes))
        found[:, self.present] = np.hstack([1 - positive, positive]) if scores.shape[1] == 1 else softmax(scores, 1)
        return found

    def _scores(self, features: Features) -> Floats:
        if features.dtype == self.weights.dtype:
            return np.asarray(features @ self.weights + self.intercept)
        found = np.empty((features.shape[0], self.weights.shape[1]))
        for rows in blocks(features.shape):
            found[rows] = features[rows] @ self.weights + self.intercept
        return found


def best(scores: Floats) -> NDArray[np.int64]:
    """Which of the fitted classes scores highest, shape (n,); the lower one on ties.

    Args:
        scores: shape (n, 1), log odds of the second class, or (n, K).
    """
    return (scores[:, 0] > 0).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(1)
