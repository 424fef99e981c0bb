"""The board by its values: a number in each cell, fixed colours, the best framed, every cell a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dashboard.charts.grid import Cells, grid
from dashboard.queries.suites import SUITES
from dashboard.text import COLLAPSED, NEAR_TIE, dense, interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from dashboard.charts.palette import Palette
    from dashboard.queries.board import Board


def heatmap(board: Board, colours: Palette, collapsed: Mapping[tuple[str, str], str] | None = None) -> go.Figure:
    """The board as a heatmap; `collapsed` says of a cell what is behind it that collapsed to one class."""
    collapsed = collapsed or {}
    values = board.values.to_numpy()
    low, high = SUITES[board.suite].domain[board.metric]
    best = _best(board)
    near = np.argwhere(board.near_ties(NEAR_TIE).to_numpy(dtype=bool)).tolist()
    cells = Cells(
        shares=(values - low) / (high - low),
        scale=colours.sequential,
        texts=_texts(board, set(best), collapsed),
        shown=np.argwhere(~np.isnan(values)),
        card=_Cards(board, collapsed),
        frames=[
            *((row, column, colours.muted, 1) for row, column in near),
            *((*cell, colours.ink, 2) for cell in best),
        ],
        badged={model for model, _ in collapsed},
    )
    return grid(board, cells, colours)


def _best(board: Board) -> list[tuple[int, int]]:
    """(row, column) of every highest value among the rows drawn."""
    rows = {model: row for row, model in enumerate(board.values.index)}
    columns = {key: column for column, key in enumerate(board.values.columns)}
    return [(rows[model], columns[key]) for key, models in board.winners().items() for model in models if model in rows]


def _texts(board: Board, best: set[tuple[int, int]], collapsed: Mapping[tuple[str, str], str]) -> np.ndarray:
    texts = np.full(board.values.shape, "", dtype=object)
    for (row, column), value in np.ndenumerate(board.values.to_numpy()):
        text = dense(value)
        if (board.values.index[row], board.values.columns[column]) in collapsed:
            text += " ⊘"
        texts[row, column] = f"<b>{text}</b>" if (row, column) in best else text
    return texts


class _Cards:
    """(model_id, column key, name, value, place) of a cell."""

    def __init__(self, board: Board, collapsed: Mapping[tuple[str, str], str]) -> None:
        self.board, self.collapsed = board, collapsed
        self.values, self.low, self.high = (frame.to_numpy() for frame in (board.values, board.low, board.high))
        self.ranks = board.ranks().to_numpy()
        self.counted = board.ranked()
        self.models, self.names = list(board.values.index), list(board.models["name"])

    def __call__(self, row: int, column: int) -> tuple[str, ...]:
        shown, cell = self.board.columns[column], (row, column)
        bounds = "" if np.isnan(self.low[cell]) else f" [{interval(self.low[cell], self.high[cell])}]"
        place = (
            "not ranked: scored in part only"
            if np.isnan(self.ranks[cell])
            else f"rank {int(self.ranks[cell])} of {self.counted[shown.key]} shown"
        )
        value = f"{shown.label}: {self.board.metric} {three(self.values[cell])}{bounds}"
        told = self.collapsed.get((self.models[row], shown.key))
        end = f"{place} · {shown.sentence}" + ("" if told is None else f"<br>{COLLAPSED}: {told}")
        return self.models[row], shown.key, self.names[row], value, end
