"""Two systems on the single perturbations or cell types of a task, the baseline to beat beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.compare_units import units_chart
from dashboard.components.compare_page import flags_of, over_units
from dashboard.components.compare_top import below, top
from dashboard.components.compare_whole import beat_of, headline, settling, shown_task
from dashboard.components.compare_words import numbers
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.components.links import page_link
from dashboard.components.sheets import pager, sheet_number
from dashboard.components.task_units_words import noun, rests_on
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.compare_whole import read_on_units, read_over_whole
from dashboard.queries.provenance import read_evidence
from dashboard.queries.task_measures import LOWER_IS_BETTER
from dashboard.text import METRICS, capital, count, difference, plain, three
from engine.singlecell.perturbation.evaluate import FEW_ITEMS

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.components.compare_page import ComparePage
    from dashboard.components.compare_words import Headline
    from dashboard.queries.compare_whole import OnUnits

A_SHEET = 60
_NO_TEST = "A single value has no interval of its own: it tells where the two differ, not whether they do."


def by_units(page: ComparePage) -> None:
    """The task's perturbations or cell types, the largest difference first."""
    over = load(read_over_whole, page.ctx.catalog, page.pair)
    task = shown_task(page, over)
    row = over.of(task)
    head = headline(page, row)
    found = load(read_on_units, page.pair, task, page.suite.protocols)
    top(page, head, _lede(page, head, found), place=page.label(task), beat=beat_of(row))
    if found is None or found.rows.empty:
        st.info(f"The two have no {noun(page.pair.suite)} in common on this task.", icon=":material/search_off:")
    else:
        _draw(page, task, found)
    below(page, over_units(page, task), settling(page, row, head), flags=flags_of(page, task))


def _lede(page: ComparePage, head: Headline, found: OnUnits | None) -> str:
    """The difference on the whole task, then on how many perturbations or cell types either is better."""
    whole = "" if head.delta is None else f"{numbers(head)} over the task. "
    if found is None or found.rows.empty:
        return whole or f"One of the two has no value of a single {noun(page.pair.suite)}."
    return f"{whole}{tally(page, found)}{_another(page, found)}"


def tally(page: ComparePage, found: OnUnits) -> str:
    """On how many either is better: 'Of 5 perturbations, Linear has the lower L2 on 4'."""
    rows, what = found.rows, noun(page.pair.suite)
    won, lost = int((rows["lead"] > 0).sum()), int((rows["lead"] < 0).sum())
    better = "lower" if found.metric in LOWER_IS_BETTER else "higher"
    first, second = (plain(name) for name in page.names)
    told = f"Of {count(len(rows), what)}, {first} has the {better} {METRICS[found.metric].name} on **{won}**"
    told += f", {second} on **{lost}**"
    level = len(rows) - won - lost
    return f"{told}, and on **{level}** they are level." if level else f"{told}."


def _another(page: ComparePage, found: OnUnits) -> str:
    """That single ones are measured by another metric than the task."""
    if found.metric == page.pair.metric:
        return ""
    name, what = METRICS[found.metric].name, noun(page.pair.suite)
    if found.metric in LOWER_IS_BETTER:
        return f" {page.metric_name} is made of {name}, which every {what} has; lower is better."
    return f" A single {what} has no {page.metric_name}: {name} is shown."


def _draw(page: ComparePage, task: str, found: OnUnits) -> None:
    rows, what = _told(page, found), noun(page.pair.suite)
    section(f"{capital(what)} by {what}")
    pager(page.ctx, rows=len(rows), a_sheet=A_SHEET, noun=what)
    number = sheet_number(page.ctx, -(-len(rows) // A_SHEET))
    shown = rows.iloc[(number - 1) * A_SHEET : number * A_SHEET].reset_index(drop=True)
    beat = _beat(page, found)
    lower, metric = found.metric in LOWER_IS_BETTER, METRICS[found.metric].name
    about, notes = _about(page, task, found), (_caption(page, found), *_missing(page, found))
    chart(
        lambda: units_chart(shown, page.names, beat, metric, page.ctx.colours, lower=lower),
        key="units",
        title=widest(page, found),
        rows=lambda: unit_table(page, found),
        file=f"compare-{page.file}-{what.replace(' ', '-')}s",
        notes=notes,
        about=about,
        alt=f"{metric} of {page.names[0]} and {page.names[1]} on {count(len(shown), what)}, the largest difference "
        "first; the same numbers are in the table below",
    )
    st.caption(" ".join(notes))
    with st.expander("The same numbers as a table"):
        table(
            unit_table(page, found),
            name=f"compare-{page.file}-{what.replace(' ', '-')}s",
            key="units-numbers",
            title=widest(page, found),
            notes=notes,
            about=about,
            alt=f"Both systems on each {what}",
            columns={
                name: st.column_config.NumberColumn(format="%.3f")
                for name in (*page.names, *([beat] if beat else []), "First better by")
            },
        )
    page_link(page.ctx, "task", "All systems on this task →", task=task)


def widest(page: ComparePage, found: OnUnits) -> str:
    """Where the two differ most, as a sentence."""
    row, metric = found.rows.iloc[0], METRICS[found.metric].name
    if row["lead"] == 0:
        return f"{page.names[0]} and {page.names[1]} have the same {metric} on every {noun(page.pair.suite)}"
    ahead, other = page.names if row["lead"] > 0 else page.names[::-1]
    values = (row["first"], row["second"]) if row["lead"] > 0 else (row["second"], row["first"])
    return (
        f"The two differ most on {row['item']}: {metric} {three(values[0])} of {ahead}, {three(values[1])} of {other}"
    )


def _told(page: ComparePage, found: OnUnits) -> pd.DataFrame:
    """The rows with lines for hovering."""
    beat = _beat(page, found)
    lines = []
    for row in found.rows.itertuples():
        told = [f"{page.names[0]} {three(row.first)}, {page.names[1]} {three(row.second)}"]
        told += [f"{beat}, to beat: {three(row.beat)}"] if beat else []
        told += [f"first better by {difference(row.lead)}", rests_on(page.pair.suite, row.n)]
        lines.append(tuple(line for line in told if line))
    return found.rows.assign(told=lines)


def _beat(page: ComparePage, found: OnUnits) -> str | None:
    """Name of the baseline to beat; None where it is one of the two or has no value."""
    if found.to_beat is None or found.rows["beat"].isna().all():
        return None
    return str(page.ctx.catalog.models.at[found.to_beat, "name"])


def unit_table(page: ComparePage, found: OnUnits) -> pd.DataFrame:
    """The same numbers under words."""
    rows, beat = found.rows, _beat(page, found)
    columns = {capital(noun(page.pair.suite)): rows["item"], page.names[0]: rows["first"]}
    columns |= {page.names[1]: rows["second"]} | ({beat: rows["beat"]} if beat else {})
    told = columns | {"First better by": rows["lead"]}
    return rows.assign(**told, Over=[rests_on(page.pair.suite, n) for n in rows["n"]])[[*told, "Over"]]


def _caption(page: ComparePage, found: OnUnits) -> str:
    colour = f"The line between the two is blue where {page.names[0]} is better, vermilion where {page.names[1]} is."
    few = page.noun == "perturbation" and len(found.rows) < FEW_ITEMS
    turned = f"Of {count(len(found.rows), page.noun)}, one can turn the mean. " if few else ""
    return f"{colour} {turned}{_NO_TEST}"


def _missing(page: ComparePage, found: OnUnits) -> tuple[str, ...]:
    """Of which one of the two has no value, and why."""
    if found.silent.empty:
        return ()
    what, reasons = noun(page.pair.suite), list(dict.fromkeys(map(str, found.silent.dropna())))
    why = f": {reasons[0]}" if reasons else ""
    return (f"{count(len(found.silent), what)} {'is' if len(found.silent) == 1 else 'are'} left out{why}.",)


def _about(page: ComparePage, task: str, found: OnUnits) -> About:
    asked = replace(page.asked, tasks=(task,), protocols=page.suite.protocols)
    sources = load(read_evidence, asked).sources
    n = f"{count(len(found.rows), noun(page.pair.suite))} that both have, 2 systems"
    return About(n, "no intervals: these are single values", sources)
