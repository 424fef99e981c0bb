"""Overview: what the evidence says, each finding a sentence computed from the store and linked to its view."""

from functools import partial

import streamlit as st

from dashboard.charts.findings import ALT, CHARTS
from dashboard.components.about import about_all, about_finding
from dashboard.components.exhibit import chart, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.links import fresh_link
from dashboard.components.standings import standings
from dashboard.database import load
from dashboard.filters import context
from dashboard.queries.findings import read_findings
from dashboard.queries.methods import read_counts, read_scored_here
from dashboard.queries.probes import read_to_beat
from dashboard.queries.single_cells import read_single_cells
from dashboard.queries.standings import read_standings
from dashboard.queries.suites import SUITES
from dashboard.text import count, in_words

ctx = context()
found = load(read_findings, ctx.catalog)
counts = load(read_counts)
models = int((ctx.catalog.models["role"] == "model").sum())
baselines = int((ctx.catalog.models["role"] == "baseline").sum())
leading = next((finding.data for finding in found if finding.key == "leader"), None)
if leading is None:
    title = "The store holds no leaderboard yet"
elif (leading["rank"] > 1).any():
    title = "No genomic model earns its place everywhere"
else:
    title = "One model leads every category"
heading(
    title,
    f"{models} models and {baselines} baselines on {len(ctx.catalog.tasks)} tasks, "
    f"{int(counts['scores'].sum() - counts['computed'].sum()):,} published scores and "
    f"{int(counts['computed'].sum()):,} computed here, each with its source. What they show when read category by "
    "category, and next to a baseline:",
)
say_about(about_all(models, baselines, len(ctx.catalog.tasks)))
standings(ctx, load(read_standings))
for finding in found:
    rests_on = about_finding(ctx.catalog, finding.key)
    with st.container(border=True):
        words, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
        with words:
            st.subheader(finding.title, anchor=False)
            st.markdown(finding.detail)
            fresh_link(ctx, finding.page, f"{finding.link} →", finding.query)
            with st.expander("The numbers"):
                table(
                    finding.data,
                    name=f"finding-{finding.key}",
                    key=f"{finding.key}-numbers",
                    alt=ALT[finding.key],
                    title=finding.title,
                    notes=(finding.detail,),
                    about=rests_on,
                    height=220,
                )
        with picture:
            chart(
                partial(CHARTS[finding.key], finding.data, ctx.colours),
                key=finding.key,
                alt=ALT[finding.key],
                rows=finding.data,
                title=finding.title,
                file=f"finding-{finding.key}",
                notes=(finding.detail,),
                about=rests_on,
            )
to_beat = load(read_to_beat, "full", "MCC")
probed = sum(task in ctx.catalog.benchmark for task in to_beat.index)
st.caption(
    "GENEB’s findings are over the 40 models that its authors ran themselves. Its rows are published values, and GENEB "
    + (
        f"publishes no baseline: for {in_words(probed)} of its tasks baselines were probed here."
        if probed
        else "publishes no baseline, so nothing here says yet which of its models beats one."
    )
)
scored_here = load(read_scored_here)
if len(scored_here):
    section("Scored here, variant by variant, with an interval for every value")
    for task in scored_here.itertuples():
        query = {"suite": task.suite, "task": task.task_id}
        fresh_link(
            ctx,
            "task",
            f"{task.label}: {count(task.n, 'variant')}, {task.prevalence:.1%} positive, {task.systems} systems →",
            query,
        )
single_cells = load(read_single_cells)
if len(single_cells):
    section("Measured here on single cells, with an interval for every value")
    for task_id, rows in single_cells.groupby("task_id", sort=False):
        first = rows.iloc[0]
        n = count(rows["n"].max(), SUITES[first["suite"]].noun)
        fresh_link(
            ctx,
            "task",
            f"{first['task']}: {n}, {int(rows['value'].notna().sum())} systems, {first['name']} to beat →",
            {"suite": first["suite"], "task": str(task_id)},
        )
