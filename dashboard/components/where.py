"""Where this dashboard is reached, and what every file made by it says of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.database import load, pointer
from dashboard.making import Setting
from dashboard.queries.citations import read_citations

if TYPE_CHECKING:
    from dashboard.filters import Context

_HERE = "http://localhost:8501"
"""Streamlit's own address, where no browser has told another."""


def base_address(page: str) -> str:
    """Scheme, host and prefix under which the reader has this dashboard, without a slash at its end."""
    url = (st.context.url or _HERE).rstrip("/")
    return url if page == "overview" else url.removesuffix(f"/{page}")


def address(page: str, query: str, *, here: str) -> str:
    """A page's address; `here` is the page on which it is asked for."""
    path = "" if page == "overview" else page
    return f"{base_address(here)}/{path}{f'?{query}' if query else ''}"


def setting(ctx: Context) -> Setting:
    """What stands around everything that is made on this page."""
    return Setting(base_address(ctx.page), pointer(), load(read_citations))
