"""The page `/beyond`: what lies beside DNA, a chapter at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.beyond_proteins import proteins_chapter
from dashboard.components.beyond_published import cells_chapter, networks_chapter, structure_chapter
from dashboard.filters import one
from dashboard.text import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.filters import Context

_DRAW: dict[str, Callable[[Context], None]] = {
    "proteins": proteins_chapter,
    "structure": structure_chapter,
    "cells": cells_chapter,
    "networks": networks_chapter,
}


def beyond_page(ctx: Context) -> None:
    """Draw the page."""
    one(
        "chapter",
        "Field",
        ctx,
        CHAPTERS.__getitem__,
        help="Proteins, cells and networks are measured here beside their baselines, where cells and networks have "
        "published comparisons too; structure has those alone. The baseline comes first.",
    )
    _DRAW[ctx.view.chapter](ctx)
