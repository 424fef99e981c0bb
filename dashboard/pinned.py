"""Which store a run of the script reads: the one in service at its start, whatever is published meanwhile.

A connection stays open for as long as a session's last run was of its file, also after the file was deleted; the system
keeps what is open. So a part of a page that runs by itself reads what the rest of its page was made of.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.errors import StoreError
from engine.store.location import Pointer, current_store, read_pointer
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

_PINNED = "_pinned"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A store that is being read; while somebody has this, its connection is open."""

    path: Path
    pointer: Pointer
    con: duckdb.DuckDBPyConnection


class _Open:
    """Connections that somebody has, by file, the last one that was asked for, and the store that `held` holds."""

    def __init__(self) -> None:
        self.held: Pinned | None = None
        self._lock = threading.Lock()
        self._found: WeakValueDictionary[Path, duckdb.DuckDBPyConnection] = WeakValueDictionary()
        self._last: duckdb.DuckDBPyConnection | None = None

    def at(self, path: Path) -> duckdb.DuckDBPyConnection:
        with self._lock:
            con = self._found.get(path)
            if con is None:
                con = self._found[path] = open_read_only(path)
            self._last = con
        return con


@dataclass(slots=True)
class _Last:
    """What a session's last run read; changed in place, for the session's state remembers values of the run before."""

    store: Pinned | None = None


@st.cache_resource(show_spinner=False)
def _open() -> _Open:
    return _Open()


def begin() -> bool:
    """A whole run of the script starts, and reads from now on the store that is in service.

    Returns:
        Whether the session's run before was of other data.

    Raises:
        StoreError: there is no store.
    """
    last: _Last = st.session_state.setdefault(_PINNED, _Last())
    before, now = last.store, _open().held or _in_service()
    last.store = now
    return before is not None and before.pointer.content_hash != now.pointer.content_hash


def pinned() -> Pinned:
    """What this run reads; outside a run, what is in service.

    Raises:
        StoreError: there is no store.
    """
    held_now = _open().held
    if held_now is not None:
        return held_now
    here = get_script_run_ctx(suppress_warning=True) is not None
    last: _Last | None = st.session_state.get(_PINNED) if here else None
    return (last and last.store) or _in_service()


@contextmanager
def held(path: Path | None = None, pointer: Pointer | None = None) -> Iterator[Pinned]:
    """In a process that makes files, where one thing is made at a time: all of it reads one store.

    Args:
        path: its file; without it what is held already, else the store in service.
        pointer: what the page says of it, where the file was made for one.

    Raises:
        StoreError: there is no store, or this one was taken away since.
    """
    known = _open()
    before = known.held
    known.held = before or _in_service() if path is None or pointer is None else Pinned(path, pointer, _kept(path))
    try:
        yield known.held
    finally:
        known.held = before


def _in_service() -> Pinned:
    while True:
        path, pointer = current_store()
        try:
            return Pinned(path, pointer, _open().at(path))
        except StoreError:
            # Others may have been published, and this one swept, between reading its name and opening it.
            if read_pointer() == pointer:
                raise


def _kept(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return _open().at(path)
    except StoreError as error:
        if path.is_file():
            raise
        raise StoreError(
            "the data that this page shows were renewed and are no longer kept: reload the page to see the new ones"
        ) from error
