"""What of a table a slide can hold: the first rows and every baseline, the columns that say most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export.cell_words import baseline_places, best_places, filled_places, heading, numeric_places, worded
from dashboard.export.kept_rows import kept_rows
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from dashboard.exhibits import Exhibit

MOST_COLUMNS = 8
LONGEST_CELL = 120
_LONG, _FEWEST_ALIKE = 24, 3
_FEWEST_COLUMNS, _MOST_LETTERS = 3, 330
"""A row of more letters than these fills several lines on a slide."""
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
    positions of the columns that align right; `left_out` says in a sentence what is missing, None if nothing is;
    `same` what every row says alike, which needs no column.
    """

    rows: pd.DataFrame
    baselines: tuple[int, ...]
    best: frozenset[tuple[int, int]]
    numeric: frozenset[int]
    left_out: str | None
    same: str | None = None

    @property
    def sentence(self) -> str | None:
        """What stands under the table: what is left out, and what holds of every row."""
        return ". ".join(part for part in (self.left_out, self.same) if part) or None


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
    alike = _alike(rows, filled)
    told = [place for place in filled if place not in alike and not _addresses(rows.iloc[:, place])]
    across, down = _columns(exhibit, told, columns), kept_rows([place in baselines for place in range(len(rows))], most)
    part = rows.iloc[down, across]
    cells = worded(rows).iloc[down, across].map(_cut).reset_index(drop=True)
    return Excerpt(
        rows=cells,
        baselines=tuple(new for new, old in enumerate(down) if old in baselines),
        best=frozenset((down.index(r), across.index(c)) for r, c in best_places(exhibit) if r in down and c in across),
        numeric=numeric_places(part),
        left_out=_left_out(len(rows), down, baselines, len(filled) - len(alike) - len(across)),
        same="; ".join(f"{rows.columns[place]}: {rows.iloc[0, place]}" for place in alike) or None,
    )


def _alike(rows: pd.DataFrame, filled: list[int]) -> list[int]:
    """Columns, but the first, of one long text in every row: a sentence says it once."""
    if len(rows) < _FEWEST_ALIKE:
        return []
    found = [place for place in filled[1:] if isinstance(rows.iloc[0, place], str)]
    return [
        place
        for place in found
        if len(rows.iloc[0, place]) > _LONG and (rows.iloc[:, place] == rows.iloc[0, place]).all()
    ]


def _addresses(column: pd.Series) -> bool:
    """Whether a column holds nothing but links."""
    return all(str(value).startswith(("http://", "https://")) for value in column.dropna())


def _columns(exhibit: Exhibit, filled: list[int], most: int) -> list[int]:
    """The columns that say most, as many as are asked for and a slide can hold."""
    if exhibit.rows is None or not filled:
        return filled
    first, *others = filled
    ordered = others if len(filled) <= most else sorted(others, key=_telling(exhibit))[: most - 1]
    widths = {place: min(_letters(exhibit.rows.iloc[:, place]), LONGEST_CELL) for place in filled}
    kept, used = [first], widths[first]
    for place in ordered:
        if len(kept) < _FEWEST_COLUMNS or used + widths[place] <= _MOST_LETTERS:
            kept.append(place)
            used += widths[place]
    return sorted(kept[:most])


def _letters(column: pd.Series) -> int:
    return max((len(str(value)) for value in column.dropna()), default=0)


def _telling(exhibit: Exhibit) -> Callable[[int], tuple[int, int]]:
    """How soon a column is taken: the best ones, verdicts, values, intervals, then numbers, then words."""
    names = [] if exhibit.rows is None else [str(name) for name in exhibit.rows.columns]
    numbers = frozenset() if exhibit.rows is None else numeric_places(exhibit.rows)

    def telling(place: int) -> tuple[int, int]:
        if names[place] in exhibit.best:
            return 0, place
        worth = next((rank for rank, pattern in enumerate(_TELLING, 1) if pattern.search(heading(names[place]))), None)
        if names[place].lower() == "role":  # the mark of a baseline says it
            worth = len(_TELLING) + 3
        return worth or len(_TELLING) + (1 if place in numbers else 2), place

    return telling


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
