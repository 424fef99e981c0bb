"""Controls of Variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.controls.task import which

if TYPE_CHECKING:
    from dashboard.filters import Context


def draw(ctx: Context) -> None:
    """What is looked at."""
    which(ctx)
