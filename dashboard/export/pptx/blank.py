"""An empty presentation in the house style: its size, its ground, its fonts and colours, one layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Pt

from dashboard.charts.palette import MARKS, palette
from dashboard.export.pptx.boxes import MARGIN, slide_size
from dashboard.export.pptx.markup import HEAD_FONT, TEXT_FONT

if TYPE_CHECKING:
    from dashboard.export.deck import Deck

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_LAYOUT = "Title Only"
# What stands in for them where they are missing: a book face with serifs, a plain one without.
_PANOSE = {HEAD_FONT: ("02040502050405020303", "18"), TEXT_FONT: ("020B0604020202020204", "34")}


def blank(deck: Deck) -> Any:
    """A presentation without slides, of the deck's shape and on its ground."""
    made = Presentation()
    across, down = slide_size(deck)
    made.slide_width, made.slide_height = Pt(across), Pt(down)
    layouts = made.slide_layouts
    for layout in [one for one in layouts if one.name != _LAYOUT]:
        layouts.remove(layout)
    _theme(made, deck)
    _places(made.slide_master, across, down)
    return made


def _theme(made: Any, deck: Deck) -> None:
    part = made.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    root = etree.fromstring(part.blob)
    root.set("name", "Validity Ledger")
    scheme = root.find(f"{_A}themeElements/{_A}clrScheme")
    scheme.set("name", f"Validity Ledger {deck.ground}")
    for tone in scheme:
        for child in list(tone):
            tone.remove(child)
        etree.SubElement(tone, f"{_A}srgbClr", val=_colours(deck)[etree.QName(tone).localname].lstrip("#"))
    fonts = root.find(f"{_A}themeElements/{_A}fontScheme")
    fonts.set("name", "Validity Ledger")
    for kind, face in (("majorFont", HEAD_FONT), ("minorFont", TEXT_FONT)):
        latin = fonts.find(f"{_A}{kind}/{_A}latin")
        panose, family = _PANOSE[face]
        for name, value in (("typeface", face), ("panose", panose), ("pitchFamily", family), ("charset", "0")):
            latin.set(name, value)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001 - python-pptx has no word for themes


def _colours(deck: Deck) -> dict[str, str]:
    """The twelve colours of a theme: the ground's own, then those of marks."""
    shown = palette(deck.ground)
    marks = [(mark.on_dark if deck.ground == "dark" else None) or mark.colour for mark in MARKS.values()]
    accents = [shown.accent, *(colour for colour in dict.fromkeys(marks) if colour != shown.accent)]
    return {
        "dk1": shown.ink,
        "lt1": shown.ground,
        "dk2": shown.muted,
        "lt2": shown.hairline,
        **{f"accent{number}": colour for number, colour in enumerate(accents[:6], start=1)},
        "hlink": shown.accent,
        "folHlink": shown.accent,
    }


def _places(master: Any, across: float, down: float) -> None:
    """Put what master and layout hold where our slides have it: who adds a slide finds it in its place."""
    heads = {"title": (24.0, 60.0), "body": (92.0, down - 160.0)}
    third = (across - 2 * MARGIN) / 3
    feet = {"dt": 0, "ftr": 1, "sldNum": 2}
    for shape in master.placeholders:
        kind = shape.element.ph.get("type", "body")
        if kind in heads:
            top, height = heads[kind]
            _put(shape, MARGIN, top, across - 2 * MARGIN, height)
        elif kind in feet:
            _put(shape, MARGIN + feet[kind] * third, down - 36, third, 22)
    styles = master.element.find(".//" + "{http://schemas.openxmlformats.org/presentationml/2006/main}titleStyle")
    for level in styles.iter(f"{_A}lvl1pPr"):
        level.set("algn", "l")
        level.find(f"{_A}defRPr").set("sz", "2800")
    for body in (shape.element.find(f".//{_A}bodyPr") for shape in master.placeholders):
        for inset in ("lIns", "rIns", "tIns", "bIns"):
            body.set(inset, "0")


def _put(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = (Pt(length) for length in (left, top, width, height))
