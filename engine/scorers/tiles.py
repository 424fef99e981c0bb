"""Tiles over a sequence that is longer than a model's window, and the weights with which they are averaged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REFERENCE_WIDTH = 1022
_REFERENCE_EDGE = 256


def tile_starts(length: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """0-based first letters of the tiles over `length` letters, ascending, and how often each of them counts.

    ProteinGym's overlapping windows: tiles step by half a width from both ends until the two of a step share more than
    one letter, and a central tile is added where they share less than half a width. The two of a step may coincide;
    that tile then counts twice. A sequence that fits is one tile.
    """
    if length <= width:
        return np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    step = max(1, width // 2)
    pairs = 1 + max(0, math.ceil((length + 2 - 2 * width) / (2 * step)))
    left = step * np.arange(pairs)
    starts = np.concatenate([left, length - width - left])
    if 2 * width - length + 2 * left[-1] < step:
        starts = np.append(starts, length // 2 - width // 2)
    return np.unique(starts, return_counts=True)


def edge_weights(width: int) -> NDArray[np.float64]:
    """Weight of each letter in a tile, shape (width,): 1 in the middle, a sigmoid over the edges, never 0.

    ProteinGym's numbers at 1,022 letters: edges of 256, centred at 128 from either end with scale 16, the right one
    letter longer. Other widths have edges in proportion.
    """
    edge = max(1, round(width * _REFERENCE_EDGE / _REFERENCE_WIDTH))
    position = np.arange(1, width + 1)
    weights = np.ones(width)
    left, right = position <= edge, position >= width - edge
    weights[left] = expit((position[left] - edge / 2) / (edge / 16))
    weights[right] = expit((width - edge / 2 - position[right]) / (edge / 16))
    return weights
