"""Controls of Rank stability: what is ranked, by which rule, and how much each category counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.controls import board
from dashboard.filters import choose, one
from dashboard.queries.mixes import mixes
from dashboard.queries.ranks import weighed
from dashboard.queries.suites import of_tasks
from dashboard.text import AGGREGATES
from dashboard.urlstate import LARGEST_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.filters import Context

_USED = "_mix_used"


def draw(ctx: Context) -> None:
    """What is ranked, by which rule and weights, among which rows."""
    board.suite(ctx)
    if of_tasks(ctx.view.suite):
        return
    one(
        "aggregate",
        "From tasks to one number",
        ctx,
        lambda rule: AGGREGATES[rule][0],
        help="  \n".join(f"**{name}**: {sentence}" for name, sentence in AGGREGATES.values()),
    )
    _mix(ctx)
    board.rows(ctx)


def _mix(ctx: Context) -> None:
    """Presets and a slider for each category; only weights that are not 1 get into the address."""
    view = ctx.view
    names = weighed(ctx.catalog, view.suite, view.kind or "")
    if len(names) < 2:
        return
    # Once used it stays open, also when the last weight is back at 1.
    st.session_state[_USED] = bool(view.weights) or st.session_state.get(_USED, False)
    with st.expander("My lab’s mix", expanded=st.session_state[_USED], icon=":material/tune:"):
        st.caption("How much each category counts. 0 leaves it out; 1 for all is the plain ranking.")
        with st.container(horizontal=True, gap="xsmall"):
            for mix in mixes(view.suite, view.kind or "", list(names)):
                weights = mix.weights(list(names))
                st.button(
                    mix.label,
                    key=f"mix-{mix.label}",
                    help=mix.sentence,
                    type="primary" if weights == view.weights else "secondary",
                    on_click=choose,
                    kwargs={"weights": weights},
                )
        for key, label in names.items():
            _slider(key, label, dict(view.weights), tuple(names))


def _slider(key: str, label: str, weights: Mapping[str, int], keys: tuple[str, ...]) -> None:
    widget, now = _widget(key), weights.get(key, 1)
    if st.session_state.get(widget) != now:
        st.session_state[widget] = now
    st.slider(label, 0, LARGEST_WEIGHT, key=widget, on_change=_changed, args=(keys,))


def _widget(key: str) -> str:
    return f"weight-{key}"


def _changed(keys: tuple[str, ...]) -> None:
    now = {key: int(st.session_state.get(_widget(key), 1)) for key in keys}
    choose(weights=tuple((key, weight) for key, weight in now.items() if weight != 1))
