"""What is behind one cell of the leaderboard, in a drawer; reached by click, by keyboard or by address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.components.about import about_cell
from dashboard.components.against_wording import verdict_word
from dashboard.components.cell_against import cell_against, task_against, task_help
from dashboard.components.exhibit import card
from dashboard.components.links import page_link
from dashboard.database import load
from dashboard.filters import choose
from dashboard.queries.against import read_tasks_against
from dashboard.queries.suites import SUITES
from dashboard.queries.task import read_cell
from dashboard.text import COLLAPSED, METRICS, count, interval, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.filters import Context
    from dashboard.queries.against import Against
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column


def cell_picker(board: Board) -> None:
    """The same drill-down without a mouse."""
    if board.models.empty:
        return
    names = board.models["name"]
    with st.form("cell-picker", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        model = st.selectbox("Look behind a cell: model", list(board.models.index), format_func=names.__getitem__)
        columns = {column.key: column.label for column in board.columns}
        column = st.selectbox("Column", list(columns), format_func=columns.__getitem__)
        if st.form_submit_button("Show what is behind it"):
            choose(cell=(model, column))
            st.rerun()


def cell_drawer(ctx: Context, board: Board, against: Against, model: str, key: str) -> None:
    """Open the drawer for a cell; closing it takes the cell out of the address."""
    column = board.column(key)
    title = f"{board.models.at[model, 'name']} · {column.label}"

    @st.dialog(title, width=560, position="right", on_dismiss=lambda: choose(cell=None))
    def drawer() -> None:
        _summary(board, model, key)
        told = cell_against(board, against, model, key)
        rows = (
            _stratum(ctx, board, against, model, key) if SUITES[board.suite].kinds else _tasks(ctx, board, model, key)
        )
        card(
            key="cell",
            title=cell_title(board, model, key),
            alt=f"What is behind {title}: value, rank and what there is to beat",
            rows=rows,
            notes=(column.sentence, *told),
            about=about_cell(board, model, key, ctx.view.kind or ""),
            file=f"{model}-{key}",
            csv=True,
        )
        page_link(ctx, "model", f"All about {board.models.at[model, 'name']} →", model=model, cell=None)

    drawer()


def cell_title(board: Board, model: str, key: str) -> str:
    """'NT-v2 has 0.605 macro MCC over Promoters, rank 3 of 41'."""
    column, value = board.column(key), board.values.at[model, key]
    name, metric = board.models.at[model, "name"], METRICS[board.metric].name
    if pd.isna(value):
        return f"{name} was not scored on all of {column.label}"
    ranks = board.ranks()[key]
    place = "" if pd.isna(ranks[model]) else f", rank {int(ranks[model])} of {int(ranks.notna().sum())}"
    return f"{name} has {metric} {three(value)} on {column.label}{place}"


def _summary(board: Board, model: str, key: str) -> None:
    value, column = board.values.at[model, key], board.column(key)
    if value != value:  # noqa: PLR0124 - NaN
        st.markdown(f"No value: {board.models.at[model, 'name']} was not scored on all of {column.label}.")
        return
    ranks = board.ranks()[key]
    best = board.winners().get(key, [model])[0]
    bounds = board.low.at[model, key], board.high.at[model, key]
    known = bounds[0] == bounds[0]
    uncertainty = f"95 % interval {interval(*bounds)}" if known else "no interval"
    st.html(f'<span class="vl-big">{three(value)}</span> {METRICS[board.metric].name}, {uncertainty}')
    unranked = ranks[model] != ranks[model]
    place = "Not ranked" if unranked else f"Rank {int(ranks[model])} of {int(ranks.notna().sum())} shown"
    sentence = f"{place}. {column.sentence}"
    if best != model and not unranked:
        gap = board.values.at[best, key] - value
        sentence += (
            f" Best: {board.models.at[best, 'name']} with {three(board.values.at[best, key])}, {three(gap)} above."
        )
    st.markdown(sentence)


def _stratum(ctx: Context, board: Board, against: Against, model: str, key: str) -> pd.DataFrame:
    column = board.column(key)
    if key != "mean":
        if column.kind == "summary":  # the sentence of a part states its n already
            positive = SUITES[board.suite].positive
            share = "" if column.prevalence is None else f", {column.prevalence:.1%} {positive}"
            st.markdown(f"n = {count(column.n)}{share}.")
        page_link(
            ctx,
            "task",
            f"All systems on {column.label} →",
            task=column.task,
            stratum=column.stratum,
            cell=None,
        )
        return _rows(board, against, model, [column])
    st.markdown("The classes it is the mean of:")
    parts = [part for part in board.categories if part.judged]
    for part in parts:
        page_link(ctx, "task", part.label, task=part.task, stratum=part.stratum, cell=None)
    return _rows(board, against, model, [column, *parts])


def _rows(board: Board, against: Against, model: str, columns: Sequence[Column]) -> pd.DataFrame:
    """One row a column: the value with its interval and rank, and the difference to what there is to beat."""
    cells, ranks = against.by_cell(board.keep([model])), board.ranks()
    beat = {row.key: row.baseline for row in against.baselines.itertuples()}
    found = []
    for column in columns:
        cell = cells.get((model, column.key))
        found.append(
            {
                "Part": column.label,
                "n": column.n,
                METRICS[board.metric].name: board.values.at[model, column.key],
                "95 % low": board.low.at[model, column.key],
                "95 % high": board.high.at[model, column.key],
                "Rank": ranks.at[model, column.key],
                "of": ranks[column.key].notna().sum(),
                "To beat": beat.get(column.key),
                "Difference": None if cell is None else cell.delta,
                "Difference, low": None if cell is None else cell.ci_low,
                "Difference, high": None if cell is None else cell.ci_high,
                "Verdict": None if cell is None else verdict_word(cell, column, paired=against.paired),
            }
        )
    return pd.DataFrame(found).astype({"n": "Int64", "Rank": "Int64", "of": "Int64"})


def _tasks(ctx: Context, board: Board, model: str, key: str) -> pd.DataFrame:
    category = None if board.column(key).kind == "summary" else key
    rows = load(read_cell, board.suite, model, category, board.regime, board.metric)
    beside = load(read_tasks_against, board.suite, model, board.regime, board.metric)
    rows = rows.join(beside.drop(columns="baseline"), on="task_id")
    st.markdown(f"**{count(len(rows), 'task')}**, each opens its page:")
    with st.container(gap=None):
        for row in rows.itertuples():
            page_link(ctx, "task", _of_task(row), help=task_help(row), task=row.task_id, cell=None)
    return _flat(rows)


def _of_task(row: Any) -> str:
    """A task behind the cell: value and rank, what there is to beat and by how much, and if the probe collapsed."""
    label = f"**{three(row.value)}** {row.label}, rank {row.rank} of {row.n_models} (best {three(row.best)}"
    if row.to_beat_value == row.to_beat_value:
        label += f"; to beat: {row.to_beat} {three(row.to_beat_value)}{task_against(row)}"
    return f"{label}){f' {COLLAPSED}' if row.collapsed else ''}"


def _flat(rows: pd.DataFrame) -> pd.DataFrame:
    names = ["task_id", "label", "value", "rank", "n_models", "median", "best", "to_beat", "to_beat_value", "delta"]
    names += ["delta_low", "delta_high", "standing", "article", "verdict", "reason", "collapsed"]
    return rows[names].rename(columns={"reason": "why no paired verdict"})
