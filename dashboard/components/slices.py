"""Filters with a name, next to each other: what two systems are worth on each, and where they differ."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import asdict, replace
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.background import patience, submit
from dashboard.charts.slices import Line, Point, slices_chart
from dashboard.components.about_evidence import about_pairs, about_slices
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.components.items_chips import active
from dashboard.components.waiting import when_ready
from dashboard.database import load
from dashboard.filters import choose, one
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.item_rows import read_known
from dashboard.queries.slices import apart, mask_of, read_items, read_numbers, too_few, worth
from dashboard.text import METRICS, count, difference, plain, three
from dashboard.urlstate import MOST_SLICES, slice_name
from dashboard.view import choices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from dashboard.filters import Context
    from dashboard.queries.slices import Items, Worth
    from engine.statistics.estimates import Difference, Measured

WHOLE, CURRENT = "Whole task", "Current filter"
_IN_A_SENTENCE = {WHOLE: "the whole task", CURRENT: "the current filter"}
MOST_AT_ONCE = 100_000
"""Items of a task up to which the current filter is compared with the whole task unasked."""
_SLOW = "A task of this size takes some seconds; slices that are kept are compared in any case."
FEW = "too few to judge"
_BY_CHANCE = "p is of each pair by itself: among many pairs some fall below 0.05 by chance."
_FEW_SENTENCE = "\\* Too few to judge: under 30 items, or under 10 of a class."


class _Slice(NamedTuple):
    name: str
    filters: ItemFilters
    mask: NDArray[np.bool_]
    work: Future[Worth]


def slices(ctx: Context) -> None:
    """Keep filters, and compare what was kept with the current filter and the whole task."""
    view = ctx.view
    section("Slices")
    _keep(ctx)
    _kept(ctx)
    if view.task is None or view.system is None or view.measure is None or not (view.slices or view.items.active):
        return
    if not view.slices and not _wanted(view.task):
        return
    items = load(read_items, view.task, view.system, view.rival)
    shown = [_slice(ctx, items, name, filters) for name, filters in _named(ctx)]
    if len(choices("measure", view, ctx.catalog)) > 1:
        one("measure", "Metric", ctx, lambda metric: METRICS[metric].name)
    _compared(ctx, shown)
    _pairs(ctx, items, [part for part in shown if part.name != WHOLE])
    _repeat(ctx)


def _wanted(task: str) -> bool:
    """Whether the current filter is compared with the whole task: at once where that is quick, else when asked for."""
    if load(read_known, task).n <= MOST_AT_ONCE:
        return True
    asked = st.toggle("Compare the current filter with the whole task", key=f"slices-{task}", help=_SLOW)
    return bool(asked)


def _keep(ctx: Context) -> None:
    """A form, so that Enter in the field keeps it too."""
    view = ctx.view
    if len(view.slices) >= MOST_SLICES:
        st.caption(f"{MOST_SLICES} slices are kept, as many as an address should carry; remove one to keep another.")
        return
    if not view.items.active:
        st.caption("Filter the items above, keep the filter under a name, and compare it with other filters here.")
        return
    with (
        st.form("slice-keep", clear_on_submit=True, border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        given = st.text_input(
            "Name of the current filter", max_chars=40, placeholder="RING domain, missense", width=320
        )
        if st.form_submit_button("Keep this filter as a slice") and (name := slice_name(given)):
            # A name stands once: keeping another filter under it replaces the first.
            choose(slices=tuple({**dict(view.slices), name: view.items}.items()))
            st.rerun()


def _kept(ctx: Context) -> None:
    """Each slice with what can be done to it."""
    for number, (name, filters) in enumerate(ctx.view.slices):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(name)}**: {_told(ctx, filters)}", width="content")
            st.button(
                "Apply",
                key=f"slice-apply-{number}",
                on_click=choose,
                kwargs=asdict(filters),
                type="tertiary",
                help=f"Filter the list by {plain(name)}",
            )
            with st.popover("Rename", type="tertiary"):
                _rename(ctx, number, name)
            st.button(
                "✕ Remove",
                key=f"slice-remove-{number}",
                on_click=choose,
                kwargs={"slices": tuple(kept for kept in ctx.view.slices if kept[0] != name)},
                type="tertiary",
                help=f"Remove {plain(name)}",
            )


def _rename(ctx: Context, number: int, name: str) -> None:
    with st.form(f"slice-rename-{number}-{name}", border=False):
        given = slice_name(st.text_input("New name", value=name, max_chars=40))
        others = {other for other, _ in ctx.view.slices} - {name}
        if st.form_submit_button("Rename"):
            if not given or given in others:
                st.warning("Another slice has this name." if given else "A slice needs a name.")
                return
            choose(slices=tuple((given if other == name else other, kept) for other, kept in ctx.view.slices))
            st.rerun()


def _told(ctx: Context, filters: ItemFilters) -> str:
    """The filters of a slice in the words of the chips."""
    own = replace(ctx, view=replace(ctx.view, **asdict(filters)))
    return ", ".join(label for label, _ in active(own)) or "all items"


def _named(ctx: Context) -> list[tuple[str, ItemFilters]]:
    """What is compared: slices kept, the current filter where it is none of them, the whole task."""
    found = list(ctx.view.slices)
    if ctx.view.items.active and ctx.view.items not in {filters for _, filters in found}:
        found.append((CURRENT, ctx.view.items))
    return [*found, (WHOLE, ItemFilters())]


def _slice(ctx: Context, items: Items, name: str, filters: ItemFilters) -> _Slice:
    view = ctx.view
    mask = mask_of(items, load(read_numbers, view.task or "", view.system, view.rival, filters))
    key = (view.task, view.system, view.rival, filters, view.measure)
    work = submit(worth, key, view.measure or "", items.part(mask))
    return _Slice(name, filters, mask, work)


def _compared(ctx: Context, shown: list[_Slice]) -> None:
    """The slices that are computed, and word of the first that is not."""
    rival = ctx.view.rival
    names = [None if model is None else str(ctx.catalog.models.at[model, "name"]) for model in (ctx.view.system, rival)]
    metric = ctx.view.measure or ""
    wait([part.work for part in shown], timeout=patience())
    done = [(part, part.work.result()) for part in shown if _there(part.work)]
    lines = [_line(part.name, found) for part, found in done]
    about = about_slices(ctx, [found for _, found in done])
    title = slices_title([(part.name, found) for part, found in done], names, metric)
    if any(point.value is not None for line in lines for point in (line.first, line.second) if point):
        st.html(_legend(ctx, names))
        chart(
            slices_chart(lines, (names[0] or "", names[1]), metric, ctx.colours),
            key="slices-forest",
            title=title,
            rows=lambda: _rows(done, names),
            file=f"slices-{ctx.view.task}-{metric}",
            notes=[_FEW_SENTENCE if any(line.few for line in lines) else ""],
            about=about,
            alt=f"{METRICS[metric].name} of {' and '.join(filter(None, names))} on {count(len(lines), 'slice')}",
        )
    if any(line.few for line in lines):
        st.caption(_FEW_SENTENCE)
    if done:
        table(
            _rows(done, names),
            name=f"slices-{ctx.view.task}-{metric}",
            key="slices",
            title=title,
            about=about,
            alt=f"{METRICS[metric].name} of the slices with intervals, the difference of the two systems and its p",
            columns=_formats(_rows(done, names)),
        )
    _word_of_next(ctx, [(part.name, part.work) for part in shown])


def _there(work: Future[Any]) -> bool:
    """Whether there is a result."""
    return work.done() and not work.cancelled() and work.exception() is None


def _word_of_next(ctx: Context, work: Sequence[tuple[str, Future[Any]]]) -> None:
    """The first piece of work without a result: one watch at a time, and what is done shows at once."""
    for name, found in work:
        if not _there(found):
            view = ctx.view
            asked = "-".join(map(str, (name, view.task, view.system, view.rival, view.measure)))
            when_ready(found, lambda _: None, what=f"the intervals of {plain(name)}", key=asked)
            return


def _line(name: str, found: Worth) -> Line:
    return Line(
        name=name,
        first=_point(found.first),
        second=None if found.second is None else _point(found.second),
        few=too_few(found.first.n, found.first.positives),
    )


def _point(found: Measured) -> Point:
    return Point(found.value, found.low, found.high)


def _legend(ctx: Context, names: list[str | None]) -> str:
    marks = [("●", ctx.colours.accent), ("◇", ctx.colours.ink)]
    words = "".join(
        f'<span><span style="color:{colour}">{glyph}</span> {escape(name)}</span>'
        for (glyph, colour), name in zip(marks, names, strict=True)
        if name
    )
    return f'<div class="vl-legend">{words}</div>'


def _rows(done: list[tuple[_Slice, Worth]], names: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame([_row(part, found, names) for part, found in done])


def slices_title(done: Sequence[tuple[str, Worth]], names: Sequence[str | None], metric: str) -> str:
    """On which slice the two systems are furthest apart, or where the one system is worth most and least."""
    what, told = METRICS[metric].name, [(_IN_A_SENTENCE.get(name, plain(name)), found) for name, found in done]
    apart = [(name, found.difference.delta) for name, found in told if found.difference and found.difference.delta]
    if apart and names[1]:
        name, delta = max(apart, key=lambda one: abs(one[1]))
        return f"{names[0]} and {names[1]} differ most on {name}: {difference(delta)} {what}"
    known = [(name, found.first.value) for name, found in told if found.first.value is not None]
    if not known:
        return f"No slice has a value of {what}"
    (low, least), (high, most) = min(known, key=lambda one: one[1]), max(known, key=lambda one: one[1])
    if low == high:
        return f"{names[0]} has {what} {three(most)} on {high}"
    return f"{names[0]} has {what} {three(least)} on {low} and {three(most)} on {high}"


def _formats(rows: pd.DataFrame) -> dict[str, Any]:
    """Three digits, two significant ones for p, and names that can be read."""
    numbers = {
        name: st.column_config.NumberColumn(format="%.2g" if name == "p" else "%.3f")
        for name in rows.select_dtypes("float").columns
    }
    return {"Slice": st.column_config.TextColumn(width=150), **numbers}


def _row(part: _Slice, found: Worth, names: list[str | None]) -> dict[str, object]:
    row: dict[str, object] = {"Slice": part.name, "Items": int(part.mask.sum()), "Scored": found.first.n}
    if found.first.positives is not None:
        row["Positives"] = found.first.positives
    sides = [(name, side) for name, side in zip(names, (found.first, found.second), strict=True) if side is not None]
    row |= {"Read with care": _care(found)} | {str(name): side.value for name, side in sides}
    if found.difference is not None:
        gap = found.difference
        row |= {"Difference": gap.delta, "low": gap.low, "high": gap.high, "p": gap.p}
    for name, side in sides:
        row |= {f"low, {name}": side.low, f"high, {name}": side.high}
    return row


def _care(found: Worth) -> str | None:
    """Why a value is missing, or that the slice is too small."""
    values = [part.undefined_reason for part in (found.first, found.second) if part is not None]
    between = [found.difference.undefined_reason] if found.difference is not None and not any(values) else []
    reasons = dict.fromkeys([*values, *between])
    told = [FEW] if too_few(found.first.n, found.first.positives) else []
    return "; ".join([*told, *(reason for reason in reasons if reason)]) or None


def _pairs(ctx: Context, items: Items, parts: list[_Slice]) -> None:
    """Every two slices: what they share, and how far apart the first system is on them."""
    view = ctx.view
    if len(parts) < 2:
        return
    name = ctx.catalog.models.at[view.system, "name"]
    metric = METRICS[view.measure or ""].name
    st.markdown(f"**{plain(str(name))} on one slice and on another**")
    work = [(one_, other, _apart(ctx, items, one_, other)) for one_, other in combinations(parts, 2)]
    rows = pd.DataFrame([_pair(one_, other, found) for one_, other, found in work])
    rows = rows.rename(columns={"delta": f"Difference in {metric}"})
    table(
        rows,
        name=f"slice-pairs-{view.task}",
        key="slice-pairs",
        title=f"{name} on one slice and on another: {count(len(rows), 'pair')}",
        notes=[_BY_CHANCE],
        about=about_pairs(ctx, [found.result() for *_, found in work if _there(found)]),
        alt=f"Every two slices: items shared, and the difference in {metric} with its interval",
        columns=_formats(rows),
    )
    st.caption(_BY_CHANCE)
    _word_of_next(ctx, [(f"{one_.name} and {other.name}", found) for one_, other, found in work])


def _apart(ctx: Context, items: Items, first: _Slice, second: _Slice) -> Future[Difference]:
    union = first.mask | second.mask
    view = ctx.view
    key = (view.task, view.system, view.rival, first.filters, second.filters, view.measure)
    return submit(apart, key, view.measure or "", items.part(union), first.mask[union], second.mask[union])


def _pair(first: _Slice, second: _Slice, work: Future[Difference]) -> dict[str, object]:
    shared = int((first.mask & second.mask).sum())
    row: dict[str, object] = {
        "Slice": first.name,
        "Other slice": second.name,
        "Shared items": shared,
        "Only in the first": int(first.mask.sum()) - shared,
        "Only in the other": int(second.mask.sum()) - shared,
    }
    if not _there(work):
        return row | {"delta": None, "low": None, "high": None, "p": None, "Read with care": None}
    found = work.result()
    return row | {
        "delta": found.delta,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "Read with care": found.undefined_reason,
    }


def _repeat(ctx: Context) -> None:
    st.caption(
        "Intervals: 95 %, by resampling items, or whole genes where the task’s own intervals are over genes. "
        "A slice that is a part of the task has the value and the interval of that part on the Task page:"
    )
    task = (ctx.view.task or "").replace("'", "''")
    st.code(
        'vledger sql "SELECT model_id, stratum, value, ci_low, ci_high, n FROM score\n'
        f"WHERE task_id = '{task}' AND metric = '{ctx.view.measure}'\"",
        language="bash",
        wrap_lines=True,
    )
