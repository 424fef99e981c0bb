"""Two systems over the parts of a task: what one number over all of it hides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.text import count, interval, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette

_ROW = 21


def parts_chart(
    rows: pd.DataFrame, colours: Palette, *, names: tuple[str, str], metric: str, noun: str, shown: str
) -> go.Figure:
    """Model and baseline, part by part; a mark's customdata begins with its part.

    Args:
        rows: as in `Parts`; where `judged` is there, what is not judged is hollow.
        colours: the palette.
        names: of the model and of the baseline.
        metric: axis title.
        noun: what is counted.
        shown: the part that the page is about; its name is bold.
    """
    labels = [f"<b>{row.label}</b>  " if row.stratum == shown else f"{row.label}  " for row in rows.itertuples()]
    figure = go.Figure(
        data=[
            _gaps(rows, colours),
            _marks(rows, "baseline_", names[1], noun, colours.ink, "diamond"),
            _marks(rows, "", names[0], noun, colours.accent, "circle"),
        ],
        layout={
            "annotations": _keys(names, colours),
            "clickmode": "event+select",
            "xaxis": quiet_axis(colours, showgrid=True, title=axis_title(metric, colours)),
            "yaxis": quiet_axis(
                colours,
                tickvals=list(range(len(rows))),
                ticktext=labels,
                range=[len(rows) - 0.4, -0.6],
                tickfont={"color": colours.ink, "size": 12},
                automargin=True,
            ),
        },
    )
    return frame(figure, colours, height=len(rows) * _ROW + 74, margin={"l": 8, "r": 14, "t": 22, "b": 46})


def _gaps(rows: pd.DataFrame, colours: Palette) -> go.Scatter:
    """A pale line from the one to the other, where both have a value."""
    ends = [
        (place, low, high)
        for place, (low, high) in enumerate(zip(rows["baseline_value"], rows["value"], strict=True))
        if not math.isnan(low + high)
    ]
    return go.Scatter(
        x=[x for _, low, high in ends for x in (low, high, None)],
        y=[y for place, _, _ in ends for y in (place, place, None)],
        mode="lines",
        line={"color": colours.hairline, "width": 5},
        hoverinfo="skip",
    )


def _marks(rows: pd.DataFrame, prefix: str, name: str, noun: str, colour: str, symbol: str) -> go.Scatter:
    values = rows[[f"{prefix}value", f"{prefix}low", f"{prefix}high"]].set_axis(["value", "low", "high"], axis=1)
    known = values["value"].notna().to_numpy()
    values, told = values[known], rows[known]
    judged = told["judged"] if "judged" in told else [True] * len(told)
    plain = {"marker": {"opacity": 1}}
    return go.Scatter(
        x=values["value"],
        y=np.flatnonzero(known),
        mode="markers",
        marker={"color": colour, "size": 10, "symbol": [symbol if full else f"{symbol}-open" for full in judged]},
        selected=plain,
        unselected=plain,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (values["high"] - values["value"]).fillna(0).round(5),
            "arrayminus": (values["value"] - values["low"]).fillna(0).round(5),
            "color": colour,
            "thickness": 1.2,
            "width": 0,
        },
        customdata=[
            (part, label, f"{name} {three(value)}{_bounds(low, high)}", count(n, noun))
            for part, label, n, value, low, high in zip(
                told["stratum"], told["label"], told["n"], *(values[one] for one in values), strict=True
            )
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        cliponaxis=False,
    )


def _bounds(low: float, high: float) -> str:
    return ", no interval" if math.isnan(low) else f" [{interval(low, high)}]"


def _keys(names: tuple[str, str], colours: Palette) -> list[dict[str, Any]]:
    """The key above the plot."""
    text = (
        f'<span style="color:{colours.accent}">●</span> {names[0]}    '
        f'<span style="color:{colours.ink}">◆</span> <b>{names[1]}</b>'
    )
    return [
        {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 4,
            "text": text,
            "showarrow": False,
            "font": {"family": FONT, "size": 12, "color": colours.ink},
        }
    ]
