"""Running a model of the registry on a split of one's own: what there is here, what it costs, and the button."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.split_desk import desk, draft
from dashboard.components.split_progress import duration
from dashboard.components.split_widgets import decide
from dashboard.text import plain, size
from engine.local_split.exchange import OwnModel, Shape

if TYPE_CHECKING:
    from engine.local_split.exchange import Inspection, Offer

_NONE_HERE = (
    "No model whose weights are on this machine reads what this split has. `vledger doctor` says what is here and "
    "which command brings what is missing."
)


def own_model(found: Inspection) -> None:
    """The models that could be run here, on demand: looking for them loads what runs them."""
    if found.shape is Shape.SCORES:
        return
    wanted, running = draft(), draft().options.model
    with st.expander("Run a model on it"):
        if running is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(running.model)} is part of the comparison.", width="content")
                st.button("Leave it out", key="split-model-out", on_click=_leave_out)
            return
        if not wanted.offers:
            st.button("Look which models are on this machine", key="split-offers", on_click=_look)
            return
        offers = desk().offers(wanted.options)
        refused = desk().refusal("offers", replace(wanted.options, model=None))
        if refused is not None:
            st.warning(plain(refused), icon=":material/block:")
        elif offers is not None:
            _choose(offers)


def _choose(offers: list[Offer]) -> None:
    if not offers:
        st.markdown(_NONE_HERE)
        return
    by_id = {one.model: one for one in offers}
    chosen = st.selectbox("Model", list(by_id), format_func=lambda one: _told(by_id[one]), key="split-model")
    offer = by_id.get(chosen, offers[0])
    st.caption(plain(offer.sentence))
    st.button("Run it", type="primary", key="split-model-run", on_click=_run, args=(offer.model,))


def _told(offer: Offer) -> str:
    cost = "time not known" if offer.seconds is None else f"about {duration(offer.seconds)}"
    parts = [offer.name, *([] if offer.parameters is None else [f"{size(offer.parameters)} parameters"]), cost]
    return " · ".join(parts)


def _look() -> None:
    draft().offers = True


def _run(model: str) -> None:
    draft().pressed = decide(model=OwnModel(model=model))


def _leave_out() -> None:
    decide(model=None)
