"""The page `/your-split` from top to bottom, in whatever state its files are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.heading import heading, section
from dashboard.components.split_cells import cells_heading, cells_steps
from dashboard.components.split_checks import checks
from dashboard.components.split_columns import columns, read_otherwise
from dashboard.components.split_desk import Desk, Draft, desk, draft, not_asked, quick
from dashboard.components.split_files import LIMITS, cells_line, files_line, first_file
from dashboard.components.split_model import own_model
from dashboard.components.split_progress import stopped, watch
from dashboard.components.split_result import result
from dashboard.components.split_scores import scores
from dashboard.components.split_words import LEDE, START, lede_of, title_of
from dashboard.components.waiting import busy
from dashboard.limits import BusyError
from dashboard.text import count, plain

if TYPE_CHECKING:
    from dashboard.filters import Context
    from engine.local_split.client import Taken
    from engine.local_split.exchange import Inspection

_LOST = "The connection to this page was interrupted, and {name}, held for it alone, is gone. Give it again."
_LONG = "This comparison takes longer than a few seconds: it begins when you say so."


def split_page(ctx: Context) -> None:
    """Draw the page."""
    try:
        here = desk()
    except BusyError as error:
        heading(START, LEDE)
        busy(error, "This page opens for yours", key="split")
        return
    wanted = draft()
    here.settle(wanted)
    taken = None if here.files is None else here.taken(wanted.options)
    if here.cells is None:
        _heading(here, wanted, taken)
    else:
        cells_heading(here, wanted)
    if wanted.refused is not None:
        st.error(plain(wanted.refused), icon=":material/block:")
    if here.cells is not None:
        cells_line()
        cells_steps(ctx, here, wanted)
        return
    if here.files is None:
        if wanted.had is not None:
            st.warning(_LOST.format(name=f"**{plain(wanted.had)}**"), icon=":material/link_off:")
        first_file()
        return
    files_line()
    _steps(ctx, here, wanted, taken)


def _heading(here: Desk, wanted: Draft, taken: Taken | None) -> None:
    if taken is not None:
        heading(plain(title_of(taken.result)), lede_of(taken.result))
    elif here.files is None:
        heading(START, f"{LEDE} {LIMITS}")
    else:
        heading(f"{plain(here.files.table.name)} on the bench", _state(here, wanted))


def _state(here: Desk, wanted: Draft) -> str:
    """What is being waited for, in a sentence."""
    if here.job is not None:
        return "The numbers follow as soon as they are computed."
    if here.refusal("inspect", replace(wanted.options, model=None)) is not None:
        return "It cannot be read as it is; why, is said below."
    if here.inspection is None or here.inspection.missing is not None:
        return "Something has to be settled before anything can be compared; it is said below."
    return not_asked(here.inspection, wanted.options) or _LONG


def _steps(ctx: Context, here: Desk, wanted: Draft, taken: Taken | None) -> None:
    plain_options = replace(wanted.options, model=None)
    refused = here.refusal("inspect", plain_options)
    if refused is not None:
        st.error(plain(refused), icon=":material/error:")
    if here.job is not None and here.job.question == "inspect":
        watch(here.job)
    found = here.inspection
    if found is None:
        if here.stopped is not None:
            stopped("the file was not read")
        elif refused is not None:
            read_otherwise()
        return
    columns(found)
    scores(found)
    if refused is not None:
        return
    checks(found)
    _comparison(ctx, here, wanted, taken, found)


def _comparison(ctx: Context, here: Desk, wanted: Draft, taken: Taken | None, found: Inspection) -> None:
    if found.missing is not None:
        return
    if taken is not None:
        result(ctx, taken)
    elif (refused := here.refusal("compare", wanted.options)) is not None:
        st.error(plain(refused), icon=":material/error:")
    elif here.job is not None and here.job.question == "compare":
        section("What a model has to beat, and what beats it")
        watch(here.job)
    elif here.stopped is not None:
        stopped("there is no comparison")
    elif (missing := not_asked(found, wanted.options)) is not None:
        st.info(missing, icon=":material/rule:")
    elif not quick(found, wanted.options) and wanted.pressed != wanted.options:
        _start(found)
    own_model(found)
    if here.job is not None and here.job.question == "offers":
        watch(here.job)


def _start(found: Inspection) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button("Compare", type="primary", key="split-compare", on_click=_press)
        st.caption(f"{count(found.used, 'row')}: {_LONG[0].lower()}{_LONG[1:]}", width="content")


def _press() -> None:
    draft().pressed = draft().options
