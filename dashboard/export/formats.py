"""Which file formats there are, and who writes them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError
from dashboard.export.deck import MOST_SLIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboard.export.show import Leaf, Show, Stamp


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: what it is called, its media type, and what it is good for."""

    label: str
    mime: str
    help: str


_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_JSON = Format("JSON", "application/json", "Rows and stamp for programs")
_MARKDOWN = Format("Markdown", "text/markdown", "Tables as text, best in bold, baselines marked")
_LATEX = Format("LaTeX", "application/x-tex", "Tables for an article (booktabs), best in bold, baselines marked")
_BIBTEX = Format("BibTeX", "application/x-bibtex", "Sources and the view itself, to be cited")

OF_DECK: dict[str, Format] = {
    "pptx": Format("PowerPoint", _PPTX, "Slides with tables and charts that can be edited"),
    "html": Format("HTML", "text/html", "One file that works offline, slides by arrow keys"),
    "pdf": Format("PDF", "application/pdf", "One page a slide"),
    "json": _JSON,
    "md": _MARKDOWN,
    "tex": _LATEX,
    "bib": _BIBTEX,
}
OF_EXHIBIT: dict[str, Format] = {
    "png": Format("PNG", "image/png", "The figure at twice its size, stamped"),
    "svg": Format("SVG", "image/svg+xml", "The figure as vectors, stamped"),
    "pdf": Format("PDF", "application/pdf", "The figure as vectors, stamped"),
    "pptx": Format("PowerPoint", _PPTX, "One slide that can be edited"),
    "html": Format("HTML", "text/html", "One slide that works offline"),
    "csv": Format("CSV", "text/csv", "The rows, as on the page"),
    "json": _JSON,
    "md": _MARKDOWN,
    "tex": _LATEX,
    "bib": _BIBTEX,
}
SLIDES = ("pptx", "html", "pdf")
"""Formats of a deck that are slides: a meeting sits through so many; a file of tables may have more."""
PICTURES = ("png", "svg", "pdf")
"""Formats of an exhibit that are its figure alone."""


def unavailable(ending: str, *, of_deck: bool = False) -> str | None:
    """Why a format cannot be written on this machine, as a sentence; None if it can.

    Args:
        ending: of a file.
        of_deck: whether a deck is meant; its PDF is printed, an exhibit's is drawn.
    """
    if ending == "pptx":
        absent = [name for name in ("pptx", "lxml") if importlib.util.find_spec(name) is None]
        return "PowerPoint files need the extra `export`: pip install 'validity-ledger[export]'" if absent else None
    if ending == "pdf" and of_deck:
        from dashboard.export import pdf  # noqa: PLC0415 - a page that offers formats loads none of them

        return pdf.unavailable()
    if ending in PICTURES:
        from dashboard.export import images  # noqa: PLC0415 - likewise

        return images.unavailable()
    return None


def write_deck(show: Show, ending: str) -> bytes:
    """A deck as a file.

    Args:
        show: the deck with its contents.
        ending: one of `OF_DECK`.

    Raises:
        ExhibitError: there is no such format, it needs something that is not installed, or the deck is empty or too
            large.
    """
    _check(ending, OF_DECK, of_deck=True)
    if not show.leaves:
        raise ExhibitError("this deck has no slide yet: add one, or begin with a preset")
    if ending in SLIDES and len(show.leaves) > MOST_SLIDES:
        raise ExhibitError(f"a deck holds at most {MOST_SLIDES} slides and this one has {len(show.leaves)}")
    return _DECK[ending](show)


def write_exhibit(show: Show, ending: str) -> bytes:
    """The one exhibit of a deck of one slide as a file.

    Args:
        show: a deck of one slide.
        ending: one of `OF_EXHIBIT`.

    Raises:
        ExhibitError: likewise; or it has no figure, or its slide has no content.
    """
    _check(ending, OF_EXHIBIT, of_deck=False)
    if len(show.leaves) != 1:
        raise ExhibitError(f"this file holds one exhibit, not {len(show.leaves)}")
    leaf = show.leaves[0]
    if leaf.exhibit is None or leaf.stamp is None:
        raise ExhibitError(leaf.failure or "this slide has no content")
    if ending in {"pptx", "html"}:
        return _DECK[ending](show)
    if ending not in PICTURES:
        return _text_of(leaf, leaf.stamp, ending)
    if leaf.exhibit.figure is None:
        raise ExhibitError(f"“{leaf.headline}” is a table: take CSV, Markdown, LaTeX, PowerPoint or HTML")
    return _picture(leaf, show, ending)


def _check(ending: str, known: Mapping[str, Format], *, of_deck: bool) -> None:
    if ending not in known:
        raise ExhibitError(f"there is no format “{ending[:20]}” here; there are {', '.join(known)}")
    if (why := unavailable(ending, of_deck=of_deck)) is not None:
        raise ExhibitError(why)


def _picture(leaf: Leaf, show: Show, ending: str) -> bytes:
    from dashboard.export import images  # noqa: PLC0415 - kaleido only where a picture is made

    found: bytes = images.figure_file(leaf, show.deck.ground, ending)
    return found


def _pptx(show: Show) -> bytes:
    from dashboard.export import images  # noqa: PLC0415 - likewise
    from dashboard.export.pptx import deck_pptx  # noqa: PLC0415 - python-pptx only where a presentation is made

    return deck_pptx(show, None if images.unavailable() else images.png)


def _html(show: Show) -> bytes:
    from dashboard.export.html import deck_html  # noqa: PLC0415 - plotly.js is read only where a page is made

    return deck_html(show).encode("utf-8")


def _pdf(show: Show) -> bytes:
    from dashboard.export import pdf  # noqa: PLC0415 - as above
    from dashboard.export.html import deck_html  # noqa: PLC0415 - as above

    return pdf.deck_pdf(deck_html(show), show.deck.inches)


def _json(show: Show) -> bytes:
    from dashboard.export.records import show_json  # noqa: PLC0415 - as above

    return show_json(show)


def _markdown(show: Show) -> bytes:
    from dashboard.export.tables import deck_markdown  # noqa: PLC0415 - as above

    return deck_markdown(show).encode("utf-8")


def _latex(show: Show) -> bytes:
    from dashboard.export.tables import deck_latex  # noqa: PLC0415 - as above

    return deck_latex(show).encode("utf-8")


def _bibtex(show: Show) -> bytes:
    from dashboard.export.citing import bibtex  # noqa: PLC0415 - as above

    data = show.data or next((leaf.stamp.data for leaf in show.leaves if leaf.stamp), "")
    return bibtex(show.sources, data).encode("utf-8")


_DECK: dict[str, Callable[[Show], bytes]] = {
    "pptx": _pptx,
    "html": _html,
    "pdf": _pdf,
    "json": _json,
    "md": _markdown,
    "tex": _latex,
    "bib": _bibtex,
}


def _text_of(leaf: Leaf, stamp: Stamp, ending: str) -> bytes:
    """An exhibit in one of the formats that know no slides."""
    from dashboard.export import citing, records, tables  # noqa: PLC0415 - as above

    if leaf.exhibit is None:
        raise ExhibitError(leaf.failure or "this slide has no content")
    if ending in {"csv", "json"}:
        return {"csv": records.as_csv, "json": records.as_json}[ending](leaf)
    if ending == "bib":
        return citing.bibtex_of_view(stamp).encode("utf-8")
    made = tables.as_markdown if ending == "md" else tables.as_latex
    return made(leaf.exhibit, stamp).encode("utf-8")
