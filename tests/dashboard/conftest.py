"""What the dashboard's tests share: the real store, boards, figures as data, and the app without a browser."""

from __future__ import annotations

import base64
import json
import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from dashboard import background
from dashboard.components.links import PATHS
from dashboard.queries.board import Board, read_board
from dashboard.queries.catalog import Catalog, read_catalog
from dashboard.queries.suites import SUITES
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from dashboard.queries.ask import Ask

APP = Path(dashboard.__file__).with_name("streamlit_app.py")
_SESSION = "test session id"
"""What AppTest calls every session."""


@contextmanager
def _asking(store: Path, folder: Path) -> Iterator[Ask]:
    """Queries on a copy of a store: a locked DuckDB file cannot be opened twice in one process."""
    with open_read_only(Path(shutil.copy(store, folder))) as con:

        def asked(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
            with con.cursor() as cursor:
                return cursor.execute(sql, dict(parameters or {})).df()

        yield asked


@pytest.fixture(scope="session")
def ask(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Queries on what is shipped."""
    with _asking(store, tmp_path_factory.mktemp("queries")) as asked:
        yield asked


@pytest.fixture(scope="session")
def ask_items(store_with_items: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Queries on a store that has the single items too."""
    with _asking(store_with_items, tmp_path_factory.mktemp("item-queries")) as asked:
        yield asked


@pytest.fixture(scope="session")
def item_catalog(ask_items: Ask) -> Catalog:
    return read_catalog(ask_items)


@pytest.fixture(scope="session")
def catalog(ask: Ask) -> Catalog:
    return read_catalog(ask)


@pytest.fixture(scope="session")
def board(ask: Ask, catalog: Catalog) -> Callable[..., Board]:
    """A board by suite, regime, metric and kind of column; GENEB's full MCC by default."""

    @cache
    def found(suite: str = "geneb", regime: str = "full", metric: str = "MCC", kind: str = "") -> Board:
        return read_board(ask, catalog, suite, regime, metric, kind)

    return found


@pytest.fixture(scope="session")
def boards(board: Callable[..., Board]) -> dict[str, Board]:
    """The first board of each suite."""
    return {
        suite: board(suite, text.regimes[0], text.metrics[0], (text.kinds or ("",))[0])
        for suite, text in SUITES.items()
    }


def _no_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} in the figure's JSON")


def _plain(node: Any) -> Any:
    """Typed arrays of Plotly's JSON as lists; a NaN in one of them fails the test."""
    if isinstance(node, dict) and "bdata" in node:
        values = np.frombuffer(base64.b64decode(node["bdata"]), dtype=np.dtype(node["dtype"]))
        assert not np.isnan(values.astype(float)).any(), "NaN in a typed array of the figure"
        shape = [int(part) for part in str(node["shape"]).split(",")] if "shape" in node else [-1]
        return values.reshape(shape).tolist()
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "template"}
    return [_plain(value) for value in node] if isinstance(node, list) else node


@pytest.fixture(scope="session")
def as_data() -> Callable[[Any], dict[str, Any]]:
    """A figure, or its JSON, as plain data; fails on NaN and infinity."""

    def read(figure: Any) -> dict[str, Any]:
        text = figure if isinstance(figure, str) else figure.to_json()
        found: dict[str, Any] = _plain(json.loads(text, parse_constant=_no_constant))
        return found

    return read


def _in_service(store: Path, folder: Path) -> Iterator[Path]:
    shutil.copytree(store.parent, folder / "store")
    yield folder
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def app_cache(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache with a store in service, which the app alone opens."""
    yield from _in_service(store, tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="session")
def item_cache(store_with_items: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Likewise, with the single items."""
    yield from _in_service(store_with_items, tmp_path_factory.mktemp("item-app"))


@pytest.fixture
def visit(app_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of the app at an address, as a browser that follows a link does; it waits for the worker."""
    monkeypatch.setenv("VLEDGER_CACHE", str(app_cache))
    monkeypatch.setattr(background, "PATIENCE", 60.0)
    return _open


@pytest.fixture
def visit_items(item_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Likewise, on a store that has the single items."""
    monkeypatch.setenv("VLEDGER_CACHE", str(item_cache))
    monkeypatch.setattr(background, "PATIENCE", 60.0)
    return _open


@pytest.fixture(scope="session")
def visit_here() -> Callable[..., AppTest]:
    """Likewise, on whatever cache the test has set."""
    return _open


def _open(page: str = "overview", query: Mapping[str, str | list[str]] | None = None, theme: str = "light") -> AppTest:
    # All tests are one session to Streamlit: what an earlier one left, its file's process too, is not this one's.
    clear_session_cache(_SESSION)
    at = AppTest.from_file(str(APP), default_timeout=30)
    at.context = {"theme": theme}
    at.query_params.update(query or {})
    if page != "overview":
        at.switch_page(PATHS[page])
        # By its address: a page's file is named after it but for the dash.
        at._page_hash = calc_hash(page)
    return at.run()
