"""The board next to the baseline to beat: a signed difference and the mark of a verdict in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dashboard.charts.against_words import counts, over, reason_of, to_beat, uncovered, verdict_sentence, without
from dashboard.charts.grid import Cells, grid
from dashboard.charts.palette import OUTCOMES
from dashboard.queries.against import SPAN
from dashboard.text import COLLAPSED, NO_BASELINE, difference, interval, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from dashboard.charts.palette import Palette
    from dashboard.queries.against import Against
    from dashboard.queries.board import Board
    from dashboard.queries.columns import Column

ITSELF = "="


def against_map(
    board: Board, against: Against, colours: Palette, collapsed: Mapping[tuple[str, str], str] | None = None
) -> go.Figure:
    """The differences as a heatmap around zero; every cell can be looked behind, one without a baseline too."""
    collapsed = collapsed or {}
    delta = against.wide("delta", board).to_numpy(dtype=float)
    itself = _itself(board, against)
    model = (board.models["role"] == "model").to_numpy()
    empty = np.argwhere(np.isnan(delta) & model[:, None])
    shown = [*map(tuple, np.argwhere(~np.isnan(delta)).tolist()), *itself, *map(tuple, empty.tolist())]
    span = SPAN[board.metric]
    cells = Cells(
        shares=(delta / span + 1) / 2,
        scale=colours.diverging,
        texts=_texts(delta, against.wide("outcome", board).to_numpy(), itself),
        shown=np.array(sorted(shown), dtype=int).reshape(-1, 2),
        card=_Cards(board, against, itself, collapsed),
        hatched=[(int(row), int(column)) for row, column in empty],
        letters=11.5,
        badged={name for name, _ in collapsed},
    )
    return grid(board, cells, colours)


def _itself(board: Board, against: Against) -> list[tuple[int, int]]:
    """(row, column) of the cells that are the baseline to beat."""
    rows = {name: row for row, name in enumerate(board.values.index)}
    columns = {key: column for column, key in enumerate(board.values.columns)}
    pairs = zip(against.baselines["baseline_id"], against.baselines["key"], strict=True)
    return sorted({(rows[name], columns[key]) for name, key in pairs if name in rows and key in columns})


def _texts(delta: np.ndarray, outcomes: np.ndarray, itself: list[tuple[int, int]]) -> np.ndarray:
    texts = np.full(delta.shape, "", dtype=object)
    for cell, value in np.ndenumerate(delta):
        outcome = outcomes[cell]
        # A thin space: number and mark have to fit a narrow cell.
        glyph = "" if pd.isna(outcome) or np.isnan(value) else f"\N{THIN SPACE}{OUTCOMES[str(outcome)].glyph}"
        texts[cell] = f"{signed(value)}{glyph}"
    for cell in itself:
        texts[cell] = ITSELF
    return texts


class _Cards:
    """(model_id, column key, name, difference, verdict) of a cell."""

    def __init__(
        self,
        board: Board,
        against: Against,
        itself: list[tuple[int, int]],
        collapsed: Mapping[tuple[str, str], str],
    ) -> None:
        self.board, self.collapsed, self.itself = board, collapsed, set(itself)
        self.cells = against.by_cell(board)
        self.to_beat, self.paired = to_beat(against), against.paired
        self.models, self.names = list(board.values.index), list(board.models["name"])

    def __call__(self, row: int, column: int) -> tuple[str, ...]:
        model, shown = self.models[row], self.board.columns[column]
        told = self.collapsed.get((model, shown.key))
        badge = "" if told is None else f"<br>{COLLAPSED}: {told}"
        known = self.cells.get((model, shown.key))
        if (row, column) in self.itself:
            value, end = f"{shown.label}: the baseline to beat", self.to_beat[shown.key]
        elif known is None:
            none = NO_BASELINE if uncovered(shown, self.to_beat) else "no value"
            value = f"{shown.label}: {none}"
            end = without(self.board, shown, self.to_beat)
        else:
            value, end = self._words(known, shown)
        return model, shown.key, self.names[row], value, f"{end}{badge}"

    def _words(self, cell: Any, column: Column) -> tuple[str, str]:
        label, metric = column.label, self.board.metric
        if pd.isna(cell.delta):
            return f"{label}: no difference", reason_of(cell)
        if cell.asked > 1:
            told = [counts(cell, paired=self.paired), verdict_sentence(cell)]
            value = f"{label}: {metric} {difference(cell.delta)} on average, {over(cell, column)}"
        else:
            told = [verdict_sentence(cell), self.to_beat.get(column.key, "")]
            bounds = "" if pd.isna(cell.ci_low) else f" [{interval(cell.ci_low, cell.ci_high)}]"
            value = f"{label}: {metric} {difference(cell.delta)}{bounds} to the baseline"
        return value, "<br>".join(part for part in told if part)
