"""The family tree of the Field map, its colour bar, the way to a system's page and the table of all systems."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.charts.field_tree import diameter, lay_out, tree_chart
from dashboard.charts.palette import fill
from dashboard.components import field_words as words
from dashboard.components.about import about_drawn
from dashboard.components.exhibit import chart, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.links import page_link
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.board import read_board
from dashboard.queries.field import UNSTATED, Tree, branches, tree
from dashboard.queries.probes import read_to_beat
from dashboard.queries.selection import UNKNOWN
from dashboard.queries.suites import SUITES, of_tasks
from dashboard.text import ACCESS, METRICS, capital, count, plain, size, three

if TYPE_CHECKING:
    from dashboard.filters import Context
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column
    from dashboard.view import View

_READ = (
    "Models read from left to right from the highest value down, then those not measured, the largest first. A name or "
    "a mark leads to its page."
)
_YEARS = (
    "A year is that of a system’s own paper where the ledger cites it. Access and licence are those of the registry, "
    "and beside them what the literature said."
)
_NO_INTERVAL = "no intervals are drawn: colour shows the value alone"
_SIZES = (1e7, 1e9, 4e10)
"""Sizes in the key."""


def tree_scene(ctx: Context, systems: pd.DataFrame) -> None:
    """Draw it."""
    view, suite = ctx.view, SUITES[ctx.view.suite]
    kind = (ctx.catalog.kinds_of(view.suite) or [""])[0]
    board = load(read_board, ctx.catalog, view.suite, view.shown_regime, view.metric or "", kind)
    wanted = {UNSTATED if family == UNKNOWN else family for family in view.family}
    shown = tree(systems[systems["family"].isin(wanted)] if wanted else systems, board, ctx.catalog.to_beat(view.suite))
    to_beat = load(read_to_beat, board.regime, board.metric).index
    own = sum(ctx.catalog.suite_of(task) == view.suite and task in ctx.catalog.benchmark for task in to_beat)
    # Where each task is on a scale of its own, colour shows the first one alone.
    place = board.columns[0].short if of_tasks(view.suite) else suite.label
    metric = METRICS[board.metric].name
    what = f"{metric} on {place}" if of_tasks(view.suite) else f"{board.columns[0].short} {metric}"
    measure = capital(what)
    heading(words.tree_title(shown, place), words.tree_lede(shown, place, what, own))
    if shown.systems.empty:
        st.info("The store has no system of these families.", icon=":material/filter_alt_off:")
        return
    domain = suite.domain[board.metric]
    _key(ctx, shown, domain, measure)
    rows = lay_out(branches(shown.systems))
    links = {str(model): _address(str(model), systems) for model in shown.systems.index}
    hidden = sum(len(row.rest) for row in rows)
    told = _READ + (
        f" +n: {hidden} more, named on hover and in the table; choose their family to see them all." if hidden else ""
    )
    say_about(_about(shown, board))
    chart(
        lambda: tree_chart(rows, shown.systems, ctx.colours, domain=domain, measure=measure, links=links),
        key="field-tree",
        rows=lambda: as_table(shown, measure),
        notes=[told],
        alt=f"Family tree of {len(shown.systems)} systems by architecture, coloured by {measure} on {suite.label}; the "
        "same facts are in the table below",
    )
    st.caption(told)
    _way_to(ctx, shown.systems)
    _all(shown, measure, suite.label)
    with st.expander("Reproduce"):
        st.code(f'vledger sql "{_query(view, board.columns[0])}"', language="bash", wrap_lines=True)


def _page_of(model: str, systems: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """Where a system has its page: among the models where it was measured, else among the systems of the literature."""
    row = systems.loc[model]
    if not row["has_page"] and isinstance(row["system"], str):
        return "system", {"who": row["system"]}
    return ("model", {"model": model}) if row["has_page"] else ("field", {})


def _address(model: str, systems: pd.DataFrame) -> str:
    page, query = _page_of(model, systems)
    return f"{page}?{urlencode(query)}" if query else ""


def _key(ctx: Context, shown: Tree, domain: tuple[float, float], measure: str) -> None:
    """The colour bar with the baseline on it, the sizes, and what is hollow."""
    low, high = domain
    ramp = ", ".join(ctx.colours.sequential)
    tick = ""
    if shown.baseline is not None:
        share = min(max((shown.baseline[1] - low) / (high - low), 0), 1)
        tick = (
            f'<span style="position:absolute;left:{share:.1%};top:-.25em;height:1.3em;border-left:2px solid '
            f'{ctx.colours.ink};outline:1px solid {ctx.colours.ground}"></span>'
        )
    bar = (
        f'<span style="position:relative;display:inline-block;width:11rem;height:.8em;border-radius:2px;margin:0 .3rem;'
        f'background:linear-gradient(90deg,{ramp});border:1px solid {ctx.colours.hairline}">{tick}</span>'
    )
    parts = [f"<span>{escape(measure)} {low:g}{bar}{high:g}</span>"]
    if shown.baseline is not None:
        parts.append(f"<span><b>▏◆ {escape(shown.baseline[0])} {three(shown.baseline[1])}</b>, to beat</span>")
    disc = fill(ctx.colours.sequential, 0.6)
    discs = "".join(
        f'<span style="display:inline-block;width:{diameter(n):.0f}px;height:{diameter(n):.0f}px;border-radius:50%;'
        f'background:{disc};vertical-align:middle;margin:0 .2rem 0 .5rem"></span>{size(n)}'
        for n in _SIZES
    )
    parts += [
        f'<span title="The area grows with the square root of the parameters.">Parameters:{discs}</span>',
        "<span>○ hollow: size not stated</span>",
        "<span>grey: not measured here</span>",
        "<span>◆ baseline</span>",
    ]
    st.html(f'<div class="vl-legend">{"".join(parts)}</div>')


def _way_to(ctx: Context, systems: pd.DataFrame) -> None:
    """The same as a click on the tree, by keyboard."""
    best_first = systems.sort_values("value", ascending=False, na_position="last", kind="stable").index
    known = [str(model) for model in best_first if _page_of(str(model), systems)[0] != "field"]
    if not known:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        model = st.selectbox(
            "Open a system",
            known,
            format_func=lambda model: str(systems.at[model, "name"]),
            key="field-open",
            width=340,
        )
        page, query = _page_of(model, systems)
        changes = {"model": query["model"]} if page == "model" else {"who": query["who"]}
        page_link(ctx, page, f"{plain(str(systems.at[model, 'name']))}: its page →", **changes)


def _all(shown: Tree, measure: str, suite: str) -> None:
    """Every system on the tree with its facts, in the order of the tree."""
    section("All systems")
    st.caption(_YEARS)
    rows = as_table(shown, measure)
    table(
        rows,
        name=f"field-{suite}".replace(" ", "-").replace(",", "").lower(),
        key="systems",
        title=words.systems_title(shown),
        notes=[_YEARS],
        best={measure: "high"},
        baselines=(rows["Role"] == "baseline").tolist(),
        alt="Systems by family with size, value, year, access and licence",
        columns={
            "System": st.column_config.TextColumn(pinned=True),
            "Parameters": st.column_config.NumberColumn(format="compact"),
            measure: st.column_config.NumberColumn(format="%.3f"),
            "Page": st.column_config.LinkColumn(display_text="→", width="small"),
        },
        height=480 if len(rows) > 12 else "content",
    )


def as_table(shown: Tree, measure: str) -> pd.DataFrame:
    """The systems in the order of the tree with words for headings."""
    rows = pd.concat([members for *_, members in branches(shown.systems)])
    return pd.DataFrame(
        {
            "System": rows["name"],
            "Page": [_address(str(model), rows) or None for model in rows.index],
            "Role": rows["role"],
            "Family": rows["family"],
            "Parameters": rows["parameters"].astype("Int64"),
            measure: rows["value"].astype(float).round(4),
            "Year": rows["year"].fillna("not stated"),
            "Access": rows["access_kind"].map(ACCESS).fillna("not stated"),
            "Licence": rows["licence"].fillna("not stated"),
            "Size as stated": rows["sizes"].fillna("not stated"),
            "Line": rows["line"],
            "Architecture": rows["architecture"],
            "Reads": rows["modality"],
            "Access in the literature": rows["system_access"],
            "Licence in the literature": rows["licence_terms"],
        }
    )


def _about(shown: Tree, board: Board) -> About:
    """Systems drawn, how many of them are measured, and whose values colour them."""
    measured = board.keep([model for model in board.models.index if model in shown.systems.index])
    drawn = about_drawn(measured, board.columns[0].key, board.columns[0].kind, _NO_INTERVAL)
    n = f"{count(len(shown.systems), 'system')}, {int(shown.systems['value'].notna().sum())} of them measured"
    return About(n, drawn.interval, (*drawn.sources, "registry"))


def _query(view: View, column: Column) -> str:
    """SQL for `vledger sql`: systems by family with the values that colour them."""
    asked = f"regime = '{view.shown_regime}' AND metric = '{view.metric}'"
    if column.task is not None:
        value = f"SELECT model_id, value, protocol FROM score WHERE task_id = '{column.task}' AND {asked}"
        value += f" AND stratum = '{column.stratum}'"
    else:
        value = f"SELECT model_id, {column.key} AS value, protocol FROM suite_score"
        value += f" WHERE suite = '{view.suite}' AND {asked}"
    protocols = ", ".join(map(repr, SUITES[view.suite].protocols))
    return (
        "SELECT m.family, m.architecture, m.name, m.parameters, m.access_kind, m.licence, v.value, v.protocol\n"
        f"FROM model m LEFT JOIN ({value}\n  AND protocol IN ({protocols})) v USING (model_id)\n"
        "WHERE m.role <> 'control' ORDER BY m.family, v.value DESC NULLS LAST"
    )
