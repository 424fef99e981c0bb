"""What of a table a slide can hold: the first rows and every baseline, the columns that say most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export.cell_words import baseline_places, best_places, filled_places, heading, numeric_places, worded
from dashboard.text import count

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.exhibits import Exhibit

MOST_COLUMNS = 8
LONGEST_CELL = 120
_TELLING = (
    re.compile(r"verdict|outcome|result", re.IGNORECASE),
    re.compile(r"\b(value|score|mcc|auroc|auprc|acc(uracy)?|f1|spearman|macro|micro|rank)\b", re.IGNORECASE),
    re.compile(r"\b(interval|ci|low|high|lower|upper)\b", re.IGNORECASE),
    re.compile(r"difference|against|delta|gap|\bahead\b", re.IGNORECASE),
)
"""Columns after the name, the ones that say most first."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a table as words.

    `rows` are strings as on screen; `baselines` positions of its rows, `best` positions of row and column, `numeric`
    positions of the columns that align right; `left_out` says in a sentence what is missing, None if nothing is.
    """

    rows: pd.DataFrame
    baselines: tuple[int, ...]
    best: frozenset[tuple[int, int]]
    numeric: frozenset[int]
    left_out: str | None


def excerpt(exhibit: Exhibit, most: int, *, columns: int = MOST_COLUMNS) -> Excerpt:
    """The rows of an exhibit for a slide.

    Args:
        exhibit: with rows.
        most: rows that fit, at least 1.
        columns: columns that fit, at least 1.

    Raises:
        ExhibitError: the exhibit has no rows, or none with a value.
    """
    rows = exhibit.rows
    filled = [] if rows is None else filled_places(rows)
    if rows is None or not filled or rows.empty:
        raise ExhibitError(f"“{exhibit.title}” has no rows to show as a table")
    baselines = baseline_places(exhibit)
    across, down = _columns(exhibit, filled, columns), _rows(len(rows), baselines, most)
    part = rows.iloc[down, across]
    cells = worded(rows).iloc[down, across].map(_cut).reset_index(drop=True)
    return Excerpt(
        rows=cells,
        baselines=tuple(new for new, old in enumerate(down) if old in baselines),
        best=frozenset((down.index(r), across.index(c)) for r, c in best_places(exhibit) if r in down and c in across),
        numeric=numeric_places(part),
        left_out=_left_out(len(rows), down, baselines, len(filled) - len(across)),
    )


def _rows(n: int, baselines: tuple[int, ...], most: int) -> list[int]:
    """The first rows and all baselines; where those alone would fill it, at most half of it."""
    if n <= most:
        return list(range(n))
    kept: list[int] = []
    for room in range(most, 0, -1):
        kept = [place for place in baselines if place >= room][: max(most // 2, most - room)]
        if room + len(kept) <= most:
            return [*range(room), *kept]
    return list(range(min(n, most)))


def _columns(exhibit: Exhibit, filled: list[int], most: int) -> list[int]:
    if len(filled) <= most:
        return filled
    names = [] if exhibit.rows is None else [str(name) for name in exhibit.rows.columns]
    numbers = frozenset() if exhibit.rows is None else numeric_places(exhibit.rows)
    first, *others = filled

    def telling(place: int) -> tuple[int, int]:
        if names[place] in exhibit.best:
            return 0, place
        worth = next((rank for rank, pattern in enumerate(_TELLING, 1) if pattern.search(heading(names[place]))), None)
        if names[place].lower() == "role":  # the mark of a baseline says it
            worth = len(_TELLING) + 3
        return worth or len(_TELLING) + (1 if place in numbers else 2), place

    return sorted([first, *sorted(others, key=telling)[: most - 1]])


def _cut(text: str) -> str:
    if len(text) <= LONGEST_CELL:
        return text
    return f"{text[: LONGEST_CELL - 1].rsplit(' ', 1)[0]}…"


def _left_out(n: int, down: list[int], baselines: tuple[int, ...], columns: int) -> str | None:
    said: list[str] = []
    if len(down) < n:
        extra = sum(place != row for place, row in enumerate(down))
        first = f"the first {len(down) - extra}"
        more = f"{len(down)} of {count(n)} rows: {first} and {count(extra, 'baseline')}"
        said.append(more if extra else f"{first} of {count(n)} rows")
        if absent := sum(place not in down for place in baselines):
            said.append(f"{count(absent, 'baseline')} more in the CSV")
    if columns:
        said.append(f"{count(columns, 'column')} {'is' if columns == 1 else 'are'} in the CSV")
    return "; ".join(said) or None
