"""The Leaderboard as a table: what the map shows, with words for headings and for every sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st

from dashboard.components.against_wording import against_columns
from dashboard.components.exhibit import table
from dashboard.components.heading import page_title
from dashboard.queries.suites import SUITES
from dashboard.text import COLLAPSED, COLLAPSED_SENTENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.against import Against
    from dashboard.queries.board import Board

_TALL = 45


def board_table(board: Board, against: Against | None, collapsed: Mapping[tuple[str, str], str]) -> None:
    """Show the board; with `against`, the differences and verdicts instead of the values."""
    rows = as_table(board, against, collapsed)
    labels = [column.label for column in board.columns]
    number = "%+.3f" if against else "%.3f"
    config: dict[str, Any] = {
        column.label: st.column_config.NumberColumn(format=number, help=column.sentence) for column in board.columns
    }
    config["Parameters"] = st.column_config.NumberColumn(format="compact")
    config["Model"] = st.column_config.TextColumn(pinned=True)
    config["Care"] = st.column_config.TextColumn(help=f"{COLLAPSED}: {COLLAPSED_SENTENCE}")
    suite, what = SUITES[board.suite].label, "difference to the baseline and verdict" if against else "value"
    table(
        rows,
        name=board_file(board, against=against is not None),
        key="board",
        kind="verdict" if against else "table",
        alt=f"Leaderboard of {suite}, {what}: one row a system, {', '.join(labels)}",
        columns=config,
        height="content" if len(rows) <= _TALL else 1000,
        title=page_title(),
        best={} if against else best_columns(board),
        baselines=(board.models["role"] == "baseline").tolist(),
    )


def best_columns(board: Board) -> dict[str, Literal["high", "low"]]:
    """Columns whose highest value is the best one: too few items name none, nor does a value over other items."""
    winners, highest = board.winners(), board.values.max()
    known = (column for column in board.columns if column.key in winners)
    return {
        column.label: "high"
        for column in known
        if board.values.at[winners[column.key][0], column.key] == highest[column.key]
    }


def board_file(board: Board, *, against: bool) -> str:
    """Stem of the files made of a board."""
    return f"leaderboard-{board.suite}-{board.regime}-{board.metric}{'-against' if against else ''}"


def as_table(board: Board, against: Against | None, collapsed: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """The board as a flat table with words for headings, in the order shown."""
    models, suite = board.models, SUITES[board.suite]
    facts = {
        "Model": models["name"],
        "Role": models["role"],
        suite.group_label: models[suite.group_by],
        "Tokeniser": models["tokenizer"],
        "Parameters": models["parameters"].astype("Int64"),
    }
    values = {column.label: board.values[column.key].round(4) for column in board.columns}
    rest = {
        "Care": pd.Series(_care(board, collapsed), index=models.index, dtype=object),
        "Licence": models["licence_group"],
        "Access": models["access_kind"],
        "Provenance": models["provenance"],
        "Protocol": models["protocol"],
    }
    shown = values if against is None else against_columns(board, against)
    return pd.DataFrame(facts | shown | rest, index=models.index)


def _care(board: Board, collapsed: Mapping[tuple[str, str], str]) -> list[str | None]:
    found: dict[str, list[str]] = {}
    for (model, key), evidence in collapsed.items():
        found.setdefault(model, []).append(f"{board.column(key).label}, {evidence}")
    return [f"{COLLAPSED}: {'; '.join(found[model])}" if model in found else None for model in board.values.index]
