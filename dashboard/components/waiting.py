"""What stands on a page while the worker computes, and what follows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from dashboard.background import ready
from dashboard.filters import repeat
from dashboard.limits import BusyError
from dashboard.text import capital

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

_T = TypeVar("_T")
_LOOK_EVERY = 0.4
_SAY_SECONDS_FROM = 2
_TRY_AGAIN_EVERY = 5


def when_ready(work: Future[_T], show: Callable[[_T], None], *, what: str, key: str) -> None:
    """Draw a result; until it is there, say what is being computed, for how long, and offer to stop.

    Args:
        work: from `background.submit`.
        show: draws the result.
        what: what is computed, as a noun: "the rank intervals".
        key: unique on the page.
    """
    started = st.session_state.setdefault(f"_since-{key}", time.monotonic())
    stopped = f"_stopped-{key}"
    if st.session_state.get(stopped):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/stop: Stopped: {what} are not shown.", width="content")
            st.button("Compute after all", key=f"go-{key}", on_click=st.session_state.pop, args=(stopped,))
    elif not ready(work):
        _watch(work, what, key, started)
    else:
        st.session_state.pop(f"_since-{key}", None)
        error = work.exception()
        if isinstance(error, BusyError):
            busy(error, f"{capital(what)} will follow", key=key)
        elif error is not None:
            st.error(f"Could not compute {what}: {error}", icon=":material/error:")
        else:
            show(work.result())


def busy(error: BusyError, following: str, *, key: str) -> None:
    """Say that the server has no room for this now, and try again by itself, or when the reader says so.

    Args:
        error: what was refused.
        following: what the reader may expect, as the beginning of a sentence.
        key: unique on the page.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/hourglass_empty: {capital(str(error))}. {following} as soon as there is room; everything else "
            "works meanwhile.",
            width="content",
        )
        # The click runs the script, and so asks anew.
        st.button("Try now", key=f"try-{key}", type="tertiary")
    run_again(_TRY_AGAIN_EVERY)


def run_again(seconds: float = _LOOK_EVERY) -> None:
    """Have the script run once more, as soon as this run is on the screen, after so many seconds.

    A run that is restarted before it was seen leaves widgets without the values that they were set to.
    """
    seen = False

    @st.fragment(run_every=seconds)
    def again() -> None:
        nonlocal seen
        if seen:
            repeat()
        seen = True

    again()


def _watch(work: Future[_T], what: str, key: str, started: float) -> None:
    seen = False

    @st.fragment(run_every=_LOOK_EVERY)
    def watch() -> None:
        nonlocal seen
        if seen and (ready(work, 0) or st.session_state.get(f"_stopped-{key}")):
            repeat()
        seen = True
        seconds = time.monotonic() - started
        told = f", {seconds:.0f} s so far" if seconds >= _SAY_SECONDS_FROM else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/hourglass_top: Computing {what}{told} …", width="content")
            if seconds >= _SAY_SECONDS_FROM:
                st.button("Stop", key=f"stop-{key}", on_click=_stop, args=(work, key), type="tertiary")

    watch()


def _stop(work: Future[_T], key: str) -> None:
    # What has not begun is taken from the queue; what has, ends by itself and is kept for whoever asks again.
    work.cancel()
    st.session_state[f"_stopped-{key}"] = True
