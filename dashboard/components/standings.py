"""On each task with a baseline: how many models it beats, ties and loses to, each task a link."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from dashboard import urlstate
from dashboard.charts.standings import standings_chart
from dashboard.components.about import about_standings
from dashboard.components.exhibit import chart
from dashboard.components.links import fresh_link
from dashboard.queries.suites import suite_label
from dashboard.text import count, in_words, three
from dashboard.view import View

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context

MOST = 24
"""Tasks drawn; the CSV has all."""
_ALT = "Stacked bars, one a task: how many models are below, level with and above the baseline to beat"


def standings(ctx: Context, rows: pd.DataFrame) -> None:
    """Show them; nothing where no model is held against a baseline with an interval.

    Args:
        ctx: of the page.
        rows: of `read_standings`.
    """
    judged = rows[_judged(rows) > 0]
    if judged.empty:
        return
    with st.container(border=True):
        st.subheader(standings_title(judged), anchor=False)
        st.markdown(standings_detail(judged))
        shown = judged.head(MOST)
        links = {row.task_id: _address(ctx, row.suite, row.task_id) for row in shown.itertuples()}
        caption = standings_caption(rows, len(shown))
        chart(
            lambda: standings_chart(shown, ctx.colours, links),
            key="standings",
            alt=f"{_ALT}; the same numbers are in the links below and in the CSV",
            rows=lambda: as_table(rows),
            title=standings_title(judged),
            file="baselines-task-by-task",
            notes=(standings_detail(judged), caption),
            about=about_standings(judged),
            csv=True,
        )
        st.caption(caption)
        with st.expander("Open a task"), st.container(gap=None):
            for row in shown.itertuples():
                told = f"{row.label}: {row.baseline} {three(row.value)} is ahead of {row.below}, level with {row.level}"
                query = {"suite": row.suite, "task": row.task_id}
                fresh_link(ctx, "task", f"{told} and behind {count(row.above, 'model')} →", query)


def _address(ctx: Context, suite: str, task: str) -> str:
    """Of a task's page, as the page links write it."""
    view, _ = urlstate.parse({"suite": [suite], "task": [task]}, "task", ctx.catalog, View())
    return f"task?{urlencode(urlstate.serialise(view, 'task', ctx.catalog), doseq=True)}"


def _judged(rows: pd.DataFrame) -> pd.Series:
    return rows["below"] + rows["level"] + rows["above"]


def standings_title(judged: pd.DataFrame) -> str:
    """One sentence: on how many tasks the baseline is ahead of more models than are ahead of it."""
    ahead, n = int((judged["below"] > judged["above"]).sum()), len(judged)
    if not judged["above"].any():
        return f"No model is ahead of the baseline on {f'any of {n} tasks' if n > 1 else 'the one task'}"
    if n == 1:
        return f"On the one task the baseline is {'' if ahead else 'not '}ahead of more models than are ahead of it"
    if ahead == n:
        return f"On all {n} tasks the baseline is ahead of more models than are ahead of it"
    on = f"{in_words(ahead) if ahead else 'none'} of {count(n, 'task')}"
    return f"On {on} the baseline is ahead of more models than are ahead of it"


def standings_detail(judged: pd.DataFrame) -> str:
    """The pairs that the title is about."""
    below, level, above = (int(judged[side].sum()) for side in ("below", "level", "above"))
    beaten, barely = int((judged["above"] > 0).sum()), int(judged["barely"].sum())
    but = f", {in_words(barely)} of them by less than the smallest difference that counts" if barely else ""
    return (
        f"Of {below + level + above:,} pairs of a model and a task, **{below:,}** are below the baseline to beat, "
        f"**{level:,}** not told apart from it and **{above:,}** above{but}, by whether the two 95 % intervals are "
        "apart. "
        f"Some model is above it on **{in_words(beaten) if beaten else 'none'}** of the {count(len(judged), 'task')}."
    )


def standings_caption(rows: pd.DataFrame, shown: int) -> str:
    """What a bar is, and which tasks are missing."""
    judged, silent = int((_judged(rows) > 0).sum()), rows[_judged(rows) == 0]
    told = "A bar is all models with an interval, by share; a task’s name opens its page. "
    if shown < judged:
        told += f"The first {shown} of {judged} tasks; the CSV has all. "
    if len(silent):
        suites = [
            f"{count(n, 'task')} of {suite_label(str(suite))}" for suite, n in silent["suite"].value_counts().items()
        ]
        told += f"Left out, because no interval is published there: {' and '.join(suites)}. "
    return f"{told}Intervals of GENEB’s models are reconstructed from their published MCC and accuracy."


def as_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with words for headings."""
    names = {
        "suite": "Suite",
        "task_id": "Task",
        "label": "Name",
        "metric": "Metric",
        "baseline": "Baseline to beat",
        "value": "Value",
        "ci_low": "95 % low",
        "ci_high": "95 % high",
        "below": "Models below",
        "level": "Models not told apart",
        "above": "Models above",
        "barely": "Above by less than counts",
        "unknown": "Models without interval or difference",
    }
    return rows[list(names)].rename(columns=names)
