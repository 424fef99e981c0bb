"""Two systems on the parts of one task, or on the few tasks of a suite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.background import ready, submit
from dashboard.charts.compare import FLIPPED, differences_chart
from dashboard.components.compare_bars import part_bars, part_table
from dashboard.components.compare_page import about_differences, flags_of, over_items
from dashboard.components.compare_tasks import A_SHEET, draw_tasks
from dashboard.components.compare_top import at_once, below, top
from dashboard.components.compare_words import Headline, known, needed_sentence, numbers, tally
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import page_title
from dashboard.components.sheets import pager, sheet_number
from dashboard.components.waiting import when_ready
from dashboard.database import load
from dashboard.filters import repeat
from dashboard.queries.compare_parts import compute, read_asked, read_over_parts, shown_parts, with_computed, with_q
from dashboard.text import capital, count, plain
from engine.statistics.estimates import Z
from engine.statistics.two_models import needed_items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from dashboard.components.compare_page import ComparePage
    from dashboard.exhibits import About
    from dashboard.filters import Context
    from dashboard.queries.compare import Pair
    from dashboard.queries.compare_parts import OverParts
    from engine.statistics.estimates import Difference

_DIGITS = "%.3f"


def by_parts(page: ComparePage) -> None:
    """The parts of the suite's main task, of the kind chosen; or its tasks."""
    catalog, view = page.ctx.catalog, page.ctx.view
    columns = catalog.columns_of(page.pair.suite, view.kind or "")
    over, work, computing = parts_of(page.ctx, page.pair, page.main_task)
    rows = shown_parts(over, ["all", *(column.key for column in columns if column.key not in {"all", "mean"})])
    if any(column.key == "mean" for column in columns):
        rows = _with_mean(rows, [column.key for column in columns if column.kind == "category" and column.judged])
    place = "" if len(catalog.tasks_of(page.pair.suite)) == 1 else page.label(page.main_task)
    head = headline(page, rows, computing=computing)
    top(page, head, lede(page, head, rows), place=place)
    if view.level == "task":
        _tasks(page, (head.delta or 0.0) if head.whole else 0.0)
        if work is not None and head.computing:
            when_ready(work, lambda _: repeat(), what="the difference over all", key="compare-parts")
    elif work is None:
        draw_parts(page, over, rows)
    else:
        when_ready(
            work,
            lambda _: at_once(head, lambda: draw_parts(page, over, rows)),
            what="the differences",
            key="compare-parts",
        )
    below(
        page,
        over_items(page, page.main_task),
        needed(page, rows, head),
        flags=flags_of(page, page.main_task),
    )


def parts_of(ctx: Context, pair: Pair, task: str) -> tuple[OverParts, Future[dict[str, Difference]] | None, bool]:
    """Both on the parts of a task, the work that computes their differences, if any, and whether it still does."""
    over = load(read_over_parts, ctx.catalog, pair, task)
    if over.how != "items":
        return replace(over, rows=with_q(over.rows)), None, False
    work = submit(compute, (pair, task), load(read_asked, pair, task))
    done = ready(work) and work.exception() is None
    over = with_computed(over, work.result()) if done else over
    return replace(over, rows=with_q(over.rows)), work, not done


def _with_mean(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The mean over parts with enough items, where all of them have a difference."""
    parts = rows[rows["key"].isin(keys)]
    if parts["delta"].isna().any() or len(parts) < 2:
        return rows
    means = {name: parts[name].mean() for name in ("first", "second", "delta")}
    mean = pd.DataFrame([{"key": "mean", "label": f"Mean of {len(parts)} parts", **means}])
    return pd.concat([rows.iloc[:1], mean, rows.iloc[1:]], ignore_index=True)


def headline(page: ComparePage, rows: pd.DataFrame, *, computing: bool) -> Headline:
    """Over all items, or the largest part where the two have no common value on all."""
    both = rows[["first_n", "second_n"]].min(axis=1).fillna(rows["n"])
    candidates = rows.assign(both=both)[rows["delta"].notna() & (rows["key"] != "mean")]
    whole = candidates[candidates["key"] == "all"]
    if whole.empty:
        whole = candidates.sort_values("both", ascending=False, kind="stable", na_position="last").head(1)
    plain_head = Headline(
        names=page.names, what=page.metric_name, delta=None, margin=page.pair.margin, computing=computing
    )
    if whole.empty:
        return plain_head
    row = whole.iloc[0]
    low, high, p, q = (None if computing else known(row[name]) for name in ("low", "high", "p", "q"))
    where = "" if row["key"] == "all" else f" on {row['label']}"
    return replace(
        plain_head,
        what=f"{page.metric_name}{where}",
        delta=known(row["delta"]),
        low=low,
        high=high,
        p=p,
        q=q,
        n=known(row["both"]),
        whole=not where,
    )


def lede(page: ComparePage, head: Headline, rows: pd.DataFrame, noun: str = "part") -> str:
    """The numbers under the title, what they come from, and who wins how many parts."""
    if head.delta is None:
        reasons = list(dict.fromkeys(rows["reason"].dropna()))
        return f"{capital(plain(reasons[0]))}." if reasons else "One of the two has no value here."
    parts = rows[rows["delta"].notna() & ~rows["key"].isin(["all", "mean"])]
    told = f"{numbers(head)}{'' if head.n is None else f', {count(head.n, page.noun)}'}. "
    if len(parts) > 1:
        wins, losses = int((parts["delta"] >= head.margin).sum()), int((parts["delta"] <= -head.margin).sum())
        told += tally(page.names, wins, len(parts) - wins - losses, losses, noun=noun, margin=head.margin)
    return f"{told} {_test(rows)}".strip()


def _test(rows: pd.DataFrame) -> str:
    """Why there is no paired test, where there is none."""
    if rows["p"].notna().any():
        return ""
    reasons = list(dict.fromkeys(rows["no_test"].dropna()))
    return (
        f"No paired test: {plain(str(reasons[0]))}."
        if reasons
        else ("No paired test: predictions item by item of the two are not both in the store.")
    )


def draw_parts(page: ComparePage, over: OverParts, rows: pd.DataFrame) -> None:
    """Chart and table of parts; what has no difference stands in the table with its reason."""
    overall = known(rows.loc[rows["key"] == "all", "delta"].max())
    summary, parts = rows[rows["key"].isin(["all", "mean"])], rows[~rows["key"].isin(["all", "mean"])]
    parts = parts.sort_values("delta", ascending=False, kind="stable", na_position="last")
    drawn = pd.concat([summary, parts])
    drawn = drawn[drawn["delta"].notna()]
    room = A_SHEET - len(summary)
    if len(drawn) > A_SHEET:
        pager(page.ctx, rows=len(drawn) - len(summary), a_sheet=room, noun="part")
        start = (sheet_number(page.ctx, -(-(len(drawn) - len(summary)) // room)) - 1) * room + len(summary)
        sheet = pd.concat([drawn.iloc[: len(summary)], drawn.iloc[start : start + room]])
    else:
        sheet = drawn
    caption, methods, about = _under(page, rows, drawn, overall), _methods(rows), _about_parts(page, over, rows)
    notes = (caption, methods or "")
    if drawn.empty:
        st.info("There is no part on which both have a value over the same items.", icon=":material/search_off:")
    else:
        chart(
            differences_chart(
                part_bars(page, over.task, sheet, overall),
                page.names,
                page.metric_name,
                page.ctx.colours,
                margin=page.pair.margin,
                head="n · q",
            ),
            key="parts",
            rows=lambda: part_table(page, rows),
            file=f"compare-{page.file}-parts",
            notes=notes,
            about=about,
            alt=f"Difference of {page.names[0]} and {page.names[1]} on {count(len(drawn), 'part')}; the same numbers "
            "are in the table below",
        )
    st.caption(caption, help=methods)
    with st.expander("The same numbers as a table"):
        config = {
            column: st.column_config.NumberColumn(format=_DIGITS)
            for column in (*page.names, "Difference", "Low", "High")
        }
        config |= {column: st.column_config.NumberColumn(format="%.2g") for column in ("p", "q")}
        table(
            part_table(page, rows),
            name=f"compare-{page.file}-parts",
            key="parts-numbers",
            kind="verdict",
            title=page_title(),
            notes=notes,
            about=about,
            alt="Differences by part",
            columns=config,
        )


def _about_parts(page: ComparePage, over: OverParts, rows: pd.DataFrame) -> About:
    protocols = (*page.suite.protocols, *page.ctx.catalog.probes_of(over.task))
    asked = replace(page.asked, tasks=(over.task,), stratum="", protocols=protocols)
    n = rows.loc[rows["key"] == "all", "n"].dropna()
    items = f"{count(n.iloc[0], page.noun)}, " if len(n) else ""
    return about_differences(rows, asked, f"{items}{count(len(rows), 'part')}, 2 systems")


def _under(page: ComparePage, rows: pd.DataFrame, drawn: pd.DataFrame, overall: float | None) -> str:
    told = f"Band: less than {page.pair.margin:g}, the smallest that counts. "
    if overall is not None and (flipped := _flipped(drawn, overall)):
        told += f"{FLIPPED} On {count(flipped, 'part')} it is the other way round. "
    if hollow := int(drawn["low"].isna().sum()):
        told += f"Hollow: without an interval ({hollow}). "
    if silent := len(rows) - len(drawn):
        told += f"{count(silent, 'part')} without a difference: the reasons stand in the table. "
    return f"{told}A name leads to the task."


def _flipped(rows: pd.DataFrame, overall: float) -> int:
    parts = rows[~rows["key"].isin(["all", "mean"])]
    return int((parts["delta"] * overall < 0).sum())


def _methods(rows: pd.DataFrame) -> str | None:
    ways = [str(way) for way in dict.fromkeys([*rows["method"].dropna(), *rows["p_method"].dropna()])]
    told = f"Intervals and p: {'; '.join(map(plain, ways[:4]))}. " if ways else ""
    return (
        f"{told}q is p adjusted over the parts of this task (Benjamini-Hochberg)."
        if rows["p"].notna().any()
        else told or None
    )


def needed(page: ComparePage, rows: pd.DataFrame, head: Headline) -> str | None:
    """How many more items would settle the difference of the title."""
    if head.computing or head.delta is None:
        return "Not known: there is no difference." if head.delta is None else None
    error = None if head.low is None or head.high is None else (head.high - head.low) / (2 * Z)
    if head.n is None or not head.whole:
        return "How many more items would settle it cannot be said: the two have no common value over all items."
    noun = page.noun
    found = needed_items(head.delta, error, int(head.n), minimum_effect=head.margin)
    told = needed_sentence(found, int(head.n), noun=noun, excluded=bool(head.told_apart), margin=head.margin)
    fewer = error is not None and not rows["p"].notna().any() and not head.told_apart
    return f"{told} A paired test on the same items would need fewer." if fewer else told


def _tasks(page: ComparePage, overall: float) -> None:
    """The few tasks of the suite on which both have a value."""
    catalog = page.ctx.catalog
    tasks = dict.fromkeys([page.main_task, *page.scored, *page.over.rows["task_id"]])
    found = []
    for task in tasks:
        over = load(read_over_parts, catalog, page.pair, str(task))
        row = over.rows[over.rows["key"] == "all"]
        found.append(row.assign(task_id=task, label=page.label(str(task)), category=catalog.tasks.at[task, "category"]))
    rows = pd.concat(found, ignore_index=True)
    rows = rows[rows["delta"].notna()].sort_values("delta", ascending=False, kind="stable").reset_index(drop=True)
    if rows.empty:
        st.info("There is no task on which both have a value over the same items.", icon=":material/search_off:")
        return
    draw_tasks(page, rows, overall)
