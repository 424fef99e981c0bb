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
    known = {term: value for term, value in pairs.items() if value is not None and not pd.isna(value)}
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(str(value))}</dd>" for term, value in known.items())
    st.html(f'<dl class="vl-facts">{rows}</dl>')
