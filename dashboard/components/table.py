"""A table and its CSV: the same frame, in the order shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd


def table(
    rows: pd.DataFrame,
    *,
    name: str,
    alt: str,
    columns: dict[str, Any] | None = None,
    height: int | Literal["auto", "content"] = "auto",
    key: str | None = None,
) -> None:
    """Show a frame without its index and offer it as CSV; a column without any value is left out on screen.

    Args:
        rows: what is shown, in this order.
        name: file name of the CSV without its ending.
        alt: what the table holds, for screen readers.
        columns: Streamlit column configuration.
        height: of the table.
        key: unique key where one page has several tables of the same name.
    """
    st.dataframe(
        rows.dropna(axis="columns", how="all"),
        hide_index=True,
        column_config=columns,
        height=height,
        alt=alt,
        width="stretch",
        lazy=False,
        placeholder="–",
    )
    csv_button(rows, name=name, key=key)


def csv_button(rows: pd.DataFrame, *, name: str, key: str | None = None) -> None:
    """Offer a frame as CSV, made when it is asked for."""
    st.download_button(
        "Download CSV",
        data=lambda: rows.to_csv(index=False).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv-{key or name}",
        type="tertiary",
        icon=":material/download:",
    )
