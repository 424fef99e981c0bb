"""Variants: the single items of a task, what two systems say of them, and one of them in full."""

import streamlit as st

from dashboard.components.about_evidence import about_items
from dashboard.components.exhibit import say_about
from dashboard.components.heading import heading, section
from dashboard.components.items_charts import items_chart
from dashboard.components.items_chips import CLEARED, item_chips
from dashboard.components.items_list import command, items_list
from dashboard.components.items_words import items_lede, items_title, nouns
from dashboard.components.links import page_link
from dashboard.components.slices import slices
from dashboard.components.task_units_words import noun
from dashboard.components.variant_card import variant_card
from dashboard.database import load
from dashboard.filters import Context, choose, context
from dashboard.queries.item_rows import Asked, Known, read_apart, read_count, read_known, read_threshold
from dashboard.queries.suites import SUITES, of_tasks
from dashboard.text import plain

MOST_TOLD = 50_000
"""Up to so many items, where two systems disagree most is asked for the title."""


def without_items(ctx: Context) -> None:
    """What brings single items, and the tasks that have them."""
    known = list(ctx.catalog.with_items)
    label = plain(str(ctx.catalog.tasks.at[ctx.view.task, "label"])) if ctx.view.task else "this task"
    if of_tasks(ctx.view.suite):
        of_cells(ctx, label)
        return
    heading(f"The single items of {label} are not in the store", "Only what was published of it as a whole is.")
    st.markdown("Where a task’s items can be fetched, these two commands bring them:")
    st.code("vledger fetch\nvledger publish", language="bash")
    if known:
        section("Tasks whose items are here")
        with st.container(gap=None):
            for task in known:
                suite = ctx.catalog.suite_of(task) or ctx.view.suite
                name = f"{SUITES[suite].label} · {ctx.catalog.tasks.at[task, 'label']}"
                page_link(ctx, "variants", name, suite=suite, task=task)


def of_cells(ctx: Context, label: str) -> None:
    """Where what a task of single cells is made of stands instead."""
    what = noun(ctx.view.suite)
    heading(f"{label} is no task of variants", f"Its values are over {what}s: each of them stands on the task’s page.")
    page_link(ctx, "task", f"All systems on each {what} →", task=ctx.view.task)
    page_link(ctx, "compare", f"Two systems on each {what} →", level="item", task=ctx.view.task)


def nothing(ctx: Context) -> None:
    """Why nothing is listed, and the way out."""
    stated = load(read_threshold, ctx.view.task or "", ctx.view.system)
    if ctx.view.outcome and stated.value is None:
        st.info(
            "No threshold is stated for this system, and none is chosen on test data: no call is right or wrong.",
            icon=":material/filter_alt_off:",
        )
    else:
        st.info("Take a filter away to see variants again.", icon=":material/filter_alt_off:")
    st.button("Clear filters", key="clear-items", on_click=choose, kwargs=CLEARED, type="primary")


def listed(ctx: Context, asked: Asked, n: int, known: Known) -> None:
    """Picture, list and slices, with the chosen item beside them."""
    if ctx.view.item is None:
        wide = st.container()
    else:
        wide, narrow = st.columns([5, 3], gap="large")
        with narrow:
            variant_card(ctx)
    with wide:
        items_chart(ctx, asked, n, known)
        items_list(ctx, asked, n, known)
        slices(ctx)


def items(ctx: Context) -> None:
    """The page of a task that has single items."""
    view = ctx.view
    asked = Asked(view.task or "", view.system, view.rival, view.items, view.by, view.down)
    known, counted = load(read_known, asked.task), load(read_count, asked)
    told = bool(view.system and view.rival and 0 < counted.n <= MOST_TOLD)
    apart = load(read_apart, asked) if told else None
    suite = SUITES[view.suite].label
    heading(items_title(ctx, counted, known, apart), items_lede(ctx, counted), kicker=f"Variants · {suite}")
    say_about(about_items(ctx, counted.n, known.n))
    item_chips(ctx, f"{counted.n:,} of {nouns(view.suite, known.n)}")
    if counted.n:
        listed(ctx, asked, counted.n, known)
    else:
        nothing(ctx)
        slices(ctx)
    with st.expander("Reproduce: the command that prints this list"):
        st.code(command(asked), language="bash", wrap_lines=True)


ctx = context()
if ctx.view.task in ctx.catalog.with_items:
    items(ctx)
else:
    without_items(ctx)
