"""Cells of a table as words, typeset as on screen: one rule for slides, Markdown and LaTeX."""

from __future__ import annotations

import numbers
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.text import DASH, count, size, three

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Exhibit

_YEAR = re.compile(r"\byears?\b", re.IGNORECASE)
_CHANCE = re.compile(r"^[pq]$|\b[pq] value\b", re.IGNORECASE)
_PARAMETERS = re.compile(r"\bparameters\b", re.IGNORECASE)
_LARGE = 1000
_SMALL = 0.0005


def worded(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with each cell as a string and each heading as words; positions of rows and columns stay.

    Three digits for shares and differences, thousands parted, a typeset minus, an en dash for a missing value.
    """
    columns = [_column(rows.iloc[:, place], str(name)) for place, name in enumerate(rows.columns)]
    headings = [heading(str(name)) for name in rows.columns]
    found = pd.DataFrame(dict(enumerate(columns)), index=range(len(rows)), dtype=object)
    return found.set_axis(pd.Index(headings, dtype=object), axis="columns")


def heading(name: str) -> str:
    """A column's name as words: `value_low` -> 'value low'."""
    return " ".join(name.replace("_", " ").split())


def numeric_places(rows: pd.DataFrame) -> frozenset[int]:
    """Positions of the columns that hold numbers."""
    return frozenset(place for place in range(rows.shape[1]) if _holds_numbers(rows.iloc[:, place]))


def filled_places(rows: pd.DataFrame) -> list[int]:
    """Positions of the columns that have any value."""
    return [place for place in range(rows.shape[1]) if any(not missing(value) for value in rows.iloc[:, place])]


def baseline_places(exhibit: Exhibit) -> tuple[int, ...]:
    """Positions of the rows that are baselines: as the exhibit says, or as its column of roles does."""
    if exhibit.rows is None:
        return ()
    if exhibit.baselines:
        return tuple(place for place in sorted(set(exhibit.baselines)) if place < len(exhibit.rows))
    roles = next((place for place, name in enumerate(exhibit.rows.columns) if str(name).lower() == "role"), None)
    if roles is None:
        return ()
    return tuple(place for place, role in enumerate(exhibit.rows.iloc[:, roles]) if role == "baseline")


def best_places(exhibit: Exhibit) -> frozenset[tuple[int, int]]:
    """Row and column of each best value; none in a column whose values are all the same."""
    rows = exhibit.rows
    if rows is None or len(rows) < 2:
        return frozenset()
    found: set[tuple[int, int]] = set()
    for place, name in enumerate(rows.columns):
        if name not in exhibit.best or not _holds_numbers(rows.iloc[:, place]):
            continue
        values = pd.to_numeric(rows.iloc[:, place]).astype("Float64")
        top = values.max() if exhibit.best[name] == "high" else values.min()
        if values.notna().any() and values.min() < values.max():
            found.update((row, place) for row, one in enumerate((values == top).fillna(False)) if one)
    return frozenset(found)


def missing(value: object) -> bool:
    """Whether a cell has no value: None, NaN, NA, NaT, or nothing but space."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _holds_numbers(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _column(column: pd.Series, name: str) -> list[str]:
    rule = _rule(column, name)
    return [DASH if missing(value) else rule(value) for value in column]


def _rule(column: pd.Series, name: str) -> Callable[[Any], str]:
    if not _holds_numbers(column):
        return _text
    if _PARAMETERS.search(heading(name)):
        return lambda value: size(float(value))
    if _YEAR.search(heading(name)):
        return lambda value: f"{value:.0f}"
    known = column.dropna()
    # Counts with a gap arrive as floats; a column of nothing but 0 and 1 may as well hold shares.
    if pd.api.types.is_integer_dtype(column) or (bool((known % 1 == 0).all()) and bool((known.abs() > 1).any())):
        return lambda value: count(value) if value >= 0 else f"−{count(-value)}"
    return _chance if _CHANCE.search(heading(name)) else _number


def _number(value: float) -> str:
    if abs(value) >= _LARGE:
        return count(round(value)) if value > 0 else f"−{count(round(-value))}"
    return three(value)


def _chance(value: float) -> str:
    """A p or q value: a small one is not 0."""
    return f"{value:.0e}".replace("-", "−") if 0 < value < _SMALL else three(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return str(value.strftime("%Y-%m-%d" if value == value.normalize() else "%Y-%m-%d %H:%M"))
    if isinstance(value, numbers.Real):
        return _number(float(value)) if float(value) % 1 else count(float(value))
    return " ".join(str(value).split())
