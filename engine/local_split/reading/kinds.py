"""What kind of file it is, seen from its first bytes: a name can say anything."""

from __future__ import annotations

import io
import zipfile
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.errors import TableError
    from engine.local_split.reading.source import Source

_WANTED = "CSV, TSV, Parquet, XLSX, VCF or FASTA, gzipped or not"


class Kind(Enum):
    """Kinds that can be read."""

    SEPARATED = auto()
    WORKBOOK = auto()
    PARQUET = auto()
    VCF = auto()
    FASTA = auto()


_PACKED = "unpack it and upload the table inside, gzipped at most"
_OLD_EXCEL = "a workbook saved as .xlsx without a password, or as 'CSV UTF-8'"
_TABLE_IN_IT = f"the table in it, saved as {_WANTED}"
# First bytes, what they are the start of, and what to do.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password", _OLD_EXCEL),
    (b"PARE", "an encrypted Parquet file", "one that is not encrypted"),
    (b"BZh", "a bzip2 archive", _PACKED),
    (b"\xfd7zXZ", "an xz archive", _PACKED),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _PACKED),
    (b"7z\xbc\xaf", "a 7z archive", _PACKED),
    (b"Rar!", "a RAR archive", _PACKED),
    (b"%PDF", "a PDF document", _TABLE_IN_IT),
    (b"{\\rtf", "an RTF document", _TABLE_IN_IT),
    (b"\x89PNG", "an image (PNG)", _WANTED),
    (b"\xff\xd8\xff", "an image (JPEG)", _WANTED),
    (b"GIF8", "an image (GIF)", _WANTED),
    (b"II*\0", "an image (TIFF)", _WANTED),
    (b"MM\0*", "an image (TIFF)", _WANTED),
    (b"SQLite format 3\0", "an SQLite database", _TABLE_IN_IT),
    (b"\x89HDF", "an HDF5 file", _TABLE_IN_IT),
    (b"ARROW1", "an Arrow or Feather file", "the table saved as Parquet or CSV"),
    (b"FEA1", "an Arrow or Feather file", "the table saved as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array", _TABLE_IN_IT),
    (b"BCF", "a BCF file", "a VCF file: bcftools view makes one of it"),
    (b"BAM\1", "a BAM file", "a VCF file of the variants"),
    (b"RDX", "an R data file", _TABLE_IN_IT),
    (b"X\n\0\0", "an R data file", _TABLE_IN_IT),
    (b"\x7fELF", "a program", _WANTED),
)
# Pickles would run whatever their maker wrote when they are opened.
_PICKLE = tuple(bytes((0x80, version)) for version in range(2, 6))
_MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<table")


def kind_of(source: Source) -> Kind:
    """The kind of a file.

    Raises:
        TableError: it is one that cannot be read as a table.
    """
    content = source.content
    if content.startswith(b"PAR1"):
        return Kind.PARQUET
    if content.startswith(b"PK"):
        return _kind_of_zip(source)
    _check_foreign(source)
    # A text in UTF-16 is a table or nothing; no tool writes VCF or FASTA in it.
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"##fileformat=VCF", b"#CHROM\tPOS\tID\tREF\tALT")):
        return Kind.VCF
    if start.startswith(b">"):
        return Kind.FASTA
    _check_text(source, start)
    return Kind.SEPARATED


def _refused(source: Source, what: str, expected: str) -> TableError:
    return source.fault(f"it is {what}, not a table", expected=expected)


def _check_foreign(source: Source) -> None:
    for start, what, expected in _FOREIGN:
        if source.content.startswith(start):
            raise _refused(source, what, expected)
    if source.content.startswith(_PICKLE):
        raise _refused(source, "a Python pickle, which is never opened", _TABLE_IN_IT)
    if source.content[257:262] == b"ustar":
        raise _refused(source, "a tar archive", _PACKED)


def _check_text(source: Source, start: bytes) -> None:
    if start.lower().startswith(_MARKUP):
        raise _refused(source, "a web page or XML", _TABLE_IN_IT)
    if start.startswith((b"{", b"[{", b"[[")):
        raise _refused(source, "JSON", _TABLE_IN_IT)
    if start.startswith(b"@") and b"\n+" in source.content[:100_000]:
        raise _refused(source, "FASTQ", "FASTA with a label in each header, or a table with sequence and label")


def _kind_of_zip(source: Source) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OverflowError) as error:
        problem = "it begins as a workbook or zip archive, but is damaged or cut off"
        raise source.fault(problem, expected="the whole file: save or upload it again") from error
    if "xl/workbook.xml" in members:
        return Kind.WORKBOOK
    if "xl/workbook.bin" in members:
        raise _refused(source, "a binary Excel workbook (.xlsb)", _OLD_EXCEL)
    if "word/document.xml" in members:
        raise _refused(source, "a Word document", _TABLE_IN_IT)
    if "content.xml" in members:
        raise _refused(source, "an OpenDocument file", _OLD_EXCEL)
    raise _refused(source, f"a zip archive of {len(members):,} file{'' if len(members) == 1 else 's'}", _PACKED)
