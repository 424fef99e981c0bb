"""One slide of a deck: headline, exhibit, a line of notes, the stamp; what there is no room for is in its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export import figures
from dashboard.export.cells import cells_of
from dashboard.export.drawing import CannotCarryError
from dashboard.export.meanings import entries
from dashboard.export.pptx import charts
from dashboard.export.pptx.boxes import MARGIN, NOTE, STAMP, Box, Page, headline, page, slide_size
from dashboard.export.pptx.maps import Table, map_table
from dashboard.export.pptx.markup import paragraph, writable
from dashboard.export.pptx.measure import LINE, cut, in_lines, width
from dashboard.export.pptx.tables import rows_table
from dashboard.export.rich import Piece
from dashboard.text import sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from dashboard.exhibits import Exhibit
    from dashboard.export.deck import Deck
    from dashboard.export.pptx.parts import Canvas
    from dashboard.export.show import Leaf, Stamp

    Picture = Callable[[go.Figure, int, int], bytes]

_PIXELS = 4 / 3
"""Pixels in a point, as browsers count."""
_SMALLEST = 16
"""Letters of a picture at least, in px: 12 points."""
_LINK = "open this view"
_DOT = " · "
_BODY = 16.0


def leaf_slide(canvas: Canvas, leaf: Leaf, deck: Deck, picture: Picture | None, made: dt.datetime) -> None:
    """Fill a slide with a leaf of the deck."""
    size = slide_size(deck)
    title = headline(leaf.headline, size[0] - 2 * MARGIN)
    parts = page(size, title, noted=True)
    canvas.title(title.text, title.size, parts.title)
    if leaf.exhibit is None or leaf.stamp is None:
        _sentence(canvas, leaf.failure or "There is nothing to show here.", parts.exhibit)
        canvas.slide.notes_slide.notes_text_frame.text = writable(speaker_notes(leaf))
        return
    left_out = _exhibit(canvas, leaf.exhibit, parts.exhibit, picture, made)
    _note(canvas, parts, [left_out, *leaf.exhibit.notes])
    stamp_lines(canvas, parts, leaf.stamp)
    canvas.slide.notes_slide.notes_text_frame.text = writable(speaker_notes(leaf, left_out))


def _exhibit(canvas: Canvas, exhibit: Exhibit, box: Box, picture: Picture | None, made: dt.datetime) -> str | None:
    """Put the exhibit on the slide in the best form there is; gives the sentence of what is left out."""
    if exhibit.figure is None:
        return _table(canvas, exhibit, box)
    cells = cells_of(exhibit.figure)
    if cells is not None:
        box = _legend(canvas, exhibit, box)
        return _placed(canvas, map_table(cells, box.width, box.height, canvas.ground), box, exhibit)
    try:
        return charts.draw(canvas, exhibit, box, made)
    except CannotCarryError as why:
        return _instead(canvas, exhibit, box, picture, str(why))


def _instead(canvas: Canvas, exhibit: Exhibit, box: Box, picture: Picture | None, why: str) -> str | None:
    """A picture of a figure that native charts cannot carry; its rows where no picture can be made here."""
    if picture is None:
        said = f"The figure’s numbers: {why}, and no picture can be made here without Chromium"
        try:
            left_out = _table(canvas, exhibit, box)
        except ExhibitError as error:
            _sentence(canvas, f"{error}; {why}, and no picture can be made here without Chromium.", box)
            return None
        return f"{said}. {left_out}" if left_out else said
    box = _legend(canvas, exhibit, box)
    across, down = round(box.width * _PIXELS), round(box.height * _PIXELS)
    drawn = figures.for_slide(exhibit.figure, canvas.ground, width=across, height=down, smallest=_SMALLEST)
    canvas.picture(picture(drawn, across, down), box, alt=exhibit.alt, name="Figure")
    return figures.rows_left_out(exhibit.figure, down, _SMALLEST)


def _legend(canvas: Canvas, exhibit: Exhibit, box: Box) -> Box:
    """The meanings of its marks over an exhibit; the box that is left."""
    lines = in_lines(entries(exhibit, canvas.ground), NOTE, box.width)
    if not lines:
        return box
    height = len(lines) * NOTE * LINE + 6
    canvas.text(lines, Box(box.left, box.top, box.width, height - 4), NOTE, name="Legend")
    return box.below(height)


def _table(canvas: Canvas, exhibit: Exhibit, box: Box) -> str | None:
    return _placed(canvas, rows_table(exhibit, box.width, box.height, canvas.ground), box, exhibit)


def _placed(canvas: Canvas, table: Table, box: Box, exhibit: Exhibit) -> str | None:
    canvas.table(table.markup, Box(box.left, box.top, table.width, table.height), alt=exhibit.alt, name="Table")
    return table.left_out


def _sentence(canvas: Canvas, text: str, box: Box) -> None:
    canvas.text([[Piece(text)]], box, _BODY, name="Sentence", ink=canvas.colours.muted)


def _note(canvas: Canvas, parts: Page, notes: Sequence[str | None]) -> None:
    """One line: what is left out, and as many of the notes as fit whole."""
    said = ""
    for note in (note for note in notes if note):
        longer = f"{said} {sentence(note)}".strip()
        if not said:
            said = cut(longer, NOTE, parts.note.width)
        elif width(longer, NOTE) <= parts.note.width:
            said = longer
    if said:
        canvas.text([[Piece(said)]], parts.note, NOTE, name="Note", ink=canvas.colours.muted, anchor="b")


def stamp_lines(canvas: Canvas, parts: Page, stamp: Stamp) -> None:
    """What the slide says of itself, in three lines, and its number."""
    room = parts.stamp.width
    data = cut(_DOT.join(part for part in (stamp.data, stamp.date) if part), STAMP, room - width(_DOT + _LINK, STAMP))
    muted, ground = canvas.colours.muted, canvas.ground
    linked = stamp.link.startswith(("http://", "https://"))
    end = canvas.linked(_LINK, STAMP, stamp.link) if linked else ""
    below = paragraph([Piece(data + (_DOT if linked else ""))], STAMP, muted, ground)
    below = below.replace("<a:endParaRPr", f"{end}<a:endParaRPr")
    canvas.hairline(Box(MARGIN, parts.stamp.top - 5, parts.number.right - MARGIN, 1))
    above = [_view_line(stamp, room), cut(stamp.interval, STAMP, room)]
    lines = "".join(paragraph([Piece(line)], STAMP, muted, ground) for line in above if line)
    canvas.markup(lines + below, parts.stamp, name="Stamp")


def _view_line(stamp: Stamp, room: float) -> str:
    """The view and n; where that is too long, the last words of the view go first."""
    view = list(stamp.view)
    for kept in range(len(view), -1, -1):
        more = [] if kept == len(view) else [f"{len(view) - kept} more in the notes"]
        line = _DOT.join(part for part in (*view[:kept], *more, stamp.n) if part)
        if width(line, STAMP) <= room:
            return line
    return cut(stamp.n, STAMP, room)


def speaker_notes(leaf: Leaf, left_out: str | None = None) -> str:
    """The reader's own note, then everything that the slide has no room for."""
    found = [leaf.slide.note] if leaf.slide.note else []
    if leaf.failure:
        found.append(leaf.failure)
    if leaf.exhibit is not None and leaf.stamp is not None:
        found.append(_full_stamp(leaf.stamp, leaf.headline))
        found += [part for part in (left_out, *leaf.exhibit.notes) if part]
    return "\n\n".join(found)


def _full_stamp(stamp: Stamp, shown: str) -> str:
    said = [
        "" if stamp.title == shown else f"Shown: {stamp.title}",
        f"View: {_DOT.join(stamp.view)}" if stamp.view else "",
        f"n: {stamp.n}",
        f"Intervals: {stamp.interval}",
        f"Data: {stamp.data}",
        f"Made: {stamp.date}",
        f"Link: {stamp.link}",
        f"Without a browser: {stamp.command}",
        f"Sources: {'; '.join(source.name for source in stamp.sources)}" if stamp.sources else "",
    ]
    return "\n".join(line for line in said if line)
