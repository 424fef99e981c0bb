"""Labelled sequences with an official split, as every stage sees them, and what systems hand to a probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from engine.records import Task

    Features = NDArray[np.float32] | NDArray[np.float64] | csr_array


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One part of a task.

    Attributes:
        sequences: n sequences in upper case, in the file's order.
        labels: shape (n,), class numbers 0 .. K-1, indices into the task's `classes`.
        positions: shape (n,), 0-based index of the letter of interest, for pooling there; None where none is given.
        groups: shape (n,), names of what sequences share (chromosome, homology cluster); None where none is given.
    """

    sequences: Sequence[str]
    labels: NDArray[np.int64]
    positions: NDArray[np.int64] | None = None
    groups: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.sequences)

    def only(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Split:
        """The part with these rows, in their order."""
        kept = np.arange(len(self))[rows]
        return Split(
            sequences=[self.sequences[row] for row in kept],
            labels=self.labels[kept],
            positions=None if self.positions is None else self.positions[kept],
            groups=None if self.groups is None else self.groups[kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceTask:
    """A classification task.

    Attributes:
        task: the store's row; `prevalence` is the share of the last class in the test split of two classes.
        alphabet: "dna" or "protein".
        classes: the labels as the file has them, in rising order.
        train: what probes are fitted on.
        test: what is predicted once.
        inputs: SHA-256 of each file read, by its name.
        left_out: rows of the files that belong to a validation split, which neither part holds.
    """

    task: Task
    alphabet: str
    classes: tuple[int, ...]
    train: Split
    test: Split
    inputs: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0


def item_ids(test: Split) -> list[str]:
    """The store's `item_id` of each sequence of a test split, in the file's order: test-0, test-1 and so on."""
    return [f"test-{row}" for row in range(len(test))]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to turn a task's sequences into numbers: a representation, or a layer.

    Attributes:
        name: "6-mers", "layer 12".
        train: shape (n_train, d), dense or CSR, one row per sequence.
        test: shape (n_test, d), of the same kind.
    """

    name: str
    train: Features
    test: Features
