"""Under each exhibit: everything that can be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Exhibit


def export_menu(key: str, made: Callable[[], Exhibit]) -> None:
    """A popover, filled when it is opened: files, link, citation, command."""
    with st.popover("Export", key=f"export-{key}", type="tertiary", icon=":material/ios_share:", on_change="rerun") as menu:
        if menu.open:
            st.markdown(made().title)
