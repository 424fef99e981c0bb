"""Rows of an exhibit as a native table: what fits, numbers at the right, the best bold, baselines marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.charts.palette import OUTCOMES, Palette, outcome_mark, palette
from dashboard.export.excerpt import MOST_COLUMNS, Excerpt, excerpt
from dashboard.export.pptx.grid import TableCell, table_markup
from dashboard.export.pptx.maps import Table
from dashboard.export.pptx.measure import LINE, fewer_lines, width, wrapped
from dashboard.export.rich import Piece
from dashboard.text import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exhibits import Exhibit

SIZES = (14.0, 13.0, 12.0)
_PAD = 6.0
_ROOM = 7.0
"""Air above and below the text of a row, together."""
_NARROWEST = 54.0
_MOST_LINES = 4
_SIGN = "◆ "
_OUTCOME = {word.casefold(): outcome for outcome, word in VERDICTS.items()} | {
    name.casefold(): name for name in VERDICTS
}


@dataclass(frozen=True, slots=True)
class _Fit:
    """An excerpt in letters of a size: widths of its columns and heights of its rows, heading first."""

    part: Excerpt
    size: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]


def rows_table(exhibit: Exhibit, across: float, down: float, ground: str) -> Table:
    """The exhibit's rows in a room of that size, in letters of at least 12 points.

    Raises:
        ExhibitError: it has no rows.
    """
    fit = _fit(exhibit, across, down)
    colours = palette(ground)
    rows = [_heading(fit, colours), *(_row(fit, row, colours) for row in range(len(fit.part.rows)))]
    markup = table_markup(fit.widths, fit.heights, rows, ground)
    return Table(markup, sum(fit.widths), sum(fit.heights), fit.part.sentence)


def _fit(exhibit: Exhibit, across: float, down: float) -> _Fit:
    columns = max(min(MOST_COLUMNS, int(across / 96)), 2)
    fit = _measured(excerpt(exhibit, _fewest(down, SIZES[-1]), columns=columns), SIZES[-1], across)
    for size in SIZES if fit.part.left_out is None else ():
        fit = _measured(excerpt(exhibit, _fewest(down, size), columns=columns), size, across)
        if sum(fit.heights) <= down and fit.part.left_out is None:
            return fit
    while columns > 2 and sum(fit.widths) > across + 0.5:
        columns -= 1
        fit = _measured(excerpt(exhibit, _fewest(down, fit.size), columns=columns), fit.size, across)
    most = len(fit.part.rows)
    while sum(fit.heights) > down and most > 1:
        # Rows of several lines: as many as fit on average, then one fewer at a time.
        most = min(most - 1, max(int(most * (down - fit.heights[0]) / sum(fit.heights[1:])), 1))
        fit = _measured(excerpt(exhibit, most, columns=columns), fit.size, across)
    return fit


def _fewest(down: float, size: float) -> int:
    """Rows of one line each."""
    return max(int(down / (size * LINE + _ROOM)) - 1, 1)


def _measured(part: Excerpt, size: float, across: float) -> _Fit:
    texts = [[_plain(part, row, column) for column in range(part.rows.shape[1])] for row in range(len(part.rows))]
    heads = [str(name) for name in part.rows.columns]
    natural = [
        max(width(heads[column], size, bold=True), *(width(row[column], size, bold=True) for row in texts))
        + 2 * _PAD
        + 2
        for column in range(len(heads))
    ]
    least = [_longest_word((heads[column], *(row[column] for row in texts)), size) for column in range(len(heads))]
    widths = _shared(natural, [max(min(one, across * 0.4), _NARROWEST) for one in least], across)
    lines = [
        max(len(_lines(text, size, room)) for text, room in zip(row, widths, strict=True)) for row in [heads, *texts]
    ]
    heights = tuple(min(n, _MOST_LINES) * size * LINE + _ROOM for n in lines)
    return _Fit(part, size, tuple(widths), heights)


def _longest_word(texts: Sequence[str], size: float) -> float:
    words = [word for text in texts for word in text.split()]
    return max((width(word, size, bold=True) for word in words), default=0.0) + 2 * _PAD + 2


def _lines(text: str, size: float, room: float) -> list[str]:
    return wrapped(text, size, room - 2 * _PAD, bold=True)


def _shared(natural: Sequence[float], least: Sequence[float], across: float) -> list[float]:
    """Widths that fit: every column gets what its longest word needs, then all give alike of the rest."""
    if sum(natural) <= across:
        # Some air, but no table that is torn apart.
        spare = min(across - sum(natural), 26.0 * len(natural))
        return [one + spare / len(natural) for one in natural]
    base = [min(one, other) for one, other in zip(natural, least, strict=True)]
    if sum(base) >= across:
        return [one * across / sum(base) for one in base]
    wanted = [one - other for one, other in zip(natural, base, strict=True)]
    share = (across - sum(base)) / sum(wanted)
    return [one + more * share for one, more in zip(base, wanted, strict=True)]


def _plain(part: Excerpt, row: int, column: int) -> str:
    return "".join(piece.text for piece in _pieces(part, row, column, None))


def _pieces(part: Excerpt, row: int, column: int, colours: Palette | None) -> tuple[Piece, ...]:
    """The cell's text: a verdict after its mark, a baseline's name after its sign."""
    text = str(part.rows.iat[row, column])
    baseline = row in part.baselines
    bold = (row, column) in part.best or (baseline and column == 0)
    if outcome := _OUTCOME.get(text.casefold()):
        mark = OUTCOMES[outcome] if colours is None else outcome_mark(outcome, colours)
        return Piece(f"{mark.glyph} ", bold=True, colour=mark.colour), Piece(VERDICTS[outcome], bold)
    for outcome, mark in OUTCOMES.items():
        if text.startswith(f"{mark.glyph} "):
            shown = mark if colours is None else outcome_mark(outcome, colours)
            return Piece(f"{mark.glyph} ", bold=True, colour=shown.colour), Piece(text[2:], bold)
    sign = (Piece(_SIGN),) if baseline and column == 0 else ()
    return (*sign, Piece(text, bold))


def _heading(fit: _Fit, colours: Palette) -> list[TableCell]:
    return [
        TableCell(
            (Piece(fewer_lines(str(name), fit.size, fit.widths[place] - 2 * _PAD, most=_MOST_LINES)),),
            fit.size,
            colours.muted,
            align="r" if place in fit.part.numeric else "l",
            edges={"bottom": (colours.ink, 1.0)},
            anchor="b",
            padding=_PAD,
        )
        for place, name in enumerate(fit.part.rows.columns)
    ]


def _row(fit: _Fit, row: int, colours: Palette) -> list[TableCell]:
    return [
        TableCell(
            _held(_pieces(fit.part, row, column, colours), fit.size, fit.widths[column] - 2 * _PAD),
            fit.size,
            colours.ink,
            align="r" if column in fit.part.numeric else "l",
            edges={"bottom": (colours.hairline, 0.75)},
            padding=_PAD,
        )
        for column in range(len(fit.widths))
    ]


def _held(text: tuple[Piece, ...], size: float, room: float) -> tuple[Piece, ...]:
    """The text in at most so many lines as a row has."""
    *signs, last = text
    return (*signs, Piece(fewer_lines(last.text, size, room, most=_MOST_LINES), last.bold, last.italic, last.colour))
