"""Pieces of DrawingML as text: colours, runs, paragraphs. All foreign text is escaped here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dashboard.charts.palette import DARK, LIGHT
from dashboard.export.rich import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.charts.palette import Palette

TEXT_FONT = "Arial"
HEAD_FONT = "Georgia"
NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_HEX = re.compile(r"#([0-9A-Fa-f]{6})\Z")
_SHORT_HEX = re.compile(r"#([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])\Z")
_RGB = re.compile(r"rgba?\((\d+), ?(\d+), ?(\d+)(?:, ?([\d.]+))?\)\Z")


def writable(text: str) -> str:
    """Text without the letters that XML has no way to write."""
    return _UNWRITABLE.sub("", text)


def safe(text: str) -> str:
    """Text for XML: writable, and escaped."""
    return escape(writable(text), {'"': "&quot;"})


def tones(colours: Palette) -> dict[str, str]:
    """The theme's name of each of the ground's own colours: who changes the theme changes these."""
    return {
        colours.ink.upper(): "tx1",
        colours.ground.upper(): "bg1",
        colours.muted.upper(): "tx2",
        colours.hairline.upper(): "bg2",
        colours.accent.upper(): "accent1",
    }


_TONES = {name: tones(colours) for name, colours in (("light", LIGHT), ("dark", DARK))}


def colour(value: str, ground: str, alpha: float = 1.0) -> str:
    """A colour as a:schemeClr or a:srgbClr; `value` is #RRGGBB, #RGB or rgb(a), grey where it is none of them."""
    found, own = _six(value)
    opacity = min(max(alpha * own, 0.0), 1.0)
    inner = f'<a:alpha val="{round(opacity * 100_000)}"/>' if opacity < 0.995 else ""
    tone = _TONES[ground].get(f"#{found}")
    if tone:
        return f'<a:schemeClr val="{tone}">{inner}</a:schemeClr>'
    return f'<a:srgbClr val="{found}">{inner}</a:srgbClr>'


def _six(value: str) -> tuple[str, float]:
    """Six letters of a colour and its opacity."""
    if found := _HEX.match(value):
        return found[1].upper(), 1.0
    if found := _SHORT_HEX.match(value):
        return "".join(2 * letter for letter in found.groups()).upper(), 1.0
    if found := _RGB.match(value):
        parts = [min(int(part), 255) for part in found.groups()[:3]]
        return "".join(f"{part:02X}" for part in parts), float(found[4] or 1)
    return "808080", 1.0


def solid(value: str | None, ground: str, alpha: float = 1.0) -> str:
    """A fill in one colour, or none."""
    return "<a:noFill/>" if value is None else f"<a:solidFill>{colour(value, ground, alpha)}</a:solidFill>"


def line(value: str | None, width: float, ground: str, *, dash: str = "solid", alpha: float = 1.0) -> str:
    """A line of a width in points, or none; flat at its ends."""
    if value is None or not width:
        return "<a:ln><a:noFill/></a:ln>"
    broken = "" if dash == "solid" else f'<a:prstDash val="{dash}"/>'
    return f'<a:ln w="{round(width * 12_700)}" cap="flat">{solid(value, ground, alpha)}{broken}<a:round/></a:ln>'


def run(piece: Piece, size: float, ink: str, ground: str, *, link: str = "") -> str:
    """A run of text; `link` is the id of a relationship of the slide."""
    style = (' b="1"' if piece.bold else "") + (' i="1"' if piece.italic else "")
    click = f'<a:hlinkClick r:id="{link}"/>' if link else ""
    paint = solid(piece.colour or ink, ground)
    return (
        f'<a:r><a:rPr lang="en-GB" sz="{round(size * 100)}"{style} dirty="0">{paint}{click}</a:rPr>'
        f"<a:t>{safe(piece.text)}</a:t></a:r>"
    )


def paragraph(
    found: Iterable[Piece], size: float, ink: str, ground: str, *, align: str = "l", exact: float | None = None
) -> str:
    """A paragraph; `align` is l, ctr or r, `exact` the height of its lines in points."""
    spacing = f'<a:lnSpc><a:spcPts val="{round(exact * 100)}"/></a:lnSpc>' if exact else ""
    # A paragraph without letters is as high as the program's own size of letters, whatever its end says.
    runs = "".join(_with_breaks(piece, size, ink, ground) for piece in found if piece.text)
    runs = runs or run(Piece(" "), size, ink, ground)
    end = f'<a:endParaRPr lang="en-GB" sz="{round(size * 100)}" dirty="0"/>'
    return f'<a:p><a:pPr algn="{align}">{spacing}</a:pPr>{runs}{end}</a:p>'


def _with_breaks(piece: Piece, size: float, ink: str, ground: str) -> str:
    parts = piece.text.split("\n")
    runs = [run(Piece(part, piece.bold, piece.italic, piece.colour), size, ink, ground) for part in parts]
    return "<a:br/>".join(runs)
