"""How much room text takes, without the fonts: widths of Arial's letters; all lengths in points."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dashboard.export.letter_widths import WIDTHS
from dashboard.export.rich import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.export.drawing import Text

_APART = "     "

LINE = 1.2
"""Height of a line in sizes of its letters."""
_MORE_BY_WIDTH = {278: "|", 333: "·°", 389: "*", 556: "–ρτ", 584: "−≈×±", 1000: "→←⇄—…"}
_WIDTHS = WIDTHS | {letter: width for width, letters in _MORE_BY_WIDTH.items() for letter in letters}
_UNKNOWN = 780
_BOLD = 1.07
_SERIF = 1.18
"""Georgia, with room for the wider faces that stand in for it."""


@lru_cache(maxsize=8192)
def width(text: str, size: float, *, bold: bool = False, serif: bool = False) -> float:
    """Width of one line."""
    thousandths = sum(_WIDTHS.get(letter, _UNKNOWN) for letter in text)
    return thousandths * size / 1000 * (_BOLD if bold else 1) * (_SERIF if serif else 1)


def wrapped(text: str, size: float, room: float, *, bold: bool = False, serif: bool = False) -> list[str]:
    """The lines into which a text falls; a word that is wider than the room stands in pieces."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width(longer, size, bold=bold, serif=serif) <= room:
                line = longer
                continue
            lines += [line] if line else []
            *broken, line = _broken(word, size, room, bold=bold, serif=serif)
            lines += broken
        lines.append(line)
    return lines


def _broken(word: str, size: float, room: float, *, bold: bool, serif: bool) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and width(parts[-1] + letter, size, bold=bold, serif=serif) > room:
            parts.append("")
        parts[-1] += letter
    return parts


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of it as the room holds, with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = len(text)
    while kept > 1 and width(f"{text[:kept].rstrip()}…", size, bold=bold) > room:
        kept -= 1
    return f"{text[:kept].rstrip()}…"


def fewer_lines(text: str, size: float, room: float, *, most: int, serif: bool = False) -> str:
    """The text, or its first words that fill at most so many lines."""
    if len(wrapped(text, size, room, serif=serif)) <= most:
        return text
    parts = text.split(" ")
    while len(parts) > 1 and len(wrapped(f"{' '.join(parts)} …", size, room, serif=serif)) > most:
        parts.pop()
    return f"{' '.join(parts)} …"


def in_lines(entries: Sequence[Text], size: float, room: float) -> list[Text]:
    """Entries side by side, in as many lines as they need."""
    lines: list[Text] = []
    left = 0.0
    for entry in entries:
        taken = sum(width(piece.text, size) for piece in entry) + width(_APART, size)
        if not lines or taken > left:
            lines.append(entry)
            left = room - taken
        else:
            lines[-1] = (*lines[-1], Piece(_APART), *entry)
            left -= taken
    return lines
