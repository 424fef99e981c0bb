"""What a board of whole tasks says: who beats which baseline on which task; without a model, what there is to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.against import WON
from dashboard.text import METRICS, capital, in_words, stated

if TYPE_CHECKING:
    from dashboard.queries.against import Against
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column

NO_MODEL = (
    "Only baselines have values here so far. A model of yours stands beside them after `vledger run` and "
    '`vledger publish`; its spec has `kind = "single-cell"`.'
)
EMPTY_CELLS = "An empty cell has no value; the task’s page says why."


def tasks_title(board: Board, against: Against, *, filtered: bool) -> str:
    """How many of the models shown beat what they have to, or that there is none yet."""
    models = _models(board)
    if not models:
        return "No model matches these filters" if filtered else "No model was run here yet: this is what one must beat"
    won = {model for column in board.columns for model in _won(board, against, column.key)}
    tasks = len(board.columns)
    name = _name(against, board.columns[0].key)
    what = f"{name} on {board.columns[0].short}" if tasks == 1 else "the baseline"
    where = "" if tasks == 1 else f" on {'at least one' if won else 'any'} of {in_words(tasks)} tasks"
    if len(models) == 1:
        return f"The one model {'beats' if won else 'does not beat'} {what}{where}"
    if not won or len(won) == len(models):
        return f"{f'All {len(models)} models beat' if won else 'No model beats'} {what}{where}"
    beats = "Only one of" if len(won) == 1 else f"{capital(in_words(len(won)))} of"
    return f"{beats} {len(models)} models {'beats' if len(won) == 1 else 'beat'} {what}{where}"


def tasks_lede(board: Board, against: Against) -> str:
    """Of every task what there is to beat, with its value, and what is highest."""
    if board.models.empty:
        return "Remove a filter to see the models again."
    told = [_of_task(board, against, column) for column in board.columns]
    few = [column for column in board.columns if not column.judged]
    if few:
        where = "any of them" if len(few) == len(board.columns) > 1 else " and ".join(column.short for column in few)
        told.append("These are too few to name a best" + (f" on {where}." if len(board.columns) > 1 else "."))
    return f"{' '.join(told)} Select a cell to see what is behind it."


def _of_task(board: Board, against: Against, column: Column) -> str:
    """'To beat on Doubles: Additive, L2 skill 0.000; highest is Linear, 0.067 (−0.17 to 0.24).'."""
    rows = against.baselines[against.baselines["key"] == column.key]
    values = board.values[column.key].dropna()
    n = "" if column.n is None else f" ({_counted(column)})"
    if rows.empty:
        return f"On {column.short}{n} nothing was named to beat."
    beat, metric = rows.iloc[0], METRICS[board.metric].name
    # A skill is measured from its own baseline: that one's zero says nothing.
    own = "" if beat["value"] == beat["ci_low"] == beat["ci_high"] == 0 else f", {metric} {_value(beat)}"
    told = f"To beat on {column.short}{n}: **{beat['baseline']}**{own}"
    others = values.drop(index=beat["baseline_id"], errors="ignore")
    if others.empty:
        return f"{told}."
    first = str(others.idxmax())
    bounds = {
        "value": others[first],
        "ci_low": board.low.at[first, column.key],
        "ci_high": board.high.at[first, column.key],
    }
    name = board.models.at[first, "name"]
    return f"{told}; highest of the others: {name}, {'' if own else f'{metric} '}{_value(pd.Series(bounds))}."


def _counted(column: Column) -> str:
    return column.sentence.split(";")[0].removesuffix(".")


def _value(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return "no value"
    return stated(row["value"], row["ci_low"], row["ci_high"])


def _models(board: Board) -> list[str]:
    return list(board.models.index[board.models["role"] == "model"])


def _won(board: Board, against: Against, key: str) -> list[str]:
    found = against.outcomes(board, key)
    return list(found.index[found.isin(WON)])


def _name(against: Against, key: str) -> str:
    rows = against.baselines[against.baselines["key"] == key]
    return str(rows["baseline"].iloc[0]) if len(rows) else "the baseline"
