"""Nearest neighbours on standardised features, the number of neighbours and the distance chosen by inner folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from sklearn.neighbors import NearestNeighbors

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

    Distance = Literal["cosine", "euclidean"]

NEIGHBOURS = (1, 3, 5, 11, 21, 51)
DISTANCES: tuple[Distance, ...] = ("cosine", "euclidean")
_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Rows of train to look among.

    Attributes:
        scale: of what was fitted on.
        index: of the standardised rows.
        codes: shape (n,), class of each, as an index into `present`.
        present: numbers of the classes that occur.
        classes: how many classes the task has.
        neighbours: how many vote.
        distance: which rows are near.
        choice: what was chosen on train.
    """

    scale: Scale
    index: NearestNeighbors
    codes: NDArray[np.int64]
    present: NDArray[np.int64]
    classes: int
    neighbours: int
    distance: Distance
    choice: Choice

    def predict(self, features: Features) -> NDArray[np.int64]:
        """Class numbers, shape (n,), of features of shape (n, d): most votes, the lower class on ties."""
        found: NDArray[np.int64] = self.probabilities(features).argmax(1)
        return found

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Share of votes for each class, shape (n, K)."""
        queries = _placed(features, self.scale, self.distance)
        nearest = self.index.kneighbors(queries, self.neighbours, return_distance=False)
        found = np.zeros((len(queries), self.classes))
        found[:, self.present] = _votes(self.codes[nearest], len(self.present))[:, -1] / self.neighbours
        return found


@dataclass(frozen=True, slots=True)
class KNN:
    """Votes of the 1 to 51 nearest rows; without folds the single nearest by cosine.

    What has the highest mean MCC over the inner folds is taken; a tie goes to fewer neighbours, then to the cosine,
    then to the first candidate.
    """

    name: ClassVar[Protocol] = Protocol.KNN

    def fit(
        self, candidates: Sequence[Features], labels: NDArray[np.int64], *, classes: int, folds: Folds | None
    ) -> Neighbours:
        """Fit to train as `Probe.fit` has it.

        Raises:
            StatisticError: what `Probe.fit` refuses.
        """
        check_candidates(candidates, labels, choosing=folds is not None)
        present, codes = encode(labels)
        neighbours, distance, choice = NEIGHBOURS[0], DISTANCES[0], Choice()
        if folds is not None:
            neighbours, distance, choice = _choose(candidates, codes, folds)
        scale = Scale.of(candidates[choice.candidate])
        rows = _placed(candidates[choice.candidate], scale, distance)
        return Neighbours(
            scale=scale,
            index=NearestNeighbors(algorithm="brute").fit(rows),
            codes=codes,
            present=present,
            classes=classes,
            neighbours=neighbours,
            distance=distance,
            choice=choice,
        )


def _choose(candidates: Sequence[Features], codes: NDArray[np.int64], folds: Folds) -> tuple[int, Distance, Choice]:
    fitted = len(codes) - int(np.bincount(folds.held_out).max())
    counts = [count for count in NEIGHBOURS if count <= fitted]
    worth = np.array([[_worth(one, codes, folds, counts, by) for one in candidates] for by in DISTANCES])
    # The first of equals has the fewest neighbours, then the cosine, then the first candidate.
    table = np.round(np.moveaxis(worth, -1, 0), _DIGITS)
    count, distance, candidate = (int(index) for index in np.unravel_index(np.argmax(table), table.shape))
    score = float(table[count, distance, candidate])
    return counts[count], DISTANCES[distance], Choice(candidate=candidate, inner_score=score, fold_hash=folds.hash)


def _worth(
    features: Features, codes: NDArray[np.int64], folds: Folds, counts: list[int], distance: Distance
) -> NDArray[np.float64]:
    """Mean MCC over the folds for each number of neighbours, shape (counts,)."""
    found, classes = np.zeros((folds.count, len(counts))), int(codes.max()) + 1
    for fold, scale in enumerate(fold_scales(features, folds.held_out)[:-1]):
        out, rows = folds.held_out == fold, _placed(features, scale, distance)
        index = NearestNeighbors(n_neighbors=counts[-1], algorithm="brute").fit(rows[~out])
        votes = _votes(codes[~out][index.kneighbors(rows[out], return_distance=False)], classes)
        for at, count in enumerate(counts):
            found[fold, at] = mcc(codes[out], votes[:, count - 1].argmax(1), classes=classes)
    return np.asarray(found.mean(0))


def _votes(nearest: NDArray[np.int64], classes: int) -> NDArray[np.int32]:
    """Votes of the first 1, 2, .. neighbours, shape (n, neighbours, classes), of classes of shape (n, neighbours)."""
    found = np.zeros((*nearest.shape, classes), dtype=np.int32)
    np.put_along_axis(found, nearest[..., None], 1, axis=2)
    return np.cumsum(found, axis=1, dtype=np.int32)


def _placed(features: Features, scale: Scale, distance: Distance) -> NDArray[np.floating]:
    """Standardised rows, shape (n, d), for cosine of length 1: among those the nearest by angle is the nearest."""
    rows = scale.dense(features, np.float32)
    if distance == "cosine":
        length = np.sqrt(np.einsum("nd,nd->n", rows, rows))
        rows /= np.where(length > 0, length, 1)[:, None]
    return rows
