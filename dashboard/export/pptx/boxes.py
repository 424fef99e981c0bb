"""Where things stand on a slide; all lengths in points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.export.pptx.measure import LINE, fewer_lines, wrapped

if TYPE_CHECKING:
    from dashboard.export.deck import Deck

EMU = 12_700
"""PowerPoint's own unit, in one point."""
MARGIN = 36.0
STAMP = 10.0
NOTE = 12.0
_TOP = 24.0
_FOOT = 42.0
_SIZES = ((28, 1), (26, 1), (28, 2), (26, 2), (24, 2), (22, 3), (20, 3))
"""Sizes of a headline and in how many lines each is tried."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a slide."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def below(self, height: float) -> Box:
        """What is left when a strip is taken from the top."""
        return Box(self.left, self.top + height, self.width, max(self.height - height, 1.0))

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """Left, top, width and height in EMU."""
        left, top, across, down = (round(length * EMU) for length in (self.left, self.top, self.width, self.height))
        return left, top, across, down


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline that fits: its text, the size of its letters and its lines."""

    text: str
    size: int
    lines: int

    @property
    def height(self) -> float:
        """What it takes."""
        return self.lines * self.size * LINE + 6


def slide_size(deck: Deck) -> tuple[float, float]:
    """Width and height of a slide."""
    across, down = deck.inches
    return across * 72, down * 72


def headline(text: str, room: float) -> Headline:
    """A headline in the largest size in which it fits; what even three small lines cannot hold is cut."""
    for size, most in _SIZES:
        if (lines := len(wrapped(text, size, room, serif=True))) <= most:
            return Headline(text, size, lines)
    size, most = _SIZES[-1]
    return Headline(fewer_lines(text, size, room, most=most, serif=True), size, most)


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a slide."""

    title: Box
    exhibit: Box
    note: Box
    stamp: Box
    number: Box


def page(size: tuple[float, float], title: Headline, *, noted: bool) -> Page:
    """Headline, exhibit, one line of notes where there is one, and the stamp."""
    across, down = size
    inner = across - 2 * MARGIN
    foot = down - _FOOT - 16
    note = NOTE * LINE + 4 if noted else 0.0
    top = _TOP + title.height + 8
    return Page(
        title=Box(MARGIN, _TOP, inner, title.height),
        exhibit=Box(MARGIN, top, inner, foot - note - 12 - top),
        note=Box(MARGIN, foot - note - 8, inner, note),
        stamp=Box(MARGIN, foot, inner - 44, _FOOT),
        number=Box(across - MARGIN - 44, foot, 44, _FOOT),
    )
