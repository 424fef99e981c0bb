"""What stands above and below every level of a comparison: title, buttons, what is unlike, how to repeat it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.care import care
from dashboard.components.compare_facts import care_lines, facts_side_by_side, facts_title
from dashboard.components.compare_words import NEEDED_HELP, title
from dashboard.components.exhibit import card
from dashboard.components.heading import heading, section
from dashboard.components.links import page_link
from dashboard.components.task_units_words import noun as unit_noun
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.filters import choose, key, repeat
from dashboard.queries.provenance import read_model_source
from dashboard.text import REGIMES, plain
from dashboard.view import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.components.compare_page import ComparePage
    from dashboard.components.compare_words import Headline
    from dashboard.queries.flags import Told


def top(page: ComparePage, head: Headline, lede: str, *, place: str = "", beat: str | None = None) -> None:
    """Title and lede, the buttons that change the two, and the levels.

    Args:
        page: the two.
        head: what the title is about.
        lede: the line under it.
        place: the task or part, where it is not the whole suite.
        beat: the baseline to beat there; that of the suite where it is not given.
    """
    regime = f" · {REGIMES[page.pair.regime]}" if len(page.suite.regimes) > 1 else ""
    kicker = f"Compare · {page.suite.label}{f' · {place}' if place else ''}{regime} · {page.metric_name}"
    heading(title(head), lede, kicker=kicker)
    _buttons(page, beat or page.ctx.catalog.to_beat(page.pair.suite))
    _levels(page)


def at_once(head: Headline, show: Callable[[], None]) -> None:
    """Draw what has just been computed; where the title was written before, write it anew."""
    if head.computing:
        repeat()
    show()


def _buttons(page: ComparePage, beat: str | None) -> None:
    pair, catalog = page.pair, page.ctx.catalog
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "⇄ Swap",
            key="compare-swap",
            on_click=choose,
            kwargs={"first": pair.second, "second": pair.first},
            help="The second becomes the first; every difference changes its sign.",
        )
        if beat is not None and beat in catalog.models.index and beat not in {pair.first, pair.second}:
            st.button(
                "Against the baseline to beat",
                key="compare-beat",
                on_click=choose,
                kwargs={"second": beat},
                help=f"{catalog.models.at[beat, 'name']}, named beforehand as what a model has to beat here.",
            )
        for number, (model, name) in enumerate(zip((pair.first, pair.second), page.names, strict=True)):
            page_link(page.ctx, "model", f"{plain(name)} →", help=("The first", "The second")[number], model=model)


def level_words(page: ComparePage) -> dict[str, str]:
    """Names of the levels in this suite, the first one first."""
    if page.alone:
        return {"category": "By task", "item": f"By {unit_noun(page.pair.suite)}"}
    noun = "sequence" if page.noun == "test sequence" else "variant"
    return {"category": "By category" if page.by_tasks else "By part", "task": "By task", "item": f"By {noun}"}


def _levels(page: ComparePage) -> None:
    words, level = level_words(page), page.ctx.view.level
    st.segmented_control(
        "Level",
        list(words),
        required=True,
        format_func=words.__getitem__,
        key=key("level", level if level in words else LEVELS[0]),
        label_visibility="collapsed",
    )


def below(page: ComparePage, command: str, needed: str | None, *, flags: Sequence[Told]) -> None:
    """How many more would settle it, what is unlike, all facts, and the command."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        section("What would settle it")
        st.markdown(needed or "Not known before the intervals are.", help=NEEDED_HELP)
    with right:
        section("Read with care")
        care_lines(page)
        told = replace(page.about, n="2 systems", interval="no intervals: flags, not values")
        care(flags, name=f"compare-{page.file}-flags", about=told)
    section("The two side by side")
    rows = facts_side_by_side(page)
    card(
        key="side-by-side",
        title=facts_title(page, rows),
        alt=f"What is known of {page.names[0]} and {page.names[1]}, side by side",
        rows=rows,
        about=About("2 systems", "no intervals: facts, not values", _sources(page)),
        file=f"compare-{page.file}-facts",
    )
    section("Reproduce")
    st.code(command, language="bash", wrap_lines=True)


def _sources(page: ComparePage) -> tuple[str, ...]:
    """Of the facts."""
    return tuple(dict.fromkeys(load(read_model_source, model) for model in (page.pair.first, page.pair.second)))
