"""A page is a sentence: its title states what the data show, one line below carries the numbers."""

from __future__ import annotations

import streamlit as st


def heading(title: str, lede: str, *, kicker: str | None = None) -> None:
    """Kicker, title and the line of plain text under it."""
    if kicker:
        st.caption(kicker)
    st.title(title, anchor=False)
    st.markdown(lede)


def section(title: str) -> None:
    """A heading inside a page."""
    st.subheader(title, anchor=False)


def notices(sentences: list[str]) -> None:
    """What was ignored in the address."""
    if sentences:
        st.warning("  \n".join(sentences), icon=":material/link_off:")
