"""Two systems on the single items of a task: the paired difference, where either puts each, where they disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.charts.compare_items import BINS, MOST_MARKS, percentiles_chart
from dashboard.charts.palette import with_glyph
from dashboard.components.compare_page import flags_of, for_items, over_items
from dashboard.components.compare_parts import draw_parts, headline, lede, needed, parts_of
from dashboard.components.compare_top import at_once, below, top
from dashboard.components.compare_words import Headline
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.components.links import page_link
from dashboard.components.waiting import when_ready
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.compare_items import most_apart, quadrants, read_bins, read_pairs
from dashboard.queries.provenance import read_evidence
from dashboard.queries.suites import label_words
from dashboard.text import capital, count, listed, plain

if TYPE_CHECKING:
    from dashboard.components.compare_page import ComparePage


def by_items(page: ComparePage) -> None:
    """The task that is looked at, part by part and item by item."""
    task = page.item_task
    if task is None:
        _nothing(page)
        return
    wanted, page = page.metric_name, replace(page, pair=for_items(page, task))
    over, work, computing = parts_of(page.ctx, page.pair, task)
    head = headline(page, over.rows, computing=computing)
    overlapping = over.rows["kind"].nunique() > 2
    top(
        page,
        head,
        lede(page, head, over.rows, "overlapping part" if overlapping else "part"),
        place=page.label(task),
    )
    if page.metric_name != wanted:
        st.caption(f"Single scores have no {wanted} without a stated threshold; {page.metric_name} is shown.")
    if work is None:
        draw_parts(page, over, over.rows)
    else:
        when_ready(
            work,
            lambda _: at_once(head, lambda: draw_parts(page, over, over.rows)),
            what="the differences",
            key="compare-items",
        )
    _where(page, task)
    below(page, over_items(page, task), needed(page, over.rows, head), flags=flags_of(page, task))


def _nothing(page: ComparePage) -> None:
    noun = "sequence" if page.noun == "test sequence" else "variant"
    head = Headline(
        names=page.names, what=page.metric_name, delta=None, margin=page.pair.margin, where=f"{noun} by {noun}"
    )
    scored = page.ctx.catalog.scored
    lacking = [
        plain(name)
        for model, name in zip((page.pair.first, page.pair.second), page.names, strict=True)
        if not any(model in scored.get(task, {}) for task in page.ctx.catalog.tasks_of(page.pair.suite))
    ]
    why = (
        f"predictions item by item of {' and of '.join(lacking)} are not published for {page.suite.label}"
        if lacking
        else f"no task of {page.suite.label} was scored item by item by both"
    )
    top(page, head, f"{capital(why)}.")
    st.info(f"The other levels compare what is published. {_who(page)}", icon=":material/search_off:")
    task = page.ctx.view.task or page.ctx.catalog.tasks_of(page.pair.suite)[0]
    below(page, over_items(page, task), "Not known without single scores.", flags=[])


def _who(page: ComparePage) -> str:
    """Systems of the suite that can be compared item by item."""
    catalog = page.ctx.catalog
    known = dict.fromkeys(model for task in catalog.tasks_of(page.pair.suite) for model in catalog.scored_on(task))
    names = [plain(str(catalog.models.at[model, "name"])) for model in known]
    return f"Scored item by item here: {listed(names, 8)}." if names else "Nothing was scored item by item here."


def _where(page: ComparePage, task: str) -> None:
    """The two percentiles of every item, how often the two are on opposite sides, and the items furthest apart."""
    items = load(read_pairs, task, page.pair.first, page.pair.second)
    if items.empty:
        return
    section("Where each puts the same items")
    labels = label_words(page.pair.suite)
    many = len(items) > MOST_MARKS
    drawn = load(read_bins, task, page.pair.first, page.pair.second, BINS) if many else items
    left, right = st.columns([1, 1], gap="large")
    how = "A square is a group of items: its area says how many, its colour how many of them are" if many else "Marks:"
    told = f"{how} {labels[1]}." if many else f"{how} {with_glyph(1, labels[1])}, {with_glyph(0, labels[0])}."
    told = f"{told} Shaded: the two put the item on opposite sides of their middles."
    about = _about(page, task, len(items))
    with left:
        chart(
            percentiles_chart(drawn, page.names, labels, page.ctx.colours),
            key="percentiles",
            rows=drawn,
            title=opposite_title(page, items),
            file=f"compare-{page.file}-percentiles",
            notes=(told,),
            about=about,
            alt=f"Percentile of {count(len(items), 'item')} by {page.names[0]} against that by {page.names[1]}",
        )
        st.caption(told)
    with right:
        _disagreement(page, task, items, about)


def opposite_title(page: ComparePage, items: pd.DataFrame) -> str:
    """How many items the two put on opposite sides, and who is right more often."""
    found, names = quadrants(items), page.names
    told = f"{' and '.join(names)} put {found.opposite:,} of {count(found.n, 'item')} on opposite sides"
    if found.first_right == found.second_right:
        return f"{told}; each is right on half of them" if found.opposite else told
    ahead = found.first_right > found.second_right
    right = max(found.first_right, found.second_right)
    return f"{told}; {names[0] if ahead else names[1]} is right on {right:,} of them"


def _about(page: ComparePage, task: str, n: int) -> About:
    asked = replace(page.asked, tasks=(task,), metric="", protocols=())
    found = load(read_evidence, asked)
    told = "no intervals: these are single scores"
    return About(f"{count(n, page.noun)} that both score, 2 systems", told, found.sources)


def _disagreement(page: ComparePage, task: str, items: pd.DataFrame, about: About) -> None:
    found = quadrants(items)
    first, second = (plain(name) for name in page.names)
    st.markdown(
        f"Of {count(found.n, 'item')} that both score, they put **{found.opposite:,}** on opposite sides of their "
        f"middles: {first} is right on **{found.first_right:,}** of these, {second} on **{found.second_right:,}**.",
        help="An item of label 1 belongs to the upper half of a system’s scores, one of label 0 to the lower half.",
    )
    rows = most_apart(items)
    if len(rows):
        st.markdown("They disagree most on:")
        table(
            _listed(page, task, rows),
            name=f"compare-{page.file}-items",
            key="apart",
            title=f"The {len(rows)} items on which {' and '.join(page.names)} disagree most",
            about=about,
            alt=f"The {len(rows)} items on which the two disagree most",
            columns={
                "Open": st.column_config.LinkColumn(display_text="→", width="small"),
                **{
                    name: st.column_config.NumberColumn(format="%.0f %%", help="Share of its scores below")
                    for name in page.names
                },
            },
            height=320,
        )
    page_link(
        page.ctx,
        "variants",
        "All of them, the furthest apart first →",
        task=task,
        system=page.pair.first,
        rival=page.pair.second,
        by="gap",
        down=True,
    )


def _listed(page: ComparePage, task: str, rows: pd.DataFrame) -> pd.DataFrame:
    words = label_words(page.pair.suite)
    shared = {"suite": page.pair.suite, "task": task, "system": page.pair.first, "rival": page.pair.second}
    return pd.DataFrame(
        {
            "Item": rows["item_id"],
            "Open": [f"variants?{urlencode(shared | {'item': str(item)})}" for item in rows["item_id"]],
            "Label": [with_glyph(int(label), words[int(label)]) for label in rows["label"]],
            page.names[0]: rows["first"],
            page.names[1]: rows["second"],
            "Nearer": [page.names[0] if gain > 0 else page.names[1] for gain in rows["gain"]],
            "Gene": rows["gene"],
            "Consequence": rows["consequence"],
        }
    )
