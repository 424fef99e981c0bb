"""Score columns of `/your-split`: for each, what a high value means, which nobody but its owner can say."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.components.split_desk import draft
from dashboard.components.split_widgets import decide, tied
from dashboard.text import plain
from engine.local_split.exchange import ScoreColumn

if TYPE_CHECKING:
    from engine.local_split.exchange import Inspection, Options

MOST = 8
"""Columns that are asked about at once; of more, one says which."""
_WIDTHS = (4, 4, 4, 3)
_MEANINGS = {"1": "label 1", "0": "label 0"}
_ROLES = {"model": "judged", "baseline": "a baseline"}


def scores(found: Inspection) -> None:
    """Ask of each score column what a high value means, what it is, and where its threshold is."""
    options = draft().options
    many = len(found.score_columns) > MOST
    chosen = {*draft().chosen, *(one.column for one in options.scores)}
    asked = [column for column in found.score_columns if not many or column in chosen]
    if not found.score_columns:
        return
    st.markdown("**Your scores.** A column is evaluated once you say what a high value means; it is never guessed.")
    if many:
        st.multiselect(
            "Columns to evaluate",
            list(found.score_columns),
            placeholder="choose",
            **tied("scores", asked, _choose),
        )
    for column in asked:
        _row(_of(options, column))


def _of(options: Options, column: str) -> ScoreColumn:
    return next((one for one in options.scores if one.column == column), ScoreColumn(column=column))


def _row(one: ScoreColumn) -> None:
    name, meaning, role, threshold = st.columns(_WIDTHS, vertical_alignment="center")
    name.markdown(f"{plain(one.column)}")
    label = plain(one.column)
    with meaning:
        st.segmented_control(
            f"A high value of {label} means",
            list(_MEANINGS),
            format_func=lambda key: f"high = {_MEANINGS[key]}",
            label_visibility="collapsed",
            **tied(f"higher-{one.column}", one.higher_is, partial(_set, one.column, "higher_is")),
        )
    if one.higher_is is None:
        role.caption("not evaluated yet")
        return
    with role:
        st.segmented_control(
            f"Role of {label}",
            list(_ROLES),
            required=True,
            format_func=_ROLES.__getitem__,
            label_visibility="collapsed",
            **tied(f"role-{one.column}", one.role, partial(_set, one.column, "role")),
        )
    threshold.number_input(
        f"Threshold of {label}",
        value=None,
        format="%g",
        step=None,
        placeholder="threshold",
        label_visibility="collapsed",
        help="From which value on an item counts as what a high value means; MCC needs one, or rows of train.",
        **tied(f"threshold-{one.column}", one.threshold, partial(_set, one.column, "threshold")),
    )


def _choose(columns: list[str]) -> None:
    draft().chosen = tuple(columns)
    decide(scores=tuple(one for one in draft().options.scores if one.column in columns))


def _set(column: str, name: str, value: Any) -> None:
    """Change what is said of one column; a column of which nothing is said is not evaluated."""
    if name == "threshold" and value is not None and not math.isfinite(value):
        value = None
    options = draft().options
    changes: dict[str, Any] = {name: value}
    changed = replace(_of(options, column), **changes)
    known = any(one.column == column for one in options.scores)
    all_of_them = [changed if one.column == column else one for one in options.scores] + ([] if known else [changed])
    decide(scores=tuple(one for one in all_of_them if one.higher_is is not None))
