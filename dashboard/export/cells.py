"""A map of numbers in coloured cells as plain values, read from its figure: for tables in slides and in pages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard.charts.palette import BASELINE, MARKS, fill
from dashboard.export.arrays import each, plain, unseen
from dashboard.export.rich import is_bold, words

if TYPE_CHECKING:
    import plotly.graph_objects as go

_GLYPHS = {shown.symbol: shown.glyph for shown in (BASELINE, *MARKS.values())} | {"hexagram": "✶"}
_Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a row's group: shape, #RRGGBB and what it means."""

    glyph: str
    colour: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `fill` and `ink` are #RRGGBB, `frame` colour and width in px; None where there is none.

    `hatched`: empty for a reason.
    """

    text: str
    bold: bool = False
    fill: str | None = None
    ink: str | None = None
    frame: tuple[str, float] | None = None
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `baseline` rows are bold, `aside` is what stands beside the name (a size), `apart` after a gap."""

    label: str
    baseline: bool
    mark: Mark | None
    aside: str
    cells: tuple[Cell, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's heading; `apart` where a gap comes before the column."""

    text: str
    bold: bool
    apart: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """The map: every row has one cell for each heading."""

    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]

    @property
    def meanings(self) -> tuple[Mark, ...]:
        """The marks of its rows, each once, in the order of the rows."""
        return tuple(dict.fromkeys(row.mark for row in self.rows if row.mark is not None and row.mark.meaning))


def cells_of(figure: go.Figure) -> Cells | None:
    """The map that a figure shows, or None where it is no map with its numbers printed in the cells."""
    across, down = _ticks(figure.layout.xaxis), _ticks(figure.layout.yaxis)
    filled = [trace for trace in figure.data if trace.type == "heatmap"]
    beside = any(trace.xaxis not in {None, "x"} or trace.yaxis not in {None, "y"} for trace in figure.data)
    if not filled or beside or not across or not down:
        return None
    fills = _fills(filled)
    texts = _texts(figure)
    columns = [place for place, _ in across]
    if not any((x, y) in texts and (x, y) in fills for x in columns for y, _ in down):
        return None
    frames, hatched, marks = _frames(figure), _hatched(figure, [place for place, _ in down]), _marks(figure, columns)
    rows = [
        Row(
            label=words(label),
            baseline=is_bold(label),
            mark=marks.get(y),
            aside=next((words(text) for (x, level), (text, _) in texts.items() if level == y and x not in columns), ""),
            cells=tuple(
                _cell(texts.get((x, y)), fills.get((x, y)), frames.get((x, y)), hatched=(x, y) in hatched)
                for x in columns
            ),
            apart=gap,
        )
        for (y, label), gap in zip(down, _gaps([place for place, _ in down]), strict=True)
    ]
    headings = [
        Heading(words(label), is_bold(label), gap) for (_, label), gap in zip(across, _gaps(columns), strict=True)
    ]
    return Cells(tuple(headings), tuple(rows))


def _cell(
    text: tuple[str, str | None] | None, fill: str | None, frame: tuple[str, float] | None, *, hatched: bool
) -> Cell:
    said, ink = text or ("", None)
    return Cell(words(said), bool(said) and is_bold(said), fill, ink, frame, hatched)


def _at(place: Any) -> float:
    """A place on an axis that compares equal to itself after arithmetic."""
    return round(float(place), 3)


def _ticks(axis: Any) -> list[tuple[float, str]]:
    """(place, label) along an axis whose labels are given."""
    labels = plain(axis.ticktext)
    return [(_at(place), str(label)) for place, label in zip(plain(axis.tickvals), labels, strict=False)]


def _gaps(places: list[float]) -> list[bool]:
    return [False, *(after - before > 1.01 for before, after in pairwise(places))]


def _fills(traces: list[Any]) -> dict[_Place, str]:
    found: dict[_Place, str] = {}
    for trace in traces:
        scale = tuple(str(colour) for _, colour in trace.colorscale)
        low, high = float(trace.zmin), float(trace.zmax)
        rows = [plain(row) for row in plain(trace.z)]
        for place, row in enumerate(rows):
            y = _along(trace.y, trace.y0, trace.dy, place)
            for step, value in enumerate(row):
                if value is not None:
                    at = (_along(trace.x, trace.x0, trace.dx, step), y)
                    found[at] = fill(scale, (float(value) - low) / (high - low))
    return found


def _along(given: Any, start: Any, step: Any, place: int) -> float:
    """Where the cells of a heatmap lie: as listed, else evenly from its start."""
    if given is not None:
        return _at(plain(given)[place])
    return _at((0 if start is None else start) + place * (1 if step is None else step))


def _texts(figure: go.Figure) -> dict[_Place, tuple[str, str | None]]:
    """(text, colour) by place."""
    found: dict[_Place, tuple[str, str | None]] = {}
    for trace in (trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text"):
        x, y, text = plain(trace.x), plain(trace.y), plain(trace.text)
        inks = each(trace.textfont.color, len(x))
        for one, other, said, ink in zip(x, y, text, inks, strict=True):
            if said:
                found[_at(one), _at(other)] = (str(said), ink)
    return found


def _frames(figure: go.Figure) -> dict[_Place, tuple[str, float]]:
    """Frame of a cell by its place; of several the widest."""
    found: dict[_Place, tuple[str, float]] = {}
    for shape in figure.layout.shapes:
        if shape.type == "rect" and shape.line.width and shape.xref in {None, "x"} and shape.yref in {None, "y"}:
            at = (_at((shape.x0 + shape.x1) / 2), _at((shape.y0 + shape.y1) / 2))
            frame = (str(shape.line.color), float(shape.line.width))
            found[at] = max(found.get(at, frame), frame, key=lambda one: one[1])
    return found


def _hatched(figure: go.Figure, rows: list[float]) -> set[_Place]:
    found: set[_Place] = set()
    for trace in (trace for trace in figure.data if trace.type == "bar"):
        for x, base, height in zip(plain(trace.x), plain(trace.base), plain(trace.y), strict=True):
            found |= {(_at(x), row) for row in rows if base < row < base + height}
    return found


def _marks(figure: go.Figure, columns: list[float]) -> dict[float, Mark]:
    """The mark beside each row, by the row's place."""
    found: dict[float, Mark] = {}
    for trace in (trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"):
        x, y = plain(trace.x), plain(trace.y)
        symbols, colours = each(trace.marker.symbol, len(x)), each(trace.marker.color, len(x))
        meanings = each(trace.text, len(x))
        if unseen(trace):
            continue
        for one, other, symbol, colour, said in zip(x, y, symbols, colours, meanings, strict=True):
            if _at(one) not in columns and symbol in _GLYPHS and colour:
                found[_at(other)] = Mark(_GLYPHS[symbol], str(colour), words(str(said or "")))
    return found
