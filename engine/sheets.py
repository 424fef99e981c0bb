"""Reading wide tables column by column, so that a fault still names file, line, column, value and remedy."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from engine.errors import NotHereError, TableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_T = TypeVar("_T")
# Of a cell such as a protein's sequence.
_SHOWN = 60

# All that openpyxl, zipfile and its decompressors raise on a damaged workbook; what is wrong with XML is a SyntaxError.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

BINARY = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}
"""The spellings of a binary label."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in memory.

    Attributes:
        path: the file.
        cells: by column name, shape (n,), text without surrounding blanks, empty where the cell is.
        lines: shape (n,), 1-based line of each row in the file.
    """

    path: Path
    cells: Mapping[str, NDArray[np.object_]]
    lines: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def rows(self, index: NDArray[np.int64]) -> Sheet:
        """The given rows alone, with their lines."""
        return Sheet(self.path, {name: cells[index] for name, cells in self.cells.items()}, self.lines[index])

    def where(self, row: int, column: str) -> str:
        """File, line and column of a cell, as errors begin."""
        return f"{self.path.name}, line {self.lines[row]}, column '{column}'"

    def fault(self, row: int, column: str, problem: str, expected: str) -> TableError:
        """An error about the cell in the 0-based `row`, to be raised by the caller."""
        found = str(self.column(column)[row])
        return TableError(
            self.path,
            problem,
            line=int(self.lines[row]),
            column=column,
            value=found if len(found) <= _SHOWN else f"{found[:_SHOWN]}...",
            expected=expected,
        )

    def column(self, name: str) -> NDArray[np.object_]:
        """All cells of a column, shape (n,).

        Raises:
            TableError: the file has no such column.
        """
        if name not in self.cells:
            raise TableError(self.path, "the column is missing", line=int(self.lines[0]) - 1, column=name)
        return self.cells[name]

    def text(self, name: str) -> NDArray[np.object_]:
        """All cells of a column that may not be empty, shape (n,).

        Raises:
            TableError: the column is missing, or a cell is empty.
        """
        found = self.column(name)
        for row in np.flatnonzero(found == ""):
            raise self.fault(int(row), name, "the cell is empty", "a value: restore the file")
        return found

    def number(self, name: str, *, low: float = -np.inf, high: float = np.inf) -> NDArray[np.float64]:
        """Numbers of a column, shape (n,), NaN where the cell is empty.

        Raises:
            TableError: the column is missing, or a cell is neither empty nor a finite number in [low, high].
        """
        found = self.column(name)
        blank = found == ""
        try:
            values = np.where(blank, "nan", found).astype(np.float64)
        except ValueError:
            values = np.array([_number(text) for text in found])
        for row in np.flatnonzero(~blank & ~(np.isfinite(values) & (values >= low) & (values <= high))):
            span = f" from {low:g} to {high:g}" if np.isfinite(low + high) else ""
            raise self.fault(int(row), name, "not a number that can stand here", f"a finite number{span}")
        return values

    def full_number(self, name: str, *, low: float = -np.inf, high: float = np.inf) -> NDArray[np.float64]:
        """As `number`, for a column without empty cells."""
        self.text(name)
        return self.number(name, low=low, high=high)

    def whole(self, name: str, *, low: int = 1) -> NDArray[np.int64]:
        """Whole numbers of a column without empty cells, shape (n,); 345.0 is one.

        Raises:
            TableError: the column is missing, or a cell is not a whole number from `low`.
        """
        values = self.full_number(name, low=low, high=2**53)
        for row in np.flatnonzero(values % 1):
            raise self.fault(int(row), name, "not a whole number", f"a whole number from {low}")
        return values.astype(np.int64)

    def mapped(self, name: str, words: Mapping[str, _T]) -> list[_T]:
        """What each cell of a closed vocabulary means, n values.

        Raises:
            TableError: the column is missing, or a cell is none of the words.
        """
        found = self.column(name)
        for row in np.flatnonzero(~pd.Series(found, dtype=object).isin(list(words)).to_numpy()):
            raise self.fault(int(row), name, "an unknown word", f"one of {', '.join(words)}")
        return [words[text] for text in found]

    def binary(self, name: str) -> NDArray[np.int64]:
        """A column of 0 and 1, shape (n,).

        Raises:
            TableError: the column is missing, or a cell is anything else, empty included.
        """
        return np.array(self.mapped(name, BINARY), dtype=np.int64)

    def check_unique(self, keys: Sequence[str] | NDArray[np.object_], column: str, what: str) -> None:
        """Raise on the first key, one per row, that an earlier row has too.

        Raises:
            TableError: a key repeats; both lines are named.
        """
        series = pd.Series(list(keys), dtype=object)
        for row in np.flatnonzero(series.duplicated()):
            first = self.lines[int(np.flatnonzero(series == series[row])[0])]
            raise self.fault(int(row), column, f"the same {what} as in line {first}, {series[row]}", "each one once")


def read_csv(path: Path, *, drop: Collection[str] = ()) -> Sheet:
    """A CSV file with a header line, gzip-compressed where its name ends in .gz.

    Args:
        path: A UTF-8 file.
        drop: Columns that may not be kept; they need not be there.

    Raises:
        NotHereError: the file is not there.
        TableError: it is damaged, empty, names a column twice, or a line has other cells than the header.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        rows, lines = [], []
        for cells in reader:
            if len(cells) != len(header):
                problem = f"{len(cells)} cells where the header has {len(header)}: the file is cut off or damaged"
                raise TableError(path, problem, line=reader.line_num)
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(path, f"not a CSV file: {error}", line=reader.line_num) from error
    return _sheet(path, header, rows, lines, drop)


def read_excel(path: Path, *, header_line: int, blank: str) -> Sheet:
    """The first sheet of an Excel workbook.

    Args:
        path: A workbook (.xlsx).
        header_line: 1-based line of the header.
        blank: The word that its authors write into empty cells.

    Raises:
        NotHereError: the file is not there.
        TableError: it is no workbook, empty, or names a column twice.
    """
    try:
        # Text of a number reads back as the same number; nothing is guessed from a column's other cells.
        frame = pd.read_excel(path, header=None, dtype=object, na_filter=False, engine="openpyxl")
    except FileNotFoundError as error:
        raise _missing(path) from error
    except _DAMAGE as error:
        raise TableError(path, "not an Excel workbook: delete it and fetch it again") from error
    texts = frame.astype(str).replace(blank, "").to_numpy(dtype=object)
    header = list(texts[header_line - 1]) if len(texts) >= header_line else []
    lines = range(header_line + 1, len(texts) + 1)
    return _sheet(path, header, texts[header_line:], lines, ())


def _sheet(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]] | NDArray[np.object_],
    lines: Sequence[int],
    drop: Collection[str],
) -> Sheet:
    names = [name.strip() for name in header]
    for name in names:
        if name and names.count(name) > 1:
            raise TableError(path, "the header names a column twice", column=name)
    if not len(rows):
        raise TableError(path, "the table has no rows", expected="a header and at least one row")
    table = np.array(rows, dtype=object)
    cells = {
        name: np.array([text.strip() for text in table[:, number]], dtype=object)
        for number, name in enumerate(names)
        if name not in drop
    }
    return Sheet(path, cells, np.array(lines, dtype=np.int64))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _missing(path: Path) -> NotHereError:
    return NotHereError(f"the file {path} is not here: bring it with `vledger fetch`")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(path, "not a complete gzip file: delete it and fetch it again") from error
    except UnicodeDecodeError as error:
        raise TableError(path, f"byte {error.start} is not UTF-8: the file is damaged") from error
