"""Step four of `/your-split`: values against the baseline, part by part, what the split could show, the files."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.split_forest import curves, strata, strata_rows
from dashboard.components.exhibit import card, chart, say_about
from dashboard.components.heading import section
from dashboard.components.split_judged import (
    difference_rows,
    from_the_command_line,
    metric_choice,
    pair_choice,
    take_away,
    value_rows,
    values,
    verdicts,
)
from dashboard.components.split_tables import (
    curves_table,
    parts_table,
    power_table,
)
from dashboard.components.split_words import (
    about_split,
    curves_title,
    parts_title,
    power_rests_on,
    power_words,
)
from dashboard.flag_words import FLAGS
from dashboard.text import METRICS, capital, count, listed, plain

if TYPE_CHECKING:
    from dashboard.filters import Context
    from engine.local_split.client import Taken
    from engine.local_split.exchange import Result, System

_MOST_PARTS = 40
_UNSAID = "Say above what a high value of one of your score columns means, and it is judged."


def result(ctx: Context, taken: Taken) -> None:
    """Everything that was found."""
    found = taken.result
    say_about(about_split(found))
    section("What a model has to beat, and what beats it")
    wide, beside = st.columns([7, 3], gap="large")
    with wide:
        with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
            metric = metric_choice(found)
            pair = pair_choice(found)
        values(ctx, found, found.parts[0], metric)
        if pair is not None:
            _parts(ctx, found, metric, pair)
            _curves(ctx, found, pair)
    with beside:
        verdicts(found, nothing=_UNSAID if found.inspection.score_columns else None)
        _power(found)
        _care(found)
        take_away(taken, found.inspection.name)
    section("The numbers")
    value_rows(found)
    difference_rows(found)
    from_the_command_line(found, found.inspection.sha256)


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
