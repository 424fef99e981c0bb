"""Tables in one piece, as anndata before 0.7 wrote obs, var and obsm, shown as the groups of arrays they are since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

CATEGORIES = "__categories"
"""Where anndata 0.7 kept the texts behind the codes of a column; before that they were in `uns`."""
_IN_UNS = "_categories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a table, with what is asked of an array: shape (rows, ...), type, values of some rows."""

    table: Any
    name: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a value; a column of vectors has that of their numbers."""
        found: np.dtype[Any] = self.table.dtype[self.name].base
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        """A row each, and the length of a vector."""
        return (*self.table.shape, *self.table.dtype[self.name].shape)

    @property
    def attrs(self) -> Mapping[str, object]:
        """A column has none of its own."""
        return {}

    def __getitem__(self, part: slice) -> NDArray[Any]:
        """Values of some rows."""
        return np.asarray(self.table.fields(self.name)[part])


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as the group of its columns; the first one has the names of the rows, as anndata took it.

    Attributes:
        table: the array whose values have fields.
        categories: of its columns that are codes, None where none is.
    """

    table: Any
    categories: Categories | None

    @property
    def attrs(self) -> Mapping[str, object]:
        """What later versions say of a frame."""
        names = self.table.dtype.names
        return {"_index": names[0], "column-order": np.array(names[1:], dtype=object)}

    def names(self) -> Iterable[str]:
        """Of its columns, and of the place of their categories."""
        return (*self.table.dtype.names, *([CATEGORIES] if self.categories else []))

    def __getitem__(self, name: str) -> Field | Categories:
        """A column, or the place of all categories."""
        if name == CATEGORIES and self.categories:
            return self.categories
        return Field(table=self.table, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """The categories of a table's columns, wherever they lie: in `uns`, named after the columns."""

    uns: Any
    columns: tuple[str, ...]

    @property
    def attrs(self) -> Mapping[str, object]:
        """It says nothing of itself."""
        return {}

    def names(self) -> Iterable[str]:
        """Of the columns that have categories."""
        return self.columns

    def __getitem__(self, name: str) -> Any:
        """The texts behind the codes of a column."""
        return self.uns[name + _IN_UNS]


def with_categories(table: Any, kept: Iterable[str]) -> tuple[str, ...]:
    """Columns of whole numbers that `uns` has categories of.

    Args:
        table: the array whose values have fields.
        kept: names in `uns`.
    """
    there = {name.removesuffix(_IN_UNS) for name in kept if name.endswith(_IN_UNS)}
    return tuple(name for name in table.dtype.names if name in there and table.dtype[name].kind in "iu")
