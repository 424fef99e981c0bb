"""Expression as scGPT reads it: the bin of each value among the values of its own cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 51
"""Bins in the published models: 0 for zero and 50 for the rest."""


def binned(values: NDArray[np.float64], rng: np.random.Generator, *, bins: int = BINS) -> NDArray[np.int64]:
    """Bin of each value of a cell, shape (values,): 0 for zero, else 1 to bins - 1 by the quantiles of the rest.

    The edges are the `bins - 1` evenly spaced quantiles of the cell's values above zero. A value that equals several
    edges at once, as small counts do, gets one of the bins between them at random, which spreads equal values evenly
    (Cui et al. 2024, doi:10.1038/s41592-024-02201-0; package scgpt, preprocess.py).

    Args:
        values: of one cell, none negative.
        rng: Draws between equal edges.
        bins: How many, that for zero included.

    Raises:
        SpecError: a value is negative, or there are fewer than two bins above zero.
    """
    if bins < 3:
        raise SpecError(f"{bins} bins leave nothing to tell values apart; give 3 or more.")
    if (values < 0).any():
        raise SpecError(f"{values.min():g} cannot be binned: give counts or their logs, not scaled values.")
    found = np.zeros(len(values), dtype=np.int64)
    above = values > 0
    if not above.any():
        return found
    edges = np.quantile(values[above], np.linspace(0, 1, bins - 1))
    upper = np.digitize(values[above], edges)
    lower = np.digitize(values[above], edges, right=True)
    # Draws lie in [0, 1): the bin is one of lower + 1 .. upper, so a value on a single edge always belongs above it.
    found[above] = np.ceil(upper + rng.random(len(upper)) * (lower - upper)).astype(np.int64)
    return found
