"""The tasks on which a system was probed here, each a link with its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.components.heading import section
from dashboard.components.links import page_link
from dashboard.queries.suites import PROBES
from dashboard.text import PROTOCOLS, interval, three

if TYPE_CHECKING:
    from dashboard.filters import Context


def probed(ctx: Context, scored: pd.DataFrame) -> None:
    """Show the tasks; nothing where nothing was probed.

    Args:
        ctx: of the page.
        scored: all scores of the system, as `read_scores` gives them.
    """
    rows = of_tasks(scored)
    if rows.empty:
        return
    section("Probed here")
    with st.container(gap=None):
        for row in rows.itertuples():
            place = {"suite": row.suite, "task": row.task_id, "stratum": None, "probe": row.protocol, "metric": None}
            page_link(ctx, "task", _words(row), **place)


def of_tasks(scored: pd.DataFrame) -> pd.DataFrame:
    """One row a probed task: MCC over all of it, under the first of the probes that were fitted."""
    rows = scored[scored["protocol"].isin(PROBES) & (scored["metric"] == "MCC") & (scored["stratum"] == "all")]
    order = rows["protocol"].map({probe: place for place, probe in enumerate(PROBES)})
    return rows.loc[order.sort_values(kind="stable").index].drop_duplicates("task_id").sort_index()


def _words(row: Any) -> str:
    bounds = "" if pd.isna(row.ci_low) else f" ({interval(row.ci_low, row.ci_high)})"
    rank = "" if pd.isna(row.rank) else f", rank {int(row.rank)} of {int(row.n_systems)}"
    return f"**{three(row.value)}**{bounds} {row.task}{rank} under {PROTOCOLS[row.protocol]} →"
