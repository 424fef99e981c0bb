"""Controls of the Model page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.controls import board
from dashboard.filters import pick

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """Which model, and by how many labels."""
    names = ctx.catalog.models["name"]
    pick("model", "Model", ctx, lambda model: str(names[model]))
    if ctx.view.model and "geneb" in list(ctx.catalog.models.at[ctx.view.model, "suites"]):
        board.regime(ctx)
