"""The sections under the ranks: who moves, agreement, a category left out, fewer labels, and who could win."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd
import streamlit as st

from dashboard import background
from dashboard.charts.agreement import agreement_chart, left_out_chart
from dashboard.charts.ranks import rank_dots
from dashboard.components import ranks_words as words
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import section
from dashboard.components.ranks_mix import apply_button
from dashboard.components.waiting import when_ready
from dashboard.queries.rank_work import PLAIN, largest_moves
from dashboard.queries.suites import SUITES
from dashboard.text import AGGREGATES, METRICS, REGIMES, count, in_words, listed, plain, three
from engine.statistics.agreement import pairs
from engine.statistics.ranking import moves

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dashboard.components.ranks_page import RanksPage
    from dashboard.queries.rank_work import Agreement, Regimes
    from engine.statistics.ranking import LeftOut

_T = TypeVar("_T")
_ROWS = 12
_TOP = 10
_MOST_CATEGORIES = 25
"""Categories up to which a square of them can be read."""
_SHAPE = "Hollow: {first}; filled: {last}."


def draw_sections(page: RanksPage) -> None:
    """All sections; what is not ready yet comes with the run that follows."""
    section("Who moves with the rule")
    when_ready(page.following, lambda found: _moves(page, found.rules), what="the ranks under every rule", key="follow")
    when_ready(page.steadfast, lambda found: _agreement(page, found.agreement), what="the agreement", key="steady")
    if (found := _there(page.following)) is not None:
        section("One category left out")
        _left_out(page, found.left_out)
        if len(SUITES[page.found.asked.suite].regimes) > 1:
            section("Full against few-shot")
            _regimes(page, found.regimes)
    if (known := _there(page.steadfast)) is not None:
        _winners(page, known.winners)


def _there(work: Future[_T]) -> _T | None:
    return work.result() if background.ready(work, 0) and work.exception() is None else None


def _moves(page: RanksPage, found: pd.DataFrame) -> None:
    chosen = page.aggregate
    span = largest_moves(found)
    if found[chosen].equals(found[PLAIN]):
        chosen = str(span.loc[PLAIN].drop(PLAIN).idxmax())
    moved = moves(found[PLAIN], found[chosen])
    rows = moved.join(page.found.models[["name", "role"]])
    rows = rows.loc[rows["gained"].abs().sort_values(ascending=False, kind="stable").index]
    rows = rows[rows["gained"] != 0]
    weights = " with these weights" if page.weights else ""
    name = f"{AGGREGATES[chosen][0]}{weights}"
    left, right = st.columns(2, gap="large")
    with left:
        if rows.empty:
            st.markdown(f"No place changes from the plain macro mean to {name}.")
        else:
            _move_chart(page, rows, name, len(found))
    with right:
        _span_table(page, span)


def _move_chart(page: RanksPage, rows: pd.DataFrame, name: str, of: int) -> None:
    shown = rows.head(_ROWS).sort_values("first", kind="stable")
    most = rows.iloc[0]
    places = abs(int(most["gained"]))
    told = (
        f"From the plain macro mean to **{name}**, {len(rows)} of {of} change places; most of all "
        f"{plain(str(most['name']))}, {places} {'place' if places == 1 else 'places'} "
        f"{'up' if most['gained'] > 0 else 'down'}."
    )
    st.markdown(told)
    caption = _SHAPE.format(first="macro with every category alike", last=name)
    out = rows[["name", "first", "second", "gained"]].set_axis(
        ["Name", "Rank, plain macro", f"Rank, {name}", "Gained"], axis=1
    )
    chart(
        lambda: rank_dots(shown, {"first": "Macro, every category alike", "second": name}, page.ctx.colours),
        key="moves",
        rows=out,
        title=told.removesuffix("."),
        file=f"{page.file}-moves",
        notes=(caption,),
        about=page.about_points,
        csv=True,
        alt=f"Ranks of the {len(shown)} systems that move most, by the plain macro mean and by {name}",
    )
    st.caption(caption)


def _span_table(page: RanksPage, span: pd.DataFrame) -> None:
    st.markdown("Most places that anybody moves between two rules")
    labels = {PLAIN: "Plain"} | {rule: AGGREGATES[rule][0] for rule in AGGREGATES}
    kept = span if page.weights else span.drop(index=PLAIN, columns=PLAIN)
    shown = kept.rename(index=labels, columns=labels)
    shown.insert(0, "From", shown.index)
    caption = "Borda and the win rate are the same order by design; one is the other divided by the number of rivals."
    table(
        shown,
        name=f"{page.file}-rules",
        key="rules",
        title=f"No system moves more than {count(int(kept.to_numpy().max()), 'place')} between two rules",
        notes=(caption,),
        about=page.about_points,
        alt="Largest move of any system between two rules",
        columns={AGGREGATES[rule][0]: st.column_config.NumberColumn(help=AGGREGATES[rule][1]) for rule in AGGREGATES}
        | {"Plain": st.column_config.NumberColumn(help="Macro, every category weighing the same.")},
        height="content",
    )
    st.caption(caption)


def _agreement(page: RanksPage, found: Agreement) -> None:
    title, told = words.agreement_title(found), words.agreement_sentence(found, words.noun(page.found))
    section(title)
    st.markdown(told)
    listing = pd.DataFrame(
        sorted(pairs(found.matrix), key=lambda pair: pair[2]), columns=["Category", "Other category", "Kendall's tau"]
    )
    if len(found.matrix) <= _MOST_CATEGORIES:
        caption = "Similar categories stand side by side. The darker (in the dark theme: lighter), the more alike."
        chart(
            lambda: agreement_chart(found.matrix, page.ctx.colours),
            key="agreement",
            rows=listing,
            title=title,
            file=f"{page.file}-agreement",
            notes=(told, caption),
            about=page.about_points,
            width=min(980, 300 + 52 * len(found.matrix)),
            alt=f"Kendall's tau between every two of {len(found.matrix)} categories; the table below has every pair",
        )
        st.caption(caption)
    with st.expander("Every pair"):
        table(
            listing,
            name=f"{page.file}-agreement",
            key="agreement-pairs",
            title=title,
            notes=(told,),
            about=page.about_points,
            alt="Every pair of categories with its Kendall's tau, least alike first",
            columns={"Kendall's tau": st.column_config.NumberColumn(format="%.3f")},
            height=320 if len(listing) > 9 else "content",
        )


def _left_out(page: RanksPage, left: LeftOut | None) -> None:
    if left is None:
        st.info("Only one category has weight: without it nothing is left.", icon=":material/filter_1:")
        return
    if page.ranks is None:
        return
    full = page.ranks["rank"]
    top = list(full.index[:_TOP])
    worst = left.tau.sort_values().index[0]
    title = (
        f"The order hangs most on **{plain(str(worst))}**: without it Kendall’s τ with the full order is "
        f"{three(left.tau[worst])}."
    )
    first = f"First place {_first_place(page, left, full)}."
    st.markdown(f"{title} {first}")
    title = title.removesuffix(".")
    rows = left.ranks.loc[full.index]
    rows.insert(0, "All categories", full)
    rows.insert(0, "Name", page.found.models["name"][rows.index])
    names = page.found.models["name"]
    if left.ranks.shape[1] <= _MOST_CATEGORIES:
        caption = (
            "The number is the rank without the category above it: bold where it changes, blue where places are won, "
            "vermilion where places are lost."
        )
        chart(
            lambda: left_out_chart(left.ranks.loc[top], full, list(names[top]), page.ctx.colours),
            key="left-out",
            rows=rows,
            title=title,
            file=f"{page.file}-left-out",
            notes=(first, caption),
            about=page.about_points,
            width=min(1100, 320 + 62 * left.ranks.shape[1]),
            alt=f"Ranks of the first {len(top)} without each category; the table below has all systems",
        )
        st.caption(caption)
    with st.expander("All systems, and τ without each category"):
        table(
            rows,
            name=f"{page.file}-left-out",
            key="left-out-ranks",
            title=title,
            notes=(first,),
            about=page.about_points,
            alt="Ranks without each category",
            height=320,
        )
        tau = pd.DataFrame({"Left out": left.tau.index, "Kendall's tau": left.tau.to_numpy()})
        table(
            tau,
            name=f"{page.file}-left-out-tau",
            key="left-out-tau",
            title=title,
            about=page.about_points,
            alt="Kendall's tau with the full order",
            height=320,
        )


def _first_place(page: RanksPage, left: LeftOut, full: pd.Series) -> str:
    leader = str(full.index[0])
    lost = [str(name) for name in left.ranks if left.ranks.at[leader, name] > 1]
    name = plain(str(page.found.models.at[leader, "name"]))
    if not lost:
        return f"stays with {name} whichever category is left out"
    return f"goes from {name} to another without {plain(listed(lost, 6))}"


def _regimes(page: RanksPage, found: Regimes | None) -> None:
    if found is None:
        st.info("Too few systems were scored in every regime.", icon=":material/filter_alt_off:")
        return
    full, *few = list(found.ranks)
    metric = SUITES[page.found.asked.suite].metrics[0]
    agree = " and ".join(f"{three(found.tau[regime])} with {REGIMES[regime]}" for regime in few)
    top = found.ranks.index[found.ranks[full] <= _TOP]
    lost = int((found.ranks.loc[top, few[-1]] > _TOP).sum())
    told = f"By {page.rule.lower()} {METRICS[metric].name}, Kendall’s τ of the full order is {agree}."
    title = (
        f"Of the first {in_words(len(top))} with all labels, {in_words(lost)} {'is' if lost == 1 else 'are'} no longer "
        f"among the first ten with {REGIMES[few[-1]]}"
    )
    st.markdown(f"{told} {title}.")
    rows = found.ranks[(found.ranks[[full, few[0]]] <= _TOP).any(axis=1)].sort_values(full, kind="stable")
    rows = rows.join(page.found.models[["name", "role"]], how="inner")
    caption = (
        f"Everyone among the first ten with all labels or {REGIMES[few[0]]}. "
        + _SHAPE.format(first=REGIMES[full], last=REGIMES[few[-1]])
        + (f" Small diamonds: {REGIMES[few[0]]}." if len(few) > 1 else "")
    )
    out = found.ranks.rename(columns=REGIMES)
    out.insert(0, "Name", page.ctx.catalog.models["name"].reindex(out.index))
    chart(
        lambda: rank_dots(rows, {regime: REGIMES[regime] for regime in found.ranks}, page.ctx.colours),
        key="regimes",
        rows=out.sort_values(REGIMES[full]),
        title=title,
        file=f"{page.file}-regimes",
        notes=(told, caption),
        about=page.about_regimes(len(out), metric),
        csv=True,
        width=900,
        alt=f"Ranks of {len(rows)} systems with all labels and with few",
    )
    st.caption(caption)


def _winners(page: RanksPage, found: pd.DataFrame) -> None:
    names = page.found.models["name"]
    title = (
        f"{count(len(found), words.noun(page.found))} can be made first by weights"
        if len(found) > 1
        else "One system is first whatever the weights"
    )
    section(title)
    told = (
        "Weights of the categories, none negative, under which each leads the macro mean by the widest margin. Who is "
        "not listed comes first under no weights at all."
    )
    st.markdown(told)
    weights = found.drop(columns="margin")
    rows = pd.DataFrame(
        {
            "Name": names[found.index],
            "First with": [words.carried(row.astype(float)) for _, row in weights.iterrows()],
            "Lead": found["margin"],
        }
    )
    table(
        rows,
        name=f"{page.file}-winners",
        key="winners",
        title=title,
        notes=(told,),
        about=page.about_points,
        alt="Systems that are first under some weights of the categories, and these weights",
        columns={
            "Lead": st.column_config.NumberColumn(format="%.3f", help="Over the second under these weights."),
            "First with": st.column_config.TextColumn(width="large"),
        },
        height="content" if len(rows) <= 12 else 420,
    )
    apply_button(page, weights)
