"""The controls in the sidebar, a module a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import filters
from dashboard.controls import (
    choose,
    compare,
    deck,
    field,
    leaderboard,
    ledgers,
    model,
    ranks,
    size,
    system,
    task,
    variants,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.filters import Context

_CONTROLS: dict[str, Callable[[Context], None]] = {
    "leaderboard": leaderboard.draw,
    "size": size.draw,
    "ranks": ranks.draw,
    "compare": compare.draw,
    "task": task.draw,
    "variants": variants.draw,
    "model": model.draw,
    "choose": choose.draw,
    "deck": deck.draw,
    "ledgers": ledgers.draw,
    "system": system.draw,
    "field": field.draw,
}


def controls() -> None:
    """Draw the controls of the current page."""
    ctx = filters.begin()
    if ctx.page in _CONTROLS:
        _CONTROLS[ctx.page](ctx)
