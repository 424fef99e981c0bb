"""Files that are packed, built part by part, so that a part can be wrong."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def archive(members: dict[str, str | bytes]) -> bytes:
    """A zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, text in members.items():
            file.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def archive_that_lies(members: dict[str, str | bytes], **sizes: int) -> bytes:
    """A zip archive whose directory says that each member has another size."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
        for member in file.filelist:
            member.file_size = sizes["size"]
    return content.getvalue()


def members(
    *sheets: str, texts: tuple[str, ...] = (), styles: str = "", kind: str = "worksheet", book: str = ""
) -> dict[str, str | bytes]:
    """Parts of a workbook, given the rows of each sheet as XML.

    Args:
        sheets: What stands inside of `sheetData`.
        texts: Shared by cells.
        styles: The inside of `styleSheet`.
        kind: Of the sheets.
        book: More of the workbook's own part.
    """
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    targets = {f"rId{n}": (kind, f"worksheets/sheet{n}.xml") for n in numbers}
    targets |= {"rIdT": ("sharedStrings", "sharedStrings.xml"), "rIdS": ("styles", "styles.xml")}
    links = "".join(
        f'<Relationship Id="{key}" Type="{_RELATIONS}/{what}" Target="{target}"/>'
        for key, (what, target) in targets.items()
    )
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return {
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{book}<sheets>{listed}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            for n, rows in zip(numbers, sheets, strict=True)
        },
    }


def rows(*lines: tuple[str | float, ...]) -> str:
    """Rows of a sheet as XML, words as inline texts; what begins with '<' is the inside of a cell."""
    return "".join(f'<row r="{at}">{"".join(map(_cell, line))}</row>' for at, line in enumerate(lines, start=1))


def _cell(value: str | float) -> str:
    if not isinstance(value, str):
        return f"<c><v>{value}</v></c>"
    return value if value.startswith("<") else f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def parquet(folder: Path, query: str) -> bytes:
    """The Parquet file of a query's answer."""
    path = folder / "table.parquet"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()
