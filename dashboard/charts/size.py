"""Size against performance: log parameters, the Pareto frontier, every model named on hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import BASELINE, Palette, mark
from dashboard.text import size, three

if TYPE_CHECKING:
    import pandas as pd

_TICKS = [1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10, 3e10, 1e11]


def size_chart(points: pd.DataFrame, colours: Palette, *, group_by: str, value_title: str) -> go.Figure:
    """Models as points, frontier as a line.

    Args:
        points: indexed by model_id, with name, role, parameters, value, dominated_by (name or None), note
            (provenance of the size, '' where undisputed), excluded (True for points left out of the correlation)
            and the grouping column.
        colours: the palette.
        group_by: column whose values choose colour and shape.
        value_title: axis title.
    """
    figure = go.Figure()
    frontier = points[points["dominated_by"].isna()].sort_values("parameters")
    figure.add_trace(_frontier(frontier, colours))
    for group, rows in points.groupby(points[group_by].where(points[group_by].notna(), "not established")):
        figure.add_trace(_points(rows, str(group), colours))
    figure.add_trace(_names(frontier, colours))
    frame(figure, colours, height=520, margin={"l": 8, "r": 24, "t": 12, "b": 8})
    low, high = np.log10(points["parameters"].min()), np.log10(points["parameters"].max())
    figure.update_xaxes(
        **quiet_axis(
            colours,
            type="log",
            tickvals=_TICKS,
            ticktext=[size(tick) for tick in _TICKS],
            range=[low - 0.75, high + 0.3],
            showgrid=True,
            title={"text": "Parameters (log scale)", "font": {"color": colours.muted, "size": 12.5}},
            automargin=True,
        )
    )
    figure.update_yaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            title={"text": value_title, "font": {"color": colours.muted, "size": 12.5}},
            automargin=True,
        )
    )
    return figure


def _frontier(frontier: pd.DataFrame, colours: Palette) -> go.Scatter:
    # A step, not a slope: between two models there is no model.
    return go.Scatter(
        x=frontier["parameters"],
        y=frontier["value"],
        mode="lines",
        line={"color": colours.ink, "width": 1.4, "shape": "hv"},
        hoverinfo="skip",
    )


def _points(rows: pd.DataFrame, group: str, colours: Palette) -> go.Scatter:
    shown = mark(group, colours)
    baseline = rows["role"] == "baseline"
    return go.Scatter(
        x=rows["parameters"],
        y=rows["value"],
        mode="markers",
        marker={
            "symbol": np.where(baseline, BASELINE.symbol, shown.symbol),
            "color": np.where(baseline, colours.ink, shown.colour),
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


def _card(row: object, group: str) -> tuple[str, str, str, str, str]:
    stated = f"{size(row.parameters)} parameters{row.note}"  # type: ignore[attr-defined]
    frontier = row.dominated_by is None or row.dominated_by != row.dominated_by  # type: ignore[attr-defined]
    place = "on the Pareto frontier" if frontier else f"dominated by {row.dominated_by}"  # type: ignore[attr-defined]
    place += "; left out of the correlation" if row.excluded else ""  # type: ignore[attr-defined]
    return row.name, group, stated, three(row.value), place  # type: ignore[attr-defined]


def _names(frontier: pd.DataFrame, colours: Palette) -> go.Scatter:
    return go.Scatter(
        x=frontier["parameters"],
        y=frontier["value"],
        mode="text",
        text=[f"{name}  " for name in frontier["name"]],
        textposition=_sides(frontier),
        textfont={"family": FONT, "size": 12, "color": colours.ink},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _sides(frontier: pd.DataFrame) -> list[str]:
    """Names go up and to the left; where the next point would sit in the name, down and to the right."""
    x = np.log10(frontier["parameters"].to_numpy())
    y = frontier["value"].to_numpy()
    near_x = np.append(np.diff(x) < 0.5, False)
    near_y = np.append(np.diff(y) < 0.04 * max(float(np.ptp(y)), 1e-9), False)
    return ["bottom right" if crowded else "top left" for crowded in near_x & near_y]
