"""Long lists in sheets, with what everything is held against on each of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SHEET = 60
"""Rows that fit a chart."""
_KEPT = 20


def sheets(rows: pd.DataFrame) -> int:
    """How many sheets the rows need, at least one."""
    if len(rows) <= SHEET:
        return 1
    always = len(_always(rows))
    return math.ceil((len(rows) - always) / (SHEET - always))


def sheet(rows: pd.DataFrame, number: int) -> pd.DataFrame:
    """At most SHEET rows in their order; the strongest baselines are on every sheet.

    Args:
        rows: all of them, with `role` and `value`.
        number: from 1; one that is too high is the last.
    """
    if len(rows) <= SHEET:
        return rows
    always = _always(rows)
    room = SHEET - len(always)
    others = [place for place in range(len(rows)) if place not in always]
    start = (min(max(number, 1), sheets(rows)) - 1) * room
    return rows.iloc[sorted([*always, *others[start : start + room]])]


def _always(rows: pd.DataFrame) -> set[int]:
    values = rows["value"].where(rows["role"] == "baseline").reset_index(drop=True).dropna()
    return {int(place) for place in values.nlargest(_KEPT).index}
