"""Controls of Variants: the task, the systems to look at, which items, in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.palette import with_glyph
from dashboard.database import load
from dashboard.filters import choose, key, many, pick
from dashboard.queries.item_filters import GAPS, OUTCOMES
from dashboard.queries.item_rows import Known, read_genes, read_known, read_threshold
from dashboard.queries.suites import SUITES, label_words
from dashboard.text import CALLS
from dashboard.view import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.filters import Context

_MOST_GENES = 3000
"""More genes than this are typed, not chosen from a list."""


def draw(ctx: Context) -> None:
    """Which items of which task are listed, and how."""
    task(ctx)
    view = ctx.view
    if view.task not in ctx.catalog.with_items:
        return
    known = load(read_known, view.task)
    names = ctx.catalog.models["name"]
    pick("system", "System", ctx, lambda model: str(names[model]))
    if len(ctx.catalog.scored_on(view.task)) > 1:
        pick("rival", "Beside it", ctx, lambda model: str(names[model]), help="The baseline to beat stands first.")
    _filters(ctx, known)
    _order(ctx, known)


def task(ctx: Context) -> None:
    """All tasks that have single items, of every suite."""
    options = list(ctx.catalog.with_items)
    if ctx.view.task and ctx.view.task not in options:
        options.insert(0, ctx.view.task)
    place = "variants-task"
    st.session_state[place] = ctx.view.task

    def chosen() -> None:
        name = st.session_state[place]
        choose(suite=ctx.catalog.suite_of(name), task=name)

    st.selectbox("Task", options, format_func=lambda name: _words(ctx, name), key=place, on_change=chosen)


def _words(ctx: Context, name: str) -> str:
    suite, label = SUITES[str(ctx.catalog.tasks.at[name, "suite"])].label, str(ctx.catalog.tasks.at[name, "label"])
    return label if label.startswith(suite) else f"{suite} · {label}"


def _filters(ctx: Context, known: Known) -> None:
    view, words = ctx.view, label_words(ctx.view.suite)
    st.text_input("Find", key=key("find", view.find), placeholder="variant, protein change, gene", max_chars=80)
    _maybe("label", "Label", LABELS, ctx, lambda label: with_glyph(int(label), words[int(label)]))
    if len(ctx.catalog.consequences_of(view.task or "")) > 1:
        many("consequence", "Consequence", ctx)
    _gene(ctx, known)
    if known.placed:
        _places(ctx, known)
    _calls(ctx)
    if view.rival:
        st.select_slider(
            "Disagreement, at least",
            GAPS,
            format_func=lambda points: f"{points} points" if points else "any",
            key=key("gap", view.gap),
            help="How far apart the percentiles of the two systems are.",
        )
    if ctx.catalog.parts_of(view.task or ""):
        many("part", "Part of the task", ctx, lambda part: ctx.catalog.stratum_label(view.task or "", part))


def _maybe(
    name: str,
    label: str,
    options: Sequence[str],
    ctx: Context,
    words: Callable[[str], str],
    *,
    why: str | None = None,
    off: bool = False,
) -> None:
    """One of a few, or none of them."""
    place = key(name, getattr(ctx.view, name))
    st.segmented_control(label, options, format_func=words, key=place, help=why, disabled=off)


def _gene(ctx: Context, known: Known) -> None:
    if known.genes < 2:
        return
    if known.genes > _MOST_GENES:
        st.text_input("Gene", key=key("gene", ctx.view.gene), placeholder="exact name", max_chars=80)
        return
    genes = load(read_genes, ctx.view.task or "", _MOST_GENES)
    # One that is in the address, but not in the task, stays visible: it is why nothing is listed.
    options = ["", *genes] if ctx.view.gene in {"", *genes} else ["", ctx.view.gene, *genes]
    st.selectbox("Gene", options, format_func=lambda gene: gene or "all", key=key("gene", ctx.view.gene))


def _places(ctx: Context, known: Known) -> None:
    columns = st.columns(2)
    for column, name, label in zip(columns, ("start", "end"), ("Position from", "to"), strict=True):
        bound = known.first if name == "start" else known.last
        column.number_input(
            label,
            min_value=0,
            max_value=10**10,
            value=None,
            step=1,
            placeholder=f"{bound:,}",
            key=key(name, getattr(ctx.view, name)),
            help="On the chromosome, or in the protein where the task has no coordinates.",
        )


def _calls(ctx: Context) -> None:
    name = ctx.catalog.models["name"].get(ctx.view.system or "", "this system")
    stated = load(read_threshold, ctx.view.task or "", ctx.view.system)
    if stated.value is None:
        why = f"No threshold is stated for {name}, and none is chosen on test data: no call is right or wrong."
    else:
        why = f"{name} at {stated.value:.4g}: {stated.source}."
    _maybe("outcome", "Call of the system", OUTCOMES, ctx, CALLS.__getitem__, why=why, off=stated.value is None)


def _order(ctx: Context, known: Known) -> None:
    names = ctx.catalog.models["name"]
    words = {
        "place": "Place" if known.placed else "Number",
        "label": "Label",
        "system": str(names.get(ctx.view.system or "", "System")),
        "rival": str(names.get(ctx.view.rival or "", "Rival")),
        "gap": "Disagreement",
        "value": "Measured value",
    }
    pick("by", "Order by", ctx, words.__getitem__)
    st.toggle("Highest first", key=key("down", ctx.view.down))
