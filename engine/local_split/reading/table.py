"""A file of any kind to a table: the kind is seen from the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import SpecError
from engine.local_split.reading.excel import read_workbook
from engine.local_split.reading.fasta import read_fasta_table
from engine.local_split.reading.kinds import Kind, kind_of
from engine.local_split.reading.parquet import read_parquet
from engine.local_split.reading.separated import read_separated
from engine.local_split.reading.source import open_upload
from engine.local_split.reading.vcf import read_vcf

if TYPE_CHECKING:
    from engine.local_split.exchange import Upload
    from engine.local_split.reading.source import Source
    from engine.local_split.split import Table


def read_table(upload: Upload, *, header: int | None = None, sheet: str | None = None) -> Table:
    """A CSV, TSV, Parquet, XLSX, VCF or FASTA file, gzipped or not, as a table of strings.

    Args:
        upload: The file.
        header: 1-based row of the header; None to find it.
        sheet: Of a workbook; None for the first.

    Raises:
        TableError: the file cannot be read as a table, or is too large.
        SpecError: a sheet or a header was named for a kind of file that has none.
    """
    source = open_upload(upload)
    kind = kind_of(source)
    if header is not None and (header < 1 or kind not in {Kind.SEPARATED, Kind.WORKBOOK}):
        raise SpecError(
            f"{source.name}: row {header} cannot be its header; name a row from 1 on of a CSV or XLSX file."
        )
    if sheet is not None and kind is not Kind.WORKBOOK:
        raise SpecError(f"{source.name}: only a workbook has sheets; leave the sheet out.")
    return _read(source, kind, header=header, sheet=sheet)


def _read(source: Source, kind: Kind, *, header: int | None, sheet: str | None) -> Table:
    if kind is Kind.WORKBOOK:
        return read_workbook(source, header=header, sheet=sheet)
    if kind is Kind.PARQUET:
        return read_parquet(source)
    if kind is Kind.VCF:
        return read_vcf(source)
    if kind is Kind.FASTA:
        return read_fasta_table(source)
    return read_separated(source, header=header)
