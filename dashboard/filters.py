"""The view of a run, and the two-way tie of widgets to the address.

In one run exactly one side speaks: a widget or a pick that changed, else the address. The widgets are then set
to the resulting view before they are drawn, so that both always show the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import urlstate
from dashboard.charts.palette import Palette, palette
from dashboard.queries import item_filters
from dashboard.view import EVERYWHERE, View, choices, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.catalog import Catalog

_VIEW, _SHOWN, _SEEN, _PICK, _CONTEXT = "_view", "_shown", "_seen", "_pick", "_context"
_REPEAT, _REPEATED = "_repeat", "_repeated"
_SHEETS_STAY = {"sheet", "item", "unit", "unit_metric", "cell", "paint", "slide", *EVERYWHERE}
"""What leaves a long list on the sheet that it is on."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a page gets: the view, what there is, the colours of the theme."""

    page: str
    view: View
    catalog: Catalog
    colours: Palette


def context() -> Context:
    """The context of the page that is running."""
    found: Context = st.session_state[_CONTEXT]
    return found


def choose(**changes: Any) -> None:
    """Change the view from a callback: a click on a chart, a chip, a button."""
    st.session_state[_PICK] = st.session_state.get(_PICK, {}) | changes


def follow() -> None:
    """Run the whole script for a change that was chosen in a part of it which runs by itself, as a drawer does."""
    if _PICK in st.session_state:
        st.rerun()


def repeat() -> None:
    """Run the script again for something that was computed meanwhile.

    A browser that has not drawn a run yet when the next one comes never learns which values its widgets were set to;
    so this run says them once more.
    """
    st.session_state[_REPEAT] = True
    st.rerun()


def repeated() -> bool:
    """Whether this run was made by `repeat`, so that widgets have to be told their values once more."""
    return bool(st.session_state.get(_REPEATED, False))


def read(page: str, catalog: Catalog) -> list[str]:
    """Settle the view of this run from widgets, picks or address, and write the address where it lags.

    Returns:
        A sentence for each parameter of the address that was ignored.
    """
    st.session_state[_REPEATED] = st.session_state.pop(_REPEAT, False)
    before: View = st.session_state.get(_VIEW, View())
    raw = {name: st.query_params.get_all(name) for name in st.query_params}
    changes = _widget_changes(page) | st.session_state.pop(_PICK, {})
    if changes:
        changes = _cleared(changes, before) | changes
    notices: list[str] = []
    if changes:
        view = settled(replace(before, **changes), catalog)
        written = urlstate.serialise(view, page, catalog)
        if written != raw:
            st.query_params.from_dict(written)
        raw = written
    elif st.session_state.get(_SEEN) != (page, raw, catalog.version):
        view, notices = urlstate.parse(raw, page, catalog, before)
    else:
        view = before
    st.session_state[_VIEW] = view
    st.session_state[_SEEN] = (page, raw, catalog.version)
    st.session_state[_CONTEXT] = Context(page, view, catalog, palette(st.context.theme.type))
    return notices


def _cleared(changes: dict[str, Any], before: View) -> dict[str, Any]:
    """What a change takes back to its default, because it meant something else before."""
    names = ["sheet"] if changes.keys() - _SHEETS_STAY else []
    if "suite" in changes:
        names += ["metric"]  # each suite opens with its own first
    if changes.keys() & {"suite", "kind"}:
        names += ["weights"]
    task = changes.get("task", before.task)
    if task != before.task or changes.get("suite", before.suite) != before.suite:
        names += [*item_filters.NAMES, "item", "slices", "system", "rival"]
    plain = View()
    return {name: getattr(plain, name) for name in names}


def _widget_changes(page: str) -> dict[str, Any]:
    """What the reader changed in a widget since the last run."""
    shown = st.session_state.get(_SHOWN, {})
    found: dict[str, Any] = {}
    for name, before in shown.get(page, {}).items():
        now = st.session_state.get(f"w_{name}", before)
        if now != before:
            found[name] = tuple(now) if isinstance(now, list) else now
    return found


def key(name: str, value: Any) -> str:
    """Key of a widget, set to the view's value before the widget is drawn."""
    found = f"w_{name}"
    plain = list(value) if isinstance(value, tuple) and name != "sizes" else value
    if st.session_state.get(found) != plain or st.session_state[_REPEATED]:
        st.session_state[found] = plain
    st.session_state[_SHOWN][st.session_state[_CONTEXT].page][name] = plain
    return found


def begin() -> Context:
    """Before the first widget of a run: what is shown now is what the next change differs from."""
    ctx = context()
    # What was shown before stays known until it is drawn anew: a run can be cut short by the next change, and that
    # change must still find what it differs from.
    st.session_state[_SHOWN] = {ctx.page: st.session_state.get(_SHOWN, {}).get(ctx.page, {})}
    return ctx


def one(name: str, label: str, ctx: Context, words: Callable[[str], Any], *, help: str | None = None) -> None:  # noqa: A002 - streamlit's word
    """A choice among few, all in sight."""
    st.segmented_control(
        label,
        choices(name, ctx.view, ctx.catalog),
        required=True,
        format_func=words,
        key=key(name, getattr(ctx.view, name)),
        help=help,
    )


def pick(name: str, label: str, ctx: Context, words: Callable[[str], str], *, help: str | None = None) -> None:  # noqa: A002 - streamlit's word
    """A choice among many."""
    options = choices(name, ctx.view, ctx.catalog)
    st.selectbox(label, options, format_func=words, key=key(name, getattr(ctx.view, name)), help=help)


def many(name: str, label: str, ctx: Context, words: Callable[[str], str] = str) -> None:
    """Any of these; none chosen means all."""
    options = choices(name, ctx.view, ctx.catalog)
    st.multiselect(label, options, format_func=words, key=key(name, getattr(ctx.view, name)), placeholder="all")
