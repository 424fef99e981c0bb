"""How wide a text is in Arial and the fonts that measure like it, for what has to be placed before it is drawn."""

from __future__ import annotations

from dashboard.export.figure_values import letters

# Advance widths in thousandths of the size, from the metrics of Helvetica (Adobe's font metric files).
_BY_WIDTH = {
    222: "'ijl",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    500: "Jckvxyzs",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
}
WIDTHS = {letter: width for width, all_of_it in _BY_WIDTH.items() for letter in all_of_it}
"""Of the letters of ASCII."""
_OTHER, _BOLD, _BLANK = 600, 1.08, 0.278


def text_width(text: str, size: float) -> float:
    """Width in px of the widest line of a figure's text; bold where it holds any bold."""
    lines = text.split("<br>")
    factor = _BOLD if "<b>" in text else 1.0
    return max(sum(WIDTHS.get(letter, _OTHER) for letter in letters(line)) for line in lines) * size * factor / 1000


def wrapped(text: str, size: float, width: float) -> list[str]:
    """A text without tags in lines that fit a width in px, as a browser breaks them: a word too long is cut."""
    lines: list[str] = []
    room = 0.0
    for word in _pieces(text.split(), size, width):
        needed = text_width(word, size)
        if lines and needed + _BLANK * size <= room:
            lines[-1] += f" {word}"
            room -= needed + _BLANK * size
        else:
            lines.append(word)
            room = width - needed
    return lines


def _pieces(words: list[str], size: float, width: float) -> list[str]:
    found = []
    for word in words:
        rest = word
        while len(rest) > 1 and text_width(rest, size) > width:
            cut = max(1, int(len(rest) * width / text_width(rest, size)))
            found.append(rest[:cut])
            rest = rest[cut:]
        found.append(rest)
    return found
