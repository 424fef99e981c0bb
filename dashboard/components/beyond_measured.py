"""What was measured here on single-cell tasks, beside what is published: each task with its baseline first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.beyond_measured import KEY, measured_chart
from dashboard.components import beyond_measured_words as words
from dashboard.components.about import about_scores
from dashboard.components.exhibit import chart
from dashboard.components.heading import section
from dashboard.components.links import fresh_link
from dashboard.database import load
from dashboard.queries.provenance import Shown
from dashboard.queries.single_cells import read_single_cells
from dashboard.queries.suites import SUITES
from dashboard.text import count, plain
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context


def measured_of(ctx: Context, suite: str, heading: str) -> None:
    """Every task of a suite; nothing where the store has none."""
    rows = load(read_single_cells)
    rows = rows[rows["suite"] == suite]
    if rows["value"].isna().all():
        return
    section(heading)
    st.caption(KEY)
    for task, own in rows.groupby("task_id", sort=False):
        _task(ctx, str(task), own)


def _task(ctx: Context, task: str, rows: pd.DataFrame) -> None:
    """One task: what it shows in a sentence, the chart, who has no value, and the way to its page."""
    first, valued = rows.iloc[0], rows[rows["value"].notna()]
    st.markdown(f"**{plain(words.title(rows))}.** {plain(words.numbers(rows))}")
    note = words.without(rows)
    n = f"{count(first['n'], SUITES[first['suite']].noun)}, {count(len(valued), 'system')}"
    shown = Shown(tasks=(task,), stratum=ALL_STRATA, metric=first["metric"], protocols=(first["protocol"],))
    chart(
        measured_chart(valued, ctx.colours),
        key=f"beyond-{task.replace(':', '-')}",
        title=words.title(rows),
        rows=lambda: words.as_table(rows),
        notes=[KEY, *([note] if note else [])],
        about=about_scores(shown, n),
        alt=f"{first['task']}: {count(len(valued), 'system')} with 95 % intervals, {first['name']} first",
    )
    if note:
        st.caption(plain(note))
    fresh_link(ctx, "task", f"{first['task']}, one by one →", {"suite": first["suite"], "task": task})
