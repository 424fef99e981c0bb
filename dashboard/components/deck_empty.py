"""A deck without slides: how one begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import decks
from dashboard.components.deck_files import opener
from dashboard.components.heading import heading, section
from dashboard.components.links import TITLES, page_link
from dashboard.exhibits import ExhibitError
from dashboard.export import presets
from dashboard.filters import context
from dashboard.queries.suites import SUITES
from dashboard.text import capital, plain

if TYPE_CHECKING:
    from dashboard.filters import Context
    from dashboard.view import View

_REFUSED = "_preset_refused"
_BEGIN = ("leaderboard", "compare", "ledgers")


def empty_deck(ctx: Context) -> None:
    """Say how slides get here, and offer whole decks to begin with."""
    heading(
        "Your deck has no slide yet",
        "Under every chart, table, verdict and card stands **Add to deck**: it puts on a slide what you see, with its "
        "filters, n, intervals, data version and sources. The deck stays in the address, from page to page.",
    )
    with st.container(horizontal=True, gap="medium"):
        for page in _BEGIN:
            page_link(ctx, page, f"{TITLES[page]} →")
    begin, file = st.columns(2, gap="large")
    with begin:
        section("Start from a preset")
        _presets(ctx)
    with file:
        section("Or from a file")
        opener("deck-first")


def _presets(ctx: Context) -> None:
    st.caption("Every slide can be changed, moved or taken out afterwards.")
    with st.container(gap="xxsmall"):
        for name, found in presets.PRESETS.items():
            options = _options(ctx.view, found)
            if all(option in options for option in found.needs):
                st.button(
                    plain(_label(ctx, found, options)),
                    key=f"preset-{name}",
                    on_click=_begin,
                    args=(name,),
                    help=found.help,
                    type="tertiary",
                    icon=":material/slideshow:",
                )
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/error:")


def _options(view: View, found: presets.Preset) -> dict[str, str]:
    """What a preset can be made of: the suite, and the task, models and item that were looked at last."""
    asked = {name: getattr(view, name) for name in (*found.needs, *found.takes)}
    return {name: value for name, value in asked.items() if value}


def _label(ctx: Context, found: presets.Preset, options: dict[str, str]) -> str:
    """What it is called, and of what it is made."""
    of = [_named(ctx, name, value) for name, value in options.items() if name != "suite" or not found.needs]
    return f"{found.label}: {', '.join(of)}" if of else found.label


def _named(ctx: Context, name: str, value: str) -> str:
    if name == "suite":
        return SUITES[value].label
    if name == "item":
        return value
    return str(ctx.catalog.tasks.at[value, "label"] if name == "task" else ctx.catalog.models.at[value, "name"])


def _begin(name: str) -> None:
    ctx = context()
    try:
        deck = presets.preset(name, _options(ctx.view, presets.PRESETS[name]), ctx.catalog)
    except ExhibitError as error:
        st.session_state[_REFUSED] = f"{capital(str(error))}."
        return
    decks.put(deck, slide=1)
