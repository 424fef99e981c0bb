"""Parts of a pseudobulk: some of its conditions, or the genes that are measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import Pseudobulk

MOST_GENES = 1000
"""Genes that are measured, by expression in control cells (Ahlmann-Eltze et al. 2025)."""


def conditions_of(data: Pseudobulk, places: Sequence[int]) -> Pseudobulk:
    """The conditions at these places alone, in this order."""
    rows = np.asarray(places, dtype=np.int64)
    return replace(
        data,
        conditions=tuple(data.conditions[place] for place in places),
        profiles=data.profiles[rows],
        cells=data.cells[rows],
    )


def most_expressed(data: Pseudobulk, most: int = MOST_GENES) -> Pseudobulk:
    """The genes that control cells express most, in the order they have; of equal ones the first by name."""
    if len(data.genes) <= most:
        return data
    ranked = np.lexsort((np.asarray(data.genes), -data.control))
    kept: NDArray[np.int64] = np.sort(ranked[:most])
    return replace(
        data,
        genes=tuple(data.genes[place] for place in kept),
        control=data.control[kept],
        profiles=data.profiles[:, kept],
    )
