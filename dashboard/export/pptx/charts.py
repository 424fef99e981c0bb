"""Native charts on a slide: as many rows as can be read, words beside them in a native table in step with the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.export.kept_rows import kept_rows, left_out
from dashboard.export.meanings import keys, namer
from dashboard.export.pptx.boxes import Box
from dashboard.export.pptx.chart_data import NativeChart
from dashboard.export.pptx.chart_xml import Frame, chart_markup
from dashboard.export.pptx.grid import TableCell, table_markup
from dashboard.export.pptx.measure import LINE, cut, in_lines, width
from dashboard.export.pptx.panels import fitted, no_words, panels_of, values_along
from dashboard.export.pptx.scales import narrowed, number_words

if TYPE_CHECKING:
    import datetime as dt

    from dashboard.exhibits import Exhibit
    from dashboard.export.drawing import Corner, Panel, Text
    from dashboard.export.pptx.parts import Canvas
    from dashboard.export.rich import Piece

TEXT = 12.0
_LOWEST, _HIGHEST = 16.5, 30.0
"""Heights of a row."""
_HEAD = 17.0
_NUMBERS, _TITLE = 20.0, 18.0
_NAMES, _COLUMNS = 0.36, 0.45
_APART = 26.0


@dataclass(frozen=True, slots=True)
class _Room:
    """How a box is parted: names, plot, columns; and what stands above and under the plot."""

    names: float
    columns: tuple[float, ...]
    head: float
    foot: float


def draw(canvas: Canvas, exhibit: Exhibit, box: Box, made: dt.datetime) -> str | None:
    """Put an exhibit's figure on a slide as native charts.

    Returns:
        The sentence of which rows are left out; None where none are.

    Raises:
        CannotCarryError: native charts cannot show it.
    """
    panels = panels_of(exhibit.figure, namer(exhibit, canvas.ground), canvas.colours.ink)
    box = _legend(canvas, panels, box)
    said = [
        _panel(canvas, panel, _part(panel, box, len(panels)), exhibit, made, number)
        for number, panel in enumerate(panels, start=1)
    ]
    return next((sentence for sentence in said if sentence), None)


def _legend(canvas: Canvas, panels: tuple[Panel, ...], box: Box) -> Box:
    """The meanings of marks over the plots; the box that is left."""
    entries = keys(series for panel in panels for series in panel.series)
    if not entries:
        return box
    lines = in_lines(entries, TEXT, box.width)
    height = len(lines) * TEXT * LINE + 8
    canvas.text(lines, Box(box.left, box.top, box.width, height - 6), TEXT, name="Legend")
    return box.below(height)


def _part(panel: Panel, box: Box, n: int) -> Box:
    """The panel's share of the box."""
    if n == 1:
        return box
    left, top, across, down = panel.place
    x, y = box.left + left * box.width, box.top + top * box.height
    return Box(x, y, across * box.width - (_APART / 2 if across < 1 else 0), down * box.height)


def _panel(canvas: Canvas, panel: Panel, box: Box, exhibit: Exhibit, made: dt.datetime, number: int) -> str | None:
    box = _above(canvas, panel, box)
    sentence = None
    if panel.rows is not None:
        room = _room(panel, box)
        most = int((box.height - room.head - room.foot) / _LOWEST - 0.85 * panel.tiers)
        kept = kept_rows(panel.bold, max(most, 1))
        sentence = left_out(kept, len(panel.rows))
        panel = fitted(panel, kept)
        if sentence and not panel.bars:
            panel = replace(panel, across=narrowed(panel.across, values_along(panel.series, "x")))
    room = _room(panel, box)
    frame, box = _frame(panel, box, room)
    panel = _cut_names(panel, room)
    markup, sheet = chart_markup(panel, frame, canvas.colours, canvas.ground)
    name = "Chart" if number == 1 else f"Chart {number}"
    chart = Box(box.left, box.top, frame.chart[0], frame.chart[1])
    canvas.chart(NativeChart(markup, sheet, made), chart, alt=exhibit.alt, name=name)
    if panel.columns:
        _columns(canvas, panel, Box(chart.right, chart.top, sum(room.columns), chart.height), frame, room)
    for corner in panel.corners:
        _corner(canvas, corner, chart, frame)
    return sentence


def _above(canvas: Canvas, panel: Panel, box: Box) -> Box:
    """Lines that the figure has over its plot."""
    if not panel.above:
        return box
    lines = in_lines(panel.above, TEXT, box.width)
    height = len(lines) * TEXT * LINE + 6
    canvas.text(lines, Box(box.left, box.top, box.width, height - 4), TEXT, name="Heading of the plot")
    return box.below(height)


def _room(panel: Panel, box: Box) -> _Room:
    rows = panel.rows is not None
    if rows:
        longest = max((_length(row) for row in panel.rows or ()), default=0.0)
        names = min(longest + 12, box.width * _NAMES)
    else:
        texts = [text for _, text in panel.up.ticks] or [
            (number_words(place, panel.up),) for place in (panel.up.low, panel.up.high)
        ]
        names = (max(map(_length, texts)) + 10 if panel.up.shown else 4) + (_TITLE + 4 if panel.up.title else 0)
    widths = [max(_length(column.heading), *map(_length, column.cells)) + 12 for column in panel.columns]
    share = min(1.0, box.width * _COLUMNS / sum(widths)) if widths else 1.0
    tiers = 0.0 if not rows else panel.tiers * 0.85 * _LOWEST
    head = max(0.0, _HEAD - tiers) if panel.columns else 6.0
    foot = (_NUMBERS if panel.across.shown else 0) + (_TITLE if panel.across.title else 0) + 4
    return _Room(names, tuple(width * share for width in widths), head, foot)


def _length(text: Text) -> float:
    return sum(width(piece.text.strip("\n"), TEXT, bold=piece.bold) for piece in text)


def _frame(panel: Panel, box: Box, room: _Room) -> tuple[Frame, Box]:
    """The plot in its chart, and the box with the height that it takes."""
    height = box.height - room.head - room.foot
    if panel.rows is not None:
        height = min(height, _HIGHEST * (panel.up.high - panel.up.low))
    # Half of a number may stand beyond the end of the axis.
    right = 8.0 if panel.columns else 22.0
    across = box.width - sum(room.columns)
    chart = (across, room.head + height + room.foot)
    return Frame(chart, room.names, room.head, across - room.names - right, height), replace(box, height=chart[1])


def _cut_names(panel: Panel, room: _Room) -> Panel:
    if panel.rows is None:
        return panel
    return replace(panel, rows=tuple(_shortened(row, room.names - 10) for row in panel.rows))


def _shortened(text: Text, room: float) -> Text:
    """The pieces of a text that the room holds."""
    found: list[Piece] = []
    for place, piece in enumerate(text):
        said = piece.text.lstrip() if place == 0 else piece.text
        kept = cut(said.rstrip() if place == len(text) - 1 else said, TEXT, room, bold=piece.bold)
        found.append(replace(piece, text=kept))
        room -= width(kept, TEXT, bold=piece.bold)
        if kept.endswith("…") or room < 2 * TEXT:
            break
    return tuple(found)


def _columns(canvas: Canvas, panel: Panel, box: Box, frame: Frame, room: _Room) -> None:
    """The words beside the rows as a table whose rows are as high as the chart's."""
    n = len(panel.rows or ())
    pitch = frame.height / (panel.up.high - panel.up.low)
    head = frame.top + (panel.up.high - (n - 0.5)) * pitch
    ink, muted = canvas.colours.ink, canvas.colours.muted
    rows = [[_cell(column.heading, muted, across) for column, across in zip(panel.columns, room.columns, strict=True)]]
    rows += [
        [_cell(column.cells[row], ink, across) for column, across in zip(panel.columns, room.columns, strict=True)]
        for row in range(n)
    ]
    rows[0] = [replace(cell, anchor="b") for cell in rows[0]]
    markup = table_markup(room.columns, [head, *[pitch] * n], rows, canvas.ground)
    headings = ", ".join(_words(column.heading) for column in panel.columns if not no_words(column.heading))
    canvas.table(
        markup,
        replace(box, height=head + n * pitch),
        alt=f"Numbers beside the chart’s rows{': ' if headings else ''}{headings}",
        name="Columns",
    )


def _words(text: Text) -> str:
    return "".join(piece.text for piece in text).strip()


def _cell(text: Text, ink: str, room: float) -> TableCell:
    return TableCell(_shortened(text, room - 6), TEXT, ink, padding=4.0)


def _corner(canvas: Canvas, corner: Corner, chart: Box, frame: Frame) -> None:
    """Words on the plot."""
    lines = _words(corner.text).split("\n")
    across = max(width(line, TEXT) for line in lines) + 8
    down = len(lines) * TEXT * LINE + 4
    x = chart.left + frame.left + corner.x * frame.width
    y = chart.top + frame.top + (1 - corner.y) * frame.height
    left = {"l": x, "r": x - across, "ctr": x - across / 2}[corner.align]
    top = {"t": y, "b": y - down, "ctr": y - down / 2}[corner.anchor]
    left = min(max(left, chart.left), chart.right - across)
    canvas.text(
        [corner.text], Box(left, max(top, chart.top), across, down), TEXT, name="Words on the chart",
        ink=canvas.colours.muted, align=corner.align,
    )  # fmt: skip
