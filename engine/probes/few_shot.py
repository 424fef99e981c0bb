"""Few-shot draws: a few rows of each class of train."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# The published harness's, in its order.
GENEB_SEEDS = (13, 17, 42, 123, 997)
_FURTHER = 1000


def geneb_draw(labels: NDArray[np.int64], k: int, seed: int) -> NDArray[np.int64]:
    """Rows that the published harness draws: k of each class, classes in rising order, all of a smaller class.

    Args:
        labels: shape (n,), of the whole train split.
        k: rows per class.
        seed: of the harness.

    Returns:
        Row numbers, shape (at most k * K,).
    """
    # The harness's generator: another one draws other rows.
    rng = np.random.RandomState(seed)
    rows = [np.flatnonzero(labels == number) for number in np.unique(labels)]
    return np.concatenate([rng.choice(own, min(k, len(own)), replace=False) for own in rows])


def draws(labels: NDArray[np.int64], k: int, count: int) -> dict[int, NDArray[np.int64]]:
    """Rows of `count` draws by their seed: the harness's five seeds first, then 1000, 1001, and so on."""
    return {seed: geneb_draw(labels, k, seed) for seed in itertools.islice(_seeds(), count)}


def _seeds() -> Iterator[int]:
    yield from GENEB_SEEDS
    yield from itertools.count(_FURTHER)
