"""Square tables of numbers in colour: agreement of categories, and ranks without each of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import fill, readable_on
from dashboard.text import dense, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.charts.palette import Palette

_CELL = 27
_SPAN = 10
"""Places gained or lost at which the colour is full."""
_LONGEST = 28


def agreement_chart(matrix: pd.DataFrame, colours: Palette) -> go.Figure:
    """Kendall's tau between every two categories, on a fixed scale from 0 to 1; the diagonal is left empty."""
    values = matrix.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, np.nan)
    names = [str(name) for name in matrix.index]
    cards = np.array([[f"{_safe(one)} and {_safe(other)}" for other in names] for one in names], dtype=object)
    notes = np.array([[f"τ = {three(value)}" for value in row] for row in values], dtype=object)
    texts = np.array([[dense(value) for value in row] for row in values], dtype=object)
    return _tiles(values, texts, (cards, notes), (names, names), colours, colours.sequential)


def left_out_chart(ranks: pd.DataFrame, full: pd.Series, names: Sequence[str], colours: Palette) -> go.Figure:
    """Ranks without each category; vermilion where places are lost by that, blue where they are won.

    Args:
        ranks: shape (systems, categories), in the order drawn.
        full: rank of each system with all categories.
        names: of the systems.
        colours: the palette.
    """
    gained = full.loc[ranks.index].to_numpy()[:, None] - ranks.to_numpy()
    moved = gained != 0
    texts = np.where(moved, np.vectorize("<b>{}</b>".format)(ranks.to_numpy()), ranks.to_numpy().astype(str))
    categories = [str(name) for name in ranks.columns]
    cards = np.array([[f"{_safe(name)} without {_safe(left)}" for left in categories] for name in names], dtype=object)
    notes = np.array(
        [
            [f"rank {rank}, {_moved(int(step))}" for rank, step in zip(row, steps, strict=True)]
            for row, steps in zip(ranks.to_numpy().tolist(), gained.tolist(), strict=True)
        ],
        dtype=object,
    )
    shares = 0.5 + gained / (2 * _SPAN)
    return _tiles(shares, texts.astype(object), (cards, notes), (list(names), categories), colours, colours.diverging)


def _moved(places: int) -> str:
    if not places:
        return "as with all"
    return f"{abs(places)} {'place' if abs(places) == 1 else 'places'} {'won' if places > 0 else 'lost'}"


def _safe(name: str) -> str:
    return escape(name, quote=False)


def _short(name: str) -> str:
    return _safe(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…")


def _tiles(
    shares: np.ndarray,
    texts: np.ndarray,
    hover: tuple[np.ndarray, np.ndarray],
    names: tuple[Sequence[str], Sequence[str]],
    colours: Palette,
    scale: tuple[str, ...],
) -> go.Figure:
    """Coloured cells with a number in each; a share that is no number leaves its cell empty."""
    cells = np.argwhere(~np.isnan(shares))
    clipped = np.clip(shares, 0, 1)
    figure = go.Figure(
        go.Heatmap(
            z=[[None if np.isnan(share) else round(float(share), 4) for share in row] for row in clipped],
            zmin=0,
            zmax=1,
            colorscale=[[place / (len(scale) - 1), colour] for place, colour in enumerate(scale)],
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=cells[:, 1],
            y=cells[:, 0],
            mode="text",
            text=[texts[row, column] for row, column in cells],
            textfont={
                "family": FONT,
                "size": 12,
                "color": [readable_on(fill(scale, float(clipped[row, column]))) for row, column in cells],
            },
            customdata=[(hover[0][row, column], hover[1][row, column]) for row, column in cells],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        )
    )
    rows, columns = names
    longest = max((len(name) for name in columns), default=0)
    top = 24 + min(longest, _LONGEST) * 5
    frame(figure, colours, height=len(rows) * _CELL + top + 12, margin={"l": 8, "r": 60, "t": top, "b": 8})
    style = {"tickfont": {"color": colours.ink, "size": 12}}
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(rows))),
            ticktext=[f"{_short(name)}  " for name in rows],
            range=[len(rows) - 0.5, -0.5],
            automargin=True,
            **style,
        )
    )
    figure.update_xaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(columns))),
            ticktext=[_short(name) for name in columns],
            range=[-0.5, len(columns) - 0.5],
            tickangle=-38,
            side="top",
            **style,
        )
    )
    return figure
