"""Size and performance: what parameters buy, the Pareto frontier, and who is dominated by whom."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.charts.layout import CONFIG
from dashboard.charts.size import size_chart
from dashboard.components.chips import chips, clear_button
from dashboard.components.heading import heading, section
from dashboard.components.legend import legend
from dashboard.components.table import table
from dashboard.database import load
from dashboard.filters import context
from dashboard.queries.board import read_board
from dashboard.queries.selection import select
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, count, interval, listed, size, three
from engine.statistics.association import spearman, trend_outliers
from engine.statistics.pareto import dominators

ctx = context()
view, suite = ctx.view, SUITES[ctx.view.suite]
full = load(read_board, ctx.catalog, view.suite, view.regime or "", view.metric or "", view.kind or "")
key = view.column or full.columns[0].key
board = select(full, view.filters, "size")
column = board.column(key)
metric = METRICS[board.metric].name
shown = "" if column.label.startswith("All") else f"{column.label} "


def statements(model: str) -> str:
    """All stated sizes of a model whose sources disagree, '' for the others."""
    found = ctx.catalog.models.at[model, "parameter_statements"]
    if not isinstance(found, list | np.ndarray):
        return ""
    return " (" + "; ".join(f"{size(row['parameters'])} in {row['by']}" for row in found) + ")"


points = board.models[["name", "role", "parameters", "family", "inputs"]].assign(value=board.values[key])
beat = points[points["role"] == "baseline"].dropna(subset=["value"]).nlargest(1, "value")
points = points[points["role"] != "baseline"]
if column.kind == "summary":
    points = points.drop(index=board.partial, errors="ignore")
unsized = points["parameters"].isna() & points["value"].notna()
points = points.dropna(subset=["parameters", "value"])
ranked = points.sort_values("parameters")
logs = np.log10(points["parameters"])
outliers = trend_outliers(logs, points["value"]) if view.robust else []
kept = points.drop(index=outliers)
correlation = spearman(np.log10(kept["parameters"]), kept["value"])
pareto = dominators(points["parameters"], points["value"])
frontier = pareto[pareto["dominated_by"].isna()]

if correlation is None:
    heading(
        "Too few sized models to speak of a trend",
        f"{count(len(points), 'model')} with a stated size; four are needed.",
    )
else:
    strength = "hardly" if correlation.rho < 0.3 else "only partly" if correlation.rho < 0.7 else "largely"
    left_out = f" {listed(list(points.loc[outliers, 'name']))} left out as outliers." if outliers else ""
    behind = ""
    if len(beat):
        name, value = beat.iloc[0][["name", "value"]]
        under = int((points["value"] <= value).sum())
        behind = f" {under} of the {len(points)} are not above the strongest baseline, {name} ({three(value)})."
    none_found = " No model lies far enough off the trend to be left out." if view.robust and not outliers else ""
    heading(
        f"Size {strength} decides: {len(points) - len(frontier)} of {len(points)} models are dominated",
        f"Spearman’s ρ between parameters and {shown}{metric} is **{three(correlation.rho)}** "
        f"[{interval(correlation.ci_low, correlation.ci_high)}], n = {correlation.n} (95 % bootstrap over models, "
        f"{correlation.draws:,} draws).{left_out}{none_found} A dominated model has one that is no larger and at "
        f"least as good.",
    )
chips(ctx, int((board.models["role"] == "model").sum()), int((full.models["role"] == "model").sum()))
if points.empty:
    st.info("No model with a stated size matches these filters.", icon=":material/filter_alt_off:")
    clear_button("empty")
    st.stop()
dominated = pareto["dominated_by"].map(points["name"])
points = points.assign(
    dominated_by=dominated.reindex(points.index),
    note=[statements(model) for model in points.index],
    excluded=points.index.isin(outliers),
)
to_beat = (str(beat["name"].iloc[0]), float(beat["value"].iloc[0])) if len(beat) else None
legend(points, view.suite, ctx.colours)
title = f"{shown}{metric}"
st.plotly_chart(
    size_chart(points, ctx.colours, group_by=suite.group_by, value_title=title, baseline=to_beat),
    config=CONFIG,
    key="size",
    theme=None,
    alt=f"Parameters on a log scale against {title} of {len(points)} models; the Pareto frontier has {len(frontier)}",
)
if outliers:
    st.caption(
        f"Faded: {listed(list(points.loc[outliers, 'name']), 6)}, beyond three robust standard deviations of the "
        f"Theil–Sen trend."
    )
if unsized.any():
    names = list(board.models.loc[unsized[unsized].index, "name"])
    st.caption(f"Not drawn, size not stated: {listed(names, 6)}.")
section("Who is worth the size")
rows = pd.DataFrame(
    {
        "Model": points["name"],
        "Parameters": points["parameters"].astype("Int64"),
        title: points["value"].round(4),
        "On the frontier": points["dominated_by"].isna(),
        "Dominated by": points["dominated_by"],
        "Its parameters": pareto["dominated_by"].map(points["parameters"]).reindex(points.index).astype("Int64"),
        "Size as stated": [statements(model).strip(" ()") or None for model in points.index],
    },
    index=points.index,
).sort_values(["On the frontier", "Parameters"], ascending=[False, True])
table(
    rows,
    name=f"size-{view.suite}-{board.regime}-{board.metric}-{key}".replace("/", "-"),
    alt="Models with size, value and the model that dominates each; the frontier comes first",
    columns={
        "Parameters": st.column_config.NumberColumn(format="compact"),
        "Its parameters": st.column_config.NumberColumn(format="compact"),
        title: st.column_config.NumberColumn(format="%.3f"),
    },
    height=420,
)
