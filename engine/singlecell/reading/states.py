"""What the values of a matrix are: counts, logs, z-scores; said from the values, as no file says it reliably."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.singlecell.reading.matrices import Chunk

LARGEST_LOG = 30.0
"""log2 of a billion; counts per million and the like are far above."""


@unique
class State(StrEnum):
    """What was done to the counts."""

    COUNTS = "counts"
    LOGS = "logs"
    NORMALISED = "normalised"
    SCALED = "scaled"
    EMPTY = "empty"

    @property
    def meaning(self) -> str:
        """As it stands in a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    State.COUNTS: "counts (whole numbers)",
    State.LOGS: "logs",
    State.NORMALISED: "normalised counts without logarithm",
    State.SCALED: "scaled values (some are negative)",
    State.EMPTY: "only zeros",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Range of the values that were looked at, and whether all of them are whole numbers."""

    smallest: float
    largest: float
    whole: bool

    @property
    def state(self) -> State:
        """What they are."""
        if self.smallest < 0:
            return State.SCALED
        if self.largest == 0:
            return State.EMPTY
        if self.whole:
            return State.COUNTS
        return State.LOGS if self.largest <= LARGEST_LOG else State.NORMALISED


def look(chunks: Iterable[Chunk]) -> Values:
    """Range and wholeness of the values of some chunks; a zero that is not stored counts as one."""
    smallest, largest, whole = 0.0, 0.0, True
    for _, block in chunks:
        values = block if isinstance(block, np.ndarray) else block.data
        if values.size:
            smallest, largest = min(smallest, float(values.min())), max(largest, float(values.max()))
            whole = whole and bool((values == np.round(values)).all())
    return Values(smallest=smallest, largest=largest, whole=whole)
