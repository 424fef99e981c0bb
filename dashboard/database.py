"""The store as the app sees it: that of the run, a cursor per query, cached results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.pinned import pinned
from dashboard.queries.ask import asking
from dashboard.queries.catalog import Catalog, read_catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.queries.ask import Ask
    from engine.store.location import Pointer

_P = ParamSpec("_P")
_T = TypeVar("_T")


def pointer() -> Pointer:
    """Which store this run reads.

    Raises:
        StoreError: there is none.
    """
    return pinned().pointer


# The file's name is its content. A catalog follows from its store, so its version stands for it: Streamlit would hash
# its frames by a sample.
@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={Catalog: lambda catalog: catalog.version})
def _cached(path: Path, name: str, args: tuple[Any, ...], _function: Callable[..., Any], _ask: Ask) -> Any:  # noqa: ARG001 - part of the key
    return _function(_ask, *args)


# Asked for in every run of every page, and changed by none: a copy for each would cost more than some pages do.
@st.cache_resource(max_entries=2, show_spinner=False)
def _catalog(path: Path, _ask: Ask) -> Catalog:  # noqa: ARG001 - part of the key
    return read_catalog(_ask)


def catalog() -> Catalog:
    """What there is to choose from in the store of this run; the same object for all readers, not to be changed.

    Raises:
        StoreError: there is no store.
    """
    store = pinned()
    return _catalog(store.path, asking(store.con))


def later(function: Callable[Concatenate[Ask, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> Callable[[], _T]:
    """A query on the store of this run, run when it is called, outside the script, and kept nowhere.

    Raises:
        StoreError: there is no store.
    """
    ask = asking(pinned().con)
    return lambda: function(ask, *args, **kwargs)


def load(function: Callable[Concatenate[Ask, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Result of a query function on the store of this run, cached by store, function and arguments.

    Raises:
        StoreError: there is no store.
        TypeError: keyword arguments, which the cache's key would miss.
    """
    if kwargs:
        raise TypeError(f"{function.__qualname__}: pass query arguments by position")
    store = pinned()
    result: _T = _cached(
        store.path, f"{function.__module__}.{function.__qualname__}", args, function, asking(store.con)
    )
    return result
