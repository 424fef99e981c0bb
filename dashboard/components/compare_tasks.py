"""Two systems over the tasks of a suite: by category, then task by task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.background import ready, submit
from dashboard.charts.compare import FLIPPED, differences_chart
from dashboard.components.compare_bars import category_bars, category_table, task_bars, task_table
from dashboard.components.compare_page import about_differences, flags_of, left_out_words, over_suite, protocol_words
from dashboard.components.compare_top import at_once, below, top
from dashboard.components.compare_words import Headline, needed_sentence, numbers, tally
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import page_title
from dashboard.components.sheets import pager, sheet_number
from dashboard.components.waiting import when_ready
from dashboard.filters import choose, repeat
from dashboard.queries.compare import arguments, differences
from dashboard.text import count, plain
from engine.statistics.two_models import needed_tasks
from engine.statistics.verdict import LARGEST_Q

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pandas as pd

    from dashboard.components.compare_page import ComparePage
    from dashboard.exhibits import About
    from engine.statistics.two_models import TaskDifferences

A_SHEET = 60
_CHART = "categories"
P_HELP = (
    "p: Wilcoxon’s signed-rank test over groups of tasks that repeat each other; q: p adjusted over the categories. "
    "Intervals draw categories, such groups within them and tasks within those again, 2,000 times."
)


def by_tasks(page: ComparePage) -> None:
    """Title, chart of the level asked for, and what would settle it."""
    if page.over.rows.empty:
        _nothing(page)
        return
    work = submit(differences, (page.pair,), *arguments(page.over, page.pair.margin))
    found = work.result() if ready(work) and work.exception() is None else None
    head = _headline(page, found)
    top(page, head, _lede(page, head, found))
    if page.ctx.view.level == "task":
        _tasks(page, head.delta or 0.0)
        if head.computing:
            when_ready(work, lambda _: repeat(), what="the interval over all", key="compare-tasks")
        below(page, over_suite(page), _needed(page, work), flags=flags_of(page, ""))
        return
    when_ready(
        work,
        lambda result: at_once(head, lambda: _categories(page, result)),
        what="the intervals",
        key="compare-tasks",
    )
    below(page, over_suite(page), _needed(page, work), flags=flags_of(page, ""))


def _nothing(page: ComparePage) -> None:
    head = Headline(names=page.names, what=page.over_categories, delta=None, margin=page.pair.margin)
    told = [f"{plain(name)} by {' and '.join(by) or 'none'}" for name, by in zip(page.names, page.over.by, strict=True)]
    top(page, head, f"They have no task of {page.suite.label} in common by the same protocol: {', '.join(told)}.")
    st.info("Choose another system, another regime or another metric.", icon=":material/search_off:")
    below(page, over_suite(page), None, flags=[])


def _headline(page: ComparePage, found: TaskDifferences | None) -> Headline:
    what = page.over_categories
    if found is None:
        delta = float(page.over.rows.groupby("category")["delta"].mean().mean())
        return Headline(names=page.names, what=what, delta=delta, margin=page.pair.margin, computing=True)
    row = found.macro
    return Headline(
        names=page.names, what=what, delta=row.difference, margin=page.pair.margin, low=row.low, high=row.high, p=row.p
    )


def _lede(page: ComparePage, head: Headline, found: TaskDifferences | None) -> str:
    rows, margin = page.over.rows, page.pair.margin
    wins, losses = int((rows["delta"] >= margin).sum()), int((rows["delta"] <= -margin).sum())
    won = tally(page.names, wins, len(rows) - wins - losses, losses, noun="task", margin=margin)
    units = "" if found is None else f" over {count(found.macro.groups, 'group')} of tasks that repeat each other"
    told = f"{numbers(head)}{units}. {won} {_disagreeing(head)}"
    return f"{told}{left_out_words(page)}{protocol_words(page)}".strip()


def _disagreeing(head: Headline) -> str:
    """Why the test may be sure where the interval is not, or the other way round."""
    if head.p is None or head.told_apart is None or head.told_apart == (head.p < LARGEST_Q):
        return ""
    return "The test gives each group of tasks one voice, the interval each category: here they disagree. "


def _categories(page: ComparePage, found: TaskDifferences) -> None:
    bars = category_bars(found)
    known = (
        {column.key for column in page.ctx.catalog.columns_of(page.pair.suite, "")} if not page.suite.kinds else set()
    )

    def on_category() -> None:
        points = st.session_state[_CHART]["selection"]["points"]
        if points and str(points[0]["customdata"][0]) in known:
            choose(level="task", column=str(points[0]["customdata"][0]))

    flipped = found.flipped_categories
    told = (
        f" {FLIPPED} In {count(len(flipped), 'category').replace('categorys', 'categories')} it is the other way round."
        if flipped
        else ""
    )
    band = f"Band: less than {page.pair.margin:g}, the smallest that counts.{told}"
    about = _about_categories(page, found)
    chart(
        lambda: differences_chart(
            bars, page.names, page.metric_name, page.ctx.colours, margin=page.pair.margin, head="won–level–lost · q"
        ),
        key=_CHART,
        rows=lambda: category_table(found),
        file=f"compare-{page.file}-categories",
        notes=(band, P_HELP),
        about=about,
        on_select=on_category,
        selection_mode="points",
        alt=f"Difference in {page.metric_name} of {page.names[0]} and {page.names[1]} over {len(found.categories)} "
        "categories with intervals; the same numbers are in the table below",
    )
    more = " Select a category to see its tasks." if known else ""
    st.caption(f"{band}{more}", help=P_HELP)
    with st.expander("The same numbers as a table"):
        table(
            category_table(found),
            name=f"compare-{page.file}-categories",
            key="categories-numbers",
            kind="verdict",
            title=page_title(),
            notes=(band, P_HELP),
            about=about,
            alt="Differences by category",
            columns=_DIGITS,
        )


def _about_categories(page: ComparePage, found: TaskDifferences) -> About:
    """The means over tasks: their intervals come from the spread of the tasks."""
    n = f"{count(found.macro.tasks, 'task')} that both have, {len(found.categories)} categories, 2 systems"
    known = found.macro.low is not None or any(row.low is not None for row in found.categories)
    return replace(page.about, n=n, interval=_INTERVAL if known else "no intervals: too few tasks to draw from")


_INTERVAL = (
    "95 % percentile bootstrap over categories, groups of tasks that repeat each other within them, and tasks within "
    "those, 2,000 draws, seed 0"
)


_DIGITS = {name: st.column_config.NumberColumn(format="%.3f") for name in ("Difference", "Low", "High")} | {
    name: st.column_config.NumberColumn(format="%.2g") for name in ("p", "q")
}


def _tasks(page: ComparePage, overall: float) -> None:
    rows = page.over.rows
    if page.category is not None:
        rows = rows[rows["category"] == page.category]
        with st.container(horizontal=True):
            st.button(
                f"{page.category} ✕",
                key="compare-category",
                on_click=choose,
                kwargs={"column": None},
                help="All categories",
            )
    rows = rows.sort_values("delta", ascending=False, kind="stable").reset_index(drop=True)
    if rows.empty:
        st.info("The two have no task of this category in common.", icon=":material/search_off:")
        return
    pager(page.ctx, rows=len(rows), a_sheet=A_SHEET, noun="task")
    draw_tasks(page, rows, overall)


def draw_tasks(page: ComparePage, rows: pd.DataFrame, overall: float) -> None:
    """The sheet of tasks that the address names, and all of them as a table."""
    number = sheet_number(page.ctx, max(1, -(-len(rows) // A_SHEET)))
    shown = rows.iloc[(number - 1) * A_SHEET : number * A_SHEET]
    caption = _under(shown, overall)
    about = about_differences(rows, page.asked, f"{count(len(rows), 'task')} that both have, 2 systems")
    chart(
        lambda: differences_chart(
            task_bars(page, shown, overall),
            page.names,
            page.metric_name,
            page.ctx.colours,
            margin=page.pair.margin,
            head="first · second",
        ),
        key="tasks",
        rows=lambda: task_table(page, rows, overall).drop(columns="Open"),
        file=f"compare-{page.file}-tasks",
        notes=(caption,),
        about=about,
        alt=f"Difference in {page.metric_name} on {count(len(shown), 'task')}, the largest first; the same numbers are "
        "in the table below",
    )
    st.caption(caption)
    with st.expander("The same numbers as a table, with links"):
        config = _DIGITS | {name: st.column_config.NumberColumn(format="%.3f") for name in page.names}
        config["Open"] = st.column_config.LinkColumn(display_text="Task →")
        table(
            task_table(page, rows, overall),
            name=f"compare-{page.file}-tasks",
            key="tasks-numbers",
            kind="verdict",
            title=page_title(),
            notes=(_under(rows, overall),),
            about=about,
            alt="Differences by task",
            columns=config,
        )


def _under(rows: pd.DataFrame, overall: float) -> str:
    flipped, known = int((rows["delta"] * overall < 0).sum()), int(rows["low"].notna().sum())
    told = f"{FLIPPED} On {count(flipped, 'task')} it is the other way round. " if flipped else ""
    none = "No interval: of at least one of the two none is known on any of these tasks. " if not known else ""
    some = (
        f"Intervals are those of values on different items, wider than a paired one; {known} of {len(rows)} have one. "
        if known
        else ""
    )
    return f"{told}{none}{some}Hollow: without an interval. A name leads to the task."


def _needed(page: ComparePage, work: Future[TaskDifferences]) -> str | None:
    if not ready(work, 0) or work.exception() is not None:
        return None
    row, margin = work.result().macro, page.pair.margin
    excluded = row.low is not None and row.high is not None and (row.low > 0 or row.high < 0)
    needed = needed_tasks(row, minimum_effect=margin)
    return needed_sentence(needed, row.tasks, noun="task", excluded=excluded, margin=margin)
