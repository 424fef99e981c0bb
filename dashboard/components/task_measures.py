"""Task page: every metric of a single-cell task side by side, one row a system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd
import streamlit as st

from dashboard.components.about import about_scores, systems
from dashboard.components.exhibit import table
from dashboard.components.heading import section
from dashboard.database import load
from dashboard.queries.suites import of_tasks
from dashboard.queries.task_measures import LOWER_IS_BETTER, metrics_of, ranked, read_measures, without_value
from dashboard.text import METRICS, in_words, interval, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.task_page import TaskPage

_OF_BATCHES = ("ASWBatch", "PCR", "GraphConnectivity")
"""Metrics of an embedding that need cells of several batches."""


def all_measures(page: TaskPage) -> None:
    """The table, who is first by what, and why values are missing; nothing where a task has one metric."""
    if not of_tasks(page.ctx.view.suite):
        return
    found = load(read_measures, page.task_id, page.stratum, page.regime, page.suite.protocols)
    primary = str(page.shown.facts["primary_metric"])
    metrics = metrics_of(found, primary)
    if len(metrics) < 2:
        return
    order = ranked(found, primary)
    missing = missing_sentences(found, metrics, batches=page.ctx.view.suite == "cells")
    title = measures_title(found, metrics)
    roles = found.drop_duplicates("model_id").set_index("model_id")["role"].loc[order]
    section("All measures")
    st.markdown(f"**{title}**")
    table(
        measures_table(found, metrics, order),
        key="measures",
        name=f"measures-{page.task_id}",
        title=f"{page.place}: {title}",
        notes=missing,
        about=about_scores(replace(page.asked, metric=""), f"{page.items}, {systems(roles)}"),
        best={heading(metric): _better(metric) for metric in metrics},
        baselines=(roles == "baseline").tolist(),
        alt=f"{len(order)} systems by {listed([METRICS[metric].name for metric in metrics], 9)}, with intervals",
        columns={
            heading(metric): st.column_config.NumberColumn(format="%.3f", help=METRICS[metric].sentence)
            for metric in metrics
        },
    )
    for sentence in missing:
        st.caption(sentence)


def heading(metric: str) -> str:
    """The metric as the screen calls it, and its direction where less is better."""
    return f"{METRICS[metric].name}{' (lower is better)' if metric in LOWER_IS_BETTER else ''}"


def _better(metric: str) -> Literal["high", "low"]:
    return "low" if metric in LOWER_IS_BETTER else "high"


def measures_table(found: pd.DataFrame, metrics: Sequence[str], order: Sequence[str]) -> pd.DataFrame:
    """A row a system, for each metric its value and its interval; the baseline to beat is named."""
    facts = found.drop_duplicates("model_id").set_index("model_id").loc[list(order)]
    beat = facts["to_beat"].map({True: "baseline to beat"})
    columns: dict[str, object] = {"System": facts["name"], "Role": beat.where(beat.notna(), facts["role"])}
    for metric in metrics:
        own = found[found["metric"] == metric].set_index("model_id").reindex(facts.index)
        bounds = zip(own["ci_low"].astype(float), own["ci_high"].astype(float), strict=True)
        columns[heading(metric)] = own["value"].astype(float).round(5)
        columns[f"{METRICS[metric].name}, 95 %"] = [interval(low, high) if low < high else None for low, high in bounds]
    return pd.DataFrame(columns).reset_index(drop=True)


def measures_title(found: pd.DataFrame, metrics: Sequence[str]) -> str:
    """Who is first by how many of the measures; several names where they lead equally many."""
    led: dict[str, int] = {}
    for metric in metrics:
        own = found[(found["metric"] == metric) & found["value"].notna()]
        best = own["value"].min() if metric in LOWER_IS_BETTER else own["value"].max()
        for name in own.loc[own["value"] == best, "name"]:
            led[name] = led.get(name, 0) + 1
    most = max(led.values())
    first = [name for name, n in led.items() if n == most]
    if most == len(metrics):
        return f"{listed(first)} {'is' if len(first) == 1 else 'are'} first by every measure"
    each = " each" if len(first) > 1 else ""
    return f"{listed(first)} {'is' if len(first) == 1 else 'are'} first by {most} of {len(metrics)} measures{each}"


def missing_sentences(found: pd.DataFrame, metrics: Sequence[str], *, batches: bool) -> list[str]:
    """Who has no value and why, each reason once; then which metrics nobody has."""
    told = []
    for row in without_value(found, metrics).itertuples():
        what = f"{listed([METRICS[name].name for name in row.metrics], 9)} of " if row.metrics else ""
        told.append(f"{what}{listed(row.names, 9)} ({row.reason})")
    sentences = [f"Without a value: {'; '.join(told)}."] if told else []
    absent = [METRICS[name].name for name in _OF_BATCHES if name not in metrics] if batches else []
    if absent:
        sentences.append(
            f"{listed(absent, 9)}: {in_words(len(absent))} measures of how well batches are mixed, which need cells of "
            "several batches."
        )
    return sentences
