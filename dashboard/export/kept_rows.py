"""Which rows of many a slide shows: the first ones and all baselines, and the sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence


def kept_rows(baselines: Sequence[bool], most: int) -> list[int]:
    """Places of the rows shown, in order: the first ones and the baselines, which take at most half of the room."""
    n = len(baselines)
    if n <= most:
        return list(range(n))
    later: list[int] = []
    for first in range(most, 0, -1):
        later = [place for place in range(first, n) if baselines[place]]
        if first + min(len(later), most // 2) <= most:
            return [*range(first), *later[: most - first]]
    return list(range(most))


def left_out(kept: Sequence[int], n: int) -> str | None:
    """What a reader has to know of the rows that are not shown."""
    if len(kept) == n:
        return None
    first = next((place for place, row in enumerate(kept) if row != place), len(kept))
    said = f"{len(kept)} of {count(n)} rows: the first {first}"
    return (
        f"{said} and {count(len(kept) - first, 'baseline')}" if first < len(kept) else f"The first {first} of {n} rows"
    )
