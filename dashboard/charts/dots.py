"""One model as a dot plot: its value in each column against the range, the median and the best of all models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.text import three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette


def profile_chart(
    profile: pd.DataFrame,
    colours: Palette,
    *,
    metric: str,
    middle: str = "median model",
    beside: str = "strongest baseline",
) -> go.Figure:
    """One model over columns: its value on the range, the median and the best of all models.

    Args:
        profile: one row a column, with label, value, low and high (NaN without an interval), lowest, median, best,
            rank, n_models, and baseline (a baseline's value, NaN where there is none).
        colours: the palette.
        metric: axis title.
        middle: what the tick is.
        beside: which baseline it is.
    """
    places = np.arange(len(profile))
    figure = go.Figure()
    for place, row in zip(places, profile.itertuples(), strict=True):
        figure.add_shape(
            type="line",
            x0=row.lowest,
            x1=row.best,
            y0=place,
            y1=place,
            line={"color": colours.hairline, "width": 7},
            layer="below",
        )
    figure.add_trace(_ticks(profile["median"], places, colours.muted, middle))
    if profile["baseline"].notna().any():
        figure.add_trace(_ticks(profile["baseline"], places, colours.ink, beside, symbol="diamond", size=9))
    figure.add_trace(
        go.Scatter(
            x=profile["value"],
            y=places,
            mode="markers",
            marker={"color": colours.accent, "size": 11, "line": {"color": colours.ground, "width": 1}},
            error_x=_bounds(profile, colours),
            customdata=[(row.label, three(row.value), three(row.best)) for row in profile.itertuples()],
            hovertemplate=(
                "<b>%{customdata[0]}</b><br>this system %{customdata[1]}<br>best %{customdata[2]}<extra></extra>"
            ),
            cliponaxis=False,
        )
    )
    frame(figure, colours, height=len(profile) * 26 + 64, margin={"l": 8, "r": 104, "t": 8, "b": 46})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(places),
            ticktext=[f"{label}  " for label in profile["label"]],
            range=[len(profile) - 0.4, -0.6],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, title=axis_title(metric, colours)))
    figure.update_layout(
        annotations=[_rank(row, float(place), colours) for place, row in zip(places, profile.itertuples(), strict=True)]
    )
    return figure


def _bounds(profile: pd.DataFrame, colours: Palette) -> dict[str, Any] | None:
    """Intervals as bars; none where no row has one."""
    if profile["low"].isna().all():
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": (profile["high"] - profile["value"]).fillna(0.0).tolist(),
        "arrayminus": (profile["value"] - profile["low"]).fillna(0.0).tolist(),
        "color": colours.accent,
        "thickness": 1.5,
        "width": 0,
    }


def _rank(row: Any, place: float, colours: Palette) -> dict[str, Any]:
    """The rank in the right margin, clear of the marks."""
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 10,
        "y": place,
        "text": "not ranked" if np.isnan(row.rank) else f"rank {int(row.rank)} of {int(row.n_models)}",
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _ticks(
    values: pd.Series,
    places: np.ndarray,
    colour: str,
    name: str,
    *,
    symbol: str = "line-ns-open",
    size: int = 12,
) -> go.Scatter:
    return go.Scatter(
        x=values,
        y=places,
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": colour, "line": {"width": 2, "color": colour}},
        text=[name] * len(places),
        hovertemplate="%{text} %{x:.3f}<extra></extra>",
    )
