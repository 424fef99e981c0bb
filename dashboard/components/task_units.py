"""Task page: a value that is a mean, taken apart into the perturbations or cell types that it is the mean of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.charts.unit_dots import unit_dots, unit_rows
from dashboard.charts.unit_map import unit_map
from dashboard.components import task_units_words as words
from dashboard.components.about import about_scores, systems
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.database import load
from dashboard.filters import choose, key, one
from dashboard.queries.task_units import read_units
from dashboard.text import METRICS, count
from dashboard.view import choices

if TYPE_CHECKING:
    from dashboard.components.task_page import TaskPage
    from dashboard.exhibits import About
    from dashboard.queries.task_units import Units

_KEY = "units"


def single_units(page: TaskPage) -> None:
    """All systems on all of them, and on the one that is looked at; nothing where the store has only the mean."""
    view = page.ctx.view
    found = load(read_units, page.task_id, view.unit_metric or "", page.suite.protocols)
    if found is None:
        return
    noun = words.noun(view.suite)
    section(f"One {noun} at a time")
    if len(choices("unit_metric", view, page.ctx.catalog)) > 1:
        one("unit_metric", "Measured by", page.ctx, lambda name: METRICS[name].name)
    chosen = view.unit if view.unit in found.items else found.items[0]
    _map(page, found, chosen)
    _left_out(page, found)
    _one(page, found, chosen)


def _map(page: TaskPage, found: Units, chosen: str) -> None:
    suite = page.ctx.view.suite
    title, told = words.units_title(found, suite), words.key_sentence(found)
    st.markdown(f"**{title}**")
    chart(
        unit_map(found, page.ctx.colours, chosen=chosen, told=_told(page, found)),
        key=_KEY,
        rows=lambda: units_table(found, suite),
        title=f"{page.place}: {title}",
        file=f"{_KEY}-{page.task_id}-{found.metric}",
        notes=(told,),
        about=_about(page, found, len(found.items)),
        csv=True,
        on_select=_on_unit,
        selection_mode="points",
        width="content" if len(found.items) <= 10 else "stretch",
        alt=f"{METRICS[found.metric].name} of {count(len(found.systems), 'system')} on "
        f"{count(len(found.items), words.noun(suite))}, the baseline to beat first; the numbers are in the CSV below",
    )
    st.caption(f"{told} A click on a cell opens its {words.noun(suite)} below.")


def _told(page: TaskPage, found: Units) -> dict[str, str]:
    return {item: words.rests_on(page.ctx.view.suite, n) for item, n in found.n.items()}


def _on_unit() -> None:
    """A click on a cell; clicked again, it comes as an empty event and changes nothing."""
    points = st.session_state[_KEY]["selection"]["points"]
    if points:
        choose(unit=points[0]["customdata"][0])


def units_table(found: Units, suite: str) -> pd.DataFrame:
    """One row a system and perturbation or cell type: value, lead over the baseline, what it rests on, why none."""
    metric, noun = METRICS[found.metric].name, words.noun(suite)
    lead = f"{metric} saved, share of the baseline’s" if found.sign < 0 else f"{metric} above the baseline"
    leads = found.leads
    return pd.DataFrame(
        [
            {
                "System": found.systems.at[model, "name"],
                "Role": found.systems.at[model, "role"],
                noun.capitalize(): item,
                metric: found.values.at[model, item],
                lead: None if model == found.to_beat else leads.at[model, item],
                "Rests on": words.rests_on(suite, found.n[item]),
                "No value because": found.reasons.at[model, item],
            }
            for model in found.systems.index
            for item in found.items
        ]
    )


def _left_out(page: TaskPage, found: Units) -> None:
    """What nobody has a value of, with the reasons behind a fold."""
    if found.left_out.empty:
        return
    noun = words.noun(page.ctx.view.suite)
    told = f"{count(len(found.left_out), f'more {noun}')} without a value of anybody"
    with st.expander(told):
        table(
            pd.DataFrame({noun.capitalize(): found.left_out.index, "Reason": found.left_out.to_numpy()}),
            name=f"{_KEY}-left-out-{page.task_id}-{found.metric}",
            key=f"{_KEY}-left-out",
            title=f"{page.place}: {told}",
            about=replace(_about(page, found, len(found.left_out)), interval="no intervals: there are no values"),
            alt=f"{told}, each with its reason",
        )


def _one(page: TaskPage, found: Units, chosen: str) -> None:
    suite = page.ctx.view.suite
    noun = words.noun(suite)
    st.selectbox(
        noun.capitalize(), found.items, key=key("unit", chosen), help=f"The {noun} whose values are drawn below."
    )
    title, missing = words.unit_title(found, chosen, suite), words.missing_sentence(found, chosen)
    st.markdown(f"**{title}**")
    groups = page.ctx.catalog.models[page.suite.group_by]
    chart(
        unit_dots(found, chosen, groups, page.ctx.colours),
        key="unit",
        rows=lambda: unit_table(found, chosen),
        title=f"{page.place}: {title}",
        file=f"unit-{page.task_id}-{found.metric}-{chosen}",
        notes=(missing,) if missing else (),
        about=_about(page, found, 1),
        best={METRICS[found.metric].name: "low" if found.sign < 0 else "high"},
        csv=True,
        alt=f"{METRICS[found.metric].name} of every system on {chosen}, the baseline’s value as a line",
    )
    if missing:
        st.caption(missing)


def unit_table(found: Units, chosen: str) -> pd.DataFrame:
    """The systems with a value of one perturbation or cell type, the best first."""
    rows = unit_rows(found, chosen)
    return pd.DataFrame(
        {"System": rows["name"], "Role": rows["role"], METRICS[found.metric].name: rows["value"]}
    ).reset_index(drop=True)


def _about(page: TaskPage, found: Units, n: int) -> About:
    noun = words.noun(page.ctx.view.suite)
    told = about_scores(replace(page.asked, metric=""), f"{count(n, noun)}, {systems(found.systems['role'])}")
    return replace(told, interval=f"no intervals: a value of a single {noun} is no mean")
