"""Cells of a workbook's sheet as a person sees them: texts, dates in ISO form, whole numbers without '.0'."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.local_split.reading.dates import date_text
from engine.local_split.reading.frames import check_columns, check_size
from engine.local_split.reading.xml_parts import Handler

if TYPE_CHECKING:
    from engine.local_split.reading.source import Source
    from engine.local_split.reading.workbook import Workbook
    from engine.local_split.reading.xml_parts import Attributes

_LAST_ROW = 1_048_576
_DIGITS = "0123456789"
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Rows that may stand above the rows of a table.
_ABOVE = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A cell that is not simply what it shows: 1-based row, 0-based column, and what stands there."""

    row: int
    column: int
    value: str


@dataclass(slots=True)
class SheetCells:
    """Rows with at least one value.

    Attributes:
        numbers: 1-based row of each.
        rows: their cells up to the last with a value.
        dates: cells that Excel shows as a date.
        uncalculated: formulas without a result, which are empty in `rows`.
        errors: results such as #REF!, which are empty in `rows`.
    """

    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    dates: list[Seen] = field(default_factory=list)
    uncalculated: list[Seen] = field(default_factory=list)
    errors: list[Seen] = field(default_factory=list)


def read_cells(source: Source, workbook: Workbook, member: str) -> SheetCells:
    """All cells of a sheet.

    Raises:
        TableError: it is damaged or too large.
    """
    handler = _Cells(source, workbook, member)
    workbook.archive.parse(member, handler)
    return handler.found


def shown_number(text: str) -> str:
    """A number as it was stored, to how it is written: '1.0' and '1E0' are '1'."""
    if text.isdecimal():
        return text
    # What Python reads beyond that, 1_0 or infinity, no spreadsheet writes as a number.
    if not _NUMBER.fullmatch(text) or math.isinf(number := float(text)):
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


class _Cells(Handler):
    def __init__(self, source: Source, workbook: Workbook, member: str) -> None:
        self.found = SheetCells()
        self._source = source
        self._texts = workbook.texts
        self._dates = workbook.dates
        self._from_1904 = workbook.from_1904
        self._damaged = workbook.archive.damaged(member)
        self._indices: dict[str, int] = {}
        self._elements = self._size = 0
        self._row = 0
        self._cells: list[str] = []
        self._column = -1
        self._of_cell: Attributes = {}
        self._formula: list[str] | None = None
        self._value: list[str] | None = None
        self._into: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or name == "t":  # noqa: PLR1714 - the test that is made most often
            # An inline text comes in runs, each in an element of its own.
            self._into = self._value = self._value or []
        elif name == "f":
            self._into = self._formula = []
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._into = None

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name in {"v", "t", "f"}:
            self._into = None

    def text(self, letters: str) -> None:
        if self._into is not None:
            self._into.append(letters)

    def _begin_row(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        row = int(given) if given and given.isdecimal() else self._row + 1
        if not self._row < row <= _LAST_ROW or (given and not given.isdecimal()):
            raise self._damaged
        self._row, self._column, self._cells = row, -1, []

    def _begin_cell(self, attributes: Attributes) -> None:
        self._elements += 1
        if not self._elements % 100_000:
            check_size(self._source, 0, self._elements)
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._index(reference.rstrip(_DIGITS))
        if column <= self._column:
            raise self._damaged
        self._column, self._of_cell, self._formula, self._value = column, attributes, None, None

    def _index(self, letters: str) -> int:
        index = self._indices.get(letters)
        if index is None:
            # Three letters are all that Excel has; more would ask for rows of any length.
            if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isupper() and letters.isalpha()):
                raise self._damaged
            index = -1
            for letter in letters:
                index = (index + 1) * 26 + ord(letter) - ord("A")
            self._indices[letters] = index
        return index

    def _end_cell(self) -> None:
        if self._value is None and self._formula is None:
            return
        shown = self._shown("".join(self._value or [])).strip()
        if not shown:
            return
        check_columns(self._source, self._column + 1, line=self._row)
        self._cells.extend([""] * (self._column - len(self._cells)))
        self._cells.append(shown)

    def _shown(self, raw: str) -> str:
        kind = self._of_cell.get("t", "n")
        if self._formula is not None and not raw and kind != "str":
            self.found.uncalculated.append(Seen(self._row, self._column, "=" + "".join(self._formula)))
            return ""
        if kind == "s":
            return self._shared(raw)
        if kind == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if kind == "e":
            self.found.errors.append(Seen(self._row, self._column, raw))
            return ""
        if kind in {"str", "inlineStr"} or not raw:
            return raw
        return self._number(raw.strip(), kind)

    def _shared(self, raw: str) -> str:
        try:
            return self._texts[int(raw)]
        except (ValueError, IndexError) as error:
            raise self._damaged from error

    def _number(self, raw: str, kind: str) -> str:
        style = self._of_cell.get("s", "0")
        if kind != "d" and not (style.isdecimal() and int(style) in self._dates):
            return shown_number(raw)
        shown = raw if kind == "d" else self._date(raw)
        if shown is None:
            # Excel shows ##### for what is no day of its calendar.
            return shown_number(raw)
        self.found.dates.append(Seen(self._row, self._column, shown))
        return shown

    def _date(self, raw: str) -> str | None:
        try:
            return date_text(float(raw), from_1904=self._from_1904)
        except ValueError:
            return None

    def _end_row(self) -> None:
        if not self._cells:
            return
        self.found.numbers.append(self._row)
        self.found.rows.append(self._cells)
        self._size += len(self._cells)
        # The header is a row too, and a title may stand above it.
        check_size(self._source, len(self.found.rows) - _ABOVE, self._size)
