"""The page `/choose`: questions at the top, the answer at once below, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components import choose_words as words
from dashboard.components.about_evidence import STATED, about_claims, ids_of
from dashboard.components.choose_commands import commands
from dashboard.components.choose_measured import measured_here
from dashboard.components.choose_systems import systems
from dashboard.components.exhibit import card, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.ledgers_cards import STYLE, context_html, family_html
from dashboard.components.ledgers_words import claims_table, family_title
from dashboard.components.links import fresh_link
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.filters import choose, key, one, pick
from dashboard.queries.choose import read_candidates, read_choice, read_matrix
from dashboard.queries.choose_measured import read_measured
from dashboard.queries.choose_needs import Needs
from dashboard.queries.citations import linked
from dashboard.queries.ledgers import read_claims
from dashboard.queries.ledgers_measured import read_measured as measured_claims
from dashboard.text import COMPUTE, RESOLUTION, capital, count, plain
from dashboard.urlstate import LAST_PLACE
from dashboard.view import ON_PAGE, View

if TYPE_CHECKING:
    from dashboard.filters import Context
    from dashboard.queries.choose import Candidate, Choice
    from dashboard.queries.choose_measured import Measured

_STEP = 1000


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """What was asked, and everything that the answer is drawn from."""

    ctx: Context
    needs: Needs
    choice: Choice
    candidates: list[Candidate]
    measured: list[Measured]


def choose_page(ctx: Context) -> None:
    """Draw the page."""
    view = ctx.view
    if view.topic is None:
        heading("The decision matrix is empty", "This store has no row to choose by: publish it anew.")
        st.code("vledger publish", language="bash")
        return
    choice = load(read_choice, view.topic)
    page = ChoosePage(
        ctx,
        Needs(view.window, view.resolution, view.compute, view.weights_needed, view.commercial),
        choice,
        load(read_candidates, view.topic, choice.family),
        load(read_measured, view.topic),
    )
    heading(
        words.title(choice.task, page.measured),
        "A first choice never stands alone here: what it has to beat comes before it, and the caveat travels with it.",
        kicker=f"Choose a model · {choice.task}",
    )
    sources = tuple(source.source_id for source in choice.sources)
    say_about(About(f"1 of {count(len(load(read_matrix)), 'row')} of the decision matrix", STATED, sources))
    _questions(ctx)
    _answer(page)
    systems(page)
    measured_here(page)
    commands(page)
    _claims(page)
    _matrix()


def _questions(ctx: Context) -> None:
    """What the answer depends on, each part of it in the address."""
    with st.container(border=True):
        job, window, licence = st.columns([5, 3, 4], gap="medium", vertical_alignment="bottom")
        with job:
            pick("topic", "What is it for?", ctx, str, help="The rows of the decision matrix; all of it stands below.")
        with window:
            st.number_input(
                "Context needed, in bp",
                min_value=0,
                max_value=LAST_PLACE,
                step=_STEP,
                key=key("window", ctx.view.window),
                help="How many base pairs must be seen at once; 0 asks for none. Windows that are stated in tokens "
                "alone are not converted.",
            )
        with licence, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(gap="xsmall", width="content"):
                st.toggle(
                    "Open weights",
                    key=key("weights_needed", ctx.view.weights_needed),
                    help="Weights that anybody can download, without a form or an API.",
                )
                st.toggle(
                    "Commercial use",
                    key=key("commercial", ctx.view.commercial),
                    help="A licence that permits it; one that nobody stated is “not stated”.",
                )
            changes = {name: getattr(_NOTHING, name) for name in ON_PAGE["choose"] if name != "topic"}
            st.button(
                "Clear", key="choose-reset", on_click=choose, kwargs=changes, type="tertiary", help="Ask for none."
            )
        fine, power = st.columns(2, gap="medium")
        with fine:
            one("resolution", "Resolution needed", ctx, RESOLUTION.__getitem__, help=_RESOLUTION_HELP)
        with power:
            one("compute", "Compute at hand", ctx, COMPUTE.__getitem__, help=words.COMPUTE_HELP)


_NOTHING = View()
_RESOLUTION_HELP = (
    "By DNA model: single bases, or bins and tokens of several; a model of single bases meets both. Models of proteins "
    "work by residue, models of cells by cell."
)


def _answer(page: ChoosePage) -> None:
    """The baseline first, then a first choice, then its caveat; why, and on whose word."""
    choice = page.choice
    beat, first, caveat = st.columns(3, gap="medium")
    with beat, st.container(border=True, height="stretch"):
        st.caption("1 · The baseline to beat first")
        st.markdown(f"**◆ {plain(choice.baseline)}**")
        st.markdown(plain(words.baseline_here(page.measured)) or "No baseline of this job was measured here.")
    with first, st.container(border=True, height="stretch"):
        st.caption("2 · Then a reasonable first choice")
        st.markdown(f"**{plain(capital(choice.first))}**")
        st.markdown(words.fit_summary(page.candidates, page.needs))
    with caveat, st.container(border=True, height="stretch"):
        st.caption("3 · The caveat that travels with it")
        st.markdown(f"**{plain(choice.caveat)}**")
    st.markdown(f"**Why:** {plain(choice.why)} Sources: {linked(choice.sources)}")
    card(
        key="answer",
        title=words.answer_title(choice),
        alt="The baseline to beat first, then a first choice, then its caveat",
        rows=lambda: words.answer_table(choice, page.measured, page.candidates, page.needs),
        notes=[f"Why: {plain(choice.why)}"],
    )


def _claims(page: ChoosePage) -> None:
    """Every claim of the same task family, as the ledgers have it; open where nothing else speaks."""
    family, known, colours = page.choice.family, page.ctx.catalog.ledger["system"], page.ctx.colours
    claims, measured = load(read_claims), load(measured_claims)
    own = claims[claims["task_family"] == family]
    section(f"What is claimed of {family}")
    if own.empty:
        st.markdown("No claim of this task family is in the ledgers.")
        return
    st.html(STYLE)
    with st.expander(f"{count(len(own), 'claim')}, each with evidence, caveat and source", expanded=not page.measured):
        context = own["ledger"] == "context"
        if not context.all():
            st.html(family_html(family, own[~context], measured, known, colours))
        if context.any():
            st.html(context_html("For context", own[context], measured, known, colours))
        card(
            key="claims",
            title=family_title(family, own),
            alt=f"{count(len(own), 'claim')} of {family} with value, comparator, outcome, evidence, caveat and source",
            rows=lambda: claims_table(own, measured),
            about=about_claims(own),
        )
    fresh_link(page.ctx, "ledgers", "Both ledgers on it →", {"families": family})


def _matrix() -> None:
    section("The whole decision matrix")
    rows = load(read_matrix)
    names = {
        "task": "Job",
        "baseline_to_beat": "Baseline to beat",
        "first_choice": "First choice",
        "caveat": "Caveat",
        "why": "Why",
        "task_family": "Task family",
        "sources": "Sources",
        "url": "First source",
    }
    table(
        rows[list(names)].rename(columns=names),
        name="decision-matrix",
        title=f"For each of {count(len(rows), 'job')} a baseline to beat comes before a first choice",
        about=About(count(len(rows), "job"), STATED, ids_of(rows["source_ids"])),
        alt=f"The decision matrix: {len(rows)} jobs, each with baseline to beat, first choice, caveat and sources",
        columns=dict.fromkeys(list(names.values())[:4], st.column_config.TextColumn(width="medium"))
        | {"First source": st.column_config.LinkColumn(display_text="open")},
        height="content",
    )
    st.code('vledger sql "SELECT * FROM decision" --format csv', language="bash")
