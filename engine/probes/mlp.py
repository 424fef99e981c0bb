"""A small neural network on standardised features, its width and penalty chosen by inner folds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from engine.names import Protocol
from engine.probes.contract import Choice
from engine.probes.inputs import check_candidates, encode
from engine.probes.matthews import mcc
from engine.probes.scale import Scale, fold_scales

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.probes.folds import Folds
    from engine.sequences import Features

# Units of the one hidden layer, and strength of the L2 penalty; a tie goes to the first.
WIDTHS = (32, 128)
PENALTIES = (1e-1, 1e-3)
EPOCHS = 100
# Rows of the smallest class below which a tenth is too little to stop early on.
_EARLY_STOPPING_ROWS = 20
_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A fitted network.

    Attributes:
        scale: of what was fitted on.
        network: one hidden layer.
        present: numbers of the classes that occur.
        classes: how many classes the task has.
        width: units of the hidden layer.
        penalty: strength of the L2 term.
        choice: what was chosen on train.
    """

    scale: Scale
    network: MLPClassifier
    present: NDArray[np.int64]
    classes: int
    width: int
    penalty: float
    choice: Choice

    def predict(self, features: Features) -> NDArray[np.int64]:
        """Class numbers, shape (n,), of features of shape (n, d)."""
        found: NDArray[np.int64] = self.present[self.network.predict(self.scale.dense(features, np.float32))]
        return found

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Probability of each class, shape (n, K), rows adding to 1; 0 for a class that was not fitted."""
        found = np.zeros((features.shape[0], self.classes))
        found[:, self.present] = self.network.predict_proba(self.scale.dense(features, np.float32))
        # The network computes in float32.
        return np.asarray(found / found.sum(1, keepdims=True))


@dataclass(frozen=True, slots=True)
class MLP:
    """One hidden layer, Adam, stopped early on a tenth of train; without folds the first width and penalty.

    What has the highest mean MCC over the inner folds is fitted to all of train; a tie goes to the first width, then
    to the first penalty, then to the first candidate. The same input gives the same network.
    """

    name: ClassVar[Protocol] = Protocol.MLP

    def fit(
        self, candidates: Sequence[Features], labels: NDArray[np.int64], *, classes: int, folds: Folds | None
    ) -> Network:
        """Fit to train as `Probe.fit` has it.

        Raises:
            StatisticError: what `Probe.fit` refuses.
        """
        check_candidates(candidates, labels, choosing=folds is not None)
        present, codes = encode(labels)
        width, penalty, choice = WIDTHS[0], PENALTIES[0], Choice()
        if folds is not None:
            width, penalty, choice = _choose(candidates, codes, folds)
        scale = Scale.of(candidates[choice.candidate])
        network = _fitted(scale.dense(candidates[choice.candidate], np.float32), codes, width, penalty)
        return Network(
            scale=scale,
            network=network,
            present=present,
            classes=classes,
            width=width,
            penalty=penalty,
            choice=replace(choice, converged=network.n_iter_ < EPOCHS),
        )


def _choose(candidates: Sequence[Features], codes: NDArray[np.int64], folds: Folds) -> tuple[int, float, Choice]:
    # The first of equals has the first width, then the first penalty, then the first candidate.
    table = np.round(np.stack([_worth(features, codes, folds) for features in candidates], axis=-1), _DIGITS)
    width, penalty, candidate = (int(index) for index in np.unravel_index(np.argmax(table), table.shape))
    score = float(table[width, penalty, candidate])
    return WIDTHS[width], PENALTIES[penalty], Choice(candidate=candidate, inner_score=score, fold_hash=folds.hash)


def _worth(features: Features, codes: NDArray[np.int64], folds: Folds) -> NDArray[np.float64]:
    """Mean MCC over the folds, shape (widths, penalties)."""
    found, classes = np.zeros((folds.count, len(WIDTHS), len(PENALTIES))), int(codes.max()) + 1
    for fold, scale in enumerate(fold_scales(features, folds.held_out)[:-1]):
        out, rows = folds.held_out == fold, scale.dense(features, np.float32)
        for at in np.ndindex(len(WIDTHS), len(PENALTIES)):
            network = _fitted(rows[~out], codes[~out], WIDTHS[at[0]], PENALTIES[at[1]])
            found[fold, *at] = mcc(codes[out], network.predict(rows[out]), classes=classes)
    return np.asarray(found.mean(0))


def _fitted(rows: NDArray[np.floating], codes: NDArray[np.int64], width: int, penalty: float) -> MLPClassifier:
    counts = np.bincount(codes)
    network = MLPClassifier(
        (width,),
        alpha=penalty,
        max_iter=EPOCHS,
        early_stopping=bool(counts[counts > 0].min() >= _EARLY_STOPPING_ROWS),
        random_state=0,
    )
    with warnings.catch_warnings():
        # Said by `Choice.converged`.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(rows, codes)
