"""Models x categories: a number in each cell, fixed colours, the best framed, every cell a target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, frame, quiet_axis
from dashboard.charts.palette import BASELINE, Palette, fill, mark, readable_on
from dashboard.queries.suites import SUITES
from dashboard.text import NEAR_TIE, dense, interval, size, three

if TYPE_CHECKING:
    import pandas as pd

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
    best = {(model, key) for key, models in board.winners().items() for model in models}
    shares = _share(board)
    texts: list[str] = []
    inks: list[str] = []
    for model in board.values.index:
        for column in board.columns:
            value, share = board.values.at[model, column.key], shares.at[model, column.key]
            text = dense(value)
            texts.append(f"<b>{text}</b>" if (model, column.key) in best else text)
            inks.append(readable_on(fill(colours.sequential, share)) if text else colours.muted)
    return go.Scatter(
        x=np.tile(x, len(y)),
        y=np.repeat(y, len(x)),
        mode="text",
        text=texts,
        textfont={"family": FONT, "size": 12, "color": inks},
        hoverinfo="skip",
    )


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
    groups = board.models[column].where(board.models[column].notna(), None)
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
    rank = board.ranks()
    counted = rank.notna().sum()
    points: list[tuple[float, float, tuple[str, ...]]] = []
    for model, row_y in zip(board.values.index, y, strict=True):
        for column, column_x in zip(board.columns, x, strict=True):
            if not np.isnan(board.values.at[model, column.key]):
                text = _hover(board, model, column.key, rank.at[model, column.key], counted[column.key])
                points.append((column_x, row_y, (model, column.key, *text)))
    return go.Scatter(
        x=[point[0] for point in points],
        y=[point[1] for point in points],
        customdata=[point[2] for point in points],
        mode="markers",
        marker={"symbol": "square", "size": ROW, "opacity": 0},
        selected=invisible,
        unselected=invisible,
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>",
    )


def _hover(board: Board, model: str, key: str, rank: float, counted: int) -> tuple[str, str, str]:
    column = board.column(key)
    low, high = board.low.at[model, key], board.high.at[model, key]
    bounds = f" [{interval(low, high)}]" if not np.isnan(low) else ""
    place = "not ranked: scored in part only" if np.isnan(rank) else f"rank {int(rank)} of {counted} shown"
    return (
        f"{board.models.at[model, 'name']}",
        f"{column.label}: {board.metric} {three(board.values.at[model, key])}{bounds}",
        f"{place} · {column.sentence}",
    )


def _frames(board: Board, colours: Palette, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    row_of = dict(zip(board.values.index, y, strict=True))
    column_of = {column.key: place for column, place in zip(board.columns, x, strict=True)}
    ties = board.near_ties(NEAR_TIE)
    near = [(model, key) for key in column_of for model in ties.index[ties[key]]]
    best = [(model, key) for key, models in board.winners().items() for model in models]
    return [
        *(_box(column_of[key], row_of[model], colours.muted, 1) for model, key in near),
        *(_box(column_of[key], row_of[model], colours.ink, 2) for model, key in best),
    ]


def _box(x: float, y: float, colour: str, width: float) -> dict[str, Any]:
    edge = {"color": colour, "width": width}
    return {"type": "rect", "x0": x - 0.47, "x1": x + 0.47, "y0": y - 0.45, "y1": y + 0.45, "line": edge}
