"""Which file formats there are, and who writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.exhibits import ExhibitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.export.show import Leaf, Show


def write_deck(show: Show, ending: str) -> bytes:
    """A deck as a file.

    Args:
        show: the deck with its contents.
        ending: pptx, html, pdf, json, md, tex or bib.

    Raises:
        ExhibitError: there is no such format, it needs something that is not installed, or the deck is too large.
    """
    raise NotImplementedError


def write_exhibit(show: Show, ending: str) -> bytes:
    """The one exhibit of a deck of one slide as a file.

    Args:
        show: a deck of one slide.
        ending: png, svg, pdf (the figure alone), pptx, html, csv, json, md, tex or bib.

    Raises:
        ExhibitError: likewise; or it has no figure, or its slide has no content.
    """
    raise NotImplementedError
