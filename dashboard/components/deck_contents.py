"""What the slides of a deck show: run page by page in the process for exports, while this page stays at hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.background import ready, submit_export
from dashboard.filters import repeat
from dashboard.headless import record_or_why
from dashboard.text import count

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dashboard.exhibits import Ground, Recording
    from dashboard.export.deck import Deck

    View = tuple[str, str]

_WORK, _TRIES, _SINCE, _STOPPED = "_deck_work", "_deck_tries", "_deck_since", "_deck_stopped"
_LOOK_EVERY = 0.4


@dataclass(frozen=True, slots=True)
class Contents:
    """What is there by now; `work` holds every run by its page and query."""

    work: dict[View, Future[Recording | str]] = field(default_factory=dict)
    stopped: bool = False

    @property
    def found(self) -> dict[View, Recording | str]:
        """What each finished run recorded, or the sentence of why it failed."""
        return {view: _outcome(work) for view, work in self.work.items() if _ended(work)}

    @property
    def complete(self) -> bool:
        """Whether nothing is waited for."""
        return all(map(_ended, self.work.values()))


def _ended(work: Future[Recording | str]) -> bool:
    return work.done() and not work.cancelled()


def _outcome(work: Future[Recording | str]) -> Recording | str:
    error = work.exception()
    return work.result() if error is None else f"the page could not be run: {error}"


def contents(deck: Deck) -> Contents:
    """Start what has not been started, unless the reader stopped it, and wait a moment."""
    views = list(dict.fromkeys((slide.page, slide.query) for slide in deck.slides if not slide.private))
    wanted = tuple((*view, deck.ground) for view in views)
    if st.session_state.get(_STOPPED) == wanted:
        kept: dict[View, Future[Recording | str]] = st.session_state[_WORK]
        return Contents({view: kept[view] for view in views if view in kept}, stopped=True)
    st.session_state.pop(_STOPPED, None)
    work = {view: _started(view, deck.ground) for view in views}
    st.session_state[_WORK] = work
    for run in work.values():
        if not ready(run):
            break
    return Contents(work)


def _started(view: View, ground: Ground) -> Future[Recording | str]:
    tries: int = st.session_state.get(_TRIES, {}).get(view, 0)
    return submit_export(record_or_why, (*view, ground, tries), *view, ground)


def try_again(view: View) -> None:
    """Have a page run once more, from a callback."""
    tries: dict[View, int] = st.session_state.setdefault(_TRIES, {})
    tries[view] = tries.get(view, 0) + 1


def progress(deck: Deck, now: Contents) -> None:
    """How far it is, with a way to stop it; nothing once everything is there."""
    if now.complete:
        st.session_state.pop(_SINCE, None)
        return
    if now.stopped:
        with st.container(horizontal=True, vertical_alignment="center"):
            there = len(now.found)
            st.caption(f":material/stop: Stopped after {there} of {count(len(now.work), 'view')}.", width="content")
            st.button("Go on", key="deck-go-on", on_click=st.session_state.pop, args=(_STOPPED, None))
        return
    # From the first run that waits: what was there before took no time.
    since, before = st.session_state.setdefault(_SINCE, (time.monotonic(), len(now.found)))
    _watch(deck, now, since, before)


def _watch(deck: Deck, now: Contents, since: float, before: int) -> None:
    seen = False

    @st.fragment(run_every=_LOOK_EVERY)
    def watch() -> None:
        nonlocal seen
        done = len(now.found)
        if seen and (now.complete or now.work != st.session_state.get(_WORK) or _STOPPED in st.session_state):
            repeat()
        seen = True
        left = seconds_left(done - before, len(now.work) - done, time.monotonic() - since)
        about = "" if left is None else f", about {left} s left"
        shown = sum((slide.page, slide.query) in now.found or bool(slide.private) for slide in deck.slides)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(done / len(now.work), f"{shown} of {count(len(deck.slides), 'slide')}{about}")
            st.button("Cancel", key="deck-cancel", on_click=_stop, args=(deck, now), type="tertiary")

    watch()


def seconds_left(done: int, to_do: int, seconds: float) -> int | None:
    """Whole seconds until the rest is done at the pace so far, at least one; None before there is a pace."""
    return max(1, round(seconds / done * to_do)) if done > 0 and to_do > 0 else None


def _stop(deck: Deck, now: Contents) -> None:
    # What has begun ends by itself and is kept; what has not is taken from the queue.
    for work in now.work.values():
        work.cancel()
    st.session_state[_STOPPED] = tuple((*view, deck.ground) for view in now.work)
