"""The deck: slides in their order, a look at one of them, and every format that they can be written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import decks
from dashboard.components.heading import heading
from dashboard.text import count

if TYPE_CHECKING:
    from dashboard.filters import Context


def deck_page(ctx: Context) -> None:
    """The whole page."""
    deck = decks.current(ctx)
    heading(f"{count(len(deck.slides), 'slide')}", "")
