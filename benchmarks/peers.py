"""The probes as others write them: GENEB's harness and a plain grid search, for the same features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, matthews_corrcoef
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Labels = NDArray[np.int64]

SEEDS = (13, 17, 42, 123, 997)


def harness(train: Array, labels: Labels, test: Array, truth: Labels) -> dict[int | None, list[float]]:
    """MCC of every regime and seed, each with a fit of its own, as the published harness does it."""
    found: dict[int | None, list[float]] = {}
    for shots in (None, 10, 1):
        found[shots] = []
        for seed in SEEDS:
            rows = np.arange(len(labels)) if shots is None else _drawn(labels, shots, seed)
            fitted = LogisticRegression(max_iter=1000, random_state=seed).fit(train[rows], labels[rows])
            found[shots].append(float(matthews_corrcoef(truth, fitted.predict(test))))
    return found


def _drawn(labels: Labels, shots: int, seed: int) -> NDArray[np.intp]:
    rng = np.random.RandomState(seed)
    members = [np.flatnonzero(labels == kind) for kind in np.unique(labels)]
    return np.concatenate([rng.choice(rows, min(shots, len(rows)), replace=False) for rows in members])


def grid_search(train: Array, labels: Labels, held_out: NDArray[np.int8]) -> tuple[float, str | None]:
    """C and class weight that scikit-learn's grid search chooses on these folds."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    grid = {
        "logisticregression__C": np.logspace(-4, 2, 7),
        "logisticregression__class_weight": [None, "balanced"],
    }
    search = GridSearchCV(pipeline, grid, scoring=make_scorer(matthews_corrcoef), cv=PredefinedSplit(held_out))
    search.fit(train.astype(np.float64), labels)
    best = search.best_params_
    return float(best["logisticregression__C"]), best["logisticregression__class_weight"]
