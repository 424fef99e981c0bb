"""Weights of categories that make a system first, and how to take them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.filters import choose
from dashboard.queries.rank_work import whole_weights
from dashboard.queries.ranks import weighed
from dashboard.urlstate import LARGEST_WEIGHT

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.components.ranks_page import RanksPage


def apply_button(page: RanksPage, weights: pd.DataFrame) -> None:
    """Choose one of the systems that can be first, and take over the weights that make it so."""
    names = page.found.models["name"]
    keys = {
        label: key for key, label in weighed(page.ctx.catalog, page.found.asked.suite, page.found.asked.kind).items()
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        systems = [str(model) for model in weights.index]
        picked = st.selectbox(
            "Weights that make first", systems, format_func=lambda model: str(names[model]), width=340
        )
        whole, first = whole_weights(weights.loc[picked].astype(float), page.found.means, picked, LARGEST_WEIGHT)
        given = {keys[label]: weight for label, weight in whole.items()}
        chosen = tuple((key, given.get(key, 1)) for key in keys.values() if given.get(key, 1) != 1)
        st.button(
            "Apply this weighting" if first else "Apply this weighting, roughly",
            key="apply-weights",
            on_click=choose,
            kwargs={"weights": chosen, "aggregate": "macro"},
            help="Rounded to whole weights from 0 to 10"
            + (", under which it is first." if first else "; so rounded, it is only about first."),
        )
