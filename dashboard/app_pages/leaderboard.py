"""Leaderboard: models x categories as a heatmap or a table, by value or next to the baseline, and what is behind."""

import streamlit as st

from dashboard.charts.against import against_map
from dashboard.charts.grid import FEW_COLUMNS
from dashboard.charts.heatmap import heatmap
from dashboard.components.about import about_against, about_board
from dashboard.components.against_wording import against_caption, against_lede, against_title
from dashboard.components.board_table import as_table, best_columns, board_file, board_table
from dashboard.components.board_tasks_words import EMPTY_CELLS, NO_MODEL, tasks_lede, tasks_title
from dashboard.components.cell import cell_drawer, cell_picker
from dashboard.components.chips import chips, clear_button
from dashboard.components.exhibit import chart, say_about
from dashboard.components.heading import heading
from dashboard.components.legend import legend, outcomes_legend
from dashboard.components.links import page_link
from dashboard.components.reproduce import board_query
from dashboard.components.sheets import pager, sheet_number
from dashboard.components.wording import (
    board_lede,
    board_title,
    partial_sentence,
    protocol_sentence,
    summaries_sentence,
)
from dashboard.database import load
from dashboard.filters import choose, context
from dashboard.queries.against import read_against
from dashboard.queries.board import read_board
from dashboard.queries.collapsed import by_cell, read_collapsed
from dashboard.queries.probes import read_to_beat
from dashboard.queries.selection import A_SHEET, select, sheet, sheets
from dashboard.queries.suites import SUITES, of_tasks
from dashboard.text import COLLAPSED, COLLAPSED_SENTENCE, METRICS, NEAR_TIE_SENTENCE

ctx = context()
view, suite = ctx.view, SUITES[ctx.view.suite]


def on_cell() -> None:
    """A click on a cell. Clicking the chosen cell again comes as an empty event: then it is meant again."""
    points = st.session_state["heat"]["selection"]["points"]
    if points:
        st.session_state["_last_cell"] = tuple(points[0]["customdata"][:2])
    if "_last_cell" in st.session_state:
        choose(cell=st.session_state["_last_cell"])


asked = (view.suite, view.shown_regime, view.metric or "", view.kind or "")
full, against = load(read_board, ctx.catalog, *asked), load(read_against, ctx.catalog, *asked)
key = view.sort or full.columns[0].key
board = select(full, view.filters, key)
if view.against:
    board = against.rows_of(select(full, view.filters, key, against.wide("delta", full)))
collapsed = by_cell(load(read_collapsed, *asked[:3]), board)
models = board.models[board.models["role"] == "model"]
if of_tasks(view.suite):
    title, lede = tasks_title(board, against, filtered=view.filters.active), tasks_lede(board, against)
elif view.against:
    title, lede = against_title(board, against, filtered=view.filters.active), against_lede(board, against)
else:
    to_beat = load(read_to_beat, board.regime, board.metric).index
    own = sum(ctx.catalog.tasks.at[task, "suite"] == view.suite and task in ctx.catalog.benchmark for task in to_beat)
    title, lede = board_title(board, view.filters.active), board_lede(board, view.filters.active, own)
heading(title, lede)
say_about((about_against if view.against else about_board)(board, view.kind or ""))
chips(ctx, len(models), int((full.models["role"] == "model").sum()))
# Without any difference there is nothing to draw: the title has said so.
drawn = len(board.models) > 0 and (not view.against or bool(against.covered(board)))
if models.empty and not view.filters.active and of_tasks(view.suite):
    st.info(NO_MODEL, icon=":material/add_circle:")
elif models.empty and not view.filters.active:
    st.info(
        f"No model has {METRICS[board.metric].name} here, only baselines do; the Task page says why.",
        icon=":material/search_off:",
    )
elif models.empty:
    st.info("Baselines stay; clear the filters to bring the models back.", icon=":material/filter_alt_off:")
    clear_button("empty")
elif not drawn:
    st.info("The values are under In the cells, Values.", icon=":material/balance:")
if view.show == "heatmap" and drawn:
    legend(board.models, view.suite, ctx.colours)
    if view.against:
        outcomes_legend(board, against, ctx.colours)
    pager(ctx, rows=len(models), a_sheet=A_SHEET, noun="model")
    shown = sheet(board, sheet_number(ctx, sheets(board)))
    badge = f"⊘ {COLLAPSED.split(' ')[1]}: {COLLAPSED_SENTENCE}" if collapsed else None
    told = (
        [against_caption(board, against)]
        if view.against
        else [summaries_sentence(board), board.judged and NEAR_TIE_SENTENCE]
    )
    blank = EMPTY_CELLS if of_tasks(view.suite) and board.values.isna().any(axis=None) else None
    read_with = list(filter(None, (*told, partial_sentence(board), blank, badge)))
    chart(
        lambda: (
            against_map(shown, against, ctx.colours, collapsed)
            if view.against
            else heatmap(shown, ctx.colours, collapsed)
        ),
        width="content" if len(board.columns) <= FEW_COLUMNS else "stretch",
        key="heat",
        rows=lambda: as_table(board, against if view.against else None, collapsed),
        file=board_file(board, against=view.against),
        notes=read_with,
        best={} if view.against else best_columns(board),
        on_select=on_cell,
        selection_mode="points",
        alt=f"{suite.label}: {METRICS[board.metric].name} of {len(shown.models)} systems "
        f"in {len(board.columns)} columns{', as difference to the baseline to beat' if view.against else ''}; "
        "the same numbers are under Show, Table",
    )
    st.caption(" ".join(read_with))
elif drawn:
    board_table(board, against if view.against else None, collapsed)
cell_picker(board)
st.caption(
    f"{suite.sentence} {METRICS[board.metric].sentence} {protocol_sentence(full)} A value outside the "
    f"colour range keeps its number."
)
page_link(ctx, "methods", "How these numbers are made →")
with st.expander("Reproduce"):
    st.code(f'vledger sql "{board_query(board, view.kind, against=view.against)}"', language="bash", wrap_lines=True)
if view.cell and view.cell[0] in board.models.index:
    cell_drawer(ctx, board, against, *view.cell)
