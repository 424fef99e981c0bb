"""CSV, TSV and tables separated by semicolons, with the line of every fault."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_LETTERS
from engine.local_split.reading.frames import Column, check_columns, check_size, table_of, too_long
from engine.local_split.reading.header import SAMPLED, header_index
from engine.local_split.reading.names import LONGEST_NAME, one_line
from engine.local_split.reading.source import SHOWN
from engine.local_split.reading.text import utf8

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator, Sequence

    from engine.errors import TableError
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table

    Record = tuple[int, list[str]]

_KINDS = {",": "CSV", "\t": "TSV", ";": "CSV with semicolons"}
_SAMPLED_BYTES = 1_000_000
_AT_ONCE = 5_000
_BREAK = re.compile(r"\r\n|\r|\n")
# Python refuses cells of more than 131,072 letters unless told otherwise; what is too long is our own sentence.
csv.field_size_limit(2**31 - 1)


def read_separated(source: Source, *, header: int | None = None) -> Table:
    """A table of separated values; the separator is found.

    Args:
        source: The file.
        header: 1-based line of the header, None to find it.

    Raises:
        TableError: it is not text in UTF-8, not a table, too large, has an open quotation, or no whole row.
    """
    content = utf8(source)
    above = (header or 1) - 1
    sample = _first_lines(content, skipped=above)
    if not sample or (header and not sample[0].strip()):
        problem = f"line {header:,} was named as its header, and there is no text on it"
        raise source.fault(problem, expected="the line on which the columns have their names")
    separator, records = _separated(source, sample)
    line = header or records[header_index([cells for _, cells in records])][0]
    return _Body(source, separator, _Records(source, content, separator, first=line)).table()


def _opened(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def _first_lines(content: bytes, *, skipped: int) -> list[str]:
    """The first lines behind the skipped ones, the last of them perhaps cut."""
    stream = _opened(content)
    if sum(1 for _ in islice(stream, skipped)) < skipped:
        return []
    lines: list[str] = []
    room = _SAMPLED_BYTES
    while len(lines) < SAMPLED and room > 0 and (line := stream.readline(room)):
        lines.append(line)
        room -= len(line)
    return lines


def _separated(source: Source, sample: Sequence[str]) -> tuple[str, list[Record]]:
    """The separator by which most records have the same number of cells, and those records."""
    by_separator = {separator: _sampled_records(sample, separator) for separator in _KINDS}
    separator = max(_KINDS, key=lambda each: _regularity(by_separator[each]))
    if _regularity(by_separator[separator])[0] == 0:
        shown = next((line.strip() for line in sample if line.strip()), "")
        expected = "columns separated by commas, tabs or semicolons below a header that names them"
        raise source.fault("it has only one column", value=shown, expected=expected)
    return separator, by_separator[separator]


def _sampled_records(sample: Sequence[str], separator: str) -> list[Record]:
    # Lenient, for lines above the header may be anything; the header and what is below are read strictly.
    reader = csv.reader(sample, delimiter=separator)
    return [(line, cells) for line, cells in _numbered(reader) if any(map(str.strip, cells))]


def _regularity(records: Sequence[Record]) -> tuple[float, int]:
    """Share of the records that have the most frequent number of cells, 0 where that is one, and that number."""
    if not records:
        return 0.0, 0
    [(width, count)] = Counter(len(cells) for _, cells in records).most_common(1)
    return (count / len(records) if width > 1 else 0.0), width


def _numbered(reader: Reader) -> Iterator[Record]:
    """Records with the 1-based line on which each begins."""
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


class _Records:
    """Records from a line on, read strictly, some at a time."""

    def __init__(self, source: Source, content: bytes, separator: str, *, first: int) -> None:
        self._source, self._content, self._separator, self._first = source, content, separator, first
        self._reader = self._opened()
        self._begins = first

    def _opened(self) -> Reader:
        stream = _opened(self._content)
        sum(1 for _ in islice(stream, self._first - 1))
        return csv.reader(stream, delimiter=self._separator, strict=True)

    def take(self, count: int) -> tuple[list[list[str]], list[int]]:
        """The next records, and the line on which each begins.

        Raises:
            TableError: quotation marks do not fit together.
        """
        try:
            rows = list(islice(self._reader, count))
        except csv.Error as error:
            raise self._unclosed() from error
        ends = self._first + self._reader.line_num
        if ends - self._begins == len(rows):
            lines = list(range(self._begins, ends))
        else:
            # A cell in quotation marks can have lines of its own.
            heights = [1 + sum(len(_BREAK.findall(cell)) for cell in row) for row in rows]
            lines = list(accumulate(heights[:-1], initial=self._begins))
        self._begins = ends
        return rows, lines[: len(rows)]

    def _unclosed(self) -> TableError:
        reader, line = self._opened(), self._first
        # The record at fault is known once it is tried alone.
        with suppress(csv.Error):
            for _ in reader:
                line = self._first + reader.line_num
        problem = "the row has a quotation mark that is not closed, or text behind the one that closes"
        expected = 'quotation marks only around whole cells, and "" for one inside (has the file been cut off?)'
        return self._source.fault(problem, line=line, expected=expected)


class _Body:
    """What stands below the header, whole rows and problems apart."""

    def __init__(self, source: Source, separator: str, records: _Records) -> None:
        self._source = source
        self._separator = separator
        self._records = records
        [self._names], [self._header] = records.take(1)
        check_columns(source, len(self._names), line=self._header)
        self._columns = [Column() for _ in self._names]
        self._lines: list[int] = []
        self._problems: list[Problem] = []

    def table(self) -> Table:
        """The whole table."""
        while (piece := self._records.take(_AT_ONCE))[0]:
            self._add(*piece)
        if self._problems and not self._lines:
            raise self._none_whole(self._problems[0])
        return table_of(
            self._source,
            _KINDS[self._separator],
            columns=[(name, column.cells) for name, column in zip(self._names, self._columns, strict=True)],
            rows=np.array(self._lines, dtype=np.int64),
            header=self._header,
            problems=self._problems,
        )

    def _add(self, rows: list[list[str]], lines: list[int]) -> None:
        if not self._all_usable(rows):
            rows, lines = self._usable(rows, lines)
        for column, cells in zip(self._columns, zip(*rows, strict=True), strict=False):
            column.extend(cells)
        self._lines += lines
        count = len(self._lines) + len(self._problems)
        check_size(self._source, count, count * len(self._names))

    def _all_usable(self, rows: list[list[str]]) -> bool:
        # Nearly all pieces of nearly all files are, and this is seen without looking at each row by itself.
        return (
            set(map(len, rows)) == {len(self._names)}
            and all(row[0] and not row[0].isspace() for row in rows)
            and max(map(len, chain.from_iterable(rows))) <= MOST_LETTERS
        )

    def _usable(self, rows: list[list[str]], lines: list[int]) -> tuple[list[list[str]], list[int]]:
        whole: list[list[str]] = []
        their_lines: list[int] = []
        for line, cells in zip(lines, rows, strict=True):
            # A line without a single value is what editors and spreadsheets leave at the end.
            if not any(map(str.strip, cells)):
                continue
            if problem := self._problem(line, cells):
                self._problems.append(problem)
            else:
                whole.append(cells)
                their_lines.append(line)
        return whole, their_lines

    def _problem(self, line: int, cells: list[str]) -> Problem | None:
        if len(cells) != len(self._names):
            return self._ragged(line, cells)
        column = max(range(len(cells)), key=lambda each: len(cells[each]))
        if len(cells[column]) > MOST_LETTERS:
            return too_long(line, one_line(self._names[column])[:LONGEST_NAME], cells[column])
        return None

    def _ragged(self, line: int, cells: Sequence[str]) -> Problem:
        count = f"{len(cells):,} cell{'' if len(cells) == 1 else 's'}"
        return Problem(
            kind="ragged-row",
            severity="left out",
            problem=f"{count} where the header has {len(self._names):,}",
            remedy="Give the row as many cells as the header, with quotation marks around cells that have a separator.",
            row=line,
            value=self._separator.join(cells)[:SHOWN],
        )

    def _none_whole(self, first: Problem) -> TableError:
        expected = "as many names in the header as cells in the rows (in R: write.table(..., col.names = NA))"
        problem = f"no row fits the header, and the first has {first.problem}"
        return self._source.fault(problem, line=first.row, value=first.value, expected=expected)
