"""Links between pages that carry the view along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import urlstate
from dashboard.filters import choose
from dashboard.view import PAGES, View

if TYPE_CHECKING:
    from dashboard.filters import Context

PATHS = {page: f"app_pages/{page.replace('-', '_')}.py" for page in PAGES}
GROUPS = (
    ("overview", "leaderboard", "size", "ranks", "compare", "task", "variants", "model"),
    ("your-split", "choose", "deck"),
    ("ledgers", "system", "field", "beyond", "traps", "methods"),
)
"""The pages as the navigation has them: numbers, one's own question, evidence."""
TITLES = {
    "overview": "Overview",
    "leaderboard": "Leaderboard",
    "size": "Size and performance",
    "ranks": "Rank stability",
    "compare": "Compare two models",
    "task": "Task",
    "variants": "Variants",
    "model": "Model",
    "your-split": "Your split",
    "choose": "Choose a model",
    "deck": "Deck",
    "ledgers": "Two ledgers",
    "system": "Systems",
    "field": "Field map",
    "beyond": "Proteins, structure, cells",
    "traps": "Traps and objections",
    "methods": "Methods and provenance",
}


def page_link(ctx: Context, page: str, label: str, *, help: str | None = None, **changes: Any) -> None:  # noqa: A002 - streamlit's word
    """A link to a page with the current view, changed as stated."""
    if page == ctx.page and changes:
        # A link to the page that it stands on changes what is shown, but not the browser's address.
        st.button(label, key=f"link-{label}", on_click=choose, kwargs=changes, type="tertiary", help=help)
        return
    view = replace(ctx.view, **changes)
    st.page_link(PATHS[page], label=label, help=help, query_params=urlstate.serialise(view, page, ctx.catalog))


def fresh_view(ctx: Context, page: str, query: dict[str, str]) -> View:
    """The view of a page at its defaults, but for what the query states and the deck that goes along."""
    raw = {name: [value] for name, value in query.items()}
    view, _ = urlstate.parse(raw, page, ctx.catalog, View())
    return replace(view, deck=ctx.view.deck)


def fresh_link(ctx: Context, page: str, label: str, query: dict[str, str]) -> None:
    """A link to a page at its defaults, but for what the query states."""
    view = fresh_view(ctx, page, query)
    st.page_link(PATHS[page], label=label, query_params=urlstate.serialise(view, page, ctx.catalog))
