"""Step four of `/your-split`: values against the baseline, part by part, what the split could show, the files."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.palette import YOURS, mark
from dashboard.charts.split_forest import curves, forest, forest_rows, strata, strata_rows
from dashboard.components.exhibit import card, chart, say_about, table
from dashboard.components.heading import section
from dashboard.components.split_tables import (
    curves_table,
    difference_table,
    parts_table,
    power_table,
    systems_table,
    value_table,
)
from dashboard.components.split_words import (
    about_split,
    curves_title,
    parts_title,
    power_rests_on,
    power_words,
    registered,
    system_name,
    title_of,
    values_title,
    verdict_words,
)
from dashboard.flag_words import FLAGS
from dashboard.text import GLOSSARY, METRICS, capital, count, difference, interval, listed, plain

if TYPE_CHECKING:
    from dashboard.filters import Context
    from engine.local_split.client import Taken
    from engine.local_split.exchange import Difference, Part, Result, System

_MOST_PARTS = 40
_RULE = "Article's rule"


def result(ctx: Context, taken: Taken) -> None:
    """Everything that was found."""
    found = taken.result
    say_about(about_split(found))
    section("What a model has to beat, and what beats it")
    wide, beside = st.columns([7, 3], gap="large")
    with wide:
        with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
            metric = _metric(found)
            pair = _pair(found)
        _forest(ctx, found, found.parts[0], metric)
        if pair is not None:
            _parts(ctx, found, metric, pair)
            _curves(ctx, found, pair)
    with beside:
        _verdicts(found)
        _power(found)
        _care(found)
        _take_away(taken)
    _numbers(found)
    section("The same from the command line")
    st.code(found.command, language="bash", wrap_lines=True)
    st.caption(
        f"Same file, same numbers to the last digit: {found.draws:,} draws, seed {found.seed}, engine "
        f"{found.engine_version}, file {found.inspection.sha256[:12]}."
    )


def _metric(found: Result) -> str:
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


def _forest(ctx: Context, found: Result, part: Part, metric: str) -> None:
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
            f"{count(part.n, 'item')}, with intervals and the difference to the baseline; the numbers are in the table",
        )
    if told:
        st.caption(" ".join(told))


def _beside(found: Result, part: Part, metric: str) -> list[str]:
    """What has to stand under the values of a metric."""
    told = []
    if metric == "AUPRC" and part.positives is not None and part.n:
        told.append(f"No skill is a precision of {part.positives / part.n:.3f}, the share of label 1.")
    return told + _undefined(found, part, metric)


def _legend(ctx: Context, found: Result) -> str:
    shown = mark(YOURS, ctx.colours)
    roles = {system.role for system in found.systems}
    keys = {
        "yours": f'<span><span style="color:{shown.colour}">{shown.glyph}</span> yours</span>',
        "baseline": "<span><b>◆ baseline</b></span>",
        "control": "<span><i>○ control</i></span>",
    }
    return f'<div class="vl-legend">{"".join(text for role, text in keys.items() if role in roles)}</div>'


def _undefined(found: Result, part: Part, metric: str) -> list[str]:
    """Who has no value and why, a reason once."""
    reasons: dict[str, list[str]] = {}
    for one in found.values:
        if (one.part_id, one.metric) == (part.part_id, metric) and one.value is None:
            reasons.setdefault(one.undefined_reason or "no value", []).append(plain(system_name(found, one.system_id)))
    return [f"Without a value: {listed(names)} ({plain(reason)})." for reason, names in reasons.items()]


def _pair(found: Result) -> tuple[System, System] | None:
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
            help="Part by part and as curves, beside the baseline to beat.",
        )
    first = by_id.get(chosen, others[0])
    return first, baseline or first


def _parts(ctx: Context, found: Result, metric: str, pair: tuple[System, System]) -> None:
    """A system and the baseline in each part; what is hollow was not judged, and why."""
    columns = list(dict.fromkeys(part.column for part in found.parts if part.column is not None))
    if not columns:
        return
    section("Part by part")
    column = columns[0]
    if len(columns) > 1:
        column = st.selectbox("Parts by", columns, key="split-parts-by", width=260)
    members = [part for part in found.parts if part.column == column]
    if len(members) > _MOST_PARTS:
        st.caption(f"The {_MOST_PARTS} largest of {count(len(members), 'part')}; all are in the table and the files.")
    small = [part for part in members if not part.judged]
    reasons = list(dict.fromkeys(part.reason for part in small if part.reason))
    told = f"Hollow: {count(len(small), 'part')} not judged ({plain(listed(reasons, 2))})." if reasons else ""
    chart(
        strata(found, pair, metric, ctx.colours, name=METRICS[metric].name, column=column, most=_MOST_PARTS),
        key="split-parts",
        title=parts_title(strata_rows(found, pair, metric, column), pair, METRICS[metric].name),
        rows=lambda: parts_table(strata_rows(found, pair, metric, column), pair),
        file="your-split-parts",
        notes=[told],
        alt=f"{METRICS[metric].name} of {pair[0].name} and {pair[1].name} in {count(len(members), 'part')}, with "
        "intervals; hollow where a part is too small to be judged",
    )
    if told:
        st.caption(told)


def _curves(ctx: Context, found: Result, pair: tuple[System, System]) -> None:
    if not found.curves:
        return
    section("ROC and precision–recall")
    shown = [system for system in dict.fromkeys(pair) if system.system_id in found.curves]
    if not shown:
        st.caption("None of the two has scores to draw a curve of.")
        return
    keys = zip(shown, (ctx.colours.accent, ctx.colours.ink), ("──", "╌╌"), strict=False)
    names = [
        f"<span><span style='color:{colour}'>{line}</span> {escape(one.name)}</span>" for one, colour, line in keys
    ]
    st.html(f'<div class="vl-legend">{"".join(names)}</div>')
    chart(
        curves(found, shown, ctx.colours),
        key="split-curves",
        title=curves_title(found, shown),
        rows=lambda: curves_table(found, shown),
        file="your-split-curves",
        notes=["Dotted: no skill."],
        alt=f"ROC and precision-recall of {listed([one.name for one in shown])} on the whole split",
    )
    st.caption("Dotted: no skill.")


def _verdicts(found: Result) -> None:
    baseline, whole = registered(found), found.parts[0]
    yours = [system for system in found.systems if system.role == "yours"]
    st.markdown("#### Verdicts")
    if baseline is None:
        st.markdown(
            "No baseline fits this split. Name one of your columns as the baseline, and others are judged by it."
        )
        return
    st.markdown(f"To beat: **{plain(baseline.name)}**. {plain(baseline.sentence)}")
    for system in yours:
        one = _difference(found, system, whole)
        if one is not None:
            bounds = "" if one.low is None else f" ({interval(one.low, one.high)})"
            words = f"{difference(one.delta)}{bounds}: " if one.delta is not None else ""
            st.markdown(f"**{plain(system.name)}** {words}{plain(verdict_words(one))}.")
    if yours:
        told = f"{GLOSSARY['Paired test']} {GLOSSARY[_RULE]}"
        st.caption(told)
        card(
            key="verdicts",
            kind="verdict",
            title=plain(title_of(found)),
            alt=f"Verdicts on {count(len(yours), 'column')} against the baseline to beat, on the whole split",
            rows=lambda: difference_table(found, found.parts[0]),
            notes=[f"To beat: {plain(baseline.name)}. {plain(baseline.sentence)}", told],
            file="your-split-verdicts",
        )
    elif found.inspection.score_columns:
        st.markdown("Say above what a high value of one of your score columns means, and it is judged.")


def _difference(found: Result, system: System, part: Part) -> Difference | None:
    wanted = (system.system_id, part.part_id, found.primary)
    return next(
        (one for one in found.differences if one.registered and (one.system_id, one.part_id, one.metric) == wanted),
        None,
    )


def _power(found: Result) -> None:
    if told := power_words(found):
        st.markdown("#### What this split could show")
        st.markdown("\n\n".join(told))
        st.caption(power_rests_on(found))
        card(
            key="power",
            title=told[0].removesuffix("."),
            alt="What the whole split could show, and how many items settle what it leaves open",
            rows=lambda: power_table(found),
            notes=[*told[1:], power_rests_on(found)],
            file="your-split-power",
        )


def _care(found: Result) -> None:
    if not found.flags and not found.failed:
        return
    st.markdown("#### Read with care")
    evidence: dict[str, list[str]] = {}
    for flag in found.flags:
        evidence.setdefault(flag["flag"], []).append(f"{capital(flag['evidence']).rstrip('.')}.")
    for flag_id, told in evidence.items():
        words = FLAGS.get(flag_id)
        name = capital(flag_id.replace("_", " ").lower()) if words is None else words.name
        parts = [*([] if words is None else [words.sentence]), *told]
        st.markdown(f":material/flag: **{plain(name)}.** {plain(' '.join(parts))}")
    for problem in found.failed:
        st.markdown(f":material/block: {plain(capital(problem.problem))}. *{plain(capital(problem.remedy))}.*")


def _take_away(taken: Taken) -> None:
    st.markdown("#### Take away")
    stem = taken.result.inspection.name.split(".", maxsplit=1)[0] or "split"
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


def _numbers(found: Result) -> None:
    section("The numbers")
    roles = {one.system_id: one.role for one in found.systems}
    table(
        value_table(found),
        name="your-split-values",
        key="values",
        title=f"{count(len(found.values), 'value')} of {count(len(found.systems), 'system')} on this split",
        baselines=[roles[one.system_id] == "baseline" for one in found.values],
        alt=f"Values and intervals of {count(len(found.systems), 'system')} in {count(len(found.parts), 'part')}",
        columns={name: st.column_config.NumberColumn(format="%.3f") for name in ("Value", "95 % low", "95 % high")},
    )
    judged = difference_table(found)
    if len(judged):
        with st.expander("All differences, with both verdicts"):
            alt = f"{count(len(judged), 'difference')} of your columns to the baselines, with intervals and verdicts"
            table(
                judged,
                name="your-split-differences",
                key="differences",
                kind="verdict",
                title=f"{count(len(judged), 'difference')} to the baselines, each with both verdicts",
                alt=alt,
            )
