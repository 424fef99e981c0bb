"""What slides are put together from: boxes of text, hairlines, tables, charts and pictures as shapes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml

from dashboard.charts.palette import palette
from dashboard.export.pptx.markup import NAMESPACES, line, paragraph, run, writable
from dashboard.export.rich import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboard.exhibits import Ground
    from dashboard.export.pptx.boxes import Box
    from dashboard.export.pptx.chart_data import NativeChart

_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_BODY = '<a:bodyPr wrap="{wrap}" lIns="0" tIns="0" rIns="0" bIns="0" anchor="{anchor}"><a:noAutofit/></a:bodyPr>'


class Canvas:
    """One slide while it is made: adds shapes to it, each with a name and a number of its own."""

    def __init__(self, slide: Any, ground: Ground) -> None:
        """Begin with a slide as its layout leaves it."""
        self.slide = slide
        self.ground = ground
        self.colours = palette(ground)
        self._number = 1 + max((shape.shape_id for shape in slide.shapes), default=1)

    def title(self, text: str, size: float, box: Box) -> None:
        """Fill the slide's title."""
        shape = self.slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = box.emu
        body = parse_xml(
            f"<p:txBody {_P} {NAMESPACES}>{_BODY.format(wrap='square', anchor='t')}<a:lstStyle/>"
            f"{paragraph([Piece(text)], size, self.colours.ink, self.ground)}</p:txBody>"
        )
        shape.element.replace(shape.element.txBody, body)

    def text(  # noqa: PLR0913 - a box of text has this many settings
        self,
        lines: Sequence[Iterable[Piece]],
        box: Box,
        size: float,
        *,
        name: str,
        ink: str | None = None,
        align: str = "l",
        anchor: str = "t",
        wrap: bool = True,
        ground: str | None = None,
    ) -> None:
        """A box of paragraphs."""
        colour = ink or self.colours.ink
        paragraphs = "".join(paragraph(found, size, colour, self.ground, align=align) for found in lines)
        self.markup(paragraphs, box, name=name, anchor=anchor, wrap=wrap, ground=ground)

    def markup(
        self, paragraphs: str, box: Box, *, name: str, anchor: str = "t", wrap: bool = True, ground: str | None = None
    ) -> None:
        """A box of paragraphs that are written already."""
        left, top, width, height = box.emu
        paint = "<a:noFill/>" if ground is None else '<a:solidFill><a:schemeClr val="bg1"/></a:solidFill>'
        body = _BODY.format(wrap="square" if wrap else "none", anchor=anchor)
        self._add(
            f"<p:sp {_P} {NAMESPACES}>"
            f'<p:nvSpPr><p:cNvPr id="{self._next()}" name="{name}"/><p:cNvSpPr txBox="1"/>'
            f'<p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/>'
            f'</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{paint}</p:spPr>'
            f"<p:txBody>{body}<a:lstStyle/>{paragraphs}</p:txBody></p:sp>"
        )

    def hairline(self, box: Box, colour: str | None = None, width: float = 0.75) -> None:
        """A level line along the top of a box."""
        left, top, across, _ = box.emu
        self._add(
            f"<p:cxnSp {_P} {NAMESPACES}>"
            f'<p:nvCxnSpPr><p:cNvPr id="{self._next()}" name="Line"/><p:cNvCxnSpPr/>'
            f'<p:nvPr/></p:nvCxnSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{across}" cy="0"/>'
            '</a:xfrm><a:prstGeom prst="line"><a:avLst/></a:prstGeom>'
            f"{line(colour or self.colours.hairline, width, self.ground)}</p:spPr></p:cxnSp>"
        )

    def table(self, markup: str, box: Box, *, alt: str, name: str) -> None:
        """A native table, given as a:tbl."""
        frame = self.slide.shapes.add_table(1, 1, *box.emu)
        data = frame.element.graphic.graphicData
        data.replace(data.tbl, parse_xml(markup))
        self._named(frame, name, alt)

    def chart(self, made: NativeChart, box: Box, *, alt: str, name: str) -> None:
        """A native chart with its workbook."""
        frame = self.slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *box.emu, made)
        self._named(frame, name, alt)

    def picture(self, content: bytes, box: Box, *, alt: str, name: str) -> None:
        """A picture, as large as its box."""
        self._named(self.slide.shapes.add_picture(io.BytesIO(content), *box.emu), name, alt)

    def link(self, address: str) -> str:
        """The id of a link out of this slide."""
        return str(self.slide.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))

    def linked(self, text: str, size: float, address: str) -> str:
        """A run of text that is a link."""
        return run(Piece(text), size, self.colours.accent, self.ground, link=self.link(address))

    def _named(self, frame: Any, name: str, alt: str) -> None:
        frame.name = name
        properties = frame.element.xpath(".//p:cNvPr")[0]
        properties.set("descr", writable(alt))
        self._number = max(self._number, frame.shape_id + 1)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _add(self, markup: str) -> None:
        self.slide.shapes._spTree.append(parse_xml(markup))  # noqa: SLF001 - written whole: ten times as fast as piece by piece
