"""The little HTML of figures (bold, italics, colours, links, line breaks) as pieces of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_COLOUR = re.compile(r"color:\s*(#[0-9A-Fa-f]{6})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one style; `colour` is #RRGGBB, or None for that of its surroundings."""

    text: str
    bold: bool = False
    italic: bool = False
    colour: str | None = None


def pieces(text: str) -> tuple[Piece, ...]:
    """A figure's text in pieces; a line break is the letter for one."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return tuple(reader.found)


def words(text: str) -> str:
    """The text alone, trimmed."""
    return "".join(piece.text for piece in pieces(text)).strip()


def is_bold(text: str) -> bool:
    """Whether all that can be read of it is bold: a baseline among rows."""
    found = [piece for piece in pieces(text) if piece.text.strip()]
    return bool(found) and found[0].bold


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Piece] = []
        self.open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
            return
        colour = _COLOUR.search(dict(attrs).get("style") or "")
        self.open.append((tag, colour[1] if colour else None))

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (name, _) in enumerate(self.open) if name == tag]
        if places:
            del self.open[places[-1]]

    def handle_data(self, data: str) -> None:
        tags = {name for name, _ in self.open}
        colours = [colour for _, colour in self.open if colour]
        self.found.append(
            Piece(data, bool(tags & {"b", "strong"}), bool(tags & {"i", "em"}), colours[-1] if colours else None)
        )
