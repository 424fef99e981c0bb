"""What the store measured for a job: models against baselines, where the named systems stand, and the ways on."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import background, urlstate
from dashboard.charts.standings import standings_chart
from dashboard.components import choose_words as words
from dashboard.components.about import OF_MEANS, intervals, together
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.components.links import fresh_link
from dashboard.components.waiting import run_again, when_ready
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.flag_words import flag_name
from dashboard.queries.choose_measured import SIDES, category_ranks, read_longest_input, read_tasks
from dashboard.queries.choose_topics import topic_of
from dashboard.queries.citations import read_citations
from dashboard.queries.flags import of_model
from dashboard.queries.provenance import Shown, read_evidence
from dashboard.queries.suites import CLAIMS, SUITES
from dashboard.text import METRICS, VERDICTS, count
from dashboard.view import View
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.components.choose_page import ChoosePage
    from dashboard.filters import Context
    from dashboard.queries.choose import Candidate
    from dashboard.queries.choose_measured import Measured
    from dashboard.queries.choose_topics import Place
    from dashboard.queries.provenance import Evidence

_PAIRS = 3
_BARS = (
    "A bar is all models with an interval, by share, by whether the two 95 % intervals are apart; its name opens the "
    "task. Where the baseline that was registered beforehand is not the strongest, both are there."
)
_RANKS = (
    "Care: flags of the comparison, explained on the page of the task. Rank among all systems of the place, controls "
    "left out. Its range is what the 95 % intervals leave open; in a category of several tasks, the ranks in 95 % of "
    "the draws of its tasks. Nobody is called the winner where the range reaches 2."
)


def measured_here(page: ChoosePage) -> None:
    """Counts against each baseline as a chart, places without intervals in words, then the named systems' ranks."""
    section("Measured here, next to the baseline")
    if not page.measured:
        st.markdown(words.NOT_HERE if topic_of(page.choice.task).places else words.NOT_MEASURED)
        return
    judged = against_baselines(page.measured)
    if len(judged):
        links = {row.task_id: row.link for row in _linked(page.ctx, judged).itertuples()}
        chart(
            standings_chart(judged, page.ctx.colours, links),
            key="choose-standings",
            title=words.title(page.choice.task, page.measured),
            rows=lambda: as_table(judged),
            notes=[_BARS],
            about=_about_bars(page.measured, judged),
            alt="Stacked bars, one a place and baseline: how many models are below, level with and above it; the same "
            "numbers are in the table below",
        )
        st.caption(_BARS)
    for found in page.measured:
        for sentence in words.without_intervals(found):
            st.markdown(sentence)
    _how_far(page)
    _ways_on(page)
    _ranks(page)


def _how_far(page: ChoosePage) -> None:
    """Tasks of short sequences say nothing of long windows."""
    longest = load(read_longest_input)
    if longest is None or any(found.place.task is not None for found in page.measured):
        return
    source = load(read_citations)[longest[1]].markdown
    st.markdown(
        f"The longest input of GUE, one of the collections of these tasks, has {longest[0]:,} bp ({source}); what lies "
        "farther away is not tested by it."
    )


_SHORT = {
    "clinvar": "ClinVar",
    "clinvar_items": "ClinVar sample",
    "brca1_sge": "BRCA1",
    "dms": "scan",
    "proteingym": "ProteinGym",
    "perturbation": "perturbation",
    "cells": "embedding",
    "networks": "network",
}
"""Names of suites that fit beside a bar."""


def against_baselines(measured: Sequence[Measured]) -> pd.DataFrame:
    """Tallies with an interval on both sides, as rows of the standings chart: `task_id` is a row's own number."""
    parts = []
    for found in measured:
        rows = found.tally[found.tally[list(SIDES)].sum(axis=1) > 0]
        single = found.place.task is not None
        part = found.label.partition(" · ")[2]
        name = f"{part}, {_SHORT[found.place.suite]}" if single else None
        parts.append(
            rows.assign(
                label=[name or f"{row.label}, {found.place.part}" for row in rows.itertuples()],
                suite=found.place.suite,
                task=[found.place.task or row.task_id for row in rows.itertuples()],
                stratum=found.place.part if single else "all",
            )
        )
    judged = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return judged.assign(task_id=[str(place) for place in range(len(judged))])


def as_table(judged: pd.DataFrame) -> pd.DataFrame:
    """The bars with words for headings."""
    names = {"label": "Place", "baseline": "Baseline", "metric": "Metric", "value": "Value"}
    names |= {"ci_low": "95 % low", "ci_high": "95 % high"}
    names |= {side: f"Models {'not told apart' if side == 'level' else side}" for side in SIDES}
    return judged[list(names)].rename(columns=names)


def _linked(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        link=[
            _address(ctx, {"suite": [row.suite], "task": [row.task], "stratum": [row.stratum]})
            for row in rows.itertuples()
        ]
    )


def _address(ctx: Context, raw: Mapping[str, Sequence[str]]) -> str:
    view, _ = urlstate.parse(raw, "task", ctx.catalog, View())
    return f"task?{urlencode(urlstate.serialise(view, 'task', ctx.catalog), doseq=True)}"


def _ways_on(page: ChoosePage) -> None:
    """To all systems of a place, and to pairs of those that are named."""
    first, *rest = page.measured
    with st.container(horizontal=True, gap="medium"):
        _all_systems(page.ctx, first)
        for one, other, names in pairs(page.candidates, first):
            query = {"suite": first.place.suite, "first": one, "second": other}
            fresh_link(page.ctx, "compare", f"Compare {names} →", query)
    if rest:
        with st.expander(f"Open {count(len(rest), 'other place')}"), st.container(gap=None):
            for found in rest:
                _all_systems(page.ctx, found)


def _all_systems(ctx: Context, found: Measured) -> None:
    label = f"All {len(found.rows)} systems on {found.label} →"
    fresh_link(ctx, "task" if found.place.task is not None else "leaderboard", label, _query(found.place))


def _query(place: Place) -> dict[str, str]:
    if place.task is None:
        return {"suite": place.suite, "sort": place.part}
    return {"suite": place.suite, "task": place.task, "stratum": place.part}


def pairs(candidates: Sequence[Candidate], found: Measured) -> list[tuple[str, str, str]]:
    """Pairs of the systems that the row names and a place has, best first, then the best with the strongest baseline.

    Those of claims count only where the row names fewer than two. Each pair is two model ids and their names in words.
    """
    names = dict(zip(found.rows["model_id"], found.rows["name"], strict=True))
    rows = named_rows(candidates, found).drop_duplicates("system")
    of_row = rows[rows["named"] != "in a claim"]
    own = list((of_row if len(of_row) > 1 else rows)["model_id"])
    chosen = list(combinations(own, 2))[:_PAIRS]
    strongest = str(found.tally["baseline_id"].iloc[0]) if len(found.tally) else None
    if own and strongest in names and strongest not in own:
        chosen.append((own[0], strongest))
    return [(one, other, f"{names[one]} with {names[other]}") for one, other in chosen]


def named_rows(candidates: Sequence[Candidate], found: Measured) -> pd.DataFrame:
    """Rows of the place whose model belongs to a system named in the matrix's row or a claim, the highest first."""
    of = {variant.model_id: one for one in candidates for variant in one.variants if variant.model_id}
    rows = found.rows[found.rows["model_id"].isin(list(of))]
    return rows.assign(
        system=[of[model].system for model in rows["model_id"]],
        named=[of[model].named for model in rows["model_id"]],
    )


def _ranks(page: ChoosePage) -> None:
    """The table; ranges of ranks in a category follow when the worker has drawn its tasks."""
    tasks = load(read_tasks, page.choice.task)
    if not tasks:
        _table(page, {})
        return
    work = background.submit(category_ranks, ("choose", page.choice.task), tasks)
    ready = background.ready(work) and work.exception() is None
    _table(page, work.result() if ready else {})

    def show(_found: object) -> None:
        if not ready:
            run_again()

    when_ready(work, show, what="the ranges of ranks in a category", key="choose-ranks")


def _table(page: ChoosePage, drawn: Mapping[str, pd.DataFrame]) -> None:
    rows = places_table(page.candidates, page.measured, drawn)
    section("Where the named systems stand, baselines first")
    table(
        rows,
        name="choose-measured",
        key="places",
        kind="verdict",
        title=words.places_title(rows),
        notes=[_RANKS],
        about=_about_places(page.measured),
        baselines=rows["Why it is here"].str.contains("baseline", regex=False, na=False).tolist(),
        alt="One row a place and system: value, 95 % interval, rank with its range, and both verdicts against the "
        "registered baseline",
        columns={name: st.column_config.NumberColumn(format="%.3f") for name in _THREE},
        height=460 if len(rows) > 12 else "content",
    )
    st.caption(_RANKS)
    for found in page.measured[:1]:
        st.code(query(found), language="bash", wrap_lines=True)


def _about_bars(measured: Sequence[Measured], judged: pd.DataFrame) -> About:
    pairs = int(judged[list(SIDES)].to_numpy().sum())
    found = _rests_on(measured)
    return About(
        f"{count(len(judged), 'baseline')}, {count(pairs, 'model')} beside them", _told_of(found), found.sources
    )


def _told_of(found: Evidence) -> str:
    """How the intervals of bars were made: only models that have one are counted in them."""
    return intervals(replace(found, without=0))


def _about_places(measured: Sequence[Measured]) -> About:
    """Of the values of the table; those of a category are means, which have no interval."""
    rows = pd.concat([found.rows[["ci_low"]] for found in measured])
    parts = _rests_on([found for found in measured if found.place.task is not None])
    without = replace(parts, n=len(rows), without=int(rows["ci_low"].isna().sum()))
    n = f"{count(len(rows), 'value')} in {count(len(measured), 'place')}"
    return About(n, intervals(without, OF_MEANS), _rests_on(measured).sources)


def _rests_on(measured: Sequence[Measured]) -> Evidence:
    return together([load(read_evidence, _scores(found)) for found in measured])


def _scores(found: Measured) -> Shown:
    """The scores that a place rests on: those of its part, or of the tasks of its category."""
    place, protocols = found.place, SUITES[found.place.suite].protocols
    models = tuple(map(str, found.rows["model_id"]))
    whole = Shown(suite=place.suite, metric=found.metric, regimes=(found.regime,), protocols=protocols, models=models)
    if place.task is not None:
        return replace(whole, tasks=(place.task,), stratum=place.part)
    return replace(whole, category=place.part, stratum=ALL_STRATA, protocols=(*protocols, CLAIMS), models=())


def query(found: Measured) -> str:
    """The command that gives all values of a place."""
    place = found.place
    part = place.part.replace("'", "''")
    if place.task is None:
        protocol = SUITES[place.suite].protocols[0]
        return (
            'vledger sql "SELECT model_id, value, n_tasks FROM category_score\n'
            f"WHERE suite = '{place.suite}' AND category = '{part}' AND regime = '{found.regime}' "
            f"AND metric = '{found.metric}'\n  AND protocol = '{protocol}'\nORDER BY value DESC\""
        )
    return (
        'vledger sql "SELECT model_id, protocol, value, ci_low, ci_high, n FROM score\n'
        f"WHERE task_id = '{place.task}' AND stratum = '{part}' AND metric = '{found.metric}'\nORDER BY value DESC\""
    )


_THREE = ("Value", "95 % low", "95 % high", "Difference")


def places_table(
    candidates: Sequence[Candidate], measured: Sequence[Measured], drawn: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """In each place the baselines, then the named systems, then whoever is highest, if it is neither."""
    return pd.DataFrame([row for found in measured for row in _of_place(candidates, found, drawn)])


def _of_place(
    candidates: Sequence[Candidate], found: Measured, drawn: Mapping[str, pd.DataFrame]
) -> list[dict[str, object]]:
    named = named_rows(candidates, found)
    why = {row.model_id: f"{row.system}: {row.named}" for row in named.itertuples()}
    beat = {
        row.baseline_id: "registered baseline" if row.registered else "strongest baseline"
        for row in found.tally.itertuples()
    }
    baselines = found.rows[found.rows["model_id"].isin(list(beat))]
    top = found.rows[(found.rows["rank"] == 1) & ~found.rows["model_id"].isin([*why, *beat])]
    rows = pd.concat([baselines, named[~named["model_id"].isin(list(beat))], top])
    return _without_own(found, baselines) + [
        _row(found, row, beat.get(row.model_id) or why.get(row.model_id, "highest"), drawn) for row in rows.itertuples()
    ]


def _without_own(found: Measured, baselines: pd.DataFrame) -> list[dict[str, object]]:
    """Baselines of a place that has none of its own: those of its tasks, else that there is none."""
    if len(baselines):
        return []
    place: dict[str, object] = {"Place": found.label, "Metric": METRICS[found.metric].name}
    if found.tally.empty:
        return [place | {"System": "No baseline yet", "Why it is here": "so nobody here is said to beat one"}]
    return [
        {
            "Place": f"{found.label} · {row.label}",
            "System": row.baseline,
            "Why it is here": "baseline to beat of one task",
            "Metric": METRICS[row.metric].name,
            "Value": round(row.value, 5),
            "95 % low": row.ci_low,
            "95 % high": row.ci_high,
        }
        for row in found.tally.itertuples()
    ]


def _row(found: Measured, row: Any, role: str, drawn: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    low, high = row.rank_low, row.rank_high
    ranks = drawn.get(found.place.part) if found.place.task is None else None
    if ranks is not None and row.model_id in ranks.index:
        low, high = int(ranks.at[row.model_id, "rank_low"]), int(ranks.at[row.model_id, "rank_high"])
    return {
        "Place": found.label,
        "System": row.name,
        "Why it is here": role,
        "Metric": METRICS[found.metric].name,
        "Value": round(row.value, 5),
        "95 % low": row.ci_low,
        "95 % high": row.ci_high,
        "Rank": row.rank,
        "Rank range": None if pd.isna(low) else f"{low}–{high}",
        "of": row.of,
        "Registered baseline": row.baseline,
        "Difference": row.delta,
        "Article’s rule": VERDICTS.get(row.verdict_article),
        "Paired test": VERDICTS.get(row.verdict),
        "Care": ", ".join(map(flag_name, of_model(row.flags, row.baseline_id, row.baseline))) or None,
        "n": None if pd.isna(row.n) else int(row.n),
    }
