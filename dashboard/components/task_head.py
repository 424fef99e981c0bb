"""Top of the Task page: what the data show, the way to the next task, and the parts side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.heading import heading
from dashboard.components.task_card_words import card_lede, card_title
from dashboard.components.verdicts import summary
from dashboard.components.wording import task_lede, task_title
from dashboard.filters import choose, key
from dashboard.queries.parts import side_by_side
from dashboard.queries.suites import of_tasks
from dashboard.text import METRICS

if TYPE_CHECKING:
    from dashboard.components.task_page import TaskPage


def task_head(page: TaskPage) -> None:
    """Title, lede with both verdicts, steps and parts."""
    shown, view = page.shown, page.ctx.view
    place = dict.fromkeys((page.suite.label, shown.facts["category"], shown.facts["label"]))
    part = "" if page.part is None else f" · {page.part}"
    registered = of_tasks(view.suite) and page.baseline_id is not None
    title = card_title(page) if registered else task_title(shown)
    told = card_lede(page) if registered else task_lede(shown, page.metric, page.regime)
    heading(title, f"{told} {summary(page.verdicts)}".rstrip(), kicker=f"Task · {' · '.join(place)}{part}")
    if page.metric != view.metric:
        wanted = METRICS[view.metric or ""].name
        st.caption(f"No {wanted} is published for this task; {page.metric_name} is shown.")
    _steps(page)
    _parts(page)


def _steps(page: TaskPage) -> None:
    """Previous and next: the parts of a task that is nearly alone in its suite, else the tasks."""
    catalog = page.ctx.catalog
    strata, tasks = catalog.strata_of(page.task_id), catalog.tasks_of(page.ctx.view.suite)
    name, options, current = "task", tasks, page.task_id
    if len(tasks) <= 2 and len(strata) > 1:
        name, options, current = "stratum", strata, page.stratum
    if len(options) < 2:
        return
    position = options.index(current)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, step, letter in (("← Previous", -1, "P"), ("Next →", 1, "N")):
            target = options[(position + step) % len(options)]
            change = {name: target} if name == "stratum" else {"task": target, "stratum": None}
            st.button(label, key=f"step-{letter}", on_click=choose, kwargs=change, shortcut=letter)
        noun = "parts" if name == "stratum" else "tasks"
        st.caption(f"{position + 1} of {len(options)} {noun}", width="content")


def _parts(page: TaskPage) -> None:
    """The parts as tabs, where they are few; a list of genes stays in the sidebar."""
    strata = side_by_side(page.ctx.catalog, page.task_id)
    if strata:
        rows = page.ctx.catalog.strata[page.ctx.catalog.strata["task_id"] == page.task_id]
        labels = dict(zip(rows["stratum"], rows["label"], strict=True))
        st.pills(
            "Part of the task",
            strata,
            required=True,
            format_func=labels.__getitem__,
            key=key("stratum", page.stratum),
            label_visibility="collapsed",
        )
