"""The columns of a table as arrays, each converted once, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.datasets.delimited import MISSING, SHOWN
from engine.errors import SpecError, one_line
from engine.local_split.exchange import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.exchange import Field
    from engine.local_split.split import Table

    Cells = NDArray[np.object_]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MOST_COUNTED = 1000
_EXAMPLES = 5
_FIRST = 4 * MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Words:
    """The different cells of a column.

    Attributes:
        words: shape (k,), in the order of their first row.
        codes: shape (n,), index into `words`.
    """

    words: Cells
    codes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Shape (k,)."""
        return np.bincount(self.codes, minlength=len(self.words))

    def of(self, values: Sequence[object] | Cells) -> Cells:
        """Shape (n,): the value of each row's word, from one value per word."""
        return objects(values)[self.codes]

    def flags(self, values: Sequence[object] | Mask) -> Mask:
        """Shape (n,): whether the value of each row's word is true."""
        return np.fromiter(map(bool, values), dtype=np.bool_, count=len(self.words))[self.codes]

    def numbers(self, values: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Shape (n,): the whole number of each row's word."""
        return np.asarray(values, dtype=np.int64)[self.codes]


@dataclass(frozen=True, slots=True)
class Columns:
    """A table's columns; what was converted is kept for the next who asks."""

    table: Table
    _cells: dict[str, Cells] = field(default_factory=dict)
    _words: dict[str, Words] = field(default_factory=dict)
    _numbers: dict[str, Floats] = field(default_factory=dict)
    _missing: dict[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        """Rows."""
        return len(self.table.frame)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return tuple(self.table.frame.columns)

    def cells(self, name: str) -> Cells:
        """Texts of a column, shape (n,)."""
        if name not in self._cells:
            self._cells[name] = self.table.frame[name].to_numpy(dtype=object)
        return self._cells[name]

    def words(self, name: str) -> Words:
        """The different texts of a column."""
        if name not in self._words:
            codes, words = pd.factorize(self.cells(name))
            self._words[name] = Words(np.asarray(words, dtype=object), codes.astype(np.int64))
        return self._words[name]

    def numbers(self, name: str) -> Floats:
        """The cells of a column as numbers, shape (n,), NaN where a cell is none; infinities stay."""
        if name not in self._numbers:
            self._numbers[name] = as_numbers(self.cells(name))
        return self._numbers[name]

    def missing(self, name: str) -> Mask:
        """Shape (n,): where a column has no value, or a word for none."""
        if name not in self._missing:
            self._missing[name] = is_missing(self.cells(name))
        return self._missing[name]

    def checked(self, name: str, what: str) -> str:
        """The name of a column that is there.

        Raises:
            SpecError: the table has no such column; the message lists those it has.
        """
        if name not in self.table.frame.columns:
            listed = ", ".join(self.names[:12]) + (" and so on" if len(self.names) > 12 else "")
            raise SpecError(f"{what}: {self.table.name} has no column '{one_line(name)}'; it has {listed}.")
        return name


def objects(values: Sequence[object] | Cells) -> Cells:
    """A row of any objects as they are, shape (n,)."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def as_numbers(cells: Cells) -> Floats:
    """Texts as numbers, NaN for one that is none."""
    numbers: Floats = np.asarray(pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce"), dtype=np.float64)
    return numbers


def is_missing(cells: Cells) -> Mask:
    """Shape (n,): whether a text is empty or a word for no value."""
    found: Mask = pd.Series(cells, dtype=object).isin(NO_VALUE).to_numpy(bool)
    return found


NO_VALUE = frozenset({form for word in (*MISSING, "-") for form in (word, word.upper(), word.title())} | {"NaN"})
"""Words for no value as people write them; "-" is VEP's."""


def described(columns: Columns, fields: Mapping[Field, str]) -> tuple[Column, ...]:
    """What is told of every column."""
    taken = {name: one for one, name in fields.items()}
    return tuple(_described(columns, name, taken.get(name)) for name in columns.names)


def _described(columns: Columns, name: str, taken_for: Field | None) -> Column:
    filled = ~columns.missing(name)
    cells = columns.cells(name)[filled]
    different = _different(cells)
    return Column(
        name=name,
        filled=int(filled.sum()),
        distinct=len(different),
        numeric=bool(len(cells)) and _all_numbers(columns, name, filled),
        examples=tuple(text[:SHOWN] for text in different[:_EXAMPLES]),
        field=taken_for,
    )


def _different(cells: Cells) -> list[str]:
    """Up to `MOST_COUNTED` different texts, in their order."""
    first = pd.unique(cells[:_FIRST])
    found = first if len(first) >= MOST_COUNTED or len(cells) <= _FIRST else pd.unique(cells)
    return [str(text) for text in found[:MOST_COUNTED]]


def _all_numbers(columns: Columns, name: str, filled: Mask) -> bool:
    """A few cells settle most columns of text, and need no pass over a million rows."""
    some = columns.cells(name)[filled][:_EXAMPLES]
    if np.isnan(as_numbers(some)).any():
        return False
    return not np.isnan(columns.numbers(name)[filled]).any()
