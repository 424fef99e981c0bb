"""A deck as one HTML file: it needs no network, and shows its slides by keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.charts.palette import DARK, OUTCOMES, Palette, outcome_mark, palette
from dashboard.exhibits import ExhibitError
from dashboard.export.citing import bibtex
from dashboard.export.deck_scripts import deck_scripts, script_source
from dashboard.export.html.markup import text
from dashboard.export.html.slides import SHAPES, Place, exhibit_slide, source_pages, source_slide, title_slide
from dashboard.text import PRODUCT

if TYPE_CHECKING:
    from dashboard.export.show import Show

__all__ = ["LARGEST", "deck_html"]

LARGEST = 8_000_000
"""Bytes of a file, at most."""
_LOOK = Path(__file__).with_name("deck.css")
_KEYS = (
    ("→ ↓ Space Page down", "next slide"),
    ("← ↑ Page up", "slide before"),
    ("Home End", "first and last slide"),
    ("Digits, Enter", "slide of that number"),
    ("o", "overview of all slides"),
    ("n", "speaker notes, next slide and clock"),
    ("f", "full screen"),
    ("?", "this help"),
    ("Esc", "close, or leave the presentation"),
)
_BUTTONS = (
    ("back", "‹", "Slide before"),
    ("on", "›", "Next slide"),
    ("overview", "⊞", "Overview of all slides (o)"),
    ("notes", "≡", "Speaker notes (n)"),
    ("full", "⤢", "Full screen (f)"),
    ("help", "?", "Keys (?)"),
)


def deck_html(show: Show, *, start: int = 1) -> str:
    """A deck as one file for a browser.

    Args:
        show: the deck with its contents.
        start: number of the slide that is shown first where the address names none.

    Raises:
        ExhibitError: it would have more than 8 MB; the sentence names the largest slides.
    """
    found = _page(show, start, hover=True)
    if len(found.encode()) <= LARGEST:
        return found
    # Values under the pointer are the first to go: the slides stay as they are.
    found = _page(show, start, hover=False)
    if len(found.encode()) <= LARGEST:
        return found
    raise ExhibitError(_too_large(show, len(found.encode())))


def _slides(show: Show, *, hover: bool) -> list[str]:
    width, height = SHAPES[show.deck.shape]
    pages = source_pages(show.sources, width)
    first = 1 if show.opens else 0
    count = first + len(show.leaves) + len(pages)
    places = [Place(number, count, width, height) for number in range(1, count + 1)]
    slides = [title_slide(show, places[0])] if first else []
    slides += [
        exhibit_slide(leaf, place, show.deck.ground, hover=hover)
        for leaf, place in zip(show.leaves, places[first:], strict=False)
    ]
    data = show.data or next((leaf.stamp.data for leaf in show.leaves if leaf.stamp), "")
    for number, (page, place) in enumerate(zip(pages, places[count - len(pages) :], strict=True), 1):
        slides.append(source_slide(page, place, bibtex=bibtex(show.sources, data) if number == len(pages) else ""))
    return slides


def _page(show: Show, start: int, *, hover: bool) -> str:
    slides = _slides(show, hover=hover)
    width, height = SHAPES[show.deck.shape]
    inches = show.deck.inches
    plotly, script = deck_scripts()
    style = (
        f"{_LOOK.read_text(encoding='utf-8')}:root {{ {_colours(palette(show.deck.ground))} "
        f"--width: {width}px; --height: {height}px; }}"
        f"@page {{ size: {inches[0]}in {inches[1]}in; margin: 0 }}"
    )
    # Only these two scripts run, whatever a title or a note might hold; nothing is fetched from anywhere.
    policy = (
        f"default-src 'none'; script-src {script_source(plotly)} {script_source(script)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="generator" content="{PRODUCT}"><meta name="color-scheme" content="{show.deck.ground}">'
        f'<title>{text(show.title)}</title><link rel="icon" href="data:,"><style>{style}</style></head>\n<body>'
        f'<main id="deck" tabindex="-1" aria-label="{text(show.title)}" data-width="{width}" data-height="{height}"'
        f' data-start="{start}">\n' + "\n".join(slides) + f"\n</main>{_controls()}"
        f"<script>{plotly}</script><script>{script}</script></body></html>\n"
    )


def _controls() -> str:
    buttons = [
        f'<button type="button" data-action="{name}" aria-label="{said}" title="{said}">{sign}</button>'
        for name, sign, said in _BUTTONS
    ]
    buttons.insert(1, '<span id="place"></span>')
    keys = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{what}</dd>" for key, what in _KEYS)
    return (
        f'<nav id="bar" aria-label="Slides">{"".join(buttons)}</nav>'
        '<aside id="notes" aria-label="Speaker notes" tabindex="0" hidden><div id="words"></div>'
        '<div><p id="clock"></p><p id="next" class="next"></p></div></aside>'
        f'<dialog id="help" aria-labelledby="keys"><h2 id="keys">Keys</h2><dl>{keys}</dl>'
        '<button type="button" id="close">Close</button></dialog>'
        '<p id="said" class="quiet" aria-live="polite"></p>'
        "<noscript><style>body{overflow:auto}#deck,.slide{position:static}</style></noscript>"
    )


def _colours(colours: Palette) -> str:
    kinds = {"won": "PASS", "tied": "INCONCLUSIVE", "lost": "FAIL"}
    marks = {kind: outcome_mark(outcome, colours).colour for kind, outcome in kinds.items() if outcome in OUTCOMES}
    named = {name: getattr(colours, name) for name in ("ground", "ink", "muted", "hairline", "accent")} | marks
    scheme = "dark" if colours is DARK else "light"
    return f"color-scheme: {scheme}; " + " ".join(f"--{name}: {value};" for name, value in named.items())


def _too_large(show: Show, size: int) -> str:
    sizes = sorted(((len(slide), number) for number, slide in enumerate(_slides(show, hover=False), 1)), reverse=True)[
        :3
    ]
    named = ", ".join(f"slide {number} ({length / 1e6:.1f} MB)" for length, number in sizes)
    return (
        f"this deck as HTML would have {size / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f} MB; the largest are {named}: "
        "take them out, or filter their views"
    )
