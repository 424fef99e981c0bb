"""Tables as people bring them: CSV or TSV in UTF-8, gzipped or not, the usual names of columns recognised."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import TableError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    Needed = Callable[[Collection[str]], Collection[str]]

MISSING = frozenset({"", "nan", "na", "n/a", "none", "null", "."})
"""What stands in a cell, in lower case, where there is no value."""

SHOWN = 60
"""Letters of a cell, or of a whole line, that a message shows."""

MOST_UNPACKED = 2_000_000_000
"""Bytes of a packed table; a small file can hold more than a machine's memory."""

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20
# A chromosome may stand in one cell; Python's own limit is 131,072 letters.
_LONGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header was read.

    Attributes:
        names: the header's own name of each known column that is there.
        at: its 0-based index.
        lines: 1-based line number and cells of each line below the header, empty lines left out; to be read once.
    """

    path: Path
    names: Mapping[str, str]
    at: Mapping[str, int]
    lines: Iterator[tuple[int, list[str]]]

    def fault(self, line: int, key: str, problem: str, *, value: str, expected: str) -> TableError:
        """An error about a cell of a known column."""
        shown = value[:SHOWN]
        return TableError(self.path, problem, line=line, column=self.names[key], value=shown, expected=expected)


def read_content(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        TableError: there is none, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TableError(
            path, f"there is no such file in {path.absolute().parent}", expected="a CSV or TSV file"
        ) from error
    except OSError as error:
        raise TableError(path, f"it cannot be read ({error.strerror})", expected="a CSV or TSV file") from error


def decoded(path: Path, content: bytes) -> str:
    """The text of a file, unpacked where it is gzipped.

    Raises:
        TableError: it cannot be unpacked, or is not UTF-8.
    """
    if content.startswith(_GZIP):
        content = _unpacked(path, content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"byte 0x{content[error.start]:02x}"
        expected = "UTF-8: save the table as 'CSV UTF-8'"
        raise TableError(path, "the text is not UTF-8", line=line, value=found, expected=expected) from error


def _unpacked(path: Path, content: bytes) -> bytes:
    unpacked = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while (piece := stream.read(_PIECE)) and unpacked.tell() <= MOST_UNPACKED:
                unpacked.write(piece)
    except (OSError, EOFError, zlib.error) as error:
        expected = "a whole gzip file: has it been cut off?"
        raise TableError(path, f"it cannot be unpacked ({str(error).rstrip('.')})", expected=expected) from error
    if unpacked.tell() > MOST_UNPACKED:
        problem = f"it unpacks to more than {MOST_UNPACKED / 1e6:,.0f} MB"
        raise TableError(path, problem, expected="a smaller table: leave out rows or columns that are not needed")
    return unpacked.getvalue()


def open_table(path: Path, text: str, *, known: Mapping[str, tuple[str, ...]], needed: Needed, wanted: str) -> Table:
    """The header of a table, and its lines to come.

    Args:
        path: The file, for messages.
        text: All of it.
        known: Names in lower case under which each column may stand; the first there counts.
        needed: From the columns that are there to those that must be.
        wanted: The needed columns in words.

    Raises:
        TableError: the table is empty, a column is missing or there twice; from `lines`, a line is not whole or a
            quotation not closed.
    """
    first = text.partition("\n")[0]
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise _damaged(path, reader.line_num, error) from error
    if not any(header):
        problem = "the first line is empty" if text.strip() else "the file is empty"
        raise TableError(path, problem, line=1, expected=f"a header with {wanted}")
    at = _columns(header, known)
    if missing := [known[key][0] for key in needed(at.keys()) if key not in at]:
        what = "the column is missing" if len(missing) == 1 else "the columns are missing"
        shown = ", ".join(header)[:SHOWN]
        raise TableError(path, what, line=1, column=", ".join(missing), value=shown, expected=wanted)
    _check_once(path, header, at)
    return Table(path, {key: header[index] for key, index in at.items()}, at, _lines(path, reader, len(header)))


def _columns(header: list[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    lower = _plain(header)
    found = {key: [name for name in names if name in lower] for key, names in known.items()}
    return {key: lower.index(names[0]) for key, names in found.items() if names}


def _check_once(path: Path, header: list[str], at: Mapping[str, int]) -> None:
    lower = _plain(header)
    for index in at.values():
        if lower.count(lower[index]) > 1:
            problem = "the header names it twice"
            raise TableError(path, problem, line=1, column=header[index], expected="each column once")


def _plain(header: list[str]) -> list[str]:
    return [name.lower().replace(" ", "_") for name in header]


def _lines(path: Path, reader: Reader, width: int) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in reader:
            # A line without a single value is what editors and spreadsheets leave at the end.
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != width:
                problem = f"{len(cells)} cells where the header has {width}"
                shown = reader.dialect.delimiter.join(cells)[-SHOWN:]
                expected = "every line to be whole: has the file been cut off?"
                raise TableError(path, problem, line=reader.line_num, value=shown, expected=expected)
            yield reader.line_num, cells
    except csv.Error as error:
        raise _damaged(path, reader.line_num, error) from error


def _damaged(path: Path, line: int, error: csv.Error) -> TableError:
    expected = "every quotation mark to be closed: has the file been cut off?"
    return TableError(path, f"not a CSV table ({error})", line=line, expected=expected)
