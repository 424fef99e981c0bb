"""A short list of facts: term and value; what is not known is left out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping


def facts(pairs: Mapping[str, object]) -> None:
    """Show the pairs that have a value."""
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(str(value))}</dd>" for term, value in _known(pairs).items())
    st.html(f'<dl class="vl-facts">{rows}</dl>')


def stated_facts(pairs: Mapping[str, object]) -> pd.DataFrame:
    """The same as a frame."""
    return pd.DataFrame({"Fact": term, "Value": str(value)} for term, value in _known(pairs).items())


def _known(pairs: Mapping[str, object]) -> dict[str, object]:
    return {term: value for term, value in pairs.items() if value is not None and not pd.isna(value)}
