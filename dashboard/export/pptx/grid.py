"""A native table as DrawingML; all lengths in points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboard.export.pptx.markup import NAMESPACES, line, paragraph, solid
from dashboard.export.pptx.measure import LINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.export.rich import Piece

_PLAIN_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's own table style without fills and lines."""
_SIDES = {"left": "lnL", "right": "lnR", "top": "lnT", "bottom": "lnB"}


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: `edges` are colour and width by side, `upright` text that reads upwards, `padding` left and right."""

    text: tuple[Piece, ...]
    size: float
    ink: str
    align: str = "l"
    fill: str | None = None
    edges: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    upright: bool = False
    anchor: str = "ctr"
    padding: float = 4.0


def table_markup(
    widths: Sequence[float], heights: Sequence[float], rows: Sequence[Sequence[TableCell]], ground: str
) -> str:
    """The table: every row has a cell for each width; the first row is its heading."""
    grid = "".join(f'<a:gridCol w="{round(width * 12_700)}"/>' for width in widths)
    body = "".join(
        f'<a:tr h="{round(height * 12_700)}">{"".join(_cell(cell, ground) for cell in row)}</a:tr>'
        for height, row in zip(heights, rows, strict=True)
    )
    return (
        f'<a:tbl {NAMESPACES}><a:tblPr firstRow="1"><a:tableStyleId>{_PLAIN_STYLE}</a:tableStyleId></a:tblPr>'
        f"<a:tblGrid>{grid}</a:tblGrid>{body}</a:tbl>"
    )


def _cell(cell: TableCell, ground: str) -> str:
    edges = "".join(_edge(tag, cell.edges.get(side), ground) for side, tag in _SIDES.items())
    upright = ' vert="vert270"' if cell.upright else ""
    padding = f'marL="{round(cell.padding * 12_700)}" marR="{round(cell.padding * 12_700)}"'
    # Letters that another font has to stand in for would make their rows higher.
    exact = cell.size * LINE
    text = paragraph(cell.text, cell.size, cell.ink, ground, align=cell.align, exact=exact)
    return (
        f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{text}</a:txBody>"
        f'<a:tcPr {padding} marT="0" marB="0"{upright} anchor="{cell.anchor}">'
        f"{edges}{solid(cell.fill, ground)}</a:tcPr></a:tc>"
    )


def _edge(tag: str, edge: tuple[str, float] | None, ground: str) -> str:
    colour, width = edge or (None, 0.0)
    drawn = line(colour, width, ground)
    return drawn.replace("<a:ln", f"<a:{tag}", 1).replace("</a:ln>", f"</a:{tag}>")
