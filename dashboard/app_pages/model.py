"""Model: what is known of one system, and its profile over everything it was measured on."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.charts.dots import profile_chart
from dashboard.components.about import about_board, about_scores
from dashboard.components.dated_notes import dated_notes
from dashboard.components.exhibit import card, chart, say_about, table
from dashboard.components.facts import facts, stated_facts
from dashboard.components.heading import heading, section
from dashboard.components.links import page_link
from dashboard.components.model_words import (
    model_lede,
    model_title,
    profile_title,
    scores_counted,
    scores_title,
    without_value,
)
from dashboard.components.probed import probed
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.filters import context
from dashboard.queries.board import read_board
from dashboard.queries.model import profile, read_scores, read_tasks_to_beat, read_without_value
from dashboard.queries.provenance import Shown, read_model_source
from dashboard.queries.suites import SUITES, TASKS, of_tasks, suite_label
from dashboard.queries.system import read_system_of
from dashboard.text import ACCESS, COLLAPSED, METRICS, REGIMES, capital, plain, size

ctx = context()
view = ctx.view
model_id = view.model or ""
facts_of = ctx.catalog.models.loc[model_id]
suites = list(facts_of["suites"])
regime = view.regime if view.regime in SUITES["geneb"].regimes else "full"
boards = [
    load(
        read_board,
        ctx.catalog,
        suite,
        regime if suite == "geneb" else SUITES[suite].regimes[0],
        SUITES[suite].metrics[0],
        (ctx.catalog.kinds_of(suite) or [""])[0],
    )
    for suite in ctx.catalog.suites
    if suite in suites
]
scored = load(read_scores, model_id, regime)
profiles = [
    (board, profile(board, model_id, ctx.catalog.registered)) for board in boards if model_id in board.values.index
]


def beaten_on(suite: str) -> list[str]:
    """Tasks of a suite of whole tasks on which this is the baseline to beat."""
    columns = ctx.catalog.columns_of(suite, TASKS) if of_tasks(suite) else ()
    return [column.short for column in columns if model_id in ctx.catalog.registered.get(column.key, [])]


def told_of(suite: str, rows: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """What the marks of a profile are, for the line above it and for hovering."""
    if of_tasks(suite):
        baseline = "◆ the baseline to beat" if rows["baseline"].notna().any() else "no baseline is registered"
        told = f"Point: this system with its interval. Grey bar: range of all systems; tick: their median; {baseline}."
        return told, {"middle": "median system", "beside": "baseline to beat"}
    baseline = "◆ strongest baseline" if rows["baseline"].notna().any() else "no baseline on whole categories yet"
    return f"Point: this system. Grey bar: range of all models; tick: median model; {baseline}.", {}


def provenance() -> str:
    """Where its scores come from, suite by suite where that differs."""
    found = scored.groupby("provenance")["suite"].unique()
    if found.empty:
        return "no scores"
    if len(found) == 1:
        return str(found.index[0])
    return "; ".join(f"{kind} ({', '.join(map(suite_label, kinds))})" for kind, kinds in found.items())


first, places = profiles[0] if profiles else (None, pd.DataFrame())
heading(
    model_title(facts_of, first, places, beaten_on(first.suite) if first else ()),
    model_lede(first, places, scored, len(load(read_tasks_to_beat, model_id)))
    if len(scored)
    else "It was asked and has no value: the reasons stand below.",
    kicker=f"{capital(facts_of['role'])} · {facts_of['name']}",
)
asked = Shown(models=(model_id,), regimes=tuple(dict.fromkeys((*scored["regime"], regime))))
say_about(about_scores(asked, scores_counted(scored)))
charts, reading = st.columns([5, 3], gap="large")
with charts:
    for board, rows in profiles:
        suite = SUITES[board.suite]
        regime_word = f", {REGIMES[board.regime].lower()}" if board.suite == "geneb" else ""
        section(f"{suite.label}{regime_word}")
        told, marks = told_of(board.suite, rows)
        st.caption(told)
        chart(
            partial(profile_chart, rows, ctx.colours, metric=METRICS[board.metric].name, **marks),
            key=f"profile-{board.suite}",
            rows=rows,
            title=profile_title(facts_of, board, rows),
            file=f"profile-{model_id}-{board.suite}",
            notes=(told,),
            about=about_board(board, (ctx.catalog.kinds_of(board.suite) or [""])[0]),
            alt=f"{facts_of['name']} on {suite.label}: value and rank in {len(rows)} columns",
        )
    probed(ctx, scored)
with reading:
    section("Facts")
    stated = facts_of["parameter_statements"]
    sizes = (
        "; ".join(f"{size(row['parameters'])} ({row['by']})" for row in stated)
        if isinstance(stated, list | np.ndarray)
        else size(facts_of["parameters"])
    )
    window = (
        None if pd.isna(facts_of["context_value"]) else f"{int(facts_of['context_value']):,} {facts_of['context_unit']}"
    )
    if window and not pd.isna(facts_of["context_bp"]) and facts_of["context_unit"] != "bp":
        window += f" (about {int(facts_of['context_bp']):,} bp)"
    note = facts_of["parameters_note"]
    known = {
        "Architecture": facts_of["architecture"],
        "Family": facts_of["family"],
        "Reads": facts_of["inputs"],
        "Tokeniser": facts_of["tokenizer"],
        "Parameters": sizes + ("" if pd.isna(note) else f" ({note})"),
        "Context": window,
        "Pretraining data": facts_of["pretraining_data"],
        "Licence of the weights": "not established" if pd.isna(facts_of["licence"]) else facts_of["licence"],
        "Access": facts_of["access"] if not pd.isna(facts_of["access"]) else ACCESS.get(facts_of["access_kind"]),
        "Provenance of its scores": provenance(),
    }
    facts(known)
    card(
        key="facts",
        title=f"What is known of {facts_of['name']}",
        alt=f"Facts about {facts_of['name']}: term and value",
        rows=stated_facts(known),
        notes=() if pd.isna(facts_of["provenance_note"]) else (facts_of["provenance_note"],),
        about=About(f"1 {facts_of['role']}", "no intervals: facts, not values", (load(read_model_source, model_id),)),
        file=f"facts-{model_id}",
    )
    dated_notes(model_id)
    if system := load(read_system_of, model_id):
        page_link(ctx, "system", f"Claims for and against {plain(system)} →", who=system)
    section("Read with care")
    if facts_of["supervised_on_assay"]:
        st.markdown("**Supervised on measured tracks** of the kind that some tasks ask about.")
    for term, text in (
        ("Contamination", facts_of["contamination"]),
        ("Known defects", facts_of["known_defects"]),
    ):
        st.markdown(f"**{term}:** {'none recorded; that is not the same as none' if pd.isna(text) else text}")
    if not pd.isna(facts_of["provenance_note"]):
        section("Where these facts come from")
        st.caption(facts_of["provenance_note"])

section("All scores")
by_gene = "By task and part; values by gene are on the pages of their tasks."
strata = ctx.catalog.strata
by_gene = by_gene if (strata["task_id"].isin(scored["task_id"]) & (strata["kind"] == "gene")).any() else ""
if by_gene:
    st.caption(by_gene)
without = without_value(load(read_without_value, model_id))
for line in without:
    st.markdown(line)
if len(scored):
    table(
        pd.DataFrame(
            {
                "Suite": scored["suite"].map(suite_label),
                "Category": scored["category"],
                "Task": scored["task"],
                "Part": scored["part"],
                "Labels": scored["regime"].map(REGIMES.__getitem__),
                "Metric": scored["metric"].map(lambda metric: METRICS[metric].name),
                "Value": scored["value"].round(5),
                "95 % low": scored["ci_low"].astype(float).round(4),
                "95 % high": scored["ci_high"].astype(float).round(4),
                "Rank": scored["rank"].astype("Int64"),
                "of": scored["n_systems"].astype("Int64"),
                "Best": scored["best"].round(5),
                "Protocol": scored["protocol"],
                "Care": scored["collapsed"].map(lambda evidence: COLLAPSED if evidence else None),
            }
        ),
        name=f"model-{model_id}-{regime}".replace(":", "-"),
        key="scores",
        title=scores_title(facts_of, scored),
        notes=(by_gene, *without),
        alt=f"All scores of {facts_of['name']} with rank and best value",
        columns={
            "Value": st.column_config.NumberColumn(format="%.3f"),
            "Best": st.column_config.NumberColumn(format="%.3f"),
        },
        height=420 if len(scored) > 10 else "content",
    )
if first is not None:
    page_link(ctx, "leaderboard", f"Back to the {SUITES[first.suite].label} leaderboard →", suite=first.suite)
