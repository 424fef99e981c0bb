"""Size and performance: what parameters buy, the Pareto frontier, and who is dominated by whom."""

import pandas as pd
import streamlit as st

from dashboard.charts.size import size_chart
from dashboard.components.about import about_drawn
from dashboard.components.chips import chips, clear_button
from dashboard.components.exhibit import chart as draw
from dashboard.components.exhibit import say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.legend import legend
from dashboard.components.links import page_link
from dashboard.components.wording import size_intervals, size_lede, size_title, worth_title
from dashboard.database import load
from dashboard.filters import context
from dashboard.queries.board import read_board
from dashboard.queries.selection import select
from dashboard.queries.size import SizeView, size_view
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, listed

ctx = context()
view, suite = ctx.view, SUITES[ctx.view.suite]
full = load(read_board, ctx.catalog, view.suite, view.shown_regime, view.metric or "", view.kind or "")
key = view.column or full.columns[0].key
board = select(full, view.filters, "size")
column, metric = board.column(key), METRICS[board.metric].name
title = metric if column.label.startswith("All") else f"{column.label} {metric}"
file = f"size-{view.suite}-{board.regime}-{board.metric}-{key}"


def chart(shown: SizeView) -> None:
    """The figure and what it leaves out."""
    legend(board.models.loc[shown.points.index], view.suite, ctx.colours)
    told = []
    if shown.outliers:
        rule = "beyond three robust standard deviations of the Theil–Sen trend"
        told.append(f"Faded: {listed(shown.outliers, 6)}, {rule}.")
    if shown.unsized:
        told.append(f"Not drawn, size not stated: {listed(shown.unsized, 6)}.")
    draw(
        lambda: size_chart(shown, ctx.colours, group_by=suite.group_by, value_title=title),
        key="size",
        rows=lambda: as_table(shown),
        file=file,
        notes=told,
        alt=f"Parameters on a log scale against {title} of {len(shown.points)} models; "
        f"the Pareto frontier has {len(shown.frontier)}",
    )
    for sentence in told:
        st.caption(sentence)


def as_table(shown: SizeView) -> pd.DataFrame:
    """The frontier, then each dominated model with the one that dominates it."""
    points = shown.points
    return pd.DataFrame(
        {
            "Model": points["name"],
            "Parameters": points["parameters"].astype("Int64"),
            title: points["value"].round(4),
            "On the frontier": points["dominated_by"].isna().map({True: "yes", False: "no"}),
            "Dominated by": points["dominated_by"].map(points["name"]),
            "Its parameters": points["dominated_by"].map(points["parameters"]).astype("Int64"),
            "Size as stated": points["stated"].replace("", None),
        }
    ).sort_values(["On the frontier", "Parameters"], ascending=[False, True])


def who_is_worth_it(shown: SizeView) -> None:
    """The table under the figure."""
    rows = as_table(shown)
    section("Who is worth the size")
    table(
        rows,
        name=file,
        key="worth",
        title=worth_title(shown),
        best={title: "high"} if column.judged else None,
        alt="Models with size, value and the model that dominates each; the frontier comes first",
        columns={
            "Parameters": st.column_config.NumberColumn(format="compact"),
            "Its parameters": st.column_config.NumberColumn(format="compact"),
            title: st.column_config.NumberColumn(format="%.3f"),
        },
        height=420 if len(rows) > 10 else "content",
    )


found = size_view(board, key, robust=view.robust)
heading(size_title(found), size_lede(found, title, asked_robust=view.robust))
say_about(about_drawn(board.keep(list(found.points.index)), key, view.kind or "", size_intervals(found)))
chips(ctx, int((board.models["role"] == "model").sum()), int((full.models["role"] == "model").sum()))
if found.points.empty and not view.filters.active:
    told = f"{suite.label} has no model with a stated size yet: baselines and controls have no size to draw."
    st.info(told, icon=":material/info:")
    page_link(ctx, "leaderboard", f"What is measured on {suite.label} →", suite=view.suite)
elif found.points.empty:
    st.info("No model with a stated size matches these filters.", icon=":material/filter_alt_off:")
    clear_button("empty")
else:
    chart(found)
    who_is_worth_it(found)
