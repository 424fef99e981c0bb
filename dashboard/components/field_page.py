"""The page `/field`: the family tree of the models, how far they see, and how they cut a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.field_tokens import tokens_scene
from dashboard.components.field_tree import tree_scene
from dashboard.components.field_windows import windows_scene
from dashboard.database import load
from dashboard.filters import one
from dashboard.queries.field import read_systems
from dashboard.text import SCENES

if TYPE_CHECKING:
    from dashboard.filters import Context


def field_page(ctx: Context) -> None:
    """Draw the scene that is chosen."""
    one("scene", "Part of the map", ctx, SCENES.__getitem__)
    if ctx.view.scene == "tree":
        tree_scene(ctx, load(read_systems))
    elif ctx.view.scene == "windows":
        windows_scene(ctx)
    else:
        tokens_scene(ctx, load(read_systems))
