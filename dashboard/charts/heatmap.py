"""Models x categories: a number in each cell, fixed colours, the best framed, every cell a target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, frame, quiet_axis
from dashboard.charts.palette import BASELINE, Palette, fill, mark, readable_on
from dashboard.queries.suites import SUITES
from dashboard.text import NEAR_TIE, dense, interval, size, three

if TYPE_CHECKING:
    from dashboard.queries.board import Board

_GAP = 0.35
_SIZE_X, _MARK_X = -1.62, -0.95
FEW_COLUMNS = 8
"""Up to so many columns the map keeps its width instead of filling the page: cells stay cells."""
_COLUMN_WIDTH, _LABEL_WIDTH = 74, 210
_TILT = 38
_LETTER = 6.4


def heatmap(board: Board, colours: Palette) -> go.Figure:
    """The board as a heatmap; each cell's invisible marker carries (model_id, column key) as customdata."""
    x, y = _places(board)
    figure = go.Figure()
    for trace in (
        *_cells(board, colours, x, y),
        _numbers(board, colours, x, y),
        _sizes(board, colours, y),
        *_marks(board, colours, y),
    ):
        figure.add_trace(trace)
    figure.add_trace(_targets(board, x, y))
    figure.update_layout(shapes=_frames(board, colours, x, y))
    headings = [_heading(column) for column in board.columns]
    # Tilted headings rise above the map and lean out of its right edge.
    top = 22 + int(max(map(len, headings)) * _LETTER * math.sin(math.radians(_TILT)))
    right = 12 + int(len(headings[-1]) * _LETTER * math.cos(math.radians(_TILT)))
    height = int(y[-1] * ROW + ROW) + top + 8
    frame(figure, colours, height=height, margin={"l": 8, "r": right, "t": top, "b": 4})
    if len(board.columns) <= FEW_COLUMNS:
        figure.update_layout(width=_LABEL_WIDTH + right + int(_COLUMN_WIDTH * (x[-1] - _SIZE_X)))
    figure.update_xaxes(
        **quiet_axis(
            colours,
            side="top",
            tickvals=list(x),
            ticktext=[
                f"<b>{text}</b>" if column.kind == "summary" else text
                for text, column in zip(headings, board.columns, strict=True)
            ],
            tickangle=-_TILT,
            tickfont={"color": colours.ink, "size": 12},
            range=[_SIZE_X - 0.4, x[-1] + 0.55],
        )
    )
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(y),
            ticktext=[_row_label(row.name, row.role, row.Index in board.partial) for row in board.models.itertuples()],
            tickfont={"color": colours.ink, "size": 12.5},
            range=[y[-1] + 0.55, -0.55],
            automargin=True,
        )
    )
    return figure


def _places(board: Board) -> tuple[np.ndarray, np.ndarray]:
    """Centres of columns and rows; a gap sets the summaries and the baselines apart."""
    summary = np.array([column.kind == "summary" for column in board.columns])
    baseline = (board.models["role"] == "baseline").to_numpy()
    x = np.arange(len(board.columns)) + np.where(summary, 0, _GAP)
    y = np.arange(len(board.models)) + np.where(baseline | (not baseline.any()), 0, _GAP)
    return x, y


def _heading(column: Any) -> str:
    """The label without its bracket; the whole is in the hover."""
    return str(column.label).split(" (")[0]


def _row_label(name: str, role: str, partial: bool) -> str:  # noqa: FBT001 - one fact about the row
    short = name if len(name) <= 26 else f"{name[:25]}…"
    short += " *" if partial else ""
    return f"<b>{short}</b>  " if role == "baseline" else f"{short}  "


def _share(board: Board) -> pd.DataFrame:
    low, high = SUITES[board.suite].domain[board.metric]
    return (board.values - low) / (high - low)


def _cells(board: Board, colours: Palette, x: np.ndarray, y: np.ndarray) -> list[go.Heatmap]:
    """One evenly spaced block for each side of a gap; across a gap, Plotly would stretch the cells."""
    shares = _share(board).to_numpy()
    return [
        _block(shares[np.ix_(rows, columns)], colours, x[columns[0]], y[rows[0]])
        for rows in _runs(y)
        for columns in _runs(x)
    ]


def _runs(places: np.ndarray) -> list[np.ndarray]:
    """Indices of places in runs one apart."""
    return np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) > 1) + 1)


def _block(shares: np.ndarray, colours: Palette, x0: float, y0: float) -> go.Heatmap:
    steps = len(colours.sequential) - 1
    return go.Heatmap(
        x0=float(x0),
        dx=1,
        y0=float(y0),
        dy=1,
        # None, not NaN: a cell without a value is a hole in the map and in the JSON.
        z=[[None if np.isnan(share) else round(float(share), 3) for share in row] for row in shares],
        zmin=0,
        zmax=1,
        colorscale=[[index / steps, colour] for index, colour in enumerate(colours.sequential)],
        showscale=False,
        hoverinfo="skip",
        xgap=2,
        ygap=2,
    )


def _numbers(board: Board, colours: Palette, x: np.ndarray, y: np.ndarray) -> go.Scatter:
    values, shares, best = board.values.to_numpy(), _share(board).to_numpy(), _best(board)
    texts: list[str] = []
    inks: list[str] = []
    for (row, column), value in np.ndenumerate(values):
        text = dense(value)
        texts.append(f"<b>{text}</b>" if (row, column) in best else text)
        inks.append(readable_on(fill(colours.sequential, shares[row, column])) if text else colours.muted)
    return go.Scatter(
        x=np.tile(x, len(y)),
        y=np.repeat(y, len(x)),
        mode="text",
        text=texts,
        textfont={"family": FONT, "size": 12, "color": inks},
        hoverinfo="skip",
    )


def _best(board: Board) -> list[tuple[int, int]]:
    """(row, column) of every highest value."""
    rows = {model: row for row, model in enumerate(board.values.index)}
    columns = {key: column for column, key in enumerate(board.values.columns)}
    return [(rows[model], columns[key]) for key, models in board.winners().items() for model in models]


def _sizes(board: Board, colours: Palette, y: np.ndarray) -> go.Scatter:
    texts = ["" if np.isnan(value) else size(value) for value in board.models["parameters"]]
    return go.Scatter(
        x=[_SIZE_X] * len(y),
        y=y,
        mode="text",
        text=texts,
        textfont={"family": FONT, "size": 11.5, "color": colours.muted},
        hoverinfo="skip",
    )


def _marks(board: Board, colours: Palette, y: np.ndarray) -> list[go.Scatter]:
    column = SUITES[board.suite].group_by
    groups = [None if pd.isna(group) else str(group) for group in board.models[column]]
    found = []
    for group, role in sorted({*zip(groups, board.models["role"], strict=True)}, key=str):
        rows = [
            index for index, pair in enumerate(zip(groups, board.models["role"], strict=True)) if pair == (group, role)
        ]
        shown = BASELINE if role == "baseline" else mark(group, colours)
        found.append(
            go.Scatter(
                x=[_MARK_X] * len(rows),
                y=y[rows],
                mode="markers",
                marker={"symbol": shown.symbol, "size": 9, "color": shown.colour or colours.ink},
                text=["baseline" if role == "baseline" else group or "not established"] * len(rows),
                hovertemplate="%{text}<extra></extra>",
            )
        )
    return found


def _targets(board: Board, x: np.ndarray, y: np.ndarray) -> go.Scatter:
    """Invisible squares over the cells: Plotly heatmaps report no clicks, markers do."""
    invisible = {"marker": {"opacity": 0}}
    scored = np.argwhere(~np.isnan(board.values.to_numpy()))
    return go.Scatter(
        x=x[scored[:, 1]],
        y=y[scored[:, 0]],
        customdata=_cards(board, scored),
        mode="markers",
        marker={"symbol": "square", "size": ROW, "opacity": 0},
        selected=invisible,
        unselected=invisible,
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>",
    )


def _cards(board: Board, scored: np.ndarray) -> list[tuple[str, ...]]:
    """(model_id, column key, name, value, place) of each scored cell."""
    values, low, high = board.values.to_numpy(), board.low.to_numpy(), board.high.to_numpy()
    ranks = board.ranks().to_numpy()
    counted = (~np.isnan(ranks)).sum(axis=0)
    models, names = list(board.values.index), list(board.models["name"])
    found: list[tuple[str, ...]] = []
    for row, column in scored:
        shown, cell = board.columns[column], (row, column)
        bounds = "" if np.isnan(low[cell]) else f" [{interval(low[cell], high[cell])}]"
        place = (
            "not ranked: scored in part only"
            if np.isnan(ranks[cell])
            else f"rank {int(ranks[cell])} of {counted[column]} shown"
        )
        value = f"{shown.label}: {board.metric} {three(values[cell])}{bounds}"
        found.append((models[row], shown.key, names[row], value, f"{place} · {shown.sentence}"))
    return found


def _frames(board: Board, colours: Palette, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    near = np.argwhere(board.near_ties(NEAR_TIE).to_numpy(dtype=bool))
    return [
        *(_box(x[column], y[row], colours.muted, 1) for row, column in near),
        *(_box(x[column], y[row], colours.ink, 2) for row, column in _best(board)),
    ]


def _box(x: float, y: float, colour: str, width: float) -> dict[str, Any]:
    x, y, edge = float(x), float(y), {"color": colour, "width": width}
    return {"type": "rect", "x0": x - 0.47, "x1": x + 0.47, "y0": y - 0.45, "y1": y + 0.45, "line": edge}
