"""Two systems over tasks that are each on a scale of their own: a row a task, and never a mean over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts.compare import Bar, differences_chart
from dashboard.components.compare_bars import task_address
from dashboard.components.compare_page import about_differences, flags_of, over_task
from dashboard.components.compare_parts import needed
from dashboard.components.compare_top import below, top
from dashboard.components.compare_words import Headline, known, numbers, small
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import page_title
from dashboard.database import load
from dashboard.queries.compare_whole import OverWhole, read_over_whole
from dashboard.queries.suites import TASKS
from dashboard.text import capital, count, difference, interval, listed, plain, three
from engine.singlecell.paired import reference
from engine.singlecell.perturbation.evaluate import FEW_ITEMS

if TYPE_CHECKING:
    from dashboard.components.compare_page import ComparePage
    from dashboard.exhibits import About

_LONGEST = 44
"""Letters of a task's name: there are few tasks, so that each has its room."""
_HOW = {
    "stored": "paired, as the store has it",
    "items": "paired, from the values of single perturbations",
    "unpaired": "not paired: as of values on different items",
    "values": "without an interval",
}


def by_whole_tasks(page: ComparePage) -> None:
    """Title on one task, all of them as a chart, and what would settle it."""
    over = load(read_over_whole, page.ctx.catalog, page.pair)
    task = shown_task(page, over)
    row = over.of(task)
    head = headline(page, row)
    top(page, head, _lede(page, over, row, head), beat=beat_of(row))
    if over.known:
        _draw(page, over)
    else:
        st.info("Choose another system or another metric.", icon=":material/search_off:")
    _silent(over)
    below(page, over_task(page, row.iloc[0]), settling(page, row, head), flags=flags_of(page, task))


def settling(page: ComparePage, row: pd.DataFrame, head: Headline) -> str | None:
    """How many more items would settle the difference on a task, and how rough a guide that is."""
    told = needed(page, row, head)
    few = page.noun == "perturbation" and head.n is not None and head.n < FEW_ITEMS and head.low is not None
    return f"{told} From {count(head.n, page.noun)} this is a rough guide." if told and few else told


def shown_task(page: ComparePage, over: OverWhole) -> str:
    """The task asked for where both have a value on it, else the first such, else the first there is."""
    tasks = page.ctx.catalog.tasks_of(page.pair.suite)
    asked = page.ctx.view.task
    return asked if asked in over.known else next(iter([*over.known, *tasks]))


def beat_of(row: pd.DataFrame) -> str | None:
    """The baseline that was registered for a task."""
    found = row["to_beat"].iloc[0]
    return found if isinstance(found, str) else None


def headline(page: ComparePage, row: pd.DataFrame) -> Headline:
    """The difference on one task.

    Args:
        page: the two.
        row: one row of `OverWhole`.
    """
    found = row.iloc[0]
    many = len(page.ctx.catalog.tasks_of(page.pair.suite)) > 1
    head = Headline(names=page.names, what=page.metric_name, delta=known(found["delta"]), margin=page.pair.margin)
    if head.delta is None:
        return replace(head, where=f"in {page.metric_name} on any task" if many else f"in {page.metric_name}")
    return replace(
        head,
        what=f"{page.metric_name}{f' on {_short(page, str(found.task_id))}' if many else ''}",
        low=known(found["low"]),
        high=known(found["high"]),
        p=known(found["p"]),
        n=known(found["n"]),
    )


def _short(page: ComparePage, task: str) -> str:
    """A task's name in a sentence."""
    columns = page.ctx.catalog.columns_of(page.pair.suite, TASKS)
    return next((column.short for column in columns if column.key == task), page.label(task))


def _lede(page: ComparePage, over: OverWhole, row: pd.DataFrame, head: Headline) -> str:
    if head.delta is None:
        return _no_value(page, over)
    found = row.iloc[0]
    told = f"{numbers(head)}, {count(head.n, page.noun)}; {_HOW[found['how']]}. "
    if found["how"] != "unpaired" and page.noun == "perturbation" and (head.n or 0) < FEW_ITEMS:
        told += f"Of {count(head.n, 'perturbation')} the interval is itself unreliable. "
    told += _skill(page, found)
    return f"{told}{_others(page, over, str(found['task_id']))}".strip()


def _skill(page: ComparePage, found: pd.Series) -> str:
    """Whose skill is 0 on this task, where it is neither of the two."""
    base = reference(page.pair.metric, found["to_beat"])
    if base is None or base in {page.pair.first, page.pair.second}:
        return ""
    return f"Skill 0 is {plain(_name(page, base))}. "


def _name(page: ComparePage, model: str) -> str:
    return str(page.ctx.catalog.models.at[model, "name"])


def _others(page: ComparePage, over: OverWhole, task: str) -> str:
    """That tasks are not put together, and on how many both have a value."""
    total = len(page.ctx.catalog.tasks_of(page.pair.suite))
    if total == 1:
        return ""
    both = "this one alone" if over.known == [task] else f"{len(over.known)} of {total} tasks"
    return f"Both have a value on {both}; each task has a scale of its own, so there is no mean over tasks."


def _no_value(page: ComparePage, over: OverWhole) -> str:
    reasons = list(dict.fromkeys(over.rows["reason"].dropna()))
    return f"{capital(plain(str(reasons[0])))}." if reasons else f"One of the two has no {page.metric_name} here."


def _draw(page: ComparePage, over: OverWhole) -> None:
    rows = over.rows[over.rows["delta"].notna()].reset_index(drop=True)
    caption, about = _caption(page, rows), _about(page, over, rows)
    chart(
        lambda: differences_chart(
            whole_bars(page, rows),
            page.names,
            page.metric_name,
            page.ctx.colours,
            margin=page.pair.margin,
            head="n · p",
            longest=_LONGEST,
        ),
        key="whole-tasks",
        rows=lambda: whole_table(page, over.rows),
        file=f"compare-{page.file}-tasks",
        notes=(caption,),
        about=about,
        alt=f"Difference of {page.names[0]} and {page.names[1]} on {count(len(rows), 'task')}; the same numbers are in "
        "the table below",
    )
    st.caption(caption, help=_methods(rows))
    with st.expander("The same numbers as a table"):
        digits = {
            name: st.column_config.NumberColumn(format="%.3f") for name in (*page.names, "Difference", "Low", "High")
        }
        digits |= {name: st.column_config.NumberColumn(format="%.2g") for name in ("p", "q")}
        table(
            whole_table(page, over.rows),
            name=f"compare-{page.file}-tasks",
            key="whole-tasks-numbers",
            kind="verdict",
            title=page_title(),
            notes=(caption,),
            about=about,
            alt="Differences by task",
            columns=digits,
        )


def whole_table(page: ComparePage, rows: pd.DataFrame) -> pd.DataFrame:
    """The same numbers under words, and the tasks without a difference after those that have one."""
    order = rows["delta"].isna().sort_values(kind="stable").index
    found = rows.loc[order]
    numbers_of = {page.names[0]: "first", page.names[1]: "second", "Difference": "delta", "Low": "low", "High": "high"}
    numbers_of |= {"p": "p", "q": "q"}
    return pd.DataFrame(
        {"Task": found["label"], "n": found["n"].astype("Int64")}
        | {name: found[column].astype(float) for name, column in numbers_of.items()}
        | {
            "How": found["how"].map(_HOW).where(found["delta"].notna()),
            "No difference because": found["reason"],
        }
    )


def whole_bars(page: ComparePage, rows: pd.DataFrame) -> list[Bar]:
    """A row a task, in the suite's order: no sign is held against another, as no task stands for all."""
    return [_bar(page, row) for row in rows.itertuples()]


def _bar(page: ComparePage, row: Any) -> Bar:
    numbers_of = ("first", "second", "delta", "low", "high", "p", "n")
    first, second, delta, low, high, p, n = (known(getattr(row, name)) for name in numbers_of)
    told = [f"{page.names[0]} {three(first)}, {page.names[1]} {three(second)}", count(n, page.noun)]
    told.append(f"difference {difference(delta)}{'' if low is None else f' [{interval(low, high)}]'}, {_HOW[row.how]}")
    told += [] if p is None else [f"p {small(p)}"]
    told += [f"to beat: {_name(page, row.to_beat)}"] if isinstance(row.to_beat, str) else []
    test = "" if p is None else f" · p {small(p).removeprefix('= ')}"
    return Bar(
        key=str(row.task_id),
        name=str(row.label),
        delta=delta,
        low=low,
        high=high,
        note=f"n {int(n):,}{test}" if n else "",
        link=task_address(page, str(row.task_id)),
        told=tuple(told),
    )


def _caption(page: ComparePage, rows: pd.DataFrame) -> str:
    told = f"Band: less than {page.pair.margin:g}, the smallest that counts. "
    told += "" if rows["low"].notna().all() else "Hollow: without an interval. "
    if (rows["how"] == "unpaired").any():
        told += "The interval is that of values on different items, wider than a paired one. "
    return f"{told}A name leads to the task."


def _methods(rows: pd.DataFrame) -> str | None:
    ways = dict.fromkeys([*rows["method"].dropna(), *rows["p_method"].dropna()])
    return f"Intervals and p: {'; '.join(plain(str(way)) for way in ways)}." if ways else None


def _about(page: ComparePage, over: OverWhole, rows: pd.DataFrame) -> About:
    asked = replace(page.asked, protocols=page.suite.protocols)
    n = ", ".join(f"{count(row.n, page.noun)} on {row.label}" for row in rows.itertuples())
    return about_differences(over.rows, asked, f"{n}; 2 systems")


def _silent(over: OverWhole) -> None:
    """Why there is no difference on the other tasks, a line a task."""
    others = over.rows[over.rows["delta"].isna()]
    if others.empty or not over.known:
        return
    lines = [f"**{plain(str(row.label))}**: {plain(_reason(row.reason))}" for row in others.itertuples()]
    left = listed([str(row.label) for row in others.itertuples()], 3)
    with st.expander(f"No difference on {plain(left)}"):
        st.markdown("  \n".join(f"{line}." for line in lines))


def _reason(reason: object) -> str:
    return str(reason) if isinstance(reason, str) else "one of the two has no value"
