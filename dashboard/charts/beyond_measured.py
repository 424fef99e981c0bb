"""Systems of one single-cell task with their intervals: the baseline to beat first and drawn through, as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import BASELINE, CONTROL
from dashboard.text import METRICS, interval, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette

_ROW = 27
_LONGEST = 42
KEY = "◆ baseline to beat, its line and band · ◇ other baseline · ● model · ○ control, no skill"


def measured_chart(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """A row a system: mark, 95 % interval and value; the one to beat as a line with its interval as a band.

    Args:
        rows: of one task, with name, role, to_beat, metric, value, ci_low, ci_high and n; all have a value.
        colours: the palette.
    """
    beat = rows[rows["to_beat"]].iloc[0]
    figure = go.Figure([_mark(row, place, colours) for place, row in enumerate(rows.itertuples(index=False))])
    for place, row in enumerate(rows.itertuples(index=False)):
        figure.add_annotation(**_value(row, place, colours))
    figure.update_layout(shapes=[_band(beat, colours), _line(beat, colours)])
    frame(figure, colours, height=len(rows) * _ROW + 66, margin={"l": 8, "r": 152, "t": 8, "b": 46})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(rows))),
            ticktext=[_name(row) for row in rows.itertuples(index=False)],
            range=[len(rows) - 0.45, -0.55],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    zero = " (0 is the baseline to beat)" if beat["ci_low"] == beat["ci_high"] == 0 else ""
    title = axis_title(f"{METRICS[beat['metric']].name}{zero}", colours)
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, title=title))
    return figure


def _name(row: Any) -> str:
    text = row.name if len(row.name) <= _LONGEST else f"{row.name[: _LONGEST - 1]}…"
    return f"◆ <b>{text}</b>  " if row.to_beat else f"{text}  "


def _mark(row: Any, place: int, colours: Palette) -> go.Scatter:
    colour = colours.muted if row.role == "control" else colours.accent if row.role == "model" else colours.ink
    symbol = {"control": CONTROL.symbol, "model": "circle"}.get(row.role, f"{BASELINE.symbol}-open")
    return go.Scatter(
        x=[row.value],
        y=[place],
        mode="markers",
        marker={
            "symbol": BASELINE.symbol if row.to_beat else symbol,
            "color": colour,
            "size": 11,
            "line": {"width": 2, "color": colour},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row.ci_high - row.value],
            "arrayminus": [row.value - row.ci_low],
            "color": colour,
            "thickness": 1.6,
            "width": 0,
        },
        customdata=[(row.name, three(row.value), interval(row.ci_low, row.ci_high), f"{int(row.n):,}")],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, 95 % %{customdata[2]}, n = %{customdata[3]}"
        "<extra></extra>",
        cliponaxis=False,
    )


def _value(row: Any, place: int, colours: Palette) -> dict[str, Any]:
    """The number in the right margin, clear of the marks."""
    known = "" if row.ci_low == row.ci_high else f" ({interval(row.ci_low, row.ci_high)})"
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 10,
        "y": place,
        "text": f"<b>{three(row.value)}</b>{known}",
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.ink},
    }


def _line(beat: pd.Series, colours: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": beat["value"],
        "x1": beat["value"],
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colours.ink, "width": 1.4},
        "layer": "below",
    }


def _band(beat: pd.Series, colours: Palette) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": beat["ci_low"],
        "x1": beat["ci_high"],
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": colours.hairline,
        "opacity": 0.6,
        "line": {"width": 0},
        "layer": "below",
    }
