"""Columns of obs and var: plain, categorical, with nulls, as anndata writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import TableError, one_line, quoted
from engine.singlecell.reading.nodes import Array, Group
from engine.singlecell.reading.tables import CATEGORIES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MOST_CLASSES = 500
"""A column with more distinct values is no label: it names cells or measures them."""
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of obs or var in memory.

    Attributes:
        values: shape (rows,): texts (str objects), whole numbers, floats or booleans.
        missing: shape (rows,), where there is no value; `values` has anything there.
    """

    file: Path
    name: str
    values: NDArray[Any]
    missing: NDArray[np.bool_]

    @property
    def kind(self) -> str:
        """`text`, `whole` (whole numbers and booleans) or `number`."""
        return {"O": "text", "f": "number"}.get(self.values.dtype.kind, "whole")

    def distinct(self) -> tuple[tuple[str, int], ...]:
        """Its values as they are written, and how often each is there: the most frequent first, then by name."""
        values, counts = np.unique(self.values[~self.missing], return_counts=True)
        found = zip((str(one) for one in values), counts.tolist(), strict=True)
        return tuple(sorted(found, key=lambda one: (-one[1], one[0])))

    def texts(self, missing: str | None = None) -> NDArray[np.str_]:
        """Its values as they are written.

        Args:
            missing: what stands where there is no value; None where each row must have one.

        Raises:
            TableError: a row has no value.
        """
        if missing is None:
            self._check_complete()
        found = self.values.astype(np.str_)
        return np.where(self.missing, missing or "", found) if self.missing.any() else found

    def numbers(self) -> NDArray[np.float64]:
        """Its values as numbers, all finite.

        Raises:
            TableError: texts, or a row without a finite value.
        """
        if self.kind == "text":
            raise TableError(self.file, "texts where numbers are expected", column=self.name, value=self.values[0])
        self._check_complete()
        return self.values.astype(np.float64)

    def _check_complete(self) -> None:
        if count := int(self.missing.sum()):
            problem = f"{count:,} of {self.missing.size:,} rows have no value"
            raise TableError(self.file, problem, column=self.name, expected="a value in every row, or another column")


def read_column(frame: Group, name: str, rows: int) -> Column:
    """A column of obs or var.

    Args:
        frame: the group `obs` or `var`.
        name: of the column.
        rows: how many it must have.

    Raises:
        TableError: no such column (names those that are there), damaged, of another length, or encoded in a way that
            is not known here.
    """
    check_column(frame, name)
    node = frame.child(name)
    if isinstance(node, Group):
        values, missing = _encoded(node, rows)
    elif (categories := _old_categories(frame, name)) is not None:
        values, missing = _categorical(node, categories, rows)
    else:
        values = _of_length(node, rows)
        missing = _not_a_number(values)
    return Column(file=frame.file, name=name, values=values, missing=missing)


def check_column(frame: Group, name: str) -> None:
    """Refuse a name that is none of the columns.

    Raises:
        TableError: with the columns that are there.
    """
    there = column_names(frame)
    if name not in there:
        shown = ", ".join(one_line(one, 30) for one in there[:_SHOWN]) or "none"
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise TableError(frame.file, f"{frame.where} has no column {quoted(name)}; there are {shown}{more}")


def column_names(frame: Group) -> tuple[str, ...]:
    """Names of the columns, in the file's order; the index is none of them."""
    told = frame.attribute("column-order")
    order = [_text(one) for one in np.atleast_1d(np.asarray(told, dtype=object))] if told is not None else []
    there = {*frame.names()} - {index_name(frame), CATEGORIES}
    return (*(one for one in order if one in there), *sorted(there.difference(order)))


def index_name(frame: Group) -> str:
    """Name of the element with the names of the rows."""
    told = frame.attribute("_index")
    return "_index" if told is None else _text(told)


def index_array(frame: Group) -> Array:
    """The names of the rows, unread.

    Raises:
        TableError: missing, damaged, or a link.
    """
    return frame.array(index_name(frame))


def read_index(frame: Group, rows: int) -> NDArray[np.str_]:
    """The names of the rows, shape (rows,).

    Raises:
        TableError: missing, damaged, or a link.
    """
    return _of_length(index_array(frame), rows).astype(np.str_)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _encoded(node: Group, rows: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    kind = node.encoding
    if kind == "categorical":
        return _categorical(node.array("codes"), node.array("categories"), rows)
    if kind in {"nullable-integer", "nullable-boolean", "nullable-string-array"}:
        values = _of_length(node.array("values"), rows)
        return values, _of_length(node.array("mask"), rows).astype(bool) | _not_a_number(values)
    problem = f"'{node.where}' is encoded as {quoted(kind)}, which is not known here"
    raise TableError(node.file, problem, expected="a plain or categorical column, or one with nulls")


def _categorical(codes: Array, categories: Array, rows: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    code = _of_length(codes, rows)
    # A single category was once written as one text.
    names = np.atleast_1d(categories.read())
    if code.dtype.kind not in "iu" or names.ndim != 1:
        raise TableError(codes.file, f"'{codes.where}' are no codes of categories", expected="whole numbers")
    wrong = code.size and (code.max() >= len(names) or code.min() < -1)
    if wrong:
        problem = f"'{codes.where}' has a code outside its {len(names)} categories"
        raise TableError(codes.file, problem, expected="-1 for no value, else the place in the categories")
    missing = code < 0
    if not len(names):
        return np.full(rows, "", dtype=object), missing
    values = names[np.where(missing, 0, code).astype(np.int64)]
    return values, missing | _not_a_number(values)


def _old_categories(frame: Group, name: str) -> Array | None:
    """The categories of a column that is plain codes, as anndata up to 0.7 kept them apart."""
    if not frame.has(CATEGORIES):
        return None
    kept = frame.group(CATEGORIES)
    return kept.array(name) if kept.has(name) else None


def _of_length(array: Array, rows: int) -> NDArray[Any]:
    if array.shape != (rows,):
        problem = f"'{array.where}' has the shape {array.shape} where {rows:,} values are expected"
        raise TableError(array.file, problem, expected="one value a row: write the file again")
    return array.read()


def _not_a_number(values: NDArray[Any]) -> NDArray[np.bool_]:
    return ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)


def class_labels(column: Column, *, most: int = MOST_CLASSES) -> NDArray[np.str_]:
    """A column as the classes of cells, shape (cells,).

    Raises:
        TableError: numbers with fractions, more than `most` classes, a single one, or a cell without one.
    """
    file, name = column.file, column.name
    values = column.values[~column.missing]
    if column.kind == "number" and np.any(values != np.round(values)):
        broken = float(values[values != np.round(values)][0])
        raise TableError(file, "numbers with fractions are no classes", column=name, value=broken, expected="labels")
    distinct = column.distinct()
    if len(distinct) > most:
        problem = f"{len(distinct):,} different values, more than {most} classes"
        raise TableError(file, problem, column=name, expected="a label that many cells share, or another column")
    if len(distinct) == 1:
        problem = f"all cells have the same value, {quoted(distinct[0][0])}"
        raise TableError(file, problem, column=name, expected="at least two classes, or another column")
    return column.texts()
