"""What a model has to beat on a task: one small table, a row a baseline or control, a column a probe."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.components.probe_words import bounds_word
from dashboard.components.wording import reasons_listed
from dashboard.text import COLLAPSED, PROBE_SENTENCE, PROTOCOLS, TO_BEAT_SENTENCE, interval, listed, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.task import TaskView


class Standards(NamedTuple):
    """What the table shows: its numbers, and what has to stand under them."""

    rows: pd.DataFrame
    notes: tuple[str, ...]


def standards(view: TaskView, rows: pd.DataFrame, probes: Sequence[str], regime: str, metric: str) -> Standards:
    """Show the table.

    Args:
        view: the task, with the baseline to beat and the probe shown.
        rows: as `read_standards` gives them.
        probes: the columns.
        regime: what the bounds mean depends on it.
        metric: name of the metric.

    Returns:
        What was shown.
    """
    st.html(standards_table(view, rows, probes))
    absent = rows[rows["value"].isna()]
    reasons = f" {without_value(absent, probes)}" if len(absent) else ""
    told = f"{metric} with the {bounds_word(regime)}"
    st.caption(f"{told}; controls in italics.{reasons}")
    chosen = None if view.to_beat is None else str(view.to_beat["model_id"])
    return Standards(standards_rows(rows, probes, chosen), (f"{told}.", reasons.strip()))


def standards_rows(rows: pd.DataFrame, probes: Sequence[str], chosen: str | None) -> pd.DataFrame:
    """One row a baseline or control, under each probe its value and bounds; missing where it was not run."""
    own = rows.drop_duplicates("model_id").set_index("model_id")
    found = own[["name", "role"]].set_axis(["System", "Role"], axis=1)
    found["To beat"] = ["yes" if model == chosen else "no" for model in found.index]
    for probe in probes:
        under = rows[rows["protocol"] == probe].set_index("model_id")[["value", "ci_low", "ci_high"]].astype(float)
        found = found.join(under.set_axis([f"{PROTOCOLS[probe]}{end}" for end in ("", ", low", ", high")], axis=1))
    return found.reset_index(drop=True)


def standards_table(view: TaskView, rows: pd.DataFrame, probes: Sequence[str]) -> str:
    """The table as HTML."""
    heads = "".join(_head(probe, shown=probe == view.probe) for probe in probes)
    chosen = None if view.to_beat is None else view.to_beat["model_id"]
    found = rows.set_index(["model_id", "protocol"])
    lines = [
        f'<tr class="vl-{own["role"].iloc[0]}">{_name(own.iloc[0], to_beat=model == chosen)}'
        + "".join(_cell(found, (str(model), probe)) for probe in probes)
        + "</tr>"
        for model, own in rows.groupby("model_id", sort=False)
    ]
    return (
        f'<table class="vl-table"><thead><tr><th scope="col">Baseline</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def without_value(absent: pd.DataFrame, probes: Sequence[str]) -> str:
    """Which cells have no value and why, each reason once; rows are those of `read_standards`."""
    found = absent.groupby(["undefined_reason", "name"], sort=False)["protocol"].agg(list).reset_index()
    places = [_place(name, under, probes) for name, under in zip(found["name"], found["protocol"], strict=True)]
    return f"No value: {reasons_listed(found['undefined_reason'], pd.Series(places, index=found.index))}."


def _place(name: str, under: Sequence[str], probes: Sequence[str]) -> str:
    return name if len(under) == len(probes) else f"{name} under {listed([PROTOCOLS[probe] for probe in under])}"


def badge(evidence: str) -> str:
    """The mark of a collapsed value, with its evidence on hover."""
    return f'<span class="vl-badge" title="{escape(evidence)}">{COLLAPSED}</span>'


def _head(probe: str, *, shown: bool) -> str:
    name = f"<b>{PROTOCOLS[probe]}</b>" if shown else PROTOCOLS[probe]
    return f'<th scope="col"><span title="{escape(PROBE_SENTENCE[probe])}">{name}</span></th>'


def _name(row: pd.Series, *, to_beat: bool) -> str:
    name = escape(row["name"])
    if to_beat:
        name = f'<b>{name}</b><small title="{escape(TO_BEAT_SENTENCE)}">◆ to beat</small>'
    return f'<th scope="row">{name}</th>'


def _cell(rows: pd.DataFrame, place: tuple[str, str]) -> str:
    if place not in rows.index:
        return "<td><small>not run</small></td>"
    row = rows.loc[place]
    mark = badge(row["collapsed"]) if isinstance(row["collapsed"], str) else ""
    if pd.isna(row["value"]):
        return f'<td><span title="{escape(row["undefined_reason"])}">no value</span>{mark}</td>'
    bounds = "" if pd.isna(row["ci_low"]) else f"<small>{interval(row['ci_low'], row['ci_high'])}</small>"
    return f"<td>{three(row['value'])}{bounds}{mark}</td>"
