"""The slides around a deck's own: its title, how to read its signs, and who has to be cited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.charts.palette import outcome_mark, palette
from dashboard.export.cells import cells_of
from dashboard.export.citing import bibtex
from dashboard.export.pptx.boxes import MARGIN, Box, headline, page, slide_size
from dashboard.export.pptx.grid import TableCell, table_markup
from dashboard.export.pptx.markup import paragraph, writable
from dashboard.export.pptx.measure import LINE, fewer_lines, wrapped
from dashboard.export.rich import Piece
from dashboard.text import COLLAPSED_SENTENCE, NEAR_TIE_SENTENCE, OUTCOME_SENTENCE, PRODUCT, VERDICTS, count
from dashboard.text import OUTCOMES as WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.exhibits import Exhibit
    from dashboard.export.pptx.parts import Canvas
    from dashboard.export.show import Show
    from dashboard.queries.citations import Source

_TITLE, _BODY, _READ, _SMALL = 40.0, 16.0, 14.0, 12.0
_MOST_LINES = 5
READING = "How to read these numbers"
SOURCES = "Sources"
_COLLAPSED_SIGN = "⊘"


def title_slide(canvas: Canvas, show: Show) -> None:
    """The deck's title, how many slides, the data and the date."""
    across, down = slide_size(show.deck)
    room = across - 2 * MARGIN
    size = next((size for size in (_TITLE, 34.0, 28.0) if len(wrapped(show.title, size, room, serif=True)) <= 3), 24.0)
    text = fewer_lines(show.title, size, room, most=4, serif=True)
    height = len(wrapped(text, size, room, serif=True)) * size * LINE + 8
    top = down * 0.36 - height / 2
    canvas.title(text, size, Box(MARGIN, top, room, height))
    canvas.hairline(Box(MARGIN, top + height + 10, 72, 1), canvas.colours.accent, 2.25)
    said = [count(len(show.leaves), "slide"), show.data or _data(show), show.date]
    lines = [
        [Piece(line)] for line in (" · ".join(part for part in said if part), "" if show.title == PRODUCT else PRODUCT)
    ]
    canvas.text(
        [line for line in lines if line[0].text], Box(MARGIN, top + height + 24, room, 60), _BODY, name="About",
        ink=canvas.colours.muted,
    )  # fmt: skip


def _data(show: Show) -> str:
    """The data as its slides name them."""
    return next((leaf.stamp.data for leaf in show.leaves if leaf.stamp), "")


def signs(show: Show) -> list[tuple[Piece, str]]:
    """Every sign that stands on the deck's slides and is not explained there, with what it means."""
    exhibits = [leaf.exhibit for leaf in show.leaves if leaf.exhibit]
    maps = [cells for exhibit in exhibits if exhibit.figure is not None and (cells := cells_of(exhibit.figure))]
    rows = [row for one in maps for row in one.rows]
    shown = [cell for row in rows for cell in row.cells]
    found = _outcomes({cell.text for cell in shown} | set(_words(exhibits)), show.deck.ground)
    if any(row.baseline for row in rows) or any(exhibit.baselines for exhibit in exhibits):
        found.append((Piece("◆", bold=True), "A row in bold with this sign is a baseline: what a model has to beat."))
    if any(cell.frame for cell in shown):
        found.append((Piece("▣"), NEAR_TIE_SENTENCE))
    if any(cell.hatched for cell in shown):
        found.append((Piece("–"), "No difference: there is no baseline, or no value, to compare with."))
    if any(_COLLAPSED_SIGN in text for text in (*(row.label for row in rows), *(cell.text for cell in shown))):
        found.append((Piece(_COLLAPSED_SIGN), COLLAPSED_SENTENCE))
    return found


def _words(exhibits: list[Exhibit]) -> Iterator[str]:
    for exhibit in exhibits:
        if exhibit.rows is not None:
            for column in exhibit.rows.select_dtypes(exclude="number"):
                yield from (str(value) for value in exhibit.rows[column].dropna().unique()[:200])


def _outcomes(texts: set[str], ground: str) -> list[tuple[Piece, str]]:
    """The verdicts that are among the texts, as words or as marks in the cells of a map."""
    colours = palette(ground)
    found = []
    for outcome, word in WORDS.items():
        shown = outcome_mark(outcome, colours)
        marked = any(text.endswith(f"\N{THIN SPACE}{shown.glyph}") for text in texts)
        if texts & {outcome, word, f"{shown.glyph} {word}"} or (marked and outcome in VERDICTS):
            found.append((Piece(shown.glyph, bold=True, colour=shown.colour), OUTCOME_SENTENCE[outcome]))
    return found


def reading_slide(canvas: Canvas, show: Show, found: list[tuple[Piece, str]]) -> None:
    """The signs and what they mean."""
    parts = page(slide_size(show.deck), headline(READING, 600), noted=False)
    canvas.title(READING, 28, parts.title)
    rows = [
        [TableCell((sign,), _READ, canvas.colours.ink), TableCell((Piece(meaning),), _READ, canvas.colours.ink)]
        for sign, meaning in found
    ]
    widths = (34.0, parts.exhibit.width - 34.0)
    heights = [len(wrapped(meaning, _READ, widths[1] - 10)) * _READ * LINE + 9 for _, meaning in found]
    box = Box(parts.exhibit.left, parts.exhibit.top, sum(widths), sum(heights))
    canvas.table(
        table_markup(widths, heights, rows, show.deck.ground), box, alt="Signs and what they mean", name="Signs"
    )


def source_pages(show: Show) -> list[list[tuple[int, Source]]]:
    """The sources in the order of the slides, numbered, as many on each slide as it holds."""
    across, down = slide_size(show.deck)
    parts = page((across, down), headline(SOURCES, 600), noted=False)
    pages: list[list[tuple[int, Source]]] = []
    left = 0.0
    for number, source in enumerate(show.sources, start=1):
        taken = len(wrapped(_entry(number, source), _SMALL, parts.exhibit.width)) * _SMALL * LINE + 6
        if taken > left:
            pages.append([])
            left = parts.exhibit.height
        pages[-1].append((number, source))
        left -= taken
    return pages


def _entry(number: int, source: Source) -> str:
    text = fewer_lines(f"{number}. {source.citation}", _SMALL, 560, most=_MOST_LINES)
    return f"{text} ({source.url})" if source.url else text


def sources_slide(canvas: Canvas, show: Show, numbered: list[tuple[int, Source]], *, last: bool) -> None:
    """A numbered list; the last one has all of them as BibTeX in its notes."""
    parts = page(slide_size(show.deck), headline(SOURCES, 600), noted=False)
    canvas.title(SOURCES if numbered[0][0] == 1 else f"{SOURCES}, continued", 28, parts.title)
    body = ""
    for number, source in numbered:
        text = fewer_lines(f"{number}. {source.citation}", _SMALL, 560, most=_MOST_LINES)
        entry = paragraph([Piece(text)], _SMALL, canvas.colours.ink, show.deck.ground)
        linked = source.url and source.url.startswith(("http://", "https://"))
        end = canvas.linked(f" {source.url}", _SMALL, source.url) if source.url and linked else ""
        entry = entry.replace("<a:endParaRPr", f"{end}<a:endParaRPr")
        body += entry.replace('<a:pPr algn="l">', '<a:pPr algn="l"><a:spcAft><a:spcPts val="600"/></a:spcAft>')
    canvas.markup(body, parts.exhibit, name="Sources")
    if last:
        canvas.slide.notes_slide.notes_text_frame.text = writable(bibtex(show.sources, show.data or _data(show)))
