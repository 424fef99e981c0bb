"""Parts of a workbook's archive: read within a bound, and without the definitions by which XML can grow."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from functools import partial
from typing import TYPE_CHECKING
from xml.parsers import expat

from engine.local_split.limits import MOST_UNPACKED
from engine.local_split.reading.source import too_much_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.errors import TableError
    from engine.local_split.reading.source import Source

    Attributes = Mapping[str, str]

_PIECE = 1 << 20
_WHOLE = "a whole .xlsx file: open it in Excel or LibreOffice and save it anew"

# All that zipfile, its decompressors and expat raise on bytes at random, and `int` on a number of too many digits.
_DAMAGE = (
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    expat.ExpatError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class Handler:
    """Told of elements as they come, names without their namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, letters: str) -> None:
        """Letters inside of it, perhaps in pieces."""


class DefinitionError(Exception):
    """The XML has a document type, where entities are defined."""


class Archive:
    """A workbook's archive whose members together stay within the limit."""

    def __init__(self, source: Source) -> None:
        """Open it.

        Raises:
            TableError: it says of itself that it would grow beyond the limit.
        """
        self._source = source
        self._zip = zipfile.ZipFile(io.BytesIO(source.content))
        self.names = frozenset(self._zip.namelist())
        # What a member says of its size is also the most that is ever read of it.
        if sum(member.file_size for member in self._zip.infolist()) > MOST_UNPACKED:
            raise too_much_inside(source.name)

    def parse(self, member: str, handler: Handler) -> None:
        """Read a member through a handler.

        Raises:
            TableError: it is missing, damaged, encrypted or no plain XML.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = partial(_begin, parser, handler)
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = _refuse_definitions
        try:
            with self._zip.open(member) as stream:
                while piece := stream.read(_PIECE):
                    parser.Parse(piece, False)
                parser.Parse(b"", True)
        except DefinitionError as error:
            problem = "its XML defines entities, which no spreadsheet program writes"
            raise self._source.fault(problem, value=member, expected=_WHOLE) from error
        except _DAMAGE as error:
            raise self.damaged(member) from error

    def damaged(self, member: str) -> TableError:
        """The error about a part that is not there or cannot be read."""
        return self._source.fault("the workbook is damaged", value=member, expected=_WHOLE)


def _begin(parser: expat.XMLParserType, handler: Handler, name: str, attributes: Attributes) -> None:
    """Hand the first element on, and have the others go straight to the handler where no name has a prefix."""
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    if ":" in name:
        parser.StartElementHandler = lambda each, found: handler.start(local(each), found)
        parser.EndElementHandler = lambda each: handler.end(local(each))
    handler.start(local(name), attributes)


def local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def _refuse_definitions(*_: object) -> None:
    raise DefinitionError
