"""Size against performance: log parameters, the Pareto frontier, every model named on hover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import Palette, mark
from dashboard.text import interval, listed, size, three

if TYPE_CHECKING:
    from dashboard.queries.size import SizeView

_TICKS = [1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10, 3e10, 1e11]


def size_chart(view: SizeView, colours: Palette, *, group_by: str, value_title: str) -> go.Figure:
    """Models as points, the frontier as a step line, the strongest baseline as the line to beat."""
    figure = go.Figure()
    points, frontier = view.points, view.frontier
    names = points["name"]
    points = points.assign(dominator=points["dominated_by"].map(names))
    figure.add_trace(_frontier(frontier, colours))
    for group, rows in points.groupby(points[group_by].where(points[group_by].notna(), "not established")):
        figure.add_trace(_points(rows, str(group), colours))
    if view.baseline is not None:
        figure.add_hline(**_line_to_beat(*view.baseline, colours))
    figure.add_trace(_names(frontier, points, colours))
    figure.add_annotation(**_said_on_the_chart(view, colours))
    frame(figure, colours, height=520, margin={"l": 8, "r": 24, "t": 12, "b": 8})
    figure.update_xaxes(
        **quiet_axis(
            colours,
            type="log",
            tickvals=_TICKS,
            ticktext=[size(tick) for tick in _TICKS],
            range=_x_range(points),
            showgrid=True,
            title=axis_title("Parameters (log scale)", colours),
            automargin=True,
        )
    )
    figure.update_yaxes(
        **quiet_axis(
            colours,
            range=_y_range(view),
            showgrid=True,
            title=axis_title(value_title, colours),
            automargin=True,
        )
    )
    return figure


def _said_on_the_chart(view: SizeView, colours: Palette) -> dict[str, Any]:
    """The correlation and what it leaves out: a picture of the chart has to say it too."""
    found = view.correlation
    text = "" if found is None else f"ρ = {three(found.rho)} [{interval(found.ci_low, found.ci_high)}], n = {found.n}"
    text += f"<br>without {listed(view.outliers)}" if view.outliers else ""
    return {
        "text": text,
        # Small and good is the corner that no model has reached.
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "align": "left",
        "showarrow": False,
        "bgcolor": colours.ground,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _y_range(view: SizeView) -> list[float]:
    """All values and the line to beat: Plotly's own range sees no lines."""
    shown = [*view.points["value"], *([] if view.baseline is None else [view.baseline[1]])]
    pad = max(0.01, 0.07 * (max(shown) - min(shown)))
    return [min(shown) - pad, max(shown) + pad]


def _line_to_beat(name: str, value: float, colours: Palette) -> dict[str, Any]:
    """A baseline has no size that counts: it is a line over all sizes."""
    return {
        "y": value,
        "line": {"color": colours.ink, "width": 1.8},
        # Not "between": a line over the whole width would not be drawn there.
        "layer": "below",
        "annotation": {
            "text": f"<b>{name} {three(value)}</b>",
            "font": {"family": FONT, "size": 12, "color": colours.ink},
            "bgcolor": colours.ground,
        },
        "annotation_position": "bottom left",
    }


def _frontier(frontier: pd.DataFrame, colours: Palette) -> go.Scatter:
    # A step, not a slope: between two models there is no model.
    return go.Scatter(
        x=frontier["parameters"],
        y=frontier["value"],
        mode="lines",
        line={"color": colours.ink, "width": 1.4, "shape": "hv", "dash": "dot"},
        hoverinfo="skip",
    )


def _points(rows: pd.DataFrame, group: str, colours: Palette) -> go.Scatter:
    shown = mark(group, colours)
    return go.Scatter(
        x=rows["parameters"],
        y=rows["value"],
        mode="markers",
        marker={
            "symbol": shown.symbol,
            "color": shown.colour,
            "size": 11,
            "opacity": np.where(rows["excluded"], 0.25, 0.95),
            "line": {"width": 1, "color": colours.ground},
        },
        customdata=[_card(row, group) for row in rows.itertuples()],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>%{customdata[1]} · %{customdata[2]}"
            "<br>value %{customdata[3]}<br>%{customdata[4]}<extra></extra>"
        ),
    )


def _card(row: Any, group: str) -> tuple[str, str, str, str, str]:
    stated = f"{size(row.parameters)} parameters" + (f" ({row.stated})" if row.stated else "")
    place = "on the Pareto frontier" if pd.isna(row.dominator) else f"dominated by {row.dominator}"
    place += "; left out of the correlation" if row.excluded else ""
    return row.name, group, stated, three(row.value), place


def _names(frontier: pd.DataFrame, points: pd.DataFrame, colours: Palette) -> go.Scatter:
    return go.Scatter(
        x=frontier["parameters"],
        y=frontier["value"],
        mode="text",
        text=[f" {name} " for name in frontier["name"]],
        textposition=_sides(frontier, points),
        textfont={"family": FONT, "size": 12, "color": colours.ink},
        hoverinfo="skip",
        cliponaxis=False,
    )


# Figures are laid out before their width is known: these are the plot's inner pixels at the narrower screen.
_WIDTH, _HEIGHT, _LETTER, _LINE = 830, 430, 6.3, 15
_SIDES = ("top left", "bottom right", "top right", "bottom left", "middle left", "middle right")
_Box = tuple[float, float, float, float]


def _sides(frontier: pd.DataFrame, points: pd.DataFrame) -> list[str]:
    """Where each name goes: the first side on which it covers no point and no name placed before."""
    low, high = _x_range(points)
    bottom, spread = float(points["value"].min()), max(float(np.ptp(points["value"])), 1e-9)

    def place(parameters: float, value: float) -> tuple[float, float]:
        x = (math.log10(parameters) - low) / (high - low) * _WIDTH
        return x, _HEIGHT * (0.05 + 0.9 * (value - bottom) / spread)

    marks = [place(row.parameters, row.value) for row in points.itertuples()]
    taken: list[_Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in marks]
    sides = []
    for row in frontier.itertuples():
        at = place(row.parameters, row.value)
        boxes = {side: _box(at, len(row.name) * _LETTER, side) for side in _SIDES}
        free = [side for side in _SIDES if not any(_overlap(boxes[side], other) for other in taken)]
        sides.append(free[0] if free else _SIDES[0])
        taken.append(boxes[sides[-1]])
    return sides


def _box(at: tuple[float, float], width: float, side: str) -> _Box:
    """Pixels that a name covers on a side of its mark; y upwards."""
    x, y = at
    left = x - width - 8 if side.endswith("left") else x + 8
    low = y + 2 if side.startswith("top") else y - _LINE - 2 if side.startswith("bottom") else y - _LINE / 2
    return left, low, left + width, low + _LINE


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _x_range(points: pd.DataFrame) -> list[float]:
    """Decades shown: room on the left for the first names."""
    low, high = np.log10(points["parameters"].min()), np.log10(points["parameters"].max())
    return [float(low) - 0.75, float(high) + 0.3]
