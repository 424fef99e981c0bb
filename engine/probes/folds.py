"""Inner folds of train: made once per task, the same for every system."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT = 5


@dataclass(frozen=True, slots=True)
class Folds:
    """Which fold holds out which row.

    Attributes:
        held_out: shape (n,), number of the fold that holds the row out.
        hash: SHA-256 over `held_out`: two systems were chosen on the same folds where it agrees.
    """

    held_out: NDArray[np.int8]
    hash: str

    @property
    def count(self) -> int:
        """Number of folds."""
        return int(self.held_out.max()) + 1


def make_folds(labels: NDArray[np.int64], groups: NDArray[np.str_] | None = None, *, seed: int = 0) -> Folds | None:
    """Five shuffled folds with the classes in proportion, and no group in two of them.

    None where the smallest class, or the groups, are fewer than two: then nothing can be held out. With fewer than
    five there are as many folds as the smallest class has rows.

    Args:
        labels: shape (n,), class numbers.
        groups: shape (n,), what rows share; None where they count as independent.
        seed: of the shuffling.
    """
    count = min(COUNT, int(np.unique(labels, return_counts=True)[1].min()))
    if groups is not None:
        count = min(count, len(np.unique(groups)))
    if count < 2:
        return None
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter = kind(count, shuffle=True, random_state=seed)
    held_out = np.empty(len(labels), dtype=np.int8)
    for number, (_, rows) in enumerate(splitter.split(np.zeros(len(labels)), labels, groups)):
        held_out[rows] = number
    return Folds(held_out, hashlib.sha256(held_out.tobytes()).hexdigest())
