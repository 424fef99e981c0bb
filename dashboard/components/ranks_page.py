"""What the sections of Rank stability share, and their first one: the ranks with their intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import background
from dashboard.charts.ranks import ranks_chart
from dashboard.components import ranks_words as words
from dashboard.components.about import about_scores, systems
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import page_title
from dashboard.components.links import page_link
from dashboard.components.sheets import pager
from dashboard.components.waiting import run_again, when_ready
from dashboard.database import load
from dashboard.queries.provenance import Shown
from dashboard.queries.rank_work import Follow, Steady, follow, intervals, point_ranks, steady
from dashboard.queries.ranks import RANKED, Asked, Ranked, command, own_weights, ranked, read_scores, weighed
from dashboard.queries.suites import MAIN_TASK, SUITES
from dashboard.text import AGGREGATES, METRICS, REGIMES, count, listed
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from dashboard.exhibits import About
    from dashboard.filters import Context
    from engine.statistics.ranking import RankTable

A_SHEET = 60
_AT_ONCE = 100_000
"""Scores up to which any rule is computed in the script: some milliseconds."""
_CLOSER = "ranks-closer"
_NO_INTERVALS = "no intervals: ranks of the values themselves"


@dataclass(frozen=True)
class RanksPage:
    """What is ranked by which rule and weights."""

    ctx: Context
    found: Ranked
    aggregate: str
    weights: Mapping[str, float]

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return METRICS[self.found.asked.metric].name

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return AGGREGATES[self.aggregate][0]

    @property
    def measure(self) -> str:
        """What the rows' values are."""
        return f"{self.rule} {self.metric}"

    @property
    def file(self) -> str:
        """Where its tables' file names begin."""
        asked = self.found.asked
        return "-".join(part for part in ("ranks", asked.suite, asked.regime, asked.metric, asked.kind) if part)

    @cached_property
    def about(self) -> About:
        """What stands beside the ranks."""
        return replace(self.about_points, interval=words.intervals(self.found, self.table))

    @cached_property
    def about_points(self) -> About:
        """What stands beside what is made of the ranks of the values themselves."""
        n = f"{systems(self.found.models['role'])}, {words.over(self.found)}"
        return replace(about_scores(self._asked, n), interval=_NO_INTERVALS)

    def about_regimes(self, n: int, metric: str) -> About:
        """What stands beside the ranks of so many systems in every regime, by the metric that all of them have."""
        regimes = SUITES[self.found.asked.suite].regimes
        asked = replace(self._asked, metric=metric, regimes=regimes)
        told = f"{count(n, 'system')} scored in all of {listed([REGIMES[regime] for regime in regimes], 9)}"
        return replace(about_scores(asked, told), interval=_NO_INTERVALS)

    @property
    def _asked(self) -> Shown:
        """The scores that are ranked."""
        asked, found = self.found.asked, self.found
        return Shown(
            suite=asked.suite,
            tasks=(MAIN_TASK[asked.suite],) if found.by_part else (),
            stratum="" if found.by_part else ALL_STRATA,
            kind=asked.kind if found.by_part else "",
            metric=asked.metric,
            regimes=(asked.regime,),
            protocols=(RANKED[asked.suite],),
            models=tuple(map(str, found.values.index)),
        )

    @property
    def matrix_key(self) -> tuple[str, ...]:
        """What the scores depend on besides the store."""
        asked = self.found.asked
        return (asked.suite, asked.regime, asked.metric, asked.kind, repr(self.ctx.view.filters))

    @property
    def key(self) -> tuple[str, ...]:
        """What the ranks depend on besides the store."""
        return (*self.matrix_key, self.aggregate, repr(sorted(self.weights.items())))

    @property
    def hopeless(self) -> bool:
        """Whether every category has weight 0."""
        return all(self.weights.get(name, 1) == 0 for name in self.found.categories)

    @cached_property
    def work(self) -> Future[RankTable]:
        """The ranks with their intervals, in the worker."""
        found = self.found
        return background.submit(
            intervals, self.key, found.values, found.category, found.group, self.aggregate, dict(self.weights)
        )

    @cached_property
    def following(self) -> Future[Follow]:
        """What else depends on rule and weights, in the worker."""
        found = self.found
        tables = self._by_regime()
        return background.submit(
            follow, self.key, found.values, found.category, self.aggregate, dict(self.weights), tables
        )

    def _by_regime(self) -> list[tuple[str, pd.DataFrame]]:
        """Scores in each regime by the metric that all of them have; none where the suite has one regime."""
        asked, suite = self.found.asked, SUITES[self.found.asked.suite]
        if len(suite.regimes) == 1:
            return []
        each = [Asked(asked.suite, regime, suite.metrics[0], asked.kind) for regime in suite.regimes]
        catalog, filters = self.ctx.catalog, self.ctx.view.filters
        return [(one.regime, ranked(load(read_scores, one), catalog, one, filters).values) for one in each]

    @cached_property
    def steadfast(self) -> Future[Steady]:
        """What depends on the scores alone, in the worker."""
        return background.submit(steady, self.matrix_key, self.found.means)

    @cached_property
    def table(self) -> RankTable | None:
        """The ranks with their intervals, where they are ready."""
        if background.ready(self.work) and self.work.exception() is None:
            return self.work.result()
        return None

    @cached_property
    def ranks(self) -> pd.DataFrame | None:
        """Value and rank of each system, best first; None where that too is left to the worker."""
        if self.table is not None:
            return self.table.models
        if self.found.values.size > _AT_ONCE and self.aggregate not in ("macro", "micro"):
            return None
        return point_ranks(self.found.values, self.found.category, self.aggregate, self.weights)


def ranks_page(ctx: Context) -> RanksPage:
    """The page's data for the current view."""
    view = ctx.view
    asked = Asked(view.suite, view.shown_regime, view.metric or "", view.kind or "")
    found = ranked(load(read_scores, asked), ctx.catalog, asked, view.filters)
    names = weighed(ctx.catalog, asked.suite, asked.kind)
    return RanksPage(ctx, found, view.aggregate, own_weights(found, view.weights, names))


def _on_row() -> None:
    """A click on a row chooses its system, as the list over the chart does."""
    points = st.session_state["ranks"]["selection"]["points"]
    if points:
        st.session_state[_CLOSER] = points[0]["customdata"][0]


def draw_ranks(page: RanksPage) -> None:
    """Chart, sentences, links and table; intervals follow when they are ready."""
    drawn = page.table is not None
    if page.ranks is not None:
        _closer(page, page.ranks)
        _chart(page, page.ranks)

    def show(_found: RankTable) -> None:
        if not drawn:  # it became ready after the chart was drawn
            run_again()
        st.caption(" ".join(words.under(page.found)))

    when_ready(page.work, show, what="the rank intervals", key="ranks")
    if page.ranks is not None:
        with st.expander("The numbers"):
            _numbers(page, page.ranks)
    st.code(command(page.found, page.aggregate, page.weights), language="bash", wrap_lines=True)


def _chart(page: RanksPage, ranks: pd.DataFrame) -> None:
    rows = ranks.join(page.found.models[["name", "role"]]).assign(place=range(len(ranks)))
    last = -(-len(rows) // A_SHEET)
    number = min(page.ctx.view.sheet, last)
    shown = rows.iloc[(number - 1) * A_SHEET : number * A_SHEET]
    pager(page.ctx, rows=len(rows), a_sheet=A_SHEET, noun=words.noun(page.found))
    chart(
        ranks_chart(
            shown,
            page.ctx.colours,
            value={"borda": "left behind", "winrate": "win rate"}.get(page.aggregate, page.found.asked.metric),
            metric=page.measure,
            links={str(model): f"model?{urlencode({'model': model})}" for model in shown.index},
        ),
        key="ranks",
        rows=lambda: as_table(page, ranks),
        file=page.file,
        notes=words.under(page.found),
        on_select=_on_row,
        selection_mode="points",
        alt=f"Rank of {len(shown)} systems by {page.rule} {page.metric}, with 95 % intervals and tiers; the same "
        "numbers are in the table below",
    )


def _closer(page: RanksPage, ranks: pd.DataFrame) -> None:
    """One system to go on from: chosen here or by a click on its row."""
    names = page.found.models["name"]
    systems = [str(model) for model in ranks.index]
    if st.session_state.get(_CLOSER) not in systems:
        st.session_state[_CLOSER] = systems[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        picked = st.selectbox(
            "Look closer at",
            systems,
            format_func=lambda model: str(names[model]),
            key=_CLOSER,
            width=340,
            help="A click on a row of the chart chooses it here.",
        )
        other = next(model for model in systems if model != picked)
        page_link(page.ctx, "model", "Open its page →", model=picked)
        page_link(page.ctx, "compare", f"Compare with {names[other]} →", first=picked, second=other)


def as_table(page: RanksPage, ranks: pd.DataFrame) -> pd.DataFrame:
    """One row a system: rank, value and, where the intervals are ready, what they say."""
    rows = pd.DataFrame(
        {
            "Rank": ranks["rank"],
            "Name": page.found.models["name"].loc[ranks.index],
            "Role": page.found.models["role"].loc[ranks.index],
            page.measure: ranks["value"].round(6),
        }
    )
    if page.table is not None:
        rows = rows.assign(
            **{
                "Value low": ranks["value_low"].round(6),
                "Value high": ranks["value_high"].round(6),
                "Rank low": ranks["rank_low"],
                "Rank high": ranks["rank_high"],
                "P(best)": ranks["p_best"],
                "P(top 3)": ranks["p_top3"],
                "P(top 5)": ranks["p_top5"],
                "Tier": ranks["tier"],
                "Apart from the first": ranks["separable_from_first"],
                "Apart from the next": ranks["separable_from_next"],
            }
        )
    return rows


def _numbers(page: RanksPage, ranks: pd.DataFrame) -> None:
    rows = as_table(page, ranks)
    table(
        rows,
        name=page.file,
        key="numbers",
        title=page_title(),
        notes=words.under(page.found),
        best={page.measure: "high"},
        baselines=(rows["Role"] == "baseline").tolist(),
        alt="One row a system: rank, value, their 95 % intervals, chances of being best and among the first, tier",
        columns=_NUMBER_COLUMNS | {page.measure: st.column_config.NumberColumn(format="%.3f")},
        height=420 if len(rows) > 11 else "content",
    )


def _share(words_of_it: str) -> Any:
    return st.column_config.NumberColumn(format="%.3f", help=words_of_it)


_NUMBER_COLUMNS: dict[str, Any] = {
    "Value low": st.column_config.NumberColumn(format="%.3f"),
    "Value high": st.column_config.NumberColumn(format="%.3f"),
    "P(best)": _share("Share of draws that it wins; a draw shared by k systems counts 1/k for each."),
    "P(top 3)": _share("Share of draws in which its rank is 3 or better."),
    "P(top 5)": _share("Share of draws in which its rank is 5 or better."),
}
