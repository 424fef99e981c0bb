"""One slide as HTML: headline, exhibit, one line about it, and the stamp."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export.figures import for_slide, rows_left_out
from dashboard.export.html.markup import data, link, text
from dashboard.export.html.table import table
from dashboard.export.letter_widths import text_width, wrapped
from dashboard.export.meanings import entries
from dashboard.text import sentence

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboard.exhibits import Exhibit, Ground
    from dashboard.export.rich import Piece
    from dashboard.export.show import Leaf, Show, Stamp
    from dashboard.queries.citations import Source

SHAPES = {"16:9": (1280, 720), "4:3": (960, 720)}
"""Width and height of a slide in px, 96 to the inch."""
SMALLEST = 16.0
"""Letters of figures and tables: 12 points on a slide of 13.3 inches."""
_SIDE, _TOP, _BOTTOM = 32, 28, 16
_HEADLINES = (34.0, 30.0, 26.0, 23.0)
_SERIF_IS_WIDER = 1.08
_SMALL = 13.4
_LEGEND = 1.4
_FOR_SOURCES = 540.0
"""Height in px that a slide has for them."""
_BESIDE = 0.4
"""Share of a card's width for its table."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slide stands: its number from 1, how many there are, and its shape."""

    number: int
    count: int
    width: int
    height: int

    @property
    def inner(self) -> int:
        """Width between the edges."""
        return self.width - 2 * _SIDE


def section(place: Place, headline: str, face: str, *, kind: str = "", notes: str = "") -> str:
    """A slide around its face; `notes` are for the speaker alone."""
    name = f"Slide {place.number} of {place.count}: {headline}"
    return (
        f'<section class="slide {kind}" id="slide-{place.number}" role="group" aria-roledescription="slide"'
        f' aria-label="{text(name)}" data-headline="{text(headline)}">'
        f'<div class="face">{face}</div>'
        f'<button type="button" class="open" aria-label="{text(f"Open slide {place.number}: {headline}")}"></button>'
        f'<template class="notes">{notes}</template></section>'
    )


def exhibit_slide(leaf: Leaf, place: Place, ground: Ground, *, hover: bool) -> str:
    """The slide of an exhibit, or of the sentence that says why there is none."""
    head, high = _headline(leaf.headline, place)
    stamp, low = _stamp(leaf.stamp, place)
    free = place.height - _TOP - _BOTTOM - high - low - 10 - 8
    try:
        body, said = _exhibit(leaf, place, ground, height=free, hover=hover)
    except ExhibitError as error:
        body, said = f'<p class="failure">{text(sentence(str(error)))}</p>', ""
    line = f'<p class="said">{text(sentence(said))}</p>' if said else ""
    return section(place, leaf.headline, f"{head}{body}{line}{stamp}", notes=_notes(leaf))


def _exhibit(leaf: Leaf, place: Place, ground: Ground, *, height: float, hover: bool) -> tuple[str, str]:
    exhibit = leaf.exhibit
    if exhibit is None:
        return f'<div class="exhibit"><p class="failure">{text(sentence(leaf.failure or "No content"))}</p></div>', ""
    # The line below is kept free even where there is nothing to say: figures keep one size through a deck.
    room = height - 6 - SMALLEST * 1.32
    if exhibit.figure is None:
        made = table(exhibit, width=place.inner, height=room)
        return f'<div class="exhibit">{made.html}</div>', _line(made.left_out, exhibit, place)
    width = place.inner
    beside = ""
    if exhibit.kind == "card" and exhibit.rows is not None and not exhibit.rows.empty:
        made = table(exhibit, width=int(width * _BESIDE), height=room)
        beside, width = made.html, int(width * (1 - _BESIDE)) - 24
    said, high = _legend(exhibit, ground, width)
    height = int(room - high)
    drawn = _plot(exhibit.figure, exhibit.alt, ground, width=width, height=height, hover=hover)
    left_out = rows_left_out(exhibit.figure, height, SMALLEST)
    return f'<div class="exhibit"><div>{said}{drawn}</div>{beside}</div>', _line(left_out, exhibit, place)


def _legend(exhibit: Exhibit, ground: Ground, width: int) -> tuple[str, float]:
    """What the marks of a figure mean, and its height in px."""
    found = entries(exhibit, ground)
    if not found:
        return "", 0
    plain = "     ".join("".join(piece.text for piece in entry) for entry in found)
    lines = len(wrapped(plain, SMALLEST, width * 0.96))
    spans = "".join(f"<span>{''.join(map(_coloured, entry))}</span>" for entry in found)
    return f'<p class="legend" style="width:{width}px">{spans}</p>', lines * SMALLEST * _LEGEND + 4


def _coloured(piece: Piece) -> str:
    return f'<b style="color:{text(piece.colour)}">{text(piece.text)}</b>' if piece.colour else text(piece.text)


def _plot(figure: go.Figure, alt: str, ground: Ground, *, width: int, height: int, hover: bool) -> str:
    drawn = for_slide(figure, ground, width=width, height=height, smallest=SMALLEST, hover=hover)
    content = drawn.to_dict()
    # Without it, Plotly adds the 8 kB of its own template to every figure.
    content["layout"].pop("template", None)
    return (
        f'<div class="plot" role="img" aria-label="{text(alt)}" style="width:{width}px;height:{height}px"></div>'
        f'<script type="application/json">{data(content)}</script>'
    )


def _headline(words: str, place: Place) -> tuple[str, float]:
    """As large as it stands in two lines, or in three at the smallest; and its height in px."""
    sizes = {size: len(wrapped(words, size * _SERIF_IS_WIDER, place.inner)) for size in _HEADLINES}
    size = next((size for size, lines in sizes.items() if lines <= 2), _HEADLINES[-1])
    # A title of a stranger may have no end: what does not fit shrinks on the screen.
    high = round(min(max(sizes[size], 1), 3) * size * 1.2 + 4)
    return f'<h2 class="headline" style="font-size:{size:g}px;height:{high}px">{text(words)}</h2>', high


def _line(left_out: str | None, exhibit: Exhibit, place: Place) -> str:
    """What a slide says under its exhibit, one line: what is left out, else the first note that fits."""
    for said in (left_out, *exhibit.notes):
        if said and text_width(said, SMALLEST) < 0.95 * place.inner:
            return said
    return ""


def _stamp(stamp: Stamp | None, place: Place) -> tuple[str, float]:
    """The lines at the foot, and their height in px."""
    number = f'<p class="number">{place.number} / {place.count}</p>'
    if stamp is None:
        return f'<footer class="stamp"><div class="words"></div>{number}</footer>', 8 + 7 + _SMALL * 1.32
    first = " · ".join([*stamp.view, stamp.n, stamp.interval])
    second = " · ".join(part for part in (stamp.data, stamp.date) if part)
    shown = " · Open this view" if stamp.link else ""
    width = place.inner - 20 - text_width(f"{place.count} / {place.count}", _SMALL) - 4
    lines = len(wrapped(first, _SMALL, width * 0.98)) + len(wrapped(second + shown, _SMALL, width * 0.98))
    address = f" · {link(stamp.link, 'Open this view')}" if stamp.link else ""
    words = f'<div class="words"><p>{text(first)}</p><p>{text(second)}{address}</p></div>'
    return f'<footer class="stamp">{words}{number}</footer>', 8 + 7 + lines * _SMALL * 1.32


def _notes(leaf: Leaf) -> str:
    """For the speaker: their own note, then what has to be known to read the exhibit."""
    exhibit, stamp = leaf.exhibit, leaf.stamp
    own = [f'<p class="own">{text(leaf.slide.note)}</p>'] if leaf.slide.note else []
    reading = [*(exhibit.notes if exhibit else ()), *([stamp.n, stamp.interval] if stamp else [])]
    told = [f'<p class="reading">{text(note)}</p>' for note in reading if note]
    same = [f"<p><code>{text(stamp.command)}</code></p>"] if stamp else []
    return "".join([*own, *told, *same])


def title_slide(show: Show, place: Place) -> str:
    """The first slide: the deck's title, what it holds and rests on."""
    count = len(show.leaves)
    slides = f"{count} slide{'' if count == 1 else 's'}"
    face = f"<h1>{text(show.title)}</h1><p>{text(' · '.join(part for part in (slides, show.date) if part))}</p>"
    known = show.data or next((leaf.stamp.data for leaf in show.leaves if leaf.stamp), "")
    face += f"<p>{text(known)}</p>" if known else ""
    return section(place, show.title, face, kind="title")


def source_pages(sources: tuple[Source, ...], width: int) -> list[list[tuple[int, Source]]]:
    """The numbered sources in as many slides as they need."""
    free = 0.95 * (width - 2 * _SIDE - 2.2 * SMALLEST)
    needed = [len(wrapped(source.citation, SMALLEST, free)) * SMALLEST * 1.32 + 8 for source in sources]
    # As few slides as hold them, each about as full as the others: none has a single line.
    count = math.ceil(sum(needed) / _FOR_SOURCES)
    most = min(_FOR_SOURCES, sum(needed) / count + 2 * SMALLEST) if count else 0.0
    pages: list[list[tuple[int, Source]]] = []
    room = 0.0
    for number, (source, height) in enumerate(zip(sources, needed, strict=True), 1):
        if not pages or height > room:
            pages.append([])
            room = most
        pages[-1].append((number, source))
        room -= height
    return pages


def source_slide(page: list[tuple[int, Source]], place: Place, *, bibtex: str) -> str:
    """Numbered citations with their links; the last slide has them as BibTeX too."""
    items = "".join(f'<li value="{number}">{link(source.url, source.citation)}</li>' for number, source in page)
    copy = (
        '<details><summary>BibTeX of all sources</summary><div><button type="button" class="copy">Copy</button>'
        f'<pre tabindex="0">{text(bibtex)}</pre></div></details>'
        if bibtex
        else ""
    )
    stamp, _ = _stamp(None, place)
    face = f'<h2 class="headline" style="font-size:34px">Sources</h2><ol>{items}</ol>{copy}{stamp}'
    return section(place, "Sources", face, kind="sources")
