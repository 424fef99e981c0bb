"""A map of numbers as a native table with coloured cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.charts.palette import Palette, palette
from dashboard.export.cells import Cells
from dashboard.export.kept_rows import kept_rows, left_out
from dashboard.export.pptx.grid import TableCell, table_markup
from dashboard.export.pptx.measure import LINE, cut, width, wrapped
from dashboard.export.rich import Piece

if TYPE_CHECKING:
    from dashboard.export.cells import Heading, Row

_SMALLEST, _LARGEST = 11.0, 13.0
_LABEL, _ASIDE = 0.25, 46.0
"""The names' share of the width at most; the column of sizes."""
_WIDEST, _TALLEST = 74.0, 26.0
_GAP = 7.0
_HEAD = 12.0
_PAD = 3.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table that fits: its markup, its size, and the sentence of what is left out."""

    markup: str
    width: float
    height: float
    left_out: str | None


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Lengths in points: the names' column, the asides' (0 where there are none), one cell, heading, row, letters."""

    label: float
    aside: float
    cell: float
    head: float
    row: float
    text: float
    upright: bool


def map_table(cells: Cells, across: float, down: float, ground: str) -> Table:
    """The map in a room of that size: as many rows as can be read, in letters of at least 11 points."""
    colours = palette(ground)
    cells, fewer = _columns_that_fit(cells, across)
    sizes = _sizes(cells, across, down)
    gaps = _GAP * sum(row.apart for row in cells.rows)
    most = max(int((down - sizes.head - gaps) / sizes.row), 1)
    kept = kept_rows([row.baseline for row in cells.rows], most)
    rows = [cells.rows[place] for place in kept]
    columns = _columns(cells, sizes)
    heights = [sizes.head]
    body = [_heading(cells, columns, sizes, colours)]
    for place, row in enumerate(rows):
        if row.apart or (place and kept[place] != kept[place - 1] + 1):
            heights.append(_GAP)
            body.append([_blank(colours) for _ in columns])
        heights.append(sizes.row)
        body.append(_row(rows, place, columns, sizes, colours))
    widths = [length for length, _ in columns]
    markup = table_markup(widths, heights, body, ground)
    said = "; ".join(part for part in (left_out(kept, len(cells.rows)), fewer) if part)
    return Table(markup, sum(widths), sum(heights), said or None)


def _columns_that_fit(cells: Cells, across: float) -> tuple[Cells, str | None]:
    """The map with the columns whose numbers can be read in one line; where it is narrow, sizes go first."""
    widest = max((width(cell.text, _SMALLEST, bold=cell.bold) for row in cells.rows for cell in row.cells), default=1.0)
    n = len(cells.headings)
    gaps = sum(heading.apart for heading in cells.headings) * _GAP
    room = across - across * _LABEL - 16 - gaps
    if n * (widest + 3) <= room - _ASIDE:
        return cells, None
    most = max(int(room / (widest + 3)), 1)
    rows = tuple(replace(row, aside="", cells=row.cells[:most]) for row in cells.rows)
    return Cells(cells.headings[:most], rows), f"the first {most} of {n} columns" if most < n else None


def _sizes(cells: Cells, across: float, down: float) -> _Sizes:
    aside = _ASIDE if any(row.aside for row in cells.rows) else 0.0
    marked = 16.0 if any(row.mark for row in cells.rows) else 0.0
    longest = max((width(row.label, _SMALLEST + 1, bold=row.baseline) for row in cells.rows), default=40.0)
    label = min(longest + marked + 3 * _PAD, across * _LABEL + marked)
    gaps = sum(heading.apart for heading in cells.headings) * _GAP
    cell = min((across - label - aside - gaps) / max(len(cells.headings), 1), _WIDEST)
    narrow = [word for heading in cells.headings for word in heading.text.split() if width(word, _HEAD) > cell - 2]
    upright = len(narrow) > 0
    longest_head = max((width(heading.text, _HEAD, bold=heading.bold) for heading in cells.headings), default=20.0)
    lines = max((len(wrapped(heading.text, _HEAD, cell - 2)) for heading in cells.headings), default=1)
    head = min(longest_head + 8, down * 0.32) if upright else lines * _HEAD * LINE + 6
    widest = max((width(cell.text, 1, bold=True) for row in cells.rows for cell in row.cells), default=1.0)
    roomy = (down - head) / max(len(cells.rows), 1)
    text = min(max(_SMALLEST, min(roomy / 1.45, _LARGEST)), max(_SMALLEST, (cell - 2) / max(widest, 0.1)))
    row = min(max(roomy, text * LINE + 3), _TALLEST)
    return _Sizes(label, aside, cell, head, row, text, upright)


def _columns(cells: Cells, sizes: _Sizes) -> list[tuple[float, int | str]]:
    """Width and content of each column: the place of a heading, or the word for what else stands there."""
    found: list[tuple[float, int | str]] = [(sizes.label, "label")]
    if sizes.aside:
        found.append((sizes.aside, "aside"))
    for place, heading in enumerate(cells.headings):
        if heading.apart:
            found.append((_GAP, "gap"))
        found.append((sizes.cell, place))
    return found


def _blank(colours: Palette) -> TableCell:
    return TableCell((), 1, colours.ink)


def _heading(cells: Cells, columns: list[tuple[float, int | str]], sizes: _Sizes, colours: Palette) -> list[TableCell]:
    return [
        _head(cells.headings[what], sizes, colours) if isinstance(what, int) else _blank(colours) for _, what in columns
    ]


def _head(heading: Heading, sizes: _Sizes, colours: Palette) -> TableCell:
    text = cut(heading.text, _HEAD, sizes.head - 6, bold=heading.bold) if sizes.upright else heading.text
    return TableCell(
        (Piece(text, bold=heading.bold),),
        _HEAD,
        colours.ink,
        align="l" if sizes.upright else "ctr",
        upright=sizes.upright,
        anchor="ctr" if sizes.upright else "b",
        padding=1.0,
    )


def _row(
    rows: list[Row], place: int, columns: list[tuple[float, int | str]], sizes: _Sizes, colours: Palette
) -> list[TableCell]:
    row = rows[place]
    found = []
    for _, what in columns:
        if what == "label":
            found.append(_label(row, sizes, colours))
        elif what == "aside":
            found.append(TableCell((Piece(row.aside),), sizes.text, colours.muted, align="r", padding=6.0))
        elif isinstance(what, int):
            found.append(_number(rows, place, what, sizes, colours))
        else:
            found.append(_blank(colours))
    return found


def _label(row: Row, sizes: _Sizes, colours: Palette) -> TableCell:
    marked = () if row.mark is None else (Piece(f"{row.mark.glyph} ", colour=row.mark.colour),)
    room = sizes.label - 2 * _PAD - (16 if marked else 0)
    return TableCell(
        (*marked, Piece(cut(row.label, sizes.text, room, bold=row.baseline), bold=row.baseline)),
        sizes.text,
        colours.ink,
        padding=_PAD,
    )


def _number(rows: list[Row], place: int, column: int, sizes: _Sizes, colours: Palette) -> TableCell:
    cell = rows[place].cells[column]
    text = cell.text or ("–" if cell.hatched else "")
    return TableCell(
        (Piece(text, bold=cell.bold),),
        sizes.text,
        (cell.ink or colours.ink) if cell.fill else colours.muted,
        align="ctr",
        fill=cell.fill,
        edges=_edges(rows, place, column, colours),
        padding=0.0,
    )


def _edges(rows: list[Row], place: int, column: int, colours: Palette) -> dict[str, tuple[str, float]]:
    """Lines in the colour of the ground, so that cells stand apart; a frame wins on both of its sides."""
    neighbours = {"left": (0, -1), "right": (0, 1), "top": (-1, 0), "bottom": (1, 0)}
    own = rows[place].cells[column].frame
    found = {}
    for side, (down, across) in neighbours.items():
        other = _frame(rows, place + down, column + across)
        framed = max((frame for frame in (own, other) if frame), key=lambda frame: frame[1], default=None)
        found[side] = (colours.ground, 1.25) if framed is None else (framed[0], 0.75 * framed[1])
    return found


def _frame(rows: list[Row], row: int, column: int) -> tuple[str, float] | None:
    inside = 0 <= row < len(rows) and 0 <= column < len(rows[row].cells)
    return rows[row].cells[column].frame if inside else None
