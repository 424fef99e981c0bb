"""The store as the app sees it: one locked connection per published file, a cursor per query, cached results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.queries.ask import asking
from dashboard.queries.catalog import Catalog
from engine.store.location import Pointer, current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from dashboard.queries.ask import Ask

_P = ParamSpec("_P")
_T = TypeVar("_T")


def pointer() -> Pointer:
    """Which store is in service.

    Raises:
        StoreError: there is none.
    """
    return current_store()[1]


def _close(con: duckdb.DuckDBPyConnection) -> None:
    con.close()


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    # The file's name is its content: a newly published store is another entry, and the old one stays
    # readable for the sessions that are in the middle of a run.
    return open_read_only(path)


# A catalog follows from its store, so its version stands for it: Streamlit would hash its frames by a sample.
@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={Catalog: lambda catalog: catalog.version})
def _cached(path: Path, name: str, args: tuple[Any, ...], _function: Callable[..., Any]) -> Any:  # noqa: ARG001 - part of the key
    return _function(asking(_connection(path)), *args)


def later(function: Callable[Concatenate[Ask, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> Callable[[], _T]:
    """A query on the store that is in service now, run when it is called, outside the script, and kept nowhere.

    Raises:
        StoreError: there is no store.
    """
    ask = asking(_connection(current_store()[0]))
    return lambda: function(ask, *args, **kwargs)


def load(function: Callable[Concatenate[Ask, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Result of a query function on the store in service, cached by store, function and arguments.

    Raises:
        StoreError: there is no store.
        TypeError: keyword arguments, which the cache's key would miss.
    """
    if kwargs:
        raise TypeError(f"{function.__qualname__}: pass query arguments by position")
    path, _ = current_store()
    result: _T = _cached(path, f"{function.__module__}.{function.__qualname__}", args, function)
    return result
