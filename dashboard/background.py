"""Work that a page must not wait for: done in a process of its own, kept by store and arguments.

Streamlit runs every session's script in one process under one lock, so a bootstrap in a script would hold up everybody.
A worker gets a function and plain arguments, and gives back its result. The one for computations knows no Streamlit and
opens no store; the one for exports runs whole pages (`dashboard.making`).
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st
from joblib.externals.loky import ProcessPoolExecutor

from engine.store.location import current_store

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_P = ParamSpec("_P")
_T = TypeVar("_T")

PATIENCE = 0.15
"""Seconds from its start that a run of a script waits for results before it shows that they are being computed."""
_UNTIL = "_patient_until"
_KEPT, _KEPT_FILES = 128, 8
_WORKERS = 1
_IDLE_SECONDS = 300
_alone = False


def begin_alone(seconds: float) -> None:
    """This process runs pages for files: nobody waits at a screen, so what is computed is computed here and waited for.

    Args:
        seconds: how long.
    """
    global PATIENCE, _alone
    PATIENCE, _alone = seconds, True


@st.cache_resource(show_spinner=False)
def _pool(idle: int | None) -> ProcessPoolExecutor | ThreadPoolExecutor:
    if _alone:
        return ThreadPoolExecutor(max_workers=_WORKERS)
    # Not the standard library's: its children would import this app's main script, and so run it.
    return ProcessPoolExecutor(max_workers=_WORKERS, timeout=idle)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _submitted(place: tuple[Hashable, ...], _work: Callable[[], Future[Any]]) -> Future[Any]:  # noqa: ARG001 - what the entry is found by
    return _work()


# Files have megabytes, and who asks for one downloads it: the last few are enough.
@st.cache_resource(max_entries=_KEPT_FILES, show_spinner=False)
def _submitted_file(place: tuple[Hashable, ...], _work: Callable[[], Future[Any]]) -> Future[Any]:  # noqa: ARG001 - same
    return _work()


def submit(function: Callable[_P, _T], key: Hashable, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Start a computation, or find the one that was started before with the same key on the same store.

    Args:
        function: of a module that the worker can import: no lambda, nothing from a page.
        key: what the result depends on besides the store; the arguments themselves are not compared.
        *args: plain data: frames, arrays, strings, numbers.
        **kwargs: not allowed, the key would miss them.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return _found(_submitted, _place(function, key), partial(_started, None, function, args))


def submit_export(function: Callable[_P, _T], key: Hashable, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Likewise, in the one process that runs pages and writes files: it holds up no computation, and ends when idle.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return _found(_submitted, _place(function, key), partial(_started, _IDLE_SECONDS, function, args))


def submit_file(function: Callable[_P, _T], key: Hashable, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Likewise, of a file: only the last few are kept.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return _found(_submitted_file, _place(function, key), partial(_started, _IDLE_SECONDS, function, args))


def submit_own(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Likewise, of something that is one reader's own: kept nowhere but in the future that comes back.

    Raises:
        TypeError: keyword arguments.
    """
    _no_keywords(function, kwargs)
    return _started(_IDLE_SECONDS, function, args)


def _no_keywords(function: Callable[..., object], given: dict[str, Any]) -> None:
    if given:
        raise TypeError(f"{function.__qualname__}: pass arguments by position")


def _place(function: Callable[..., object], key: Hashable) -> tuple[Hashable, ...]:
    return str(current_store()[0]), f"{function.__module__}.{function.__qualname__}", key


def _started(idle: int | None, function: Callable[..., _T], args: tuple[Any, ...]) -> Future[_T]:
    pool: Any = _pool(idle)  # either kind of pool takes the same, which their types do not say
    found: Future[_T] = pool.submit(function, *args)
    return found


def _found(kept: Any, place: tuple[Hashable, ...], work: Callable[[], Future[_T]]) -> Future[_T]:
    """The future that is kept in a place, or a new one."""
    found: Future[_T] = kept(place, work)
    if found.cancelled():
        kept.clear(place, work)
        again: Future[_T] = kept(place, work)
        return again
    if found.done() and found.exception() is not None:
        # A failure is told once; who asks again gets a new try.
        kept.clear(place, work)
    return found


def begin() -> None:
    """A run of the script starts: what it may wait, it may wait from now on, for all that it shows together."""
    st.session_state[_UNTIL] = time.monotonic() + PATIENCE


def patience() -> float:
    """Seconds that this run may still wait."""
    return max(0.0, float(st.session_state.get(_UNTIL, 0.0)) - time.monotonic())


def ready(work: Future[Any], seconds: float | None = None) -> bool:
    """Whether there is no more to wait for, after waiting at most so long (`patience()` if not given)."""
    if work.cancelled():
        return True
    try:
        work.exception(timeout=patience() if seconds is None else seconds)
    except NotYet:
        return False
    return True
