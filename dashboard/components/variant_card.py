"""The card of one variant: what it is, what every system says of it, and where to look further."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import urlstate
from dashboard.charts.palette import label_mark
from dashboard.charts.standing import standing_chart
from dashboard.components.about_evidence import about_variant
from dashboard.components.exhibit import plot, table
from dashboard.components.facts import facts
from dashboard.components.heading import section
from dashboard.components.variant_words import (
    command_sql,
    identity,
    label_sentences,
    name_note,
    placing_sentence,
    standings_table,
    surroundings_html,
    surroundings_sentence,
    title,
)
from dashboard.database import load
from dashboard.filters import choose
from dashboard.queries.item_filters import NAMES, ItemFilters
from dashboard.queries.item_rows import Asked
from dashboard.queries.neighbours import Place, read_place
from dashboard.queries.outlinks import links
from dashboard.queries.suites import label_words
from dashboard.queries.variant import (
    FEWEST_KNOWN,
    Variant,
    read_label_values,
    read_standings,
    read_surroundings,
    read_variant,
)
from dashboard.text import count, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from dashboard.filters import Context


def variant_card(ctx: Context) -> None:
    """Show the item that the address names; nothing where it names none, a notice where there is no such item."""
    view = ctx.view
    if not view.item or view.task is None:
        return
    variant = load(read_variant, view.task, view.item)
    if variant is None:
        st.warning(
            f"This task has no item “{plain(view.item)}”; the list stays as it was.", icon=":material/search_off:"
        )
        st.button("Forget it", key="card-forget", on_click=choose, kwargs={"item": None})
        return
    asked = Asked(view.task, view.system, view.rival, view.items, view.by, view.down)
    place = load(read_place, asked, variant.item_no)
    standings = load(read_standings, view.task, variant.item_no)
    with st.container(key="variant-card"):
        section(title(variant))
        _steps(variant, place)
        figure, read_with = _chart(ctx, variant, standings)
        _reading(variant)
        _numbers(ctx, variant, standings, figure, [*reading_notes(variant), read_with])
        _repeat(ctx, variant)


def _steps(variant: Variant, place: Place) -> None:
    """Before, after, where one stands, and ways out."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, target, letter in (("← Previous", place.previous, "K"), ("Next →", place.following, "J")):
            st.button(
                label,
                key=f"card-{letter}",
                on_click=choose,
                kwargs={"item": target},
                shortcut=letter,
                disabled=target is None,
            )
        where = "not among the" if place.position is None else f"{count(place.position)} of"
        st.caption(f"{where} {count(place.total)} shown", width="content")
        if variant.place is not None:
            st.button(
                "This position only",
                key="card-position",
                on_click=choose,
                kwargs=_position(variant),
                type="tertiary",
                help="List all items at this position, whatever was filtered before",
            )
        st.button("✕ Close", key="card-close", on_click=choose, kwargs={"item": None}, type="tertiary")


def _position(variant: Variant) -> dict[str, Any]:
    """Filters that leave the items at one position: a residue's number means something within its gene alone."""
    within = variant.gene if variant.pos is None and variant.gene else ""
    filters = ItemFilters(start=variant.place, end=variant.place, gene=within)
    return {name: getattr(filters, name) for name in NAMES}


def _chart(ctx: Context, variant: Variant, standings: pd.DataFrame) -> tuple[go.Figure | None, str]:
    """The figure and how it is read; none where no system scored the variant."""
    words = label_words(variant.suite)
    st.markdown(placing_sentence(standings, variant))
    rows = standings[standings["score"].notna()]
    if rows.empty:
        return None, ""
    st.html(_legend(ctx, words))
    figure = standing_chart(rows, words, ctx.colours)
    plot(
        figure,
        key="card-standings",
        alt=f"{len(rows)} systems: share of items of either label that score below {variant.item_id}",
    )
    told = (
        f"Right: more like {words[1]}. Far right among {words[0]} and in the middle among {words[1]}, it looks like "
        f"{words[1]}. Bold: baselines; italics: controls."
    )
    st.caption(told)
    return figure, told


def _legend(ctx: Context, words: Mapping[int, str]) -> str:
    marks = {label: label_mark(label, ctx.colours) for label in (0, 1)}
    spans = "".join(
        f'<span><span style="color:{mark.colour}">{mark.glyph}</span> among {escape(words[label])}</span>'
        for label, mark in marks.items()
    )
    return f'<div class="vl-legend">{spans}</div>'


def _reading(variant: Variant) -> None:
    facts(identity(variant))
    if note := name_note(variant):
        st.caption(note)
    st.markdown("**Label**")
    st.markdown(" ".join(label_sentences(variant, load(read_label_values, variant.task_id))))
    if variant.citation:
        url = f" [{variant.url}]({variant.url})" if variant.url else ""
        st.caption(f"{plain(variant.citation)}{url}")
    around = load(read_surroundings, variant)
    if around is not None:
        st.markdown("**Sequence**")
        if around.known >= FEWEST_KNOWN:
            st.html(surroundings_html(around))
        st.caption(surroundings_sentence(around, variant))
    if found := links(variant):
        st.markdown("**Look it up**")
        with st.container(horizontal=True, gap="small"):
            for name, address in found.items():
                st.link_button(name, address, icon=":material/open_in_new:", key=f"card-link-{name}")
        st.caption("Built from its coordinates or names; opens in a new tab, and nothing is sent before you click.")


def reading_notes(variant: Variant) -> list[str]:
    """What the variant is, what its label is, and where its letters come from, line by line: for a slide."""
    known = {term: value for term, value in identity(variant).items() if value is not None and not pd.isna(value)}
    around = load(read_surroundings, variant)
    return [
        plain("; ".join(f"{term}: {value}" for term, value in known.items())),
        name_note(variant) or "",
        " ".join(label_sentences(variant, load(read_label_values, variant.task_id))),
        "" if around is None else surroundings_sentence(around, variant),
    ]


def _numbers(
    ctx: Context, variant: Variant, standings: pd.DataFrame, figure: go.Figure | None, notes: list[str]
) -> None:
    number = st.column_config.NumberColumn
    rows = standings_table(standings, variant)
    shares = {name: number(format="%.1f") for name in rows if name.startswith("Above")}
    table(
        rows,
        name=f"{variant.task_id}-{variant.item_id}",
        kind="card",
        title=f"{plain(title(variant))}: {placing_sentence(standings, variant).removesuffix('.')}",
        figure=figure,
        notes=notes,
        about=about_variant(ctx, standings),
        baselines=(standings["role"] == "baseline").tolist(),
        alt=f"Scores of {variant.item_id} by every system, where they put it, and what a threshold calls it",
        columns={**shares, "Score": number(format="%.4g"), "Threshold": number(format="%.4g")},
        key="card",
    )


def _repeat(ctx: Context, variant: Variant) -> None:
    """The address of this view, and the command that gives the same numbers."""
    query = urlencode(urlstate.serialise(replace(ctx.view, item=variant.item_id), ctx.page, ctx.catalog), doseq=True)
    with st.expander("Share and reproduce"):
        st.caption("The address of this view")
        st.code(f"{st.context.url or '/variants'}?{query}", language=None, wrap_lines=True)
        st.code(f'vledger sql "{command_sql(variant)}"', language="bash", wrap_lines=True)
