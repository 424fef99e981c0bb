"""Task: every system on one task or one part of it, against the medians and the strongest baseline."""

import pandas as pd
import streamlit as st

from dashboard.charts.dots import task_chart
from dashboard.charts.layout import CONFIG
from dashboard.components.facts import facts
from dashboard.components.heading import heading, section
from dashboard.components.legend import legend
from dashboard.components.links import page_link
from dashboard.components.probe_words import collapse_sentences, flag_sentences, leakage_sentence, side_by_side
from dashboard.components.standards import standards
from dashboard.components.table import table
from dashboard.components.verdicts import verdicts
from dashboard.components.wording import (
    coverage_sentence,
    intervals_sentence,
    repeats_sentence,
    task_lede,
    task_title,
    undefined_sentence,
)
from dashboard.database import load
from dashboard.filters import choose, context
from dashboard.queries.probes import read_leakage, read_standards
from dashboard.queries.suites import SUITES
from dashboard.queries.task import read_task
from dashboard.queries.verdicts import read_verdicts
from dashboard.text import COLLAPSED, KIND_SENTENCE, METRICS, REGIMES, count, listed, three

ctx = context()
view, suite = ctx.view, SUITES[ctx.view.suite]
task_id, stratum, probe = view.task or "", view.stratum or "all", view.probe
strata = ctx.catalog.strata_of(task_id)
tasks = ctx.catalog.tasks_of(view.suite)
metric = view.metric or ""
primary = ctx.catalog.tasks.at[task_id, "primary_metric"]
# A suite may publish one of its tasks in fewer metrics than the rest: then the task's own metric is shown.
shown = load(read_task, ctx.catalog, task_id, stratum, view.shown_regime, metric, probe)
if shown.scores.empty and metric != primary:
    metric = primary
    shown = load(read_task, ctx.catalog, task_id, stratum, view.shown_regime, metric, probe)
part = "" if stratum == "all" else f" · {shown.stratum['label']}"
place = dict.fromkeys((suite.label, shown.facts["category"], shown.facts["label"]))
heading(
    task_title(shown),
    task_lede(shown, metric, view.shown_regime),
    kicker=f"Task · {' · '.join(place)}{part}",
)
if metric != view.metric:
    st.caption(f"No {METRICS[view.metric or ''].name} is published for this task; {METRICS[metric].name} is shown.")
steps = [("stratum", strata, stratum)] if len(tasks) <= 2 and len(strata) > 1 else [("task", tasks, task_id)]
steps = [step for step in steps if len(step[1]) > 1]
for name, options, current in steps:
    position = options.index(current)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, step, letter in (("← Previous", -1, "P"), ("Next →", 1, "N")):
            target = options[(position + step) % len(options)]
            change = {name: target} if name == "stratum" else {"task": target, "stratum": None}
            st.button(label, key=f"step-{letter}", on_click=choose, kwargs=change, shortcut=letter)
        st.caption(f"{position + 1} of {len(options)} {'parts' if name == 'stratum' else 'tasks'}", width="content")

if view.order == "size":
    rows = shown.scores.sort_values("parameters", ascending=False, na_position="last", kind="stable")
elif view.order == "group":
    rows = shown.scores.sort_values(suite.group_by, na_position="last", kind="stable")
else:
    rows = shown.scores
rows = rows.dropna(subset=["value"])
chart, reading = st.columns([5, 3], gap="large")
with chart:
    if rows.empty:
        st.info(
            "No system has a value for this combination; choose another part, regime or metric.",
            icon=":material/search_off:",
        )
    else:
        legend(rows, view.suite, ctx.colours)
        two = side_by_side(shown)
        if two:
            st.caption(two)
        st.plotly_chart(
            task_chart(shown, rows, ctx.colours, group_by=suite.group_by, metric=METRICS[metric].name),
            config=CONFIG,
            key="dots",
            theme=None,
            alt=f"{METRICS[metric].name} of {len(rows)} systems on {shown.facts['label']}{part}",
        )
with reading:
    section("What a model has to beat")
    probed = load(read_standards, task_id, stratum, view.shown_regime, metric)
    if len(probed):
        standards(shown, probed, ctx.catalog.probes_of(task_id), view.shown_regime, METRICS[metric].name)
    elif shown.baselines.empty:
        st.markdown(
            f"No baseline is in the store for this task yet: {suite.label} publishes none. "
            "A high value here is not yet a value above a baseline."
        )
    for model, row in shown.baselines.iterrows():
        if probe is None:
            page_link(ctx, "model", f"**{three(row['value'])}** {row['name']}", model=str(model))
    if shown.to_beat is not None:
        page_link(ctx, "model", f"About {shown.to_beat['name']} →", model=shown.to_beat["model_id"])
    section("What is known of the task")
    whole = shown.stratum if stratum != "all" or pd.isna(shown.facts["n_test"]) else shown.facts
    facts(
        {
            "Asks": KIND_SENTENCE[shown.facts["kind"]],
            "Category": shown.facts["category"],
            "Collection": shown.facts["collection"],
            "Assays" if view.suite == "proteingym" else "Test items": count(whole.get("n_test", whole.get("n"))),
            "Training items": count(shown.facts["n_train"]) if not pd.isna(shown.facts["n_train"]) else None,
            "Positives": f"{whole['prevalence']:.1%}" if not pd.isna(whole["prevalence"]) else None,
            "Assembly": shown.facts["assembly"],
            "Labels used": REGIMES[view.shown_regime],
            "Protocol": listed(sorted(shown.scores["protocol"].unique()), 9) if len(shown.scores) else None,
        }
    )
    if view.suite == "geneb":
        section("Redundancy")
        st.markdown(repeats_sentence(list(ctx.catalog.tasks.loc[shown.repeats, "label"])))
        for other in shown.repeats:
            page_link(ctx, "task", f"{ctx.catalog.tasks.at[other, 'label']} →", task=other, stratum=None)
    section("Read with care")
    if shown.partly_scored:
        st.markdown(
            f"**Partial coverage** (open marks, *): {', '.join(shown.partly_scored)} were scored on some classes "
            f"only, and which "
            "items this value covers is not stated. They have no interval and no part in the title and the median."
        )
    leakage = None if probe is None else load(read_leakage, task_id)
    if leakage is not None:
        st.markdown(leakage_sentence(leakage))
        for name in (name for name in strata if name != stratum):
            label = ctx.catalog.stratum_label(task_id, name)
            page_link(ctx, "task", f"{label} →", stratum=name, regime="full")
    for sentence in [*collapse_sentences(shown.scores), *flag_sentences(shown.scores)]:
        st.markdown(sentence)
    supervised = rows[rows["supervised_on_assay"].astype(bool)]["name"]
    if len(supervised):
        st.markdown(f"Supervised on measured tracks, so possibly on this kind of label: {', '.join(supervised)}.")
    st.markdown(f"{METRICS[metric].sentence} Chance level: {METRICS[metric].chance}.")
    if shown.scores["ci_method"].notna().any():
        st.markdown(intervals_sentence(sorted(shown.scores["ci_method"].dropna().unique())))
    covered = coverage_sentence(rows, shown.stratum["n"])
    if covered:
        st.markdown(covered)
    undefined = shown.undefined if probe is None else shown.undefined[shown.undefined["role"] == "model"]
    if len(undefined):
        st.markdown(undefined_sentence(undefined))
    section("Source")
    link = f" [{shown.source['url']}]({shown.source['url']})" if not pd.isna(shown.source["url"]) else ""
    st.markdown(f"{shown.source['citation']}{link}")
    section("Reproduce")
    query = (
        "SELECT m.name, s.value, s.ci_low, s.ci_high\nFROM score s JOIN model m USING (model_id)\n"
        f"WHERE task_id = '{task_id}'\n  AND stratum = '{stratum.replace(chr(39), chr(39) * 2)}'\n"
        f"  AND regime = '{view.shown_regime}' AND metric = '{metric}'\n"
        + (f"  AND protocol IN ({', '.join(map(repr, [*suite.protocols, probe]))})\n" if probe else "")
        + "ORDER BY s.value DESC"
    )
    if probe and task_id in ctx.catalog.benchmark:
        st.code(f"vledger probe --task {task_id} \\\n  --protocol {probe}", language="bash", wrap_lines=True)
    st.code(f'vledger sql "{query}"', language="bash", wrap_lines=True)

name = f"{task_id}-{stratum}-{view.shown_regime}-{metric}".replace(":", "-").replace("/", "-")
verdicts(
    load(read_verdicts, view.suite, task_id, stratum, view.shown_regime, metric, probe),
    metric=METRICS[metric].name,
    name=f"verdicts-{name}",
)
section("The numbers")
table(
    pd.DataFrame(
        {
            "System": rows["name"],
            "Role": rows["role"],
            METRICS[metric].name: rows["value"].round(5),
            "95 % low": rows["ci_low"].astype(float).round(4),
            "95 % high": rows["ci_high"].astype(float).round(4),
            "SE of difference to best": rows["se_to_best"].astype(float),
            "n": rows["n"].astype("Int64"),
            suite.group_label: rows[suite.group_by],
            "Tokeniser": rows["tokenizer"],
            "Parameters": rows["parameters"].astype("Int64"),
            "Provenance": rows["provenance"],
            "Care": rows["collapsed"].map(lambda evidence: COLLAPSED if evidence else None),
            "Protocol": rows["protocol"] if len(set(rows["protocol"])) > 1 else None,
        }
    ),
    name=f"task-{name}",
    alt=f"Systems on {shown.facts['label']} with value, interval and facts",
    columns={
        METRICS[metric].name: st.column_config.NumberColumn(format="%.3f"),
        "Parameters": st.column_config.NumberColumn(format="compact"),
    },
)
