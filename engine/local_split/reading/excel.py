"""A sheet of a workbook as a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import one_line
from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_LETTERS
from engine.local_split.reading.frames import Column, check_size, table_of, too_long
from engine.local_split.reading.header import SAMPLED, header_index
from engine.local_split.reading.names import mended
from engine.local_split.reading.sheet_cells import read_cells
from engine.local_split.reading.source import SHOWN
from engine.local_split.reading.workbook import chosen_sheet, open_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.local_split.reading.sheet_cells import Seen, SheetCells
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table

# A column of which more cells than this are dates is one of dates, and not one where Excel made some.
_DATE_COLUMN = 0.9
_AT_ONCE = 20_000


def read_workbook(source: Source, *, header: int | None = None, sheet: str | None = None) -> Table:
    """A sheet of an .xlsx workbook, the first where none is named.

    Raises:
        TableError: the workbook is damaged or too large, or the sheet is empty.
        SpecError: there is no such sheet.
    """
    workbook = open_workbook(source)
    name = chosen_sheet(source, workbook, sheet)
    cells = read_cells(source, workbook, workbook.sheets[name])
    if not cells.rows:
        raise _empty(source, name, tuple(workbook.sheets))
    at = _header_at(source, cells, header)
    kept, too_long_ones = _usable(cells, at)
    width = max(map(len, cells.rows[at:]))
    check_size(source, len(kept), len(kept) * width)
    given = _padded(cells.rows[at], width)
    names = mended(given, row=None)[0]
    rows = [cells.rows[index] for index in kept]
    columns = _columns(rows, width)
    below = cells.numbers[at]
    problems = [
        *(too_long(cells.numbers[index], names[column], cell) for index, column, cell in too_long_ones),
        *_date_problems([seen for seen in cells.dates if seen.row > below], names, columns),
        *(_uncalculated(seen, names) for seen in cells.uncalculated if seen.row > below and seen.column < width),
        *(_error(seen, names) for seen in cells.errors if seen.row > below and seen.column < width),
    ]
    return table_of(
        source,
        "Excel workbook",
        columns=[(name, column.cells) for name, column in zip(given, columns, strict=True)],
        rows=np.array([cells.numbers[index] for index in kept], dtype=np.int64),
        header=below,
        sheets=tuple(workbook.sheets),
        problems=problems,
    )


def _empty(source: Source, name: str, sheets: tuple[str, ...]) -> Exception:
    others = ", ".join(f"'{one_line(other, 40)}'" for other in sheets if other != name)
    expected = f"a sheet with a header and rows (there are also {others[:120]})" if others else "a header and rows"
    return source.fault(f"the sheet '{one_line(name, 40)}' is empty", expected=expected)


def _header_at(source: Source, cells: SheetCells, header: int | None) -> int:
    """Index of the header among the rows that have values."""
    if header is None:
        return header_index(cells.rows[:SAMPLED])
    if header not in cells.numbers:
        problem = f"row {header:,} was named as its header and has no value"
        raise source.fault(problem, expected="the row in which the columns have their names")
    return cells.numbers.index(header)


def _usable(cells: SheetCells, at: int) -> tuple[list[int], list[tuple[int, int, str]]]:
    """Indices of the rows below the header, and of those that cannot be used the cell that is too long."""
    kept: list[int] = []
    left_out: list[tuple[int, int, str]] = []
    for index in range(at + 1, len(cells.rows)):
        row = cells.rows[index]
        if len(max(row, key=len)) > MOST_LETTERS:
            column = max(range(len(row)), key=lambda each: len(row[each]))
            left_out.append((index, column, row[column]))
        else:
            kept.append(index)
    return kept, left_out


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[Column]:
    columns = [Column() for _ in range(width)]
    for start in range(0, len(rows), _AT_ONCE):
        piece = [_padded(row, width) for row in rows[start : start + _AT_ONCE]]
        for column, cells in zip(columns, zip(*piece, strict=True), strict=True):
            column.extend(cells)
    return columns


def _date_problems(dates: Sequence[Seen], names: Sequence[str], columns: Sequence[Column]) -> Iterator[Problem]:
    counts = Counter(seen.column for seen in dates)
    few = {at for at, count in counts.items() if count <= _DATE_COLUMN * (columns[at].cells() != "").sum()}
    for seen in dates:
        if seen.column in few:
            yield _problem(
                seen,
                names,
                "date-cell",
                "Excel holds a date here, perhaps made of a name such as SEPT2 or MARCH1",
                "Write the value again in a column formatted as text.",
            )


def _uncalculated(seen: Seen, names: Sequence[str]) -> Problem:
    return _problem(
        seen,
        names,
        "formula-without-value",
        "the formula has no saved result, so the cell counts as empty",
        "Open the workbook in Excel or LibreOffice and save it, or replace formulas by their values.",
    )


def _error(seen: Seen, names: Sequence[str]) -> Problem:
    return _problem(
        seen,
        names,
        "excel-error",
        "the formula has an error as its result, so the cell counts as empty",
        "Mend the formula, or leave the cell empty.",
    )


def _problem(seen: Seen, names: Sequence[str], kind: str, problem: str, remedy: str) -> Problem:
    return Problem(
        kind=kind,
        severity="warning",
        problem=problem,
        remedy=remedy,
        row=seen.row,
        column=names[seen.column],
        value=seen.value[:SHOWN],
    )
