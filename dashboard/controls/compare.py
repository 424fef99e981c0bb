"""Controls of Compare two models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.controls import board
from dashboard.database import load
from dashboard.filters import key, pick
from dashboard.queries.compare import Pair
from dashboard.queries.compare_whole import read_over_whole
from dashboard.queries.suites import SUITES, of_tasks

if TYPE_CHECKING:
    from dashboard.filters import Context

_SHOWN_AS_ALL = "All categories"


def draw(ctx: Context) -> None:
    """Suite and metric, the two systems, and at a deeper level which category or which task."""
    board.suite(ctx)
    names = ctx.catalog.models["name"]
    hint = "The highest on the suite’s board first; baselines stand at the end. Type to search."
    pick("first", "First", ctx, lambda model: str(names[model]), help=hint)
    pick("second", "Second", ctx, lambda model: str(names[model]), help="Differences are first minus second.")
    if of_tasks(ctx.view.suite):
        _whole_task(ctx)
        return
    if ctx.view.level == "task" and not SUITES[ctx.view.suite].kinds:
        _category(ctx)
    if ctx.view.level == "item":
        _task(ctx)


def _category(ctx: Context) -> None:
    columns = ctx.catalog.columns_of(ctx.view.suite, "")
    labels = {column.key: column.label for column in columns if column.kind == "category"}
    whole = columns[0].key
    st.selectbox(
        "Category",
        [whole, *labels],
        format_func=lambda name: labels.get(name, _SHOWN_AS_ALL),
        key=key("column", ctx.view.column if ctx.view.column in labels else whole),
    )


def _whole_task(ctx: Context) -> None:
    """Of the tasks that both have a value on, which the title is about; no choice where there are fewer than two."""
    view = ctx.view
    if view.first is None or view.second is None:
        return
    pair = Pair(view.suite, view.shown_regime, view.metric or "", view.first, view.second)
    known = load(read_over_whole, ctx.catalog, pair).known
    if len(known) > 1:
        labels = ctx.catalog.tasks["label"]
        shown = view.task if view.task in known else known[0]
        st.selectbox("Task", known, format_func=lambda task: str(labels[task]), key=key("task", shown))


def _task(ctx: Context) -> None:
    """Of the tasks that both have scored, which; no choice where there are fewer than two."""
    view, catalog = ctx.view, ctx.catalog
    both = {view.first, view.second}
    scored = [task for task in catalog.tasks_of(view.suite) if both <= catalog.scored.get(task, {}).keys()]
    if len(scored) > 1:
        labels = catalog.tasks["label"]
        shown = view.task if view.task in scored else scored[0]
        st.selectbox("Task", scored, format_func=lambda task: str(labels[task]), key=key("task", shown))
