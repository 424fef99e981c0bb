"""Weighted medians under many rows of weights at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

_BLOCK = 32
_EXACT = 1e-9
"""Half of the weight is met exactly where a sum is within this of one half: sums of weights are rounded."""


def weighted_medians(scores: Floats, weights: Floats) -> Floats:
    """The value below which half of the weight lies; where it is met exactly, the middle of the two values around.

    Args:
        scores: shape (tasks, models).
        weights: shape (rows, tasks), none negative, each row adding up to 1.

    Returns:
        shape (rows, models).
    """
    tasks, rows = len(scores), len(weights)
    blocks = -(-tasks // _BLOCK)
    # The last row pads the last block: a task without weight changes no sum.
    by_task = np.vstack([weights.T, np.zeros((1, rows))])
    sums = np.empty((_BLOCK, blocks, rows))
    places = np.full(blocks * _BLOCK, tasks)
    found = np.empty((rows, scores.shape[1]))
    for model, own in enumerate(scores.T):
        places[:tasks] = np.argsort(own)
        np.take(by_task, places.reshape(blocks, _BLOCK).T, axis=0, out=sums, mode="clip")
        ends = _sum_within_blocks(sums)
        lower, upper = (own[places[_first_above(sums, ends, limit)]] for limit in (0.5 - _EXACT, 0.5 + _EXACT))
        found[:, model] = (lower + upper) / 2
    return found


def _sum_within_blocks(cells: Floats) -> Floats:
    """Running sums within each block, in place; returns the sum at the end of each, shape (blocks, rows).

    One running sum over all would add one number after the other; this adds all blocks side by side.

    Args:
        cells: shape (block, blocks, rows).
    """
    for place in range(1, len(cells)):
        np.add(cells[place], cells[place - 1], out=cells[place])
    return np.cumsum(cells[-1], axis=0)


def _first_above(cells: Floats, ends: Floats, limit: float) -> Counts:
    """Where each row's running sum first exceeds the limit, which the last one does; shape (rows,)."""
    row = np.arange(ends.shape[1])
    block = np.count_nonzero(ends <= limit, axis=0)
    left = limit - ends[block, row] + cells[-1, block, row]
    flat, width = cells.ravel(), ends.size
    first = block * len(row) + row
    place = np.zeros_like(row)
    # The number of sums in the block that are not above what is left, bit by bit.
    for step in (16, 8, 4, 2, 1):
        place += step * (flat[first + (place + step - 1) * width] <= left)
    found: Counts = block * _BLOCK + place
    return found
