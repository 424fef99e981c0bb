"""What marks and lines of a figure mean: a figure in the app has no legend box, the page says it elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dashboard.charts.palette import MARKS, YOURS, mark, palette
from dashboard.export.arrays import each, plain, unseen
from dashboard.export.cells import cells_of
from dashboard.export.drawing import Series
from dashboard.export.reading import known_shape, mark_of
from dashboard.export.rich import Piece, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dashboard.exhibits import Exhibit
    from dashboard.export.drawing import Marker, Text

_BOLD = re.compile(r"<b>(.*?)</b>")
_FIELD = re.compile(r"%\{(customdata\[(\d+)\]|text)\}")
_GLYPHS = {"circle": "●○", "square": "■□", "triangle": "▲△", "diamond": "◆◇", "plus": "✚✚", "x": "✖✖", "star": "★☆"}
_HOLLOW = {"▼": "▽", "⬟": "⬠", "⬢": "⬡"}
_LONGEST = 48
_MARKED = ("scatter", "scattergl")


def namer(exhibit: Exhibit, ground: str) -> Callable[[Any, str, str], str]:
    """A function of a trace, a symbol and a colour that says what its marks mean; empty where nobody can know."""
    known = _strings(exhibit)
    colours = palette(ground)

    def named(trace: Any, symbol: str, colour: str) -> str:
        if symbol == "diamond" and colour == colours.ink:
            return "baseline"
        if symbol == "circle-open" and colour == colours.muted:
            return "control"
        return words(trace.name or "") or _group_said(trace) or _said(trace) or _group(symbol, colour, known, ground)

    return named


def entries(exhibit: Exhibit, ground: str) -> list[Text]:
    """One entry for each meaning of an exhibit's marks, whatever carries its figure; none where there is but one."""
    if exhibit.figure is None:
        return []
    cells = cells_of(exhibit.figure)
    if cells is not None:
        return [(Piece(mark.glyph, colour=mark.colour), Piece(f" {mark.meaning}")) for mark in cells.meanings]
    named = namer(exhibit, ground)
    marked = [trace for trace in exhibit.figure.data if trace.type in _MARKED and "markers" in (trace.mode or "")]
    return keys(one for trace in marked if not unseen(trace) for one in _shown(trace, named))


def _shown(trace: Any, named: Callable[[Any, str, str], str]) -> list[Series]:
    """The marks of a trace without their places: one series for each style that means something."""
    marker, n = trace.marker, len(plain(trace.x))
    said = (marker.symbol, marker.color, marker.line.color, marker.line.width)
    found = []
    for symbol, colour, edge, width in dict.fromkeys(zip(*(each(value, n) for value in said), strict=True)):
        shape, tint = str(symbol or "circle"), str(colour or edge or "#808080")
        if isinstance(colour, (int, float)) or not known_shape(shape):
            continue
        if group := named(trace, shape, str(colour or "")):
            found.append(Series("", (), (), marker=mark_of(shape, tint, 8, (edge, width), None), group=group))
    return found


def _strings(exhibit: Exhibit) -> set[str]:
    """Every word of the exhibit's rows that names a group of models."""
    rows = exhibit.rows
    if rows is None:
        return set()
    return {name for name in MARKS if any((rows[column] == name).any() for column in rows.columns)}


def _group_said(trace: Any) -> str:
    """The group of models that stands on the card of every point of a trace."""
    rows = plain(trace.customdata)
    columns = zip(*rows, strict=False) if rows and not isinstance(rows[0], str) else ()
    return next((str(column[0]) for column in columns if len(set(map(str, column))) == 1 and column[0] in MARKS), "")


def _group(symbol: str, colour: str, known: set[str], ground: str) -> str:
    """The group of models that has this mark on this ground."""
    colours = palette(ground)
    shape = symbol.removesuffix("-open")
    fitting = [name for name in MARKS if MARKS[name].symbol == shape and mark(name, colours).colour == colour]
    sure = [name for name in fitting if name in known] or [name for name in fitting if name != YOURS]
    return sure[0] if len(sure) == 1 else ""


def _said(trace: Any) -> str:
    """What a trace's own card calls all of its points."""
    bold = _BOLD.search(str(trace.hovertemplate or ""))
    said = bold[1] if bold else str(trace.hovertemplate or "").split("<br>")[0].split(" %")[0]
    field = _FIELD.fullmatch(said)
    if field is None:
        return words(said) if bold and "%{" not in said else ""
    rows = plain(trace.text if field[2] is None else trace.customdata)
    if len(rows) > 1:
        values = {str(row) if field[2] is None else str(row[int(field[2])]) for row in rows}
        only = values.pop() if len(values) == 1 else ""
        return words(only) if len(only) <= _LONGEST else ""
    return ""


def keys(series: Iterable[Series]) -> list[Text]:
    """One entry for each meaning that marks or lines have, a mark with its word; none where there is but one."""
    found: dict[str, Piece] = {}
    for one in series:
        if one.group and one.group not in found and (one.marker or one.line):
            found[one.group] = _sign(one)
    return [(sign, Piece(f" {name}")) for name, sign in found.items()] if len(found) > 1 else []


def _sign(series: Series) -> Piece:
    if series.marker is not None:
        return Piece(glyph(series.marker), colour=series.marker.colour)
    colour = series.line.colour if series.line else None
    return Piece("—" if series.line and series.line.dash == "solid" else "- -", bold=True, colour=colour)


def glyph(marker: Marker) -> str:
    """The shape of a mark as a letter."""
    return (
        _HOLLOW.get(marker.glyph, marker.glyph)
        if marker.glyph and marker.hollow
        else marker.glyph or _GLYPHS.get(marker.symbol, "●●")[int(marker.hollow)]
    )
