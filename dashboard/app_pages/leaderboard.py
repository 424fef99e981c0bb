"""Leaderboard: models x categories as a heatmap or a table, and the tasks behind every cell."""

import pandas as pd
import streamlit as st

from dashboard.charts.heatmap import FEW_COLUMNS, heatmap
from dashboard.charts.layout import CONFIG
from dashboard.components.cell import cell_drawer, cell_picker
from dashboard.components.chips import chips, clear_button
from dashboard.components.heading import heading
from dashboard.components.legend import legend
from dashboard.components.links import page_link
from dashboard.components.table import table
from dashboard.components.wording import (
    board_lede,
    board_title,
    partial_sentence,
    protocol_sentence,
    summaries_sentence,
)
from dashboard.database import load
from dashboard.filters import choose, context
from dashboard.queries.board import Board, read_board
from dashboard.queries.probes import read_to_beat
from dashboard.queries.selection import select
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, NEAR_TIE_SENTENCE

ctx = context()
view, suite = ctx.view, SUITES[ctx.view.suite]


def on_cell() -> None:
    """A click on a cell. Clicking the chosen cell again comes as an empty event: then it is meant again."""
    points = st.session_state["heat"]["selection"]["points"]
    if points:
        st.session_state["_last_cell"] = tuple(points[0]["customdata"][:2])
    if "_last_cell" in st.session_state:
        choose(cell=st.session_state["_last_cell"])


def as_table(board: Board) -> pd.DataFrame:
    """The board as a flat table with words for headings, in the order shown."""
    models = board.models
    facts = pd.DataFrame(
        {
            "Model": models["name"],
            "Role": models["role"],
            suite.group_label: models[suite.group_by],
            "Tokeniser": models["tokenizer"],
            "Parameters": models["parameters"].astype("Int64"),
        },
        index=models.index,
    )
    values = board.values.rename(columns={column.key: column.label for column in board.columns})
    rest = {
        "Licence": models["licence_group"],
        "Access": models["access_kind"],
        "Provenance": models["provenance"],
        "Protocol": models["protocol"],
    }
    return pd.concat([facts, values.round(4), pd.DataFrame(rest, index=models.index)], axis=1)


full = load(read_board, ctx.catalog, view.suite, view.shown_regime, view.metric or "", view.kind or "")
board = select(full, view.filters, view.sort or full.columns[0].key)
models = board.models[board.models["role"] == "model"]
to_beat = load(read_to_beat, board.regime, board.metric).index
probed = sum(ctx.catalog.tasks.at[task, "suite"] == view.suite and task in ctx.catalog.benchmark for task in to_beat)
heading(board_title(board, view.filters.active), board_lede(board, view.filters.active, probed))
chips(ctx, len(models), int((full.models["role"] == "model").sum()))
if models.empty and not view.filters.active:
    st.info(
        f"No model has {METRICS[board.metric].name} here, only baselines do; the Task page says why.",
        icon=":material/search_off:",
    )
elif models.empty:
    st.info("Baselines stay; clear the filters to bring the models back.", icon=":material/filter_alt_off:")
    clear_button("empty")
if view.show == "heatmap" and len(board.models):
    legend(board.models, view.suite, ctx.colours)
    st.plotly_chart(
        heatmap(board, ctx.colours),
        width="content" if len(board.columns) <= FEW_COLUMNS else "stretch",
        config=CONFIG,
        key="heat",
        on_select=on_cell,
        selection_mode="points",
        theme=None,
        alt=f"{suite.label}: {METRICS[board.metric].name} of {len(board.models)} systems "
        f"in {len(board.columns)} columns; "
        "the same numbers are under Show, Table",
    )
    st.caption(" ".join(filter(None, (summaries_sentence(board), NEAR_TIE_SENTENCE, partial_sentence(board)))))
elif len(board.models):
    shown = as_table(board)
    labels = [column.label for column in board.columns]
    config = {
        column.label: st.column_config.NumberColumn(format="%.3f", help=column.sentence) for column in board.columns
    }
    config["Parameters"] = st.column_config.NumberColumn(format="compact")
    config["Model"] = st.column_config.TextColumn(pinned=True)
    table(
        shown,
        name=f"leaderboard-{view.suite}-{board.regime}-{board.metric}",
        alt=f"Leaderboard of {suite.label}: one row a system, {', '.join(labels)}",
        columns=config,
        height="content" if len(shown) <= 45 else 1000,
    )
cell_picker(board)
st.caption(
    f"{suite.sentence} {METRICS[board.metric].sentence} {protocol_sentence(full)} A value outside the "
    f"colour range keeps its number."
)
page_link(ctx, "methods", "How these numbers are made →")
if view.cell and view.cell[0] in board.models.index:
    cell_drawer(ctx, board, *view.cell)
