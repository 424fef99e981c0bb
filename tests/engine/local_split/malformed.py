"""Files as they come from real life and from malice: none has real data, each says what its sentence must name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.local_split.limits import MOST_COLUMNS
from tests.engine.local_split.packed import archive, archive_that_lies, members, parquet, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Malformed(NamedTuple):
    """A file, and words of the sentence or of the kinds of problems that tell what is wrong with it."""

    name: str
    content: bytes
    words: tuple[str, ...]


_GOOD = b"gene,score,label\nBRCA1,0.5,1\nBRCA2,0.1,0\nPTEN,0.3,0\n"
_SHEET = rows(("gene", "label"), ("BRCA1", 1), ("BRCA2", 0))
_VCF = "##fileformat=VCFv4.2\n"
_VCF_HEADER = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def refused(folder: Path) -> Iterator[Malformed]:
    """Files of which nothing can be used: one sentence says why."""
    yield from _without_rows()
    yield from _no_text()
    yield from _no_table()
    yield from _packed_badly()
    yield from _foreign(folder)
    yield from _broken_parquet(folder)
    yield from _broken_workbooks()
    yield from _hostile_workbooks()
    yield from _broken_vcf()
    yield from _broken_fasta()


def _without_rows() -> Iterator[Malformed]:
    yield Malformed("empty.csv", b"", ("the file is empty",))
    yield Malformed("blank-lines.csv", b"\n\r\n   \n\n", ("only empty lines",))
    yield Malformed("only-a-mark.csv", b"\xef\xbb\xbf", ("only empty lines",))
    yield Malformed("header-only.csv", b"gene,score,label\n", ("line 1", "no rows"))
    yield Malformed("rows-of-separators.csv", b"gene,label\n,\n,\n", ("no rows",))


def _no_text() -> Iterator[Malformed]:
    yield Malformed("nul.csv", b"gene,label\nBRCA1,1\nBR\0CA2,0\n", ("line 3", "NUL byte"))
    yield Malformed("utf16-without-mark.csv", _GOOD.decode().encode("utf-16-le"), ("line 1", "NUL byte", "UTF-16"))
    yield Malformed("utf16-cut.csv", _GOOD.decode().encode("utf-16")[:-1], ("UTF-16", "cut off"))
    yield Malformed("utf32.csv", _GOOD.decode().encode("utf-32"), ("UTF-32",))
    yield Malformed("latin1.csv", "name,label\nA,1\nMüller,0\n".encode("latin-1"), ("line 3", "0xfc", "CSV UTF-8"))
    yield Malformed("windows.csv", "name,label\rA – B,1\r".encode("windows-1252"), ("line 2", "0x96", "CSV UTF-8"))
    yield Malformed("cut-in-a-letter.csv", "gene,label\nä,1\nä".encode()[:-1], ("line 3", "0xc3"))
    yield Malformed("noise.csv", bytes(range(1, 256)) * 20, ("not UTF-8",))
    yield Malformed("zeros.csv", bytes(10_000), ("NUL byte",))


def _no_table() -> Iterator[Malformed]:
    yield Malformed("one-column.csv", b"label\n1\n0\n", ("only one column", "'label'"))
    yield Malformed("prose.txt", b"Dear all\nplease find attached\nthe table\n", ("only one column",))
    yield Malformed("blanks.txt", b"gene label\nBRCA1 1\nBRCA2 0\n", ("only one column",))
    yield Malformed("bars.txt", b"gene|label\nBRCA1|1\nBRCA2|0\n", ("only one column",))
    yield Malformed("open-quote.csv", b'gene,label\nA,1\n"B,0\nC,1\n', ("line 3", "quotation mark"))
    yield Malformed("open-quote-in-header.csv", b'gene,"label\nA,1\nB,0\n', ("line 1", "quotation mark"))
    yield Malformed("quote-and-more.csv", b'gene,label\n"A"x,1\nB,0\n', ("line 2", "quotation mark"))
    yield Malformed("r-row-names.tsv", b"gene\tlabel\n1\tA\t1\n2\tB\t0\n", ("line 2", "3 cells", "col.names"))
    yield Malformed("wide.csv", b",".join([b"x"] * 10_000) + b"\n" + b",".join([b"1"] * 10_000), ("10,000 columns",))
    yield Malformed("\x1b[2J<script>\n" + "a" * 500, b"x", ("only one column",))


def _packed_badly() -> Iterator[Malformed]:
    packed = gzip.compress(_GOOD, mtime=0)
    yield Malformed("cut.csv.gz", packed[:-9], ("gzip", "cut off"))
    yield Malformed("wrong-sum.csv.gz", packed[:-8] + bytes(8), ("gzip", "cannot be unpacked"))
    yield Malformed("only-magic.csv.gz", packed[:2], ("gzip", "cannot be unpacked"))
    yield Malformed("more-behind.csv.gz", packed + b"more", ("gzip", "cannot be unpacked"))
    yield Malformed("nothing-inside.csv.gz", gzip.compress(b""), ("holds nothing",))
    yield Malformed("twice.csv.gz", gzip.compress(packed), ("gzipped twice",))
    yield Malformed("bomb.csv.gz", gzip.compress(bytes(20_000_000), 1) * 26, ("500 MB",))
    yield Malformed("table.zip", archive({"table.csv": _GOOD}), ("a zip archive of 1 file", "unpack it"))
    yield Malformed("cut.zip", archive({"table.csv": _GOOD})[:-10], ("zip archive", "damaged"))
    yield Malformed("table.csv.bz2", bz2.compress(_GOOD), ("bzip2", "unpack it"))
    yield Malformed("table.csv.xz", lzma.compress(_GOOD), ("xz archive", "unpack it"))
    yield Malformed("table.csv.zst", b"\x28\xb5\x2f\xfd\x24\x00", ("zstd", "unpack it"))
    yield Malformed("table.7z", b"7z\xbc\xaf\x27\x1c", ("7z", "unpack it"))
    yield Malformed("table.rar", b"Rar!\x1a\x07\x01\x00", ("RAR", "unpack it"))
    yield Malformed("table.tar", _tar(), ("tar archive", "unpack it"))
    yield Malformed("table.tar.gz", gzip.compress(_tar()), ("tar archive", "unpack it"))


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as file:
        member = tarfile.TarInfo("table.csv")
        member.size = len(_GOOD)
        file.addfile(member, io.BytesIO(_GOOD))
    return content.getvalue()


class _Opened:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("raise SystemExit('a pickle was opened')",)


def _foreign(folder: Path) -> Iterator[Malformed]:
    yield Malformed("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), ("an image (PNG)",))
    yield Malformed("photo.csv", b"\xff\xd8\xff\xe0" + bytes(100), ("an image (JPEG)",))
    yield Malformed("image.gif", b"GIF89a" + bytes(100), ("an image (GIF)",))
    yield Malformed("paper.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ("a PDF document",))
    yield Malformed("letter.rtf", rb"{\rtf1\ansi a,b}", ("an RTF document",))
    yield Malformed("letter.docx", archive({"word/document.xml": "<w/>"}), ("a Word document",))
    yield Malformed("table.ods", archive({"mimetype": "x", "content.xml": "<x/>"}), ("OpenDocument", ".xlsx"))
    yield Malformed("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), (".xls", "password"))
    yield Malformed("binary.xlsb", archive({"xl/workbook.bin": b"\0"}), (".xlsb", ".xlsx"))
    yield Malformed("table.db", _database(folder), ("an SQLite database",))
    yield Malformed("table.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), ("HDF5",))
    yield Malformed("table.pkl", pickle.dumps(_Opened(), protocol=4), ("pickle", "never opened"))
    yield Malformed("table.feather", b"ARROW1\0\0" + bytes(100), ("Feather", "Parquet"))
    yield Malformed("table.npy", _array(), ("NumPy array",))
    yield Malformed("table.rds", gzip.compress(b"X\n\0\0\0\3"), ("R data file",))
    yield Malformed("reads.bam", gzip.compress(b"BAM\1" + bytes(100)), ("a BAM file",))
    yield Malformed("calls.bcf", gzip.compress(b"BCF\2\2" + bytes(100)), ("a BCF file", "bcftools"))
    yield Malformed("reads.fastq", b"@read1\nACGT\n+\nIIII\n", ("FASTQ", "FASTA"))
    yield Malformed("page.csv", b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table>", ("a web page",))
    yield Malformed("sheet.xml", b'<?xml version="1.0"?><a>1,2</a>', ("XML",))
    yield Malformed("table.json", json.dumps([{"gene": "A", "label": 1}]).encode(), ("JSON",))
    yield Malformed("lines.jsonl", b'{"gene": "A", "label": 1}\n{"gene": "B", "label": 0}\n', ("JSON",))
    yield Malformed("program.csv", b"\x7fELF\x02\x01\x01" + bytes(100), ("a program",))


def _database(folder: Path) -> bytes:
    path = folder / "table.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE split (gene, label)")
    database.close()
    return path.read_bytes()


def _array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros(3))
    return content.getvalue()


def _broken_parquet(folder: Path) -> Iterator[Malformed]:
    good = parquet(folder, "SELECT range AS score, range % 2 AS label FROM range(100)")
    yield Malformed("cut.parquet", good[:-20], ("Parquet", "damaged"))
    yield Malformed("only-magic.parquet", b"PAR1", ("Parquet", "damaged"))
    yield Malformed("hole.parquet", good[:4] + bytes(len(good) - 12) + good[-8:], ("Parquet", "damaged"))
    yield Malformed("encrypted.parquet", b"PARE" + bytes(100) + b"PARE", ("encrypted Parquet",))
    lists = "SELECT 1 AS label, [0.5, 0.6] AS scores"
    yield Malformed("lists.parquet", parquet(folder, lists), ("column 'scores'", "lists or records"))
    records = "SELECT 1 AS label, {'a': 1} AS scores"
    yield Malformed("records.parquet", parquet(folder, records), ("column 'scores'", "lists or records"))
    bytes_column = "SELECT 1 AS label, '\\xAA'::BLOB AS key"
    yield Malformed("bytes.parquet", parquet(folder, bytes_column), ("column 'key'", "bytes"))
    yield Malformed("no-rows.parquet", parquet(folder, "SELECT 1 AS label, 2 AS a WHERE false"), ("no rows",))
    wide = "SELECT " + ", ".join(f"1 AS c{number}" for number in range(MOST_COLUMNS + 1))
    yield Malformed("wide.parquet", parquet(folder, wide), (f"{MOST_COLUMNS + 1} columns",))
    # One text of a dictionary, named by each row: 35 kB that would be 1.2 GB.
    bomb = "SELECT repeat('ACGT', 3000) AS sequence, 1 AS label FROM range(100000)"
    yield Malformed("bomb.parquet", parquet(folder, bomb), ("500 MB",))


def _broken_workbooks() -> Iterator[Malformed]:
    parts = members(_SHEET)
    sheet = "xl/worksheets/sheet1.xml"
    yield Malformed("cut.xlsx", archive(parts)[:-30], ("workbook", "damaged or cut off"))
    yield Malformed("no-sheet-part.xlsx", archive({k: v for k, v in parts.items() if k != sheet}), ("damaged", sheet))
    yield Malformed("no-xml.xlsx", archive(parts | {sheet: "gene,label\n"}), ("damaged", sheet))
    yield Malformed("cut-xml.xlsx", archive(parts | {sheet: str(parts[sheet])[:-30]}), ("damaged", sheet))
    yield Malformed("empty-sheet.xlsx", archive(members("", _SHEET)), ("'Sheet1' is empty", "'Sheet2'"))
    yield Malformed("header-only.xlsx", archive(members(rows(("gene", "label")))), ("line 1", "no rows"))
    yield Malformed("no-sheets.xlsx", archive(members()), ("no sheet of cells",))
    yield Malformed("only-a-chart.xlsx", archive(members(_SHEET, kind="chartsheet")), ("no sheet of cells",))
    no_text = '<row r="1"><c t="s"><v>7</v></c></row>'
    yield Malformed("no-such-text.xlsx", archive(members(no_text)), ("damaged", sheet))
    wide = "".join(f"<c><v>{number}</v></c>" for number in range(MOST_COLUMNS + 1))
    yield Malformed("wide.xlsx", archive(members(f"<row>{wide}</row>")), (f"{MOST_COLUMNS + 1} columns",))
    backwards = '<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>'
    yield Malformed("rows-backwards.xlsx", archive(members(backwards)), ("damaged", sheet))
    encrypted = bytearray(archive(parts))
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := encrypted.find(mark, at + 1)) >= 0:
            encrypted[at + flags] |= 1
    yield Malformed("encrypted-parts.xlsx", bytes(encrypted), ("damaged",))


def _hostile_workbooks() -> Iterator[Malformed]:
    sheet = "xl/worksheets/sheet1.xml"
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    laughs = f"{entities}<worksheet><sheetData>&b;</sheetData></worksheet>"
    yield Malformed("laughs.xlsx", archive(members(_SHEET) | {sheet: laughs}), ("entities",))
    hidden = '<?xml version="1.0" encoding="utf-16"?>' + laughs
    yield Malformed("laughs-utf16.xlsx", archive(members(_SHEET) | {sheet: hidden.encode("utf-16")}), ("entities",))
    outside = '<!DOCTYPE x SYSTEM "file:///etc/hostname"><worksheet/>'
    yield Malformed("outside.xlsx", archive(members(_SHEET) | {sheet: outside}), ("entities",))
    yield Malformed("bomb.xlsx", archive_that_lies(members(_SHEET), size=600_000_000), ("500 MB",))
    grown = members(_SHEET * 500)
    yield Malformed("more-than-said.xlsx", archive_that_lies(grown, size=100), ("damaged",))
    far = '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>'
    yield Malformed("far-column.xlsx", archive(members(far)), ("damaged", sheet))
    deep = '<row r="99999999999"><c><v>1</v></c></row>'
    yield Malformed("far-row.xlsx", archive(members(deep)), ("damaged", sheet))
    endless = f'<row r="{"9" * 5000}"><c><v>1</v></c></row>'
    yield Malformed("endless-row.xlsx", archive(members(endless)), ("damaged", sheet))
    encoded = '<?xml version="1.0" encoding="klingon"?><worksheet/>'
    yield Malformed("unknown-encoding.xlsx", archive(members(_SHEET) | {sheet: encoded}), ("damaged", sheet))
    whole = archive(members(_SHEET))
    yield Malformed("hole.xlsx", whole[:40] + whole[41:], ("damaged",))
    yield Malformed("nested.xlsx", archive(members("<row>" * 100_000)), ("damaged", sheet))


def _broken_vcf() -> Iterator[Malformed]:
    row = "17\t100\t.\tA\tG\t.\t.\t.\n"
    yield Malformed("no-header.vcf", (_VCF + row).encode(), ("line 2", "header of the variants"))
    blanks = (_VCF + _VCF_HEADER + row).replace("\t", " ")
    yield Malformed("blanks.vcf", blanks.encode(), ("line 2", "tabs"))
    yield Malformed("only-meta.vcf", _VCF.encode(), ("no variants",))
    yield Malformed("header-only.vcf", (_VCF + _VCF_HEADER).encode(), ("no rows",))
    symbols = _VCF + _VCF_HEADER + "17\t100\t.\tA\t<DEL>\t.\t.\t.\n"
    yield Malformed("only-symbols.vcf", symbols.encode(), ("line 3", "a symbol, not bases"))
    keys = ";".join(f"K{number}=1" for number in range(MOST_COLUMNS))
    yield Malformed(
        "many-keys.vcf", (_VCF + _VCF_HEADER + row.replace("\t.\n", f"\t{keys}\n")).encode(), ("507 columns",)
    )
    alternates, values = ",".join("A" * 400_000), ",".join("1" * 400_000)
    info = ";".join([f"AF={values}", *(f"K{number}" for number in range(80))])
    many = f"{_VCF}##INFO=<ID=AF,Number=A>\n{_VCF_HEADER}17\t100\t.\tC\t{alternates}\t.\t.\t{info}\n"
    yield Malformed("many-alternates.vcf", many.encode(), ("cells",))
    packed = gzip.compress((_VCF + _VCF_HEADER + row).encode())
    yield Malformed("cut.vcf.gz", packed[:-5], ("gzip", "cut off"))
    yield Malformed(
        "latin1.vcf", (_VCF + "##source=Müller\n" + _VCF_HEADER + row).encode("latin-1"), ("line 2", "0xfc")
    )


def _broken_fasta() -> Iterator[Malformed]:
    yield Malformed("no-sequences.fasta", b">a label=1\n>b label=0\n", ("sequence",))
    yield Malformed("one-sign.fasta", b">", ("sequence",))
    yield Malformed("latin1.fasta", ">Müller label=1\nACGT\n".encode("latin-1"), ("line 1", "0xfc"))
    yield Malformed("nul.fasta", b">a label=1\nAC\0GT\n", ("line 2", "NUL byte"))
    keys = " ".join(f"k{number}=1" for number in range(MOST_COLUMNS))
    yield Malformed("many-keys.fasta", f">a {keys}\nACGT\n".encode(), ("line 1", "502 columns"))


def listed() -> Iterator[Malformed]:
    """Files that can be used in part: each fault is a problem of the kinds in `words`."""
    yield Malformed("ragged.csv", _GOOD + b"TP53,1\nATM,0.5,1,x\n", ("ragged-row",))
    yield Malformed("cut-line.csv", _GOOD[:-5], ("ragged-row",))
    yield Malformed("twice.csv", b"gene,label,label\nA,1,0\nB,0,0\n", ("column-renamed",))
    yield Malformed("no-name.csv", b"gene,,label\nA,5,1\nB,6,0\n", ("column-renamed",))
    yield Malformed("control.csv", b"ge\x07ne,\x1b[31mlabel\nA,1\nB,0\n", ("column-renamed",))
    yield Malformed("direction.csv", "gene,\u202elebal\nA,1\nB,0\n".encode(), ("column-renamed",))
    yield Malformed("long-name.csv", b"gene," + b"x" * 100_000 + b"\nA,1\nB,0\n", ("column-renamed",))
    yield Malformed("long-cell.csv", _GOOD + b"A" * 10_000_000 + b",1,1\n", ("cell-too-long",))
    yield Malformed("long-sequence.fasta", b">a 1\nACGT\n>b 0\n" + b"A" * 10_000_000, ("cell-too-long",))
    yield Malformed("nameless.fasta", b">a 1\nACGT\n>\nACGT\n>b 0\n", ("no-name", "no-sequence"))
    yield from _listed_workbooks()
    yield from _listed_vcf()


def _listed_workbooks() -> Iterator[Malformed]:
    formula = rows(("gene", "label"), ("A", "<c><f>B1+1</f></c>"), ("B", 0))
    yield Malformed("formula.xlsx", archive(members(formula)), ("formula-without-value",))
    error = rows(("gene", "label"), ("A", '<c t="e"><v>#REF!</v></c>'), ("B", 0))
    yield Malformed("error.xlsx", archive(members(error)), ("excel-error",))
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="16"/></cellXfs>'
    date = rows(("gene", "label"), ('<c s="1"><v>45536</v></c>', 1), ("BRCA1", 0), ("BRCA2", 1))
    yield Malformed("sept2.xlsx", archive(members(date, styles=styles)), ("date-cell",))
    twice = rows(("gene", "label", "label"), ("A", 1, 0), ("B", 0, 0))
    yield Malformed("twice.xlsx", archive(members(twice)), ("column-renamed",))
    long = rows(("gene", "label"), ("A" * 2_000_000, 1), ("B", 0))
    yield Malformed("long-cell.xlsx", archive(members(long)), ("cell-too-long",))


def _listed_vcf() -> Iterator[Malformed]:
    start = _VCF + "##INFO=<ID=AF,Number=A,Type=Float>\n" + _VCF_HEADER + "17\t100\t.\tA\tG\t.\t.\tCLNSIG=Benign\n"
    for name, line, kind in (
        ("symbol.vcf", "17\t101\t.\tA\t<DEL>\t.\t.\t.", "symbolic-allele"),
        ("breakpoint.vcf", "17\t101\t.\tA\tA[chr2:5[\t.\t.\t.", "symbolic-allele"),
        ("star.vcf", "17\t101\t.\tA\t*\t.\t.\t.", "spanning-deletion"),
        ("no-alternate.vcf", "17\t101\t.\tA\t.\t.\t.\t.", "no-alternate"),
        ("several.vcf", "17\t101\t.\tA\tG,T\t.\t.\tAF=0.1,0.2", "several-alternates"),
        ("uneven.vcf", "17\t101\t.\tA\tG,T\t.\t.\tAF=0.1", "uneven-info"),
        ("ragged.vcf", "17\t101\t.\tA", "ragged-row"),
    ):
        yield Malformed(name, (start + line + "\n").encode(), (kind,))


_PROTEIN = "MDLSALRVEEVQNVINAMQKILECPICLELIKEPVSTKCDHIFCKFCMLKLLNQKKGPSQC"
_SOUND = (("M1A", "1"), ("D2A", "0"), ("L3A", "1"), ("S4A", "0"))


def mistaken() -> Iterator[Malformed]:
    """Files that are read well and mean nothing, in part or as a whole.

    Words are kinds of problems, or stand in the sentence that says why nothing can be evaluated.
    """
    yield from _mistaken_labels()
    yield from _mistaken_proteins()
    yield from _mistaken_dna()
    yield from _mistaken_sequences()


def _proteins(name: str, rows: tuple[tuple[str, str], ...], *words: str) -> Malformed:
    lines = [f"{_PROTEIN},{variant},{label}\n" for variant, label in rows]
    return Malformed(name, "".join(["sequence,variant,label\n", *lines]).encode(), words)


def _mistaken_labels() -> Iterator[Malformed]:
    yield _proteins("unknown-label.csv", (*_SOUND, ("A5L", "maybe")), "label-unknown")
    yield _proteins("html-label.csv", (*_SOUND, ("A5L", "<img src=x onerror=alert(1)>")), "label-unknown")
    yield _proteins("formula-label.csv", (*_SOUND, ("A5L", "=1+1")), "label-unknown")
    yield _proteins("one-class.csv", (("M1A", "1"), ("D2A", "1")), "two classes are needed")
    yield _proteins("only-vus.csv", (("M1A", "VUS"), ("D2A", "uncertain significance")), "VUS")
    yield _proteins("conflicting.csv", (*_SOUND, ("A5L", "1"), ("A5L", "0")), "label-conflict")
    yield Malformed("no-label.csv", b"sequence,variant\nMKT,M1A\nMKT,K2A\n", ("No column is recognised as the label",))


def _mistaken_proteins() -> Iterator[Malformed]:
    yield _proteins("other-protein.csv", (*_SOUND, ("K5L", "1")), "reference-mismatch")
    yield _proteins("outside.csv", (*_SOUND, ("M999A", "1")), "position-outside")
    yield _proteins("position-0.csv", (*_SOUND, ("M0A", "1")), "variant-unreadable")
    yield _proteins("no-variant.csv", (*_SOUND, ("rubbish", "1")), "variant-unreadable")
    yield _proteins("long-variant.csv", (*_SOUND, ("A" * 500_000, "1")), "variant-unreadable")
    yield _proteins("unknown-residue.csv", (*_SOUND, ("A5X", "1")), "variant-unreadable")
    yield _proteins("endless-position.csv", (*_SOUND, (f"A{'9' * 5000}L", "1")), "variant-unreadable")
    yield _proteins("synonymous.csv", (*_SOUND, ("A5A", "1")), "synonymous")
    yield _proteins("twice.csv", (*_SOUND, _SOUND[0]), "duplicate")


def _mistaken_dna() -> Iterator[Malformed]:
    sound = "17,100,A,G,1\n17,101,C,T,0\n17,102,C,T,1\n17,103,C,T,0\n"
    for name, line, kind in (
        ("negative.csv", "17,-3,A,G,1", "position-unreadable"),
        ("half-position.csv", "17,10.5,A,G,1", "position-unreadable"),
        ("far-position.csv", f"17,{'9' * 40},A,G,1", "position-unreadable"),
        ("same-base.csv", "17,200,A,A,1", "unchanged"),
        ("other-letter.csv", "17,200,A,Z,1", "allele-unreadable"),
    ):
        yield Malformed(name, f"chrom,pos,ref,alt,label\n{sound}{line}\n".encode(), (kind,))


def _mistaken_sequences() -> Iterator[Malformed]:
    sound = "ACGTACGT,1,train\nACGAACGA,0,train\nGGCCTTAA,1,test\nTTTTCCAA,0,test\n"
    for name, line, kind in (
        ("digits.csv", "AC1T,1,test", "sequence-unreadable"),
        ("no-sequence.csv", ",1,test", "sequence-missing"),
        ("unknown-part.csv", "ACGTT,1,later", "split-unknown"),
        ("unseen-class.csv", "ACGTT,7,test", "class-not-in-train"),
    ):
        yield Malformed(name, f"sequence,label,split\n{sound}{line}\n".encode(), (kind,))
    only_train = b"sequence,label,split\nACGTT,1,train\nACGTA,0,train\n"
    yield Malformed("only-train.csv", only_train, ("No row of the column 'split' says test",))
