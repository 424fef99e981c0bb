"""A button that has a file made by the process for exports, and the line that says how far it is."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.background import ready
from dashboard.exhibits import ExhibitError
from dashboard.filters import repeat

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

LIMIT = 120
"""Seconds after which a file is given up."""
_LOOK_EVERY = 0.4


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be asked for: `why_not` is the sentence where it cannot, `ask` starts it or finds it."""

    name: str
    label: str
    mime: str
    help: str
    ask: Callable[[], Future[bytes]]
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    work: Future[bytes]
    since: float


def file_button(file: File, *, menu: str, primary: bool = False) -> None:
    """Draw the button; `told` with the same menu says what became of it."""
    st.download_button(
        file.label,
        data=lambda: waited_for(file.name, file.ask()),
        file_name=file.name,
        mime=file.mime,
        key=f"file-{menu}-{file.name}",
        help=file.why_not or file.help,
        disabled=file.why_not is not None,
        on_click=_asked,
        args=(file, menu),
        type="primary" if primary else "secondary",
    )


def waited_for(name: str, work: Future[bytes]) -> bytes:
    """The file, once it is made; runs outside the script, which goes on meanwhile.

    Raises:
        ExhibitError: it could not be made in time.
    """
    try:
        return work.result(timeout=LIMIT)
    except NotYet as error:
        raise ExhibitError(f"{name} was not made within {LIMIT} seconds; try again, or ask for less") from error
    except CancelledError as error:
        raise ExhibitError(f"{name} was stopped") from error


def _asked(file: File, menu: str) -> None:
    # The future is kept: asking again for one that failed would start it again.
    st.session_state[_place(menu)] = _Asked(file.name, file.ask(), time.monotonic())


def _place(menu: str) -> str:
    return f"_asked-{menu}"


def told(menu: str) -> None:
    """What became of the last file that was asked for in a menu; nothing where none was."""
    asked: _Asked | None = st.session_state.get(_place(menu))
    if asked is None:
        return
    if ready(asked.work, 0):
        _outcome(asked)
        return

    seen = False

    @st.fragment(run_every=_LOOK_EVERY)
    def watch() -> None:
        nonlocal seen
        if seen and ready(asked.work, 0):
            repeat()
        seen = True
        _outcome(asked)

    watch()


def _outcome(asked: _Asked) -> None:
    seconds = time.monotonic() - asked.since
    if not ready(asked.work, 0):
        if seconds > LIMIT:
            st.error(f"{asked.name} is not made after {LIMIT} seconds; try again, or ask for less.", icon=_FAILED)
        else:
            st.caption(f":material/hourglass_top: Making {asked.name}, {seconds:.0f} s …")
    elif asked.work.cancelled():
        st.caption(f":material/stop: {asked.name} was stopped.")
    elif (error := asked.work.exception()) is not None:
        st.error(f"{asked.name} was not made: {error}", icon=_FAILED)
    else:
        st.caption(f":material/check: {asked.name} is made; it is in your downloads.")


_FAILED = ":material/error:"
