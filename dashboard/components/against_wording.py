"""What the Leaderboard says when its cells stand next to the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.charts.against_words import counts, over, reason_of, to_beat, uncovered
from dashboard.queries.suites import SUITES
from dashboard.text import (
    METRICS,
    NO_BASELINE,
    OUTCOMES,
    REGIME_SENTENCE,
    capital,
    count,
    in_words,
    interval,
    listed,
    three,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.against import Against
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column


def against_title(board: Board, against: Against, *, filtered: bool) -> str:
    """One sentence on how many of the models shown beat what they have to."""
    models = board.models.index[board.models["role"] == "model"]
    if models.empty:
        return "No model matches these filters" if filtered else f"No model has {METRICS[board.metric].name} here"
    if not against.covered(board):
        return "Nothing here can be held against a baseline yet"
    if not SUITES[board.suite].kinds:
        return _over_tasks(board, against)
    column = board.columns[0]
    cells = _column(board, against, column.key)
    known = cells[cells["delta"].notna()]
    if known.empty:
        return f"No model can be held against the baseline on {column.short}"
    name, n = _name(against, column), len(known)
    if known["outcome"].isna().all():
        higher = int((known["delta"] > 0).sum())
        return f"{higher} of {count(n, 'model')} have a higher value than {name}, none with an interval to prove it"
    return f"{_beats(int(known['won'].sum()), n)} {name} on {column.short}"


def _over_tasks(board: Board, against: Against) -> str:
    cells = _column(board, against, "micro")
    tasks, won = against.baselines["task_id"].nunique(), int((cells["won"] > 0).sum())
    on = f"{'at least one' if won else 'any'} of {in_words(tasks)} tasks" if tasks > 1 else "the one task that has one"
    return f"{_beats(won, len(cells))} the baseline on {on}"


def _beats(won: int, n: int) -> str:
    """'Three of 40 models beat', 'No model beats'."""
    if n == 1:
        return "The one model beats" if won else "The one model does not beat"
    if won in {0, n}:
        return f"All {n} models beat" if won else "No model beats"
    return f"Only one of {n} models beats" if won == 1 else f"{capital(in_words(won))} of {n} models beat"


def _name(against: Against, column: Column) -> str:
    rows = against.baselines[against.baselines["key"] == column.key]
    return listed(list(dict.fromkeys(rows["baseline"]))) if len(rows) else "the baseline"


def _column(board: Board, against: Against, key: str) -> pd.DataFrame:
    """Cells of the models shown in one column."""
    models = board.models.index[board.models["role"] == "model"]
    cells = against.cells[against.cells.index.get_level_values("key") == key].droplevel("key")
    return cells[cells.index.isin(models)]


def against_lede(board: Board, against: Against) -> str:
    """The numbers that carry the title, and what the baselines are."""
    if board.models[board.models["role"] == "model"].empty:
        return "Remove a filter to see the models again."
    if not against.covered(board):
        return nothing(board, against)
    if not SUITES[board.suite].kinds:
        return _tasks_lede(board, against)
    column = board.columns[0]
    cells = _column(board, against, column.key)
    known = cells[cells["delta"].notna()]
    opening = f"{_beaten(board, against, column)} "
    if known["outcome"].notna().any():
        how = (
            "by the paired test on the same items" if against.paired else "by whether the two 95 % intervals are apart"
        )
        parts = known["outcome"].value_counts()
        told = [f"**{parts[outcome]}** {word}" for outcome, word in OUTCOMES.items() if outcome in parts]
        opening += f"Of {count(len(known), 'model')}, {how}: {'; '.join(told)}. "
    elif len(known):
        opening += f"{reason_of(known.iloc[0])} "
    silent = int((cells["delta"].isna()).sum())
    if silent:
        opening += f"{capital(in_words(silent))} cannot be compared there. "
    return f"{opening}Select a cell to see both values and both verdicts."


def _beaten(board: Board, against: Against, column: Column) -> str:
    rows = against.baselines[against.baselines["key"] == column.key]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    bounds = "" if pd.isna(row["ci_low"]) else f" ({interval(row['ci_low'], row['ci_high'])})"
    value = "no value" if pd.isna(row["value"]) else f"{METRICS[board.metric].name} {three(row['value'])}{bounds}"
    others = [name for name in dict.fromkeys(against.baselines["baseline"]) if name != row["baseline"]]
    elsewhere = f"; on some {SUITES[board.suite].parts} it is {listed(others)}" if others else ""
    return f"To beat on {column.short}: **{row['baseline']}**, {value}{elsewhere}."


def _tasks_lede(board: Board, against: Against) -> str:
    cells = _column(board, against, "micro")
    won, tied, lost = (int(cells[name].sum()) for name in ("won", "tied", "lost"))
    tasks = against.baselines.drop_duplicates("task_id")
    asked = sum(column.n or 0 for column in board.categories)
    named = tasks["baseline"].value_counts()
    which = listed([f"{name} on {in_words(int(n))}" for name, n in named.items()], 6)
    return (
        f"Of {won + tied + lost:,} pairs of a model and a task, **{won}** {'is' if won == 1 else 'are'} above the "
        f"baseline, **{tied:,}** not told apart from it and **{lost:,}** below, by whether the two 95 % intervals are "
        f"apart. {len(tasks)} of {asked} tasks have a baseline, probed here: {which}. Select a cell to see them."
    )


def nothing(board: Board, against: Against) -> str:
    """Why no cell has a difference."""
    reasons = against.cells["reason"].dropna()
    if len(reasons):
        return f"{capital(str(reasons.value_counts().index[0]))}."
    how = REGIME_SENTENCE[board.regime]
    return f"No published value has been set against a baseline here ({METRICS[board.metric].name}, {how})."


def against_caption(board: Board, against: Against) -> str:
    """How to read the cells."""
    told = "A number is the model’s value minus the baseline’s; the mark behind it is the verdict. "
    if not SUITES[board.suite].kinds:
        asked = sum(column.n or 0 for column in board.categories)
        tasks = against.baselines["task_id"].nunique()
        return (
            f"{told}A category’s cell is the mean over those of its tasks that have a baseline, with a mark only where "
            f"all of them come out the same. Macro is the mean of these categories, micro of the {tasks} tasks: "
            f"{tasks} of {asked}, so neither is the board’s own macro or micro. Intervals of published models are "
            "reconstructed from MCC, accuracy, n and prevalence."
        )
    if any(column.key == "mean" for column in board.columns):
        told += "The mean of classes has a mark only where all classes come out the same. "
    if not against.paired:
        told += "Scores of single items are not published, so there is no paired test: "
        told += "the verdict is whether the two intervals are apart. "
    return told.strip()


def against_columns(board: Board, against: Against) -> dict[str, pd.Series]:
    """Difference and verdict in words of every column, as the map shows them."""
    beat, cells = to_beat(against), against.by_cell(board)
    itself = set(zip(against.baselines["baseline_id"], against.baselines["key"], strict=True))
    delta = against.wide("delta", board)
    found: dict[str, pd.Series] = {}
    for column in board.columns:
        found[column.label] = delta[column.key].round(4)
        words = [_word(model, column, cells, itself, beat, against) for model in board.values.index]
        found[f"{column.label}: verdict"] = pd.Series(words, index=board.values.index)
    return found


def _word(
    model: str,
    column: Column,
    cells: Mapping[tuple[str, str], Any],
    itself: set[tuple[str, str]],
    beat: Mapping[str, str],
    against: Against,
) -> str:
    cell = cells.get((model, column.key))
    if (model, column.key) in itself:
        return "the baseline to beat"
    if cell is None:
        return NO_BASELINE if uncovered(column, beat) else "no value"
    return verdict_word(cell, column, paired=against.paired)


def verdict_word(cell: Any, column: Column, *, paired: bool) -> str:
    """The verdict of one cell in a word; where several differ, how many of each."""
    if pd.isna(cell.delta):
        return f"no difference: {reason_of(cell)}"
    word = OUTCOMES[cell.outcome] if isinstance(cell.outcome, str) else None
    if cell.asked > 1:
        return f"{word or counts(cell, paired=paired) or 'no verdict'} ({over(cell, column)})"
    return word or f"no verdict: {reason_of(cell)}"
