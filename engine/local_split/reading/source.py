"""The bytes of an upload: unpacked within a bound, and what is said where they cannot be read."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from engine.errors import TableError
from engine.local_split.limits import MOST_UNPACKED
from engine.local_split.reading.names import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.exchange import Upload

SHOWN = 60
"""Letters of a cell, or of a file's name, that a message shows."""

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was given.

    Attributes:
        name: as it may stand in a sentence.
        sha256: of the bytes given.
        content: the bytes, unpacked where they were gzipped.
        gzipped: whether they were.
    """

    name: str
    sha256: str
    content: bytes
    gzipped: bool

    def kind(self, what: str) -> str:
        """The kind of file in words."""
        return f"{what}, gzipped" if self.gzipped else what

    def fault(
        self,
        problem: str,
        *,
        expected: str,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> TableError:
        """The error that says in one sentence what is wrong with the file, and where."""
        return _fault(self.name, problem, expected=expected, line=line, column=column, value=value)


def open_upload(upload: Upload) -> Source:
    """The bytes of an upload, unpacked.

    Raises:
        TableError: it is empty, too large, or cannot be unpacked.
    """
    name = one_line(upload.name)[-SHOWN:] or "the file"
    size = len(upload.content)
    if not size:
        raise _fault(name, "the file is empty", expected="a table with a header and at least one row")
    if size > MOST_UNPACKED:
        problem = f"it has {size / 1e6:,.0f} MB, more than the {MOST_UNPACKED / 1e6:,.0f} MB that are taken in"
        raise _fault(name, problem, expected="a smaller file: leave out rows or columns that are not needed")
    gzipped = upload.content.startswith(_GZIP)
    content = _unpacked(name, upload.content) if gzipped else upload.content
    if content.startswith(_GZIP):
        raise _fault(name, "it was gzipped twice", expected="a file gzipped once: unpack it and upload what is inside")
    return Source(name, hashlib.sha256(upload.content).hexdigest(), content, gzipped)


def _unpacked(name: str, packed: bytes) -> bytes:
    unpacked = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            while piece := stream.read(_PIECE):
                unpacked.write(piece)
                if unpacked.tell() > MOST_UNPACKED:
                    raise too_much_inside(name)
    except (OSError, EOFError, zlib.error) as error:
        problem = "it begins as a gzip file but cannot be unpacked"
        raise _fault(name, problem, expected="a whole gzip file: it may have been cut off, so make it anew") from error
    if not unpacked.tell():
        raise _fault(name, "the gzip file holds nothing", expected="a table with a header and at least one row")
    return unpacked.getvalue()


def too_much_inside(name: str) -> TableError:
    """The error about a packed file that grows beyond the limit."""
    problem = f"it unpacks to more than the {MOST_UNPACKED / 1e6:,.0f} MB that are taken in"
    return _fault(name, problem, expected="a smaller table: leave out rows or columns that are not needed")


def _fault(
    name: str,
    problem: str,
    *,
    expected: str,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> TableError:
    shown = None if value is None else value if len(value) <= SHOWN else f"{value[:SHOWN]}..."
    where = None if column is None else one_line(column)[:SHOWN]
    # A pure path has the one thing the sentence needs, and cannot reach the disk.
    path = cast("Path", PurePath(name))
    return TableError(path, problem, line=line, column=where, value=shown, expected=expected)
