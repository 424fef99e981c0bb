"""A workbook's own parts: its sheets, texts that cells share, and which styles show a number as a date."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import SpecError, one_line
from engine.local_split.reading.dates import is_date
from engine.local_split.reading.xml_parts import Archive, Handler, local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.local_split.reading.source import Source
    from engine.local_split.reading.xml_parts import Attributes

_FOLDER = "xl/"


@dataclass(frozen=True, slots=True)
class Workbook:
    """What has to be known before a sheet can be read.

    Attributes:
        sheets: member of the archive by the sheet's name, in order.
        texts: shared by cells.
        dates: numbers of the styles that show a date.
        from_1904: whether days are counted from 1904, as old programs on a Mac do.
    """

    archive: Archive
    sheets: Mapping[str, str]
    texts: tuple[str, ...]
    dates: frozenset[int]
    from_1904: bool


def open_workbook(source: Source) -> Workbook:
    """A workbook's parts.

    Raises:
        TableError: it is damaged, too large inside, or has no sheet.
    """
    archive = Archive(source)
    contents, links, texts, styles = _Contents(), _Links(), _Texts(), _Styles()
    archive.parse(f"{_FOLDER}workbook.xml", contents)
    archive.parse(f"{_FOLDER}_rels/workbook.xml.rels", links)
    for kind, handler in (("sharedStrings", texts), ("styles", styles)):
        for member in links.of(kind):
            archive.parse(member, handler)
    worksheets = set(links.of("worksheet"))
    sheets = {name: links.members.get(link, "") for name, link in contents.sheets.items()}
    sheets = {name: member for name, member in sheets.items() if member in worksheets}
    if not sheets:
        raise source.fault("the workbook has no sheet of cells", expected="a sheet with a header and rows")
    return Workbook(archive, sheets, tuple(texts.found), styles.dates(), contents.from_1904)


def chosen_sheet(source: Source, workbook: Workbook, sheet: str | None) -> str:
    """The sheet's name; the first where none was asked for.

    Raises:
        SpecError: there is none of that name.
    """
    if sheet is None:
        return next(iter(workbook.sheets))
    if sheet not in workbook.sheets:
        there = ", ".join(f"'{one_line(name, 40)}'" for name in list(workbook.sheets)[:5])
        raise SpecError(f"{source.name}: it has no sheet '{one_line(sheet, 40)}'; name one of {there}.")
    return sheet


class _Contents(Handler):
    def __init__(self) -> None:
        self.sheets: dict[str, str] = {}
        self.from_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if local(key) == "id"), "")
            self.sheets.setdefault(attributes.get("name", ""), link)
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in {"1", "true"}


class _Links(Handler):
    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            # A target is a path from the folder of the workbook, or, with a slash before it, from the archive's.
            member = posixpath.normpath(posixpath.join("/", _FOLDER, target)).lstrip("/")
            self.members[attributes.get("Id", "")] = member
            self._kinds[member] = attributes.get("Type", "").rpartition("/")[2]

    def of(self, kind: str) -> list[str]:
        return [member for member, found in self._kinds.items() if found == kind]


class _Texts(Handler):
    """Texts that cells share; of each its runs joined, without the reading aids that Japanese texts have."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._in_text = False
        self._in_aid = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._in_aid = True
        elif name == "t":
            self._in_text = not self._in_aid

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self._pieces))
        elif name == "rPh":
            self._in_aid = False
        elif name == "t":
            self._in_text = False

    def text(self, letters: str) -> None:
        if self._in_text:
            self._pieces.append(letters)


class _Styles(Handler):
    def __init__(self) -> None:
        self._formats = dict[str, str]()
        self._of_styles: list[str] = []
        self._in_styles = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_styles = True
        elif name == "xf" and self._in_styles:
            self._of_styles.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_styles = False

    def dates(self) -> frozenset[int]:
        styles = enumerate(self._of_styles)
        return frozenset(number for number, style in styles if is_date(style, self._formats.get(style)))
