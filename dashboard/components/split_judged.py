"""What every result on `/your-split` shows alike, of a table and of cells: values, verdicts, numbers, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.palette import YOURS, mark
from dashboard.charts.split_forest import forest, forest_rows
from dashboard.components.exhibit import card, chart, table
from dashboard.components.heading import section
from dashboard.components.split_tables import difference_table, systems_table, value_table
from dashboard.components.split_words import TABLE, registered, system_name, title_of, values_title, verdict_words
from dashboard.text import GLOSSARY, METRICS, count, difference, interval, listed, plain

if TYPE_CHECKING:
    from dashboard.components.split_words import Words
    from dashboard.filters import Context
    from engine.local_split.cells.exchange import CellsResult
    from engine.local_split.client import Taken, TakenCells
    from engine.local_split.exchange import Difference, Judged, Part, Result, System

_RULE = "Article's rule"


def from_the_command_line(found: Result | CellsResult, sha256: str) -> None:
    """What repeats it, and what it takes to get the same numbers."""
    section("The same from the command line")
    st.code(found.command, language="bash", wrap_lines=True)
    st.caption(
        f"Same file, same numbers to the last digit: {found.draws:,} draws, seed {found.seed}, engine "
        f"{found.engine_version}, file {sha256[:12]}."
    )


def metric_choice(found: Judged) -> str:
    """The metric whose values are shown."""
    if len(found.metrics) == 1:
        return found.metrics[0]
    chosen: str = st.segmented_control(
        "Metric",
        list(found.metrics),
        default=found.primary,
        required=True,
        format_func=lambda metric: METRICS[metric].name,
        key="split-metric",
        help=METRICS[found.primary].sentence,
    )
    return chosen if chosen in found.metrics else found.primary


def values(ctx: Context, found: Judged, part: Part, metric: str, words: Words = TABLE) -> None:
    """Every system against the baseline to beat, which is drawn through all rows with its interval."""
    rows = forest_rows(found, part, metric)
    st.html(_legend(ctx, found))
    told = _beside(found, part, metric)
    if rows["value"].notna().any():
        chart(
            forest(found, part, metric, ctx.colours, name=METRICS[metric].name),
            key="split-forest",
            title=None if metric == found.primary else values_title(rows, METRICS[metric].name),
            rows=lambda: systems_table(rows, metric),
            file="your-split-systems",
            notes=told,
            alt=f"{METRICS[metric].name} of {count(int(rows['value'].notna().sum()), 'system')} on "
            f"{count(part.n, words.item)}, with intervals and the difference to the baseline; the numbers are in the "
            "table",
        )
    if told:
        st.caption(" ".join(told))


def _beside(found: Judged, part: Part, metric: str) -> list[str]:
    """What has to stand under the values of a metric."""
    told = []
    if metric == "AUPRC" and part.positives is not None and part.n:
        told.append(f"No skill is a precision of {part.positives / part.n:.3f}, the share of label 1.")
    return told + _undefined(found, part, metric)


def _legend(ctx: Context, found: Judged) -> str:
    shown = mark(YOURS, ctx.colours)
    roles = {system.role for system in found.systems}
    keys = {
        "yours": f'<span><span style="color:{shown.colour}">{shown.glyph}</span> yours</span>',
        "baseline": "<span><b>◆ baseline</b></span>",
        "control": "<span><i>○ control</i></span>",
    }
    return f'<div class="vl-legend">{"".join(text for role, text in keys.items() if role in roles)}</div>'


def _undefined(found: Judged, part: Part, metric: str) -> list[str]:
    """Who has no value and why, a reason once."""
    reasons: dict[str, list[str]] = {}
    for one in found.values:
        if (one.part_id, one.metric) == (part.part_id, metric) and one.value is None:
            reasons.setdefault(one.undefined_reason or "no value", []).append(plain(system_name(found, one.system_id)))
    return [f"Without a value: {listed(names)} ({plain(reason)})." for reason, names in reasons.items()]


def pair_choice(found: Judged) -> tuple[System, System] | None:
    """The system that is looked at part by part, chosen where there are several, and what it is held against."""
    baseline = registered(found) or next((one for one in found.systems if one.role == "baseline"), None)
    others = [one for one in found.systems if one.role == "yours"]
    others = others or [one for one in found.systems if one.role == "baseline" and one is not baseline]
    if not others:
        return None
    by_id = {one.system_id: one for one in others}
    chosen = others[0].system_id
    if len(others) > 1:
        chosen = st.selectbox(
            "Looked at closely",
            list(by_id),
            format_func=lambda one: system_name(found, one),
            key="split-looked-at",
            width=260,
            help="Part by part, beside the baseline to beat.",
        )
    first = by_id.get(chosen, others[0])
    return first, baseline or first


def verdicts(found: Judged, words: Words = TABLE, *, nothing: str | None = None) -> None:
    """Both verdicts of each of the user's systems, in words; `nothing` stands where there are none of them."""
    baseline, whole = registered(found), found.parts[0]
    yours = [system for system in found.systems if system.role == "yours"]
    st.markdown("#### Verdicts")
    if baseline is None:
        st.markdown(
            f"No baseline fits {words.place}. Name one of your columns as the baseline, and others are judged by it."
        )
        return
    st.markdown(f"To beat: **{plain(baseline.name)}**. {plain(baseline.sentence)}")
    for system in yours:
        one = _difference(found, system, whole)
        if one is not None:
            bounds = "" if one.low is None else f" ({interval(one.low, one.high)})"
            by = f"{difference(one.delta)}{bounds}: " if one.delta is not None else ""
            q = "" if one.q is None or one.verdict is None else f", q = {one.q:.2g}"
            st.markdown(f"**{plain(system.name)}** {by}{plain(verdict_words(one))}{q}.")
    if yours:
        told = f"{GLOSSARY['Paired test']} {GLOSSARY[_RULE]}"
        st.caption(told)
        card(
            key="verdicts",
            kind="verdict",
            title=plain(title_of(found, words)),
            alt=f"Verdicts on {count(len(yours), words.own)} against the baseline to beat, on {words.place}",
            rows=lambda: difference_table(found, found.parts[0]),
            notes=[f"To beat: {plain(baseline.name)}. {plain(baseline.sentence)}", told],
            file="your-split-verdicts",
        )
    elif nothing is not None:
        st.markdown(nothing)


def _difference(found: Judged, system: System, part: Part) -> Difference | None:
    wanted = (system.system_id, part.part_id, found.primary)
    return next(
        (one for one in found.differences if one.registered and (one.system_id, one.part_id, one.metric) == wanted),
        None,
    )


def take_away(taken: Taken | TakenCells, name: str) -> None:
    """The report and the numbers as files, named after the file that was given."""
    st.markdown("#### Take away")
    stem = name.split(".", maxsplit=1)[0] or "split"
    kinds = (
        ("Report (HTML)", taken.html, "html", "text/html"),
        ("Numbers (CSV)", taken.csv, "csv", "text/csv"),
        ("Everything (JSON)", taken.json, "json", "application/json"),
    )
    with st.container(horizontal=True, gap="small"):
        for label, content, ending, mime in kinds:
            st.download_button(
                label,
                data=content,
                file_name=f"{stem}-compared.{ending}",
                mime=mime,
                on_click="ignore",
                key=f"split-take-{ending}",
                icon=":material/download:",
            )


def value_rows(found: Judged, words: Words = TABLE) -> None:
    """Every value, one a row."""
    roles = {one.system_id: one.role for one in found.systems}
    table(
        value_table(found),
        name="your-split-values",
        key="values",
        title=f"{count(len(found.values), 'value')} of {count(len(found.systems), 'system')} on {words.place}",
        baselines=[roles[one.system_id] == "baseline" for one in found.values],
        alt=f"Values and intervals of {count(len(found.systems), 'system')} in {count(len(found.parts), 'part')}",
        columns={name: st.column_config.NumberColumn(format="%.3f") for name in ("Value", "95 % low", "95 % high")},
    )


def difference_rows(found: Judged, words: Words = TABLE) -> None:
    """Every difference to a baseline with both verdicts, folded away."""
    judged = difference_table(found)
    if len(judged):
        with st.expander("All differences, with both verdicts"):
            told = count(len(judged), "difference")
            alt = f"{told} of your {words.own}s to the baselines, with intervals and verdicts"
            table(
                judged,
                name="your-split-differences",
                key="differences",
                kind="verdict",
                title=f"{count(len(judged), 'difference')} to the baselines, each with both verdicts",
                alt=alt,
            )
