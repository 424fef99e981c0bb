"""Text of an upload: UTF-8, or UTF-16 that says so."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.local_split.reading.source import Source

_AS_UTF8 = "UTF-8 text: save the table as 'CSV UTF-8'"


def utf8(source: Source) -> bytes:
    """The bytes of a text in UTF-8, without a mark at the start.

    Raises:
        TableError: it is another encoding, or not text at all.
    """
    content = source.content
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise source.fault("the text is UTF-32", expected=_AS_UTF8)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = _from_utf16(source)
    content = content.removeprefix(codecs.BOM_UTF8)
    _check_no_nul(source, content)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(source, content, error.start) from error
    if not content.strip():
        raise source.fault("the file has only empty lines", expected="a table with a header and at least one row")
    return content


def _from_utf16(source: Source) -> bytes:
    try:
        return source.content.decode("utf-16").encode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        problem = "it begins as UTF-16 text, but is damaged or cut off"
        raise source.fault(problem, expected=_AS_UTF8) from error


def _check_no_nul(source: Source, content: bytes) -> None:
    at = content.find(b"\0")
    if at < 0:
        return
    found = f"NUL byte at position {at + 1:,}"
    expected = f"{_AS_UTF8} (a NUL comes from UTF-16 without its mark, a binary file or a damaged one)"
    raise source.fault("it is not plain text", line=line_at(content, at), value=found, expected=expected)


def _not_utf8(source: Source, content: bytes, at: int) -> Exception:
    found = f"byte 0x{content[at]:02x}"
    problem = "the text is not UTF-8 (Windows-1252 or Latin-1, perhaps)"
    return source.fault(problem, line=line_at(content, at), value=found, expected=_AS_UTF8)


def line_at(content: bytes, at: int) -> int:
    """1-based line of a byte, whatever ends the lines."""
    before = content[:at]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
