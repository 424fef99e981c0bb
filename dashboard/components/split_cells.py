"""A file of cells on `/your-split`: what it holds, what is to be compared, and how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.components.heading import heading, section
from dashboard.components.split_cells_asked import (
    asked,
    batch_columns,
    chosen_of,
    label_columns,
    label_of,
    look,
    missing,
    quick,
)
from dashboard.components.split_cells_result import cells_result
from dashboard.components.split_cells_words import CELLS, compared, holds, lines, on_page
from dashboard.components.split_desk import draft
from dashboard.components.split_progress import stopped, watch
from dashboard.components.split_widgets import decide_of_cells, tied
from dashboard.components.split_words import lede_of, title_of
from dashboard.text import count, plain
from engine.local_split.limits import MOST_EMBEDDINGS
from engine.singlecell.contract import RAW

if TYPE_CHECKING:
    from dashboard.components.split_desk import Desk, Draft
    from dashboard.filters import Context
    from engine.local_split.cells.exchange import CellOptions, FoundCells
    from engine.local_split.client import TakenCells

_NONE = ""
_LONG = "This comparison takes longer than a few seconds: it begins when you say so."


def cells_heading(here: Desk, wanted: Draft) -> None:
    """The finding, or what is being waited for."""
    taken = _taken(here, wanted)
    if taken is not None:
        heading(plain(title_of(taken.result, CELLS)), lede_of(taken.result, compared(taken.result)))
    elif here.cells is not None:
        heading(f"{plain(here.cells.file.name)} on the bench", _state(here, wanted))


def cells_steps(ctx: Context, here: Desk, wanted: Draft) -> None:
    """From what was found to what beats what."""
    refused = here.refusal("inspect", look(wanted.cells))
    if refused is not None:
        st.error(plain(on_page(refused)), icon=":material/error:")
    if here.job is not None and here.job.question == "inspect":
        watch(here.job)
    found = here.found_cells
    if found is None:
        if here.stopped is not None:
            stopped("the file was not read")
        return
    _found(found)
    _choices(found, wanted)
    if refused is None:
        _comparison(ctx, here, wanted, found)


def _taken(here: Desk, wanted: Draft) -> TakenCells | None:
    found = here.found_cells
    if found is None or here.refusal("inspect", look(wanted.cells)) is not None:
        return None
    return here.taken_cells(asked(found, wanted.cells, wanted.embeddings))


def _state(here: Desk, wanted: Draft) -> str:
    """What is being waited for, in a sentence."""
    if here.job is not None:
        return "The numbers follow as soon as they are computed."
    if here.refusal("inspect", look(wanted.cells)) is not None:
        return "It cannot be read as it is; why, is said below."
    found = here.found_cells
    if found is None:
        return "It was not read."
    unsaid = missing(found, wanted.cells, wanted.embeddings)
    if unsaid is not None:
        return unsaid
    if here.refusal("compare", asked(found, wanted.cells, wanted.embeddings)) is not None:
        return "It cannot be compared like this; why, is said below."
    return _LONG


def _found(found: FoundCells) -> None:
    section("What was found")
    st.markdown(holds(found))
    if found.problems:
        st.markdown(lines(found.problems))
    with st.expander("The columns of its cells, and its embeddings"):
        columns, embeddings = st.columns([3, 2], gap="large")
        may_be = dict.fromkeys(found.labels, "a type") | dict.fromkeys(found.batches, "a batch")
        with columns:
            _frame(
                [
                    {
                        "Column": one.name,
                        "Holds": one.kind,
                        "Different values": one.distinct,
                        "Cells without": one.missing,
                        "May be": may_be.get(one.name),
                    }
                    for one in found.columns
                ],
                "Columns that describe the cells, what they hold and what they may be",
            )
        with embeddings:
            _frame(
                [{"Embedding": one.name, "Numbers a cell": one.width} for one in found.embeddings],
                "Embeddings in the file, with how many numbers each has for a cell",
            )


def _frame(rows: list[dict[str, Any]], alt: str) -> None:
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", lazy=False, placeholder="–", alt=alt)


def _choices(found: FoundCells, wanted: Draft) -> None:
    """Types, batches, matrix and embeddings, as the file suggests them until somebody says otherwise."""
    options, label = wanted.cells, label_of(found, wanted.cells)
    types, batches, matrix = st.columns(3, gap="medium")
    types.selectbox(
        "Type of each cell",
        label_columns(found),
        index=None if label is None else 0,
        placeholder="choose a column",
        help="Embeddings are judged by how well they keep these types apart. A column that was made by clustering one "
        "of them would favour that one.",
        **tied("cells-label", label, lambda name: decide_of_cells(label=name)),
    )
    batches.selectbox(
        "Batch of each cell",
        [_NONE, *batch_columns(found, label)],
        format_func=lambda name: name or "not looked at",
        help="With it, three more values say how well batches are mixed within the types.",
        **tied("cells-batch", options.batch or _NONE, lambda name: decide_of_cells(batch=name or None)),
    )
    matrix.selectbox(
        "Genes are read from",
        [_NONE, *found.layers],
        format_func=lambda name: {_NONE: "X", RAW: RAW}.get(name, f"layer {name}"),
        help="Counts or their logarithms are best: the baselines are made of them.",
        **tied("cells-layer", options.layer or _NONE, lambda name: decide_of_cells(layer=name or None)),
    )
    if found.embeddings:
        chosen = list(chosen_of(found, wanted.embeddings))
        st.multiselect(
            "Embeddings to judge",
            [one.name for one in found.embeddings],
            # Said twice: a browser that is told to draw anew before it has drawn takes the default.
            default=chosen,
            max_selections=MOST_EMBEDDINGS,
            placeholder="choose",
            **tied("cells-embeddings", chosen, _choose),
        )


def _choose(names: list[str]) -> None:
    draft().embeddings = tuple(names)


def _comparison(ctx: Context, here: Desk, wanted: Draft, found: FoundCells) -> None:
    unsaid = missing(found, wanted.cells, wanted.embeddings)
    if unsaid is not None:
        st.info(unsaid, icon=":material/rule:")
        return
    options = asked(found, wanted.cells, wanted.embeddings)
    taken = here.taken_cells(options)
    if taken is not None:
        cells_result(ctx, taken, found.problems)
    elif (refused := here.refusal("compare", options)) is not None:
        st.error(plain(on_page(refused)), icon=":material/error:")
    elif here.job is not None and here.job.question == "compare":
        section("What a model has to beat, and what beats it")
        watch(here.job)
    elif here.stopped is not None:
        stopped("there is no comparison")
    elif not quick(found, options) and wanted.pressed != options:
        _start(found, options)


def _start(found: FoundCells, options: CellOptions) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button("Compare", type="primary", key="split-compare", on_click=_press, args=(options,))
        st.caption(f"{count(found.n_cells, 'cell')}: {_LONG[0].lower()}{_LONG[1:]}", width="content")


def _press(options: CellOptions) -> None:
    draft().pressed = options
