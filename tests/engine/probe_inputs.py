"""What probes are tested on: k-mer frequencies of real tasks, and small made-up features."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Part(NamedTuple):
    features: NDArray[np.float32]
    labels: NDArray[np.int64]


def four_mers(mirror: Path, name: str) -> tuple[Part, Part]:
    """4-mer frequencies of a task's train and test split."""
    table = pd.read_csv(mirror / "geneb_tasks" / f"{name}.csv.gz")
    parts = [table[table["split"] == split] for split in ("train", "test")]
    train, test = (Part(frequencies(list(part["text"])), part["label"].to_numpy(np.int64)) for part in parts)
    return train, test


def frequencies(sequences: Sequence[str], k: int = 4) -> NDArray[np.float32]:
    """Share of each k-mer in each sequence, shape (n, 4**k); others than ACGT are not counted."""
    column = {"".join(letters): at for at, letters in enumerate(product("ACGT", repeat=k))}
    found = np.zeros((len(sequences), 4**k + 1))
    for row, text in enumerate(sequences):
        for start in range(len(text) - k + 1):
            found[row, column.get(text[start : start + k].upper(), -1)] += 1
    counts = found[:, :-1]
    shares: NDArray[np.float32] = (counts / np.maximum(counts.sum(1, keepdims=True), 1)).astype(np.float32)
    return shares


def blobs(n: int, columns: int, *, classes: int = 2, spread: float = 100.0) -> Part:
    """Overlapping classes of unequal size in columns of unequal scale and offset, some of them near copies."""
    rng = np.random.default_rng(n)
    labels = rng.choice(classes, n, p=np.arange(classes, 0, -1) / sum(range(classes + 1)))
    features = rng.normal(size=(n, columns)) + 0.4 * rng.normal(size=(classes, columns))[labels]
    features[:, -2:] = features[:, :2] + 0.05 * rng.normal(size=(n, 2))
    features = features * np.geomspace(1 / spread, spread, columns) + np.linspace(-0.03, 0.5, columns) * spread
    return Part(features.astype(np.float32), labels.astype(np.int64))
