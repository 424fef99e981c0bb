"""A table on a slide: as large as it can be read, as many rows as fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.charts.palette import OUTCOMES
from dashboard.export.excerpt import MOST_COLUMNS, Excerpt, excerpt
from dashboard.export.html.markup import text
from dashboard.export.letter_widths import text_width, wrapped

if TYPE_CHECKING:
    from dashboard.exhibits import Exhibit

_SIZES = (22.0, 20.0, 18.0, 16.0)
_SMALLEST = _SIZES[-1]
_LEADING, _PADDING, _EDGE = 1.3, 16, 7
_BOLDER = 1.03
_NARROWEST = 11.0
"""Letters' sizes that the widest column has at least where columns had to be cut; else there are fewer columns."""
_SPARE = 28.0
"""By which columns grow at most where there is room."""
_MARK = "◆ "
_WORDS = {
    "pass": ("won", "◆"),
    "pass, paired": ("won", "◇"),
    "inconclusive": ("tied", "●"),
    "fail": ("lost", "✕"),
    "above": ("won", "◆"),
    "not told apart": ("tied", "●"),
    "below": ("lost", "✕"),
} | {
    name: ({"◆": "won", "◇": "won", "●": "tied", "✕": "lost"}[mark.glyph], mark.glyph)
    for name, mark in OUTCOMES.items()
}


@dataclass(frozen=True, slots=True)
class Table:
    """HTML of a table, and the sentence about what it leaves out."""

    html: str
    left_out: str | None


def table(exhibit: Exhibit, *, width: float, height: float) -> Table:
    """The rows of an exhibit within a place on a slide.

    Args:
        exhibit: with rows.
        width: of the place, in px.
        height: of the place, in px.

    Raises:
        ExhibitError: it has no rows to show.
    """
    found, size, widths = _largest(exhibit, MOST_COLUMNS, width, height)
    for columns in range(min(MOST_COLUMNS, len(widths)) - 1, 1, -1):
        if sum(widths) < width - 0.5 or max(widths) >= _NARROWEST * size:
            break
        found, size, widths = _largest(exhibit, columns, width, height)
    return Table(_html(found, size, widths), found.sentence)


def _largest(exhibit: Exhibit, columns: int, width: float, height: float) -> tuple[Excerpt, float, list[float]]:
    """The largest letters with which no row is left out for them alone; else the smallest, and fewer rows."""
    most = max(1, int(height / (_SMALLEST * _LEADING + _EDGE)) - 1)
    found = excerpt(exhibit, most, columns=columns)
    for size in _SIZES:
        widths = _widths(found, size, width)
        if _height(found, size, widths) <= height:
            return found, size, widths
    while most > 1:
        widths = _widths(found, _SMALLEST, width)
        over = _height(found, _SMALLEST, widths) - height
        if over <= 0:
            break
        each = (height + over) / (len(found.rows) + 1)
        most = max(1, len(found.rows) - max(1, int(over / each)))
        found = excerpt(exhibit, most, columns=columns)
    return found, _SMALLEST, _widths(found, _SMALLEST, width)


def _texts(found: Excerpt, column: int) -> list[str]:
    values = [str(value) for value in found.rows.iloc[:, column]]
    if column == 0:
        values = [_MARK + value if row in found.baselines else value for row, value in enumerate(values)]
    return values


def _widths(found: Excerpt, size: float, width: float) -> list[float]:
    """Of the columns in px: their words', or where those are too many, the widest cut to what is left."""
    natural = []
    for column, heading in enumerate(found.rows.columns):
        longest = max((text_width(f"<b>{_shown(value)}", size) for value in _texts(found, column)), default=0.0)
        # A heading may stand in several lines, a word of it may not.
        words = max((text_width(word, size) for word in str(heading).split()), default=0.0)
        natural.append(max(longest, words, 0.5 * text_width(str(heading), size)) * 1.04 + _PADDING + 2)
    if sum(natural) <= width:
        spare = min(_SPARE, (width - sum(natural)) / len(natural))
        return [value + spare for value in natural]
    low, high = 0.0, max(natural)
    for _ in range(40):
        cap = (low + high) / 2
        low, high = (cap, high) if sum(min(value, cap) for value in natural) <= width else (low, cap)
    return [min(value, low) for value in natural]


def _shown(value: str) -> str:
    kind = _WORDS.get(value)
    return value if kind is None else f"{kind[1]} {value}"


def _height(found: Excerpt, size: float, widths: list[float]) -> float:
    rows = [[str(heading) for heading in found.rows.columns]]
    columns = [_texts(found, column) for column in range(len(widths))]
    rows += [list(row) for row in zip(*columns, strict=True)]
    return sum(
        max(_lines(_shown(value), size, width) for value, width in zip(row, widths, strict=True)) * size * _LEADING
        + _EDGE
        for row in rows
    )


def _lines(value: str, size: float, width: float) -> int:
    """Lines of a cell, with a little less room than there is: another machine's letters may be wider."""
    return max(1, len(wrapped(value, size * _BOLDER, width - _PADDING)))


def _html(found: Excerpt, size: float, widths: list[float]) -> str:
    columns = "".join(f'<col style="width:{int(width)}px">' for width in widths)
    headings = "".join(
        f'<th scope="col"{_right(found, place)}>{text(str(name))}</th>' for place, name in enumerate(found.rows.columns)
    )
    columns_of = [_texts(found, column) for column in range(len(found.rows.columns))]
    body = "".join(_row(found, row, values) for row, values in enumerate(zip(*columns_of, strict=True)))
    return (
        f'<table style="font-size:{size:g}px;width:{sum(map(int, widths))}px"><colgroup>{columns}</colgroup>'
        f"<thead><tr>{headings}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(found: Excerpt, row: int, values: tuple[str, ...]) -> str:
    kind = ' class="baseline"' if row in found.baselines else ""
    cells = [f'<th scope="row">{text(values[0])}</th>']
    cells += [_cell(found, row, column, value) for column, value in enumerate(values) if column]
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _cell(found: Excerpt, row: int, column: int, value: str) -> str:
    kind = _WORDS.get(value)
    names = [
        *(["right"] if column in found.numeric else []),
        *(["best"] if (row, column) in found.best else []),
        *([kind[0]] if kind else []),
    ]
    named = f' class="{" ".join(names)}"' if names else ""
    return f"<td{named}>{text(_shown(value))}</td>"


def _right(found: Excerpt, column: int) -> str:
    return ' class="right"' if column in found.numeric else ""
