"""Models x columns as a map: what its cells hold comes from the caller, rows, headings, marks and targets are here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, frame, quiet_axis
from dashboard.charts.palette import BASELINE, Palette, fill, mark, readable_on
from dashboard.queries.suites import SUITES
from dashboard.text import size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dashboard.queries.board import Board

_GAP = 0.35
_SIZE_X, _MARK_X = -1.62, -0.95
FEW_COLUMNS = 8
"""Up to so many columns the map keeps its width instead of filling the page: cells stay cells."""
_COLUMN_WIDTH, _LABEL_WIDTH = 74, 210
_TILT = 38
_LETTER = 6.4


@dataclass(frozen=True, slots=True)
class Cells:
    """What stands in the cells of a map, each of shape (rows, columns) of the board.

    `shares` are places on `scale` in [0, 1], missing where a cell has no colour; `texts` what is printed. `shown` are
    the (row, column) of cells that can be looked behind; `card` gives the model's id, the column's key, and the name,
    value and place of one of them. `frames` are (row, column, colour, width) of cells with a frame; `hatched` those
    that are empty for a reason. `letters` is the size of the texts in px, `badged` the models with a sign behind their
    name.
    """

    shares: np.ndarray
    scale: tuple[str, ...]
    texts: np.ndarray
    shown: np.ndarray
    card: Callable[[int, int], tuple[str, ...]]
    frames: Sequence[tuple[int, int, str, float]] = ()
    hatched: Sequence[tuple[int, int]] = ()
    letters: float = 12
    badged: Collection[str] = ()


def grid(board: Board, cells: Cells, colours: Palette) -> go.Figure:
    """The map; each cell's invisible marker carries (model_id, column key) as customdata."""
    x, y = _places(board)
    figure = go.Figure()
    traces = [*_fills(cells, x, y), *_hatches(cells, colours, x, y), _numbers(cells, colours, x, y)]
    traces += [_sizes(board, colours, y), *_marks(board, colours, y), _targets(cells, x, y)]
    for trace in traces:
        figure.add_trace(trace)
    frames = [_box(x[column], y[row], colour, width) for row, column, colour, width in cells.frames]
    figure.update_layout(shapes=frames)
    headings = [_heading(column) for column in board.columns]
    # Tilted headings rise above the map and lean out of its right edge.
    top = 22 + int(max(map(len, headings)) * _LETTER * math.sin(math.radians(_TILT)))
    right = 12 + int(len(headings[-1]) * _LETTER * math.cos(math.radians(_TILT)))
    height = int(y[-1] * ROW + ROW) + top + 8
    frame(figure, colours, height=height, margin={"l": 8, "r": right, "t": top, "b": 4})
    if len(board.columns) <= FEW_COLUMNS:
        figure.update_layout(width=_LABEL_WIDTH + right + int(_COLUMN_WIDTH * (x[-1] - _SIZE_X)))
    _axes(figure, board, cells, colours, x=x, y=y, headings=headings)
    return figure


def _axes(
    figure: go.Figure,
    board: Board,
    cells: Cells,
    colours: Palette,
    *,
    x: np.ndarray,
    y: np.ndarray,
    headings: list[str],
) -> None:
    named = zip(headings, board.columns, strict=True)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            side="top",
            tickvals=list(x),
            ticktext=[f"<b>{text}</b>" if column.kind == "summary" else text for text, column in named],
            tickangle=-_TILT,
            tickfont={"color": colours.ink, "size": 12},
            range=[_SIZE_X - 0.4, x[-1] + 0.55],
        )
    )
    partial = set(board.partial)
    rows = board.models[["name", "role"]].itertuples()
    labels = [
        _row_label(row.name, row.role, f"{' *' * (row.Index in partial)}{' ⊘' * (row.Index in cells.badged)}")
        for row in rows
    ]
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(y),
            ticktext=labels,
            tickfont={"color": colours.ink, "size": 12.5},
            range=[y[-1] + 0.55, -0.55],
            automargin=True,
        )
    )


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


def _row_label(name: str, role: str, signs: str) -> str:
    short = name if len(name) <= 26 else f"{name[:25]}…"
    return f"<b>{short}{signs}</b>  " if role == "baseline" else f"{short}{signs}  "


def _fills(cells: Cells, x: np.ndarray, y: np.ndarray) -> list[go.Heatmap]:
    """One evenly spaced block for each side of a gap; across a gap, Plotly would stretch the cells."""
    return [
        _block(cells.shares[np.ix_(rows, columns)], cells.scale, x[columns[0]], y[rows[0]])
        for rows in _runs(y)
        for columns in _runs(x)
    ]


def _runs(places: np.ndarray) -> list[np.ndarray]:
    """Indices of places in runs one apart."""
    return np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) > 1) + 1)


def _block(shares: np.ndarray, scale: tuple[str, ...], x0: float, y0: float) -> go.Heatmap:
    steps = len(scale) - 1
    return go.Heatmap(
        x0=float(x0),
        dx=1,
        y0=float(y0),
        dy=1,
        # None, not NaN: a cell without a value is a hole in the map and in the JSON.
        z=[[None if np.isnan(share) else round(float(share), 3) for share in row] for row in shares],
        zmin=0,
        zmax=1,
        colorscale=[[index / steps, colour] for index, colour in enumerate(scale)],
        showscale=False,
        hoverinfo="skip",
        xgap=2,
        ygap=2,
    )


def _hatches(cells: Cells, colours: Palette, x: np.ndarray, y: np.ndarray) -> list[go.Bar]:
    """Lines across cells that are empty for a reason; one bar a run of them in a column."""
    if not cells.hatched:
        return []
    bars = [run for column in range(len(x)) for run in _columns_of(cells.hatched, column, y)]
    return [
        go.Bar(
            x=[float(x[column]) for column, _, _ in bars],
            base=[float(y[first]) - 0.45 for _, first, _ in bars],
            y=[float(y[last] - y[first]) + 0.9 for _, first, last in bars],
            width=0.94,
            marker={
                "color": "rgba(0,0,0,0)",
                "line": {"width": 0},
                "pattern": {"shape": "/", "fgcolor": colours.hairline, "size": 7, "solidity": 0.22},
            },
            hoverinfo="skip",
        )
    ]


def _columns_of(hatched: Sequence[tuple[int, int]], column: int, y: np.ndarray) -> list[tuple[int, int, int]]:
    """(column, first row, last row) of each run of hatched cells without a gap."""
    rows = np.array(sorted(row for row, other in hatched if other == column), dtype=int)
    if not len(rows):
        return []
    return [(column, int(run[0]), int(run[-1])) for run in np.split(rows, np.flatnonzero(np.diff(y[rows]) > 1) + 1)]


def _numbers(cells: Cells, colours: Palette, x: np.ndarray, y: np.ndarray) -> go.Scatter:
    texts = [str(text) for text in cells.texts.ravel()]
    inks = [
        colours.muted if np.isnan(share) else readable_on(fill(cells.scale, float(share)))
        for share in cells.shares.ravel()
    ]
    return go.Scatter(
        x=np.tile(x, len(y)),
        y=np.repeat(y, len(x)),
        mode="text",
        text=texts,
        textfont={"family": FONT, "size": cells.letters, "color": inks},
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


def _targets(cells: Cells, x: np.ndarray, y: np.ndarray) -> go.Scatter:
    """Invisible squares over the cells: Plotly heatmaps report no clicks, markers do."""
    invisible = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=x[cells.shown[:, 1]],
        y=y[cells.shown[:, 0]],
        customdata=[cells.card(row, column) for row, column in cells.shown.tolist()],
        mode="markers",
        marker={"symbol": "square", "size": ROW, "opacity": 0},
        selected=invisible,
        unselected=invisible,
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>",
    )


def _box(x: float, y: float, colour: str, width: float) -> dict[str, Any]:
    x, y, edge = float(x), float(y), {"color": colour, "width": width}
    return {"type": "rect", "x0": x - 0.47, "x1": x + 0.47, "y0": y - 0.45, "y1": y + 0.45, "line": edge}
