"""A page is a sentence: its title states what the data show, one line below carries the numbers."""

from __future__ import annotations

import streamlit as st

from dashboard.exhibits import recording
from dashboard.text import bare

_TITLE = "_page_title"


def page_title() -> str:
    """The sentence that stands over the page, as plain text."""
    return str(st.session_state.get(_TITLE, ""))


def heading(title: str, lede: str, *, kicker: str | None = None) -> None:
    """Kicker, title and the line of plain text under it."""
    st.session_state[_TITLE] = bare(title)
    if (into := recording()) is not None:
        into.title, into.lede = bare(title), bare(lede)
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
