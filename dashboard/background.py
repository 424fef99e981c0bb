"""Work that a page must not wait for: done in a process of its own, kept by store and arguments.

Streamlit runs every session's script in one process under one lock, so a bootstrap in a script would hold up everybody.
A worker gets a function and plain arguments, and gives back its result. The one for computations knows no Streamlit and
opens no store; the one for exports runs whole pages (`dashboard.making`).
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st
from joblib.externals.loky import ProcessPoolExecutor

from dashboard.limits import BusyError, Place, Places, limits
from dashboard.observing import metrics
from dashboard.pinned import held, pinned
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from engine.store.location import Pointer

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


def is_alone() -> bool:
    """Whether this process runs pages for files."""
    return _alone


class _Line:
    """A pool of workers, before which only so many wait."""

    def __init__(self, most: int, what: metrics.Kind, idle: int | None) -> None:
        self.places = Places(most)
        self._what, self._idle = what, idle
        self._lock = threading.Lock()
        self._pool = self._new()

    def _new(self) -> Any:
        if _alone:
            return ThreadPoolExecutor(max_workers=_WORKERS)
        # Not the standard library's: its children would import this app's main script, and so run it.
        return ProcessPoolExecutor(max_workers=_WORKERS, timeout=self._idle)

    def submit(self, function: Callable[..., _T], args: tuple[Any, ...]) -> Future[_T]:
        """The work's future; one that has failed with `BusyError` where too many wait."""
        place = self.places.take()
        if place is None:
            return self._refused()
        try:
            found = self._given(function, args)
        except BaseException:
            place.leave()
            raise
        found.add_done_callback(partial(_leave, place))
        metrics.working(self._what, found)
        return found

    def _given(self, function: Callable[..., _T], args: tuple[Any, ...]) -> Future[_T]:
        with self._lock:
            try:
                found: Future[_T] = self._pool.submit(function, *args)
            except BrokenExecutor:
                # Its worker was killed, as a machine does for want of memory; who comes after has a new one.
                self._pool = self._new()
                found = self._pool.submit(function, *args)
        return found

    def _refused(self) -> Future[Any]:
        metrics.refused(self._what)
        most = count(self.places.most, self._what.removesuffix("s"))
        refused: Future[Any] = Future()
        refused.set_exception(BusyError(f"this server has {most} to do already, as many as it takes at once"))
        return refused


def _leave(place: Place, _ended: Future[Any]) -> None:
    place.leave()


@st.cache_resource(show_spinner=False)
def _computations() -> _Line:
    return _Line(limits().computations, "computations", None)


@st.cache_resource(show_spinner=False)
def _files() -> _Line:
    return _Line(limits().files, "files", _IDLE_SECONDS)


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

    Returns:
        Its future; one that has failed with `BusyError` where too many wait already.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return _found(_submitted, _place(function, key), lambda: _computations().submit(function, args))


def submit_export(function: Callable[_P, _T], key: Hashable, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Likewise, in the one process that runs pages and writes files, on the store that this run reads.

    It holds up no computation, and ends when idle.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return _found(_submitted, _place(function, key), _on_this_store(function, args))


def file_of(function: Callable[_P, _T], key: Hashable, *args: _P.args, **kwargs: _P.kwargs) -> Callable[[], Future[_T]]:
    """What starts a file likewise, or finds it; only the last few are kept.

    It may be called outside the script, and makes the file from what the page was made of.

    Raises:
        TypeError: keyword arguments.
        StoreError: there is no store.
    """
    _no_keywords(function, kwargs)
    return partial(_found, _submitted_file, _place(function, key), _on_this_store(function, args))


def submit_own(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Likewise, of something that is one reader's own: no store, and kept nowhere but in the future that comes back.

    Raises:
        TypeError: keyword arguments.
    """
    _no_keywords(function, kwargs)
    return _files().submit(function, args)


def _no_keywords(function: Callable[..., object], given: dict[str, Any]) -> None:
    if given:
        raise TypeError(f"{function.__qualname__}: pass arguments by position")


def _place(function: Callable[..., object], key: Hashable) -> tuple[Hashable, ...]:
    return str(pinned().path), f"{function.__module__}.{function.__qualname__}", key


def _on_this_store(function: Callable[..., _T], args: tuple[Any, ...]) -> Callable[[], Future[_T]]:
    store = pinned()
    return lambda: _files().submit(on_store, (store.path, store.pointer, function, args))


def on_store(path: Path, pointer: Pointer, function: Callable[..., _T], args: tuple[Any, ...]) -> _T:
    """In the worker: run a function that reads the store that a page was made of, and not one published since.

    Raises:
        StoreError: that store is no longer there.
    """
    with held(path, pointer):
        return function(*args)


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
