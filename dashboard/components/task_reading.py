"""Right column of the Task page: what has to be beaten, what to read with care, where to go on, how to reproduce it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.about import about_scores
from dashboard.components.care import care
from dashboard.components.exhibit import card
from dashboard.components.facts import facts
from dashboard.components.heading import section
from dashboard.components.links import page_link
from dashboard.components.probe_words import leakage_sentence
from dashboard.components.standards import Standards, standards
from dashboard.components.task_card_words import few_sentence
from dashboard.components.wording import intervals_sentence, repeats_sentence
from dashboard.database import load
from dashboard.queries.flags import told
from dashboard.queries.probes import read_leakage, read_standards
from dashboard.queries.suites import of_tasks
from dashboard.queries.task_cards import CARDS
from dashboard.text import KIND_SENTENCE, METRICS, REGIMES, count, listed, plain, three

if TYPE_CHECKING:
    from dashboard.components.task_page import TaskPage
    from dashboard.exhibits import About

_IN_SIGHT = 3


def reading(page: TaskPage) -> None:
    """All sections."""
    _to_beat(page)
    section("Read with care")
    _partial(page)
    few = few_sentence(page)
    if few:
        st.markdown(few)
    scores = page.shown.scores.reset_index()
    flags = told(scores, page.verdicts, page.ctx.catalog.models["name"].to_dict())
    about = replace(about_scores(page.asked, page.counted), interval="no intervals: flags, not values")
    care(flags, name=f"flags-{page.file}", about=about)
    if not flags and not few and not page.shown.partly_scored:
        st.markdown("Nothing is flagged here.")
    with st.expander("About this task"):
        _about(page)
    section("Go on")
    _onward(page)
    section("Reproduce")
    _reproduce(page)


def _to_beat(page: TaskPage) -> None:
    shown, ctx = page.shown, page.ctx
    section("What a model has to beat")
    probed = load(read_standards, page.task_id, page.stratum, page.regime, page.metric)
    if len(probed):
        _offer(page, standards(shown, probed, ctx.catalog.probes_of(page.task_id), page.regime, page.metric_name))
    elif shown.baselines.empty:
        st.markdown(
            f"No baseline is in the store for this task yet: {page.suite.label} publishes none. "
            "A high value here is not yet a value above a baseline."
        )
    if shown.probe is None:
        if page.baseline_id in shown.baselines.index:
            because = f" {CARDS[page.task_id].because}" if page.task_id in CARDS else ""
            named = plain(ctx.catalog.models.at[page.baseline_id, "name"])
            st.markdown(f"Named beforehand: **{named}**.{because}")
        first, others = shown.baselines.iloc[:_IN_SIGHT], shown.baselines.iloc[_IN_SIGHT:]
        _baseline_links(page, first)
        if len(others):
            with st.expander(f"{count(len(others), 'weaker baseline')}"):
                _baseline_links(page, others)
        if len(first):
            _offer(page, Standards(_ranked(page), ()))
    if shown.to_beat is not None:
        page_link(ctx, "model", f"About {shown.to_beat['name']} →", model=shown.to_beat["model_id"])


def _offer(page: TaskPage, shown: Standards) -> None:
    card(
        key="to-beat",
        title=f"{page.place}: {to_beat_title(page)}",
        alt=f"What a model has to beat on {page.place}: {count(len(shown.rows), 'system')} with values and intervals",
        rows=shown.rows,
        notes=shown.notes,
        about=_about_standards(page, len(shown.rows)),
        file=f"to-beat-{page.file}",
    )


def _about_standards(page: TaskPage, n: int) -> About:
    catalog = page.ctx.catalog
    simple = tuple(map(str, catalog.models.index[catalog.models["role"] != "model"]))
    probes = tuple(catalog.probes_of(page.task_id))
    asked = replace(page.asked, models=simple, protocols=probes if page.shown.probe else page.suite.protocols)
    return about_scores(asked, f"{page.items}, {count(n, 'system')}")


def to_beat_title(page: TaskPage) -> str:
    """Which baseline is to be beaten, and what it reaches."""
    shown = page.shown
    row = shown.to_beat if shown.to_beat is not None else _first_to_beat(page)
    if row is None or pd.isna(row["value"]):
        return "the baselines and controls probed here"
    named = shown.to_beat is not None or page.baseline_id == row.name
    what = "the baseline to beat" if named else "the strongest baseline"
    return f"{row['name']}, {what}, reaches {page.metric_name} {three(row['value'])}"


def _first_to_beat(page: TaskPage) -> pd.Series | None:
    """Where every system is held against the registered baseline, that one; elsewhere the strongest."""
    rows = page.shown.baselines
    if of_tasks(page.ctx.view.suite) and page.baseline_id in rows.index:
        return rows.loc[page.baseline_id]
    return None if rows.empty else rows.iloc[0]


def _ranked(page: TaskPage) -> pd.DataFrame:
    """The baselines with a value, the strongest first."""
    rows = page.shown.baselines
    return pd.DataFrame(
        {
            "Baseline": rows["name"],
            "To beat": ["yes" if model == page.baseline_id else "no" for model in rows.index],
            page.metric_name: rows["value"],
            "95 % low": rows["ci_low"].astype(float),
            "95 % high": rows["ci_high"].astype(float),
        }
    ).reset_index(drop=True)


def _baseline_links(page: TaskPage, rows: pd.DataFrame) -> None:
    with st.container(gap=None):
        for model, row in rows.iterrows():
            page_link(page.ctx, "model", f"**{three(row['value'])}** {row['name']}", model=str(model))


def _partial(page: TaskPage) -> None:
    if page.shown.partly_scored:
        st.markdown(
            f":material/warning: **Partial coverage** (open marks, *): {', '.join(page.shown.partly_scored)} were "
            "scored on some classes only, and which items the value covers is not stated. They have no interval and no "
            "part in the title and the median."
        )


def _about(page: TaskPage) -> None:
    shown = page.shown
    whole = shown.stratum if page.stratum != "all" or pd.isna(shown.facts["n_test"]) else shown.facts
    facts(
        {
            "Asks": KIND_SENTENCE[shown.facts["kind"]],
            "Category": shown.facts["category"],
            "Collection": shown.facts["collection"],
            "Assays" if page.ctx.view.suite == "proteingym" else "Test items": count(
                whole.get("n_test", whole.get("n"))
            ),
            "Training items": count(shown.facts["n_train"]) if not pd.isna(shown.facts["n_train"]) else None,
            "Positives": f"{whole['prevalence']:.1%}" if not pd.isna(whole["prevalence"]) else None,
            "Assembly": shown.facts["assembly"],
            "Labels used": None if of_tasks(page.ctx.view.suite) else REGIMES[page.regime],
            "Protocol": listed(sorted(shown.scores["protocol"].unique()), 9) if len(shown.scores) else None,
        }
    )
    metric = METRICS[page.metric]
    st.markdown(f"{metric.sentence} Chance level: {metric.chance}.")
    if shown.scores["ci_method"].notna().any():
        st.markdown(intervals_sentence(sorted(shown.scores["ci_method"].dropna().unique())))
    leakage = None if shown.probe is None else load(read_leakage, page.task_id)
    if leakage is not None:
        st.markdown(leakage_sentence(leakage))
    if page.ctx.view.suite == "geneb":
        tasks = page.ctx.catalog.tasks
        st.markdown(f"**Redundancy:** {repeats_sentence(list(tasks.loc[shown.repeats, 'label']))}")
        for other in shown.repeats:
            page_link(page.ctx, "task", f"{tasks.at[other, 'label']} →", task=other, stratum=None)
    url = shown.source["url"]
    st.markdown(f"**Source:** {plain(shown.source['citation'])}{'' if pd.isna(url) else f' [{url}]({url})'}")


def _onward(page: TaskPage) -> None:
    """Single items and the comparison of two systems, with what is shown carried along."""
    ctx, view = page.ctx, page.ctx.view
    single = bool(ctx.catalog.scored_on(page.task_id))
    if single:
        parts = (page.stratum,) if page.stratum in ctx.catalog.parts_of(page.task_id) else ()
        page_link(ctx, "variants", f"Single {page.noun}s →", part=parts, item=None)
    rivals = ctx.catalog.compared_on(view.suite)
    compared = page.verdicts[page.verdicts["delta"].notna()]
    first = view.system if single and view.system in set(compared["model_id"]) else None
    first = first or (str(compared["model_id"].iloc[0]) if len(compared) else None)
    if first in rivals and page.baseline_id in rivals:
        names = ctx.catalog.models["name"]
        hint = f"{names[first]} and {names[page.baseline_id]}"
        page_link(ctx, "compare", "Compare with the baseline →", help=hint, first=first, second=page.baseline_id)
    page_link(ctx, "methods", "How these numbers are made →")


def _reproduce(page: TaskPage) -> None:
    ctx, probe = page.ctx, page.shown.probe
    if probe and page.task_id in ctx.catalog.benchmark:
        st.code(f"vledger probe --task {page.task_id} \\\n  --protocol {probe}", language="bash", wrap_lines=True)
    if page.task_id in CARDS:
        fetched = f"vledger fetch {CARDS[page.task_id].dataset}"
        st.code(f"{fetched}\nvledger run precomputed/single-cell.toml", language="bash", wrap_lines=True)
    query = _values_query(page) if ctx.view.figure == "forest" else _items_query(page)
    st.code(f'vledger sql "{query}"', language="bash", wrap_lines=True)
    if page.ctx.view.unit_metric:
        with st.expander("The query of single values"):
            st.code(f'vledger sql "{_units_query(page)}"', language="bash", wrap_lines=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _values_query(page: TaskPage) -> str:
    probe = page.shown.probe
    protocols = f"  AND protocol IN ({', '.join(map(_quoted, [*page.suite.protocols, probe]))})\n" if probe else ""
    return (
        "SELECT m.name, s.value, s.ci_low, s.ci_high\nFROM score s JOIN model m USING (model_id)\n"
        f"WHERE task_id = {_quoted(page.task_id)}\n  AND stratum = {_quoted(page.stratum)}\n"
        f"  AND regime = '{page.regime}' AND metric = '{page.metric}'\n{protocols}ORDER BY s.value DESC"
    )


def _units_query(page: TaskPage) -> str:
    return (
        "SELECT model_id, item_id, value, n, undefined_reason\nFROM item_value\n"
        "  SEMI JOIN score USING (run_id, model_id, task_id, protocol)\n"
        f"WHERE task_id = {_quoted(page.task_id)}\n  AND metric = '{page.ctx.view.unit_metric}'\n"
        "ORDER BY item_id, value"
    )


def _items_query(page: TaskPage) -> str:
    view, task = page.ctx.view, _quoted(page.task_id)
    models = ", ".join(_quoted(model) for model in (view.system, view.rival) if model)
    part = (
        ""
        if page.stratum == "all"
        else f"\n  AND item_no IN (SELECT item_no FROM part WHERE task_id = {task}\n    AND stratum = "
        f"{_quoted(page.stratum)})"
    )
    return (
        "SELECT model_id, item_id, label, score * sign AS score\nFROM standing JOIN scored USING (task_id, model_id)\n"
        f"JOIN numbered_item USING (task_id, item_no)\nWHERE task_id = {task} AND model_id IN ({models}){part}"
    )
