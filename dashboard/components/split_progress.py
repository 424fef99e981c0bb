"""What stands on `/your-split` while its process works: what is done, how fast, how long still, and a way to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.components.split_desk import desk, draft
from dashboard.filters import repeat
from dashboard.text import capital, plain

if TYPE_CHECKING:
    from engine.local_split.client import Job, Step

_LOOK_EVERY = 0.4
_WHAT = {"inspect": "Reading and checking the file", "compare": "Comparing", "offers": "Looking for models"}


def watch(job: Job[Any]) -> None:
    """Follow a question to its end, then have the page drawn with the answer."""
    seen = False

    @st.fragment(run_every=_LOOK_EVERY)
    def follow() -> None:
        nonlocal seen
        if seen and job.done:
            repeat()
        seen = True
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.progress(_share(job.progress), text=_words(job))
            st.button("Cancel", key="split-cancel", on_click=_cancel, icon=":material/stop:")

    follow()


def stopped(what: str) -> None:
    """Where the person stopped it: the way to go on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(f":material/stop: Stopped: {what}.", width="content")
        st.button("Go on after all", key="split-go-on", on_click=_go_on)


def _cancel() -> None:
    desk().stop(draft())


def _go_on() -> None:
    desk().stopped = None


def _share(step: Step | None) -> float:
    return min(1.0, step.done / step.total) if step is not None and step.total else 0.0


def _words(job: Job[Any]) -> str:
    step = job.progress
    if step is None:
        return f"{_WHAT[job.question]}, {time.monotonic() - job.started:.0f} s so far"
    parts = [plain(capital(step.what))]
    if step.total:
        parts.append(f"{step.done:,} of {step.total:,}")
    if step.rate is not None:
        parts.append(f"{step.rate:,.0f} a second" if step.rate >= 1 else f"{60 * step.rate:,.0f} a minute")
    if step.seconds_left is not None:
        parts.append(f"about {duration(step.seconds_left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """A time for people: 'under 1 s', '45 s', '12 min', '3.5 h'."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
