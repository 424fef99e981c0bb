"""A deck as a PowerPoint file."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from dashboard.export.pptx.blank import blank
from dashboard.export.pptx.boxes import STAMP, Box, headline, page, slide_size
from dashboard.export.pptx.ends import reading_slide, signs, source_pages, sources_slide, title_slide
from dashboard.export.pptx.markup import solid, writable
from dashboard.export.pptx.parts import Canvas
from dashboard.export.pptx.slides import leaf_slide
from dashboard.text import PRODUCT

if TYPE_CHECKING:
    from dashboard.export.pptx.slides import Picture
    from dashboard.export.show import Show


def deck_pptx(show: Show, picture: Picture | None) -> bytes:
    """The deck with native, editable tables and charts.

    Args:
        show: the deck with its contents.
        picture: makes a PNG of a figure that no native chart carries, given its width and height in px; None where
            none can be made here, then such a figure becomes its rows.
    """
    made = blank(show.deck)
    _about(made, show)
    day = dt.datetime.fromisoformat(show.date)
    if show.opens:
        title_slide(_added(made, show), show)
    for leaf in show.leaves:
        leaf_slide(_added(made, show), leaf, show.deck, picture, day)
    if found := signs(show):
        reading_slide(_added(made, show), show, found)
    pages = source_pages(show)
    for place, numbered in enumerate(pages, start=1):
        sources_slide(_added(made, show), show, numbered, last=place == len(pages))
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def _added(made: Any, show: Show) -> Canvas:
    """A new slide with its number."""
    canvas = Canvas(made.slides.add_slide(made.slide_layouts[0]), show.deck.ground)
    place = len(made.slides)
    if place > 1 or not show.opens:
        box = page(slide_size(show.deck), headline("", 600), noted=False).number
        _number(canvas, box, place)
    return canvas


def _number(canvas: Canvas, box: Box, place: int) -> None:
    size = round(STAMP * 100)
    paint = solid(canvas.colours.muted, canvas.ground)
    canvas.markup(
        '<a:p><a:pPr algn="r"/><a:fld id="{C1FF6DA9-008F-8B48-92A6-B652298478BF}" type="slidenum">'
        f'<a:rPr lang="en-GB" sz="{size}">{paint}</a:rPr><a:t>{place}</a:t></a:fld></a:p>',
        box,
        name="Slide number",
    )


def _about(made: Any, show: Show) -> None:
    properties = made.core_properties
    properties.title = writable(show.title)[:255]
    properties.author = PRODUCT
    properties.last_modified_by = PRODUCT
    properties.subject = writable(show.data)[:255]
    properties.comments = (
        f"{len(show.leaves)} slides made by {PRODUCT} on {show.date}; numbers in tables and charts are editable"
    )
    properties.created = properties.modified = dt.datetime.fromisoformat(show.date)
    properties.revision = 1
