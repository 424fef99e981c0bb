"""Published comparisons: shares with intervals, values on one axis, and orders without values; the baseline first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import BASELINE
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette

_OFFSET = 0.19
_ROW = 74
_PLACES = ("behind", "level", "ahead")
_TICKS = [tick / 10 for tick in range(0, 11, 2)]


def shares_chart(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """Shares of targets: two marks a comparison, the baseline above, each with its interval where n is stated.

    Args:
        rows: columns label, system, baseline, value, low, high, n; shares between 0 and 1.
        colours: the palette.
    """
    labels = list(dict.fromkeys(rows["label"]))
    shown = rows.assign(
        y=[labels.index(row.label) + (-_OFFSET if row.baseline else _OFFSET) for row in rows.itertuples()],
        left=rows["low"].fillna(rows["value"]),
    )
    figure = go.Figure([_shares(shown[shown["baseline"] == first], colours, baseline=first) for first in (True, False)])
    for row in shown.itertuples():
        text = f"{row.system} <b>{percent(row.value)}</b>"
        figure.add_annotation(**_text(text, row.left, row.y, colours), xanchor="right", xshift=-12)
    sizes = rows.drop_duplicates("label").set_index("label")["n"]
    names = [f"<b>{label}</b>  <br>{_n(sizes[label])}" for label in labels]
    frame(figure, colours, height=len(labels) * _ROW + 62, margin={"l": 8, "r": 24, "t": 8, "b": 46})
    _down(figure, names, colours)
    title = axis_title("Share of targets predicted right", colours)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            range=[0, 1.02],
            tickvals=_TICKS,
            ticktext=[percent(tick) for tick in _TICKS],
            showgrid=True,
            title=title,
        )
    )
    return figure


def percent(share: float) -> str:
    """Whole percent as published: 0.88 -> '88 %'."""
    return f"{100 * share:.0f} %"


def _n(targets: float) -> str:
    return "n not stated" if pd.isna(targets) else count(targets, "target")


def _shares(rows: pd.DataFrame, colours: Palette, *, baseline: bool) -> go.Scatter:
    colour = colours.ink if baseline else colours.accent
    return go.Scatter(
        x=rows["value"],
        y=rows["y"],
        mode="markers",
        marker={"symbol": BASELINE.symbol if baseline else "circle", "color": colour, "size": 12},
        error_x={
            "type": "data",
            "array": (rows["high"] - rows["value"]).fillna(0),
            "arrayminus": (rows["value"] - rows["low"]).fillna(0),
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        customdata=[(row.system, row.label, percent(row.value), _bounds(row)) for row in rows.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}: %{customdata[2]}<br>%{customdata[3]}"
        "<extra></extra>",
    )


def _bounds(row: Any) -> str:
    if pd.isna(row.low):
        return "no interval: n is not stated"
    return f"95 % interval {100 * row.low:.1f}–{100 * row.high:.1f} % (Wilson, from share and n)"


def values_chart(rows: pd.DataFrame, colours: Palette, *, title: str, chance: float) -> go.Figure:
    """One row a system, baselines first: a mark, or a bar where a range is published.

    Args:
        rows: columns label, baseline, low, high.
        colours: the palette.
        title: of the axis.
        chance: what guessing reaches, drawn as a line.
    """
    figure = go.Figure()
    figure.add_vline(
        x=chance,
        line={"color": colours.muted, "width": 1, "dash": "dot"},
        annotation={"text": "chance", "font": {"family": FONT, "size": 12, "color": colours.muted}},
        annotation_position="top right",
    )
    for place, row in enumerate(rows.itertuples()):
        colour = colours.ink if row.baseline else colours.accent
        symbol = BASELINE.symbol if row.baseline else "circle"
        ends = [row.low] if row.low == row.high else [row.low, row.high]
        figure.add_trace(
            go.Scatter(
                x=ends,
                y=[place] * len(ends),
                mode="lines+markers",
                line={"color": colour, "width": 3},
                marker={"symbol": symbol, "color": colour, "size": 12},
                hovertemplate=f"<b>{row.label}</b><br>%{{x}}<extra></extra>",
            )
        )
        text = f"<b>{' to '.join(plain_number(end) for end in ends)}</b>"
        figure.add_annotation(**_text(text, row.high, place, colours), xanchor="left", xshift=12)
    names = [f"{'◆ ' if row.baseline else ''}<b>{row.label}</b>" for row in rows.itertuples()]
    frame(figure, colours, height=len(rows) * 46 + 78, margin={"l": 8, "r": 24, "t": 26, "b": 46})
    _down(figure, names, colours)
    span = [chance - 0.03, 1.0]
    figure.update_xaxes(**quiet_axis(colours, range=span, showgrid=True, title=axis_title(title, colours)))
    return figure


def plain_number(value: float) -> str:
    """At least two digits after the point, a third where it was published: 0.7 -> '0.70', 0.881 -> '0.881'."""
    text = f"{value:.4f}".rstrip("0")
    return text if len(text.partition(".")[2]) >= 2 else f"{value:.2f}"


def order_chart(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """Who is ahead of whom where no value is published: three places, no scale.

    Args:
        rows: columns label, baseline, rivals, and place of the baseline (1 ahead, 0 level, -1 behind).
        colours: the palette.
    """
    figure = go.Figure()
    for baseline in (True, False):
        places = rows["place"] if baseline else -rows["place"]
        names = rows["baseline"] if baseline else rows["rivals"]
        shift = [(_OFFSET if not baseline else -_OFFSET) if place == 0 else 0 for place in rows["place"]]
        heights = [number + moved for number, moved in enumerate(shift)]
        colour = colours.ink if baseline else colours.accent
        figure.add_trace(
            go.Scatter(
                x=places,
                y=heights,
                mode="markers",
                marker={"symbol": BASELINE.symbol if baseline else "circle", "color": colour, "size": 13},
                customdata=[[name, _PLACES[int(place) + 1]] for name, place in zip(names, places, strict=True)],
                hovertemplate="<b>%{customdata[0]}</b>: %{customdata[1]}<extra></extra>",
            )
        )
        for name, place, height in zip(names, places, heights, strict=True):
            text = f"<b>{name}</b>" if baseline else str(name)
            figure.add_annotation(**_text(text, float(place), height, colours), xanchor="left", xshift=12)
    labels = [str(label) for label in rows["label"]]
    frame(figure, colours, height=len(rows) * 58 + 62, margin={"l": 8, "r": 150, "t": 34, "b": 8})
    _down(figure, labels, colours)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            range=[-1.15, 1.15],
            tickvals=[-1, 0, 1],
            ticktext=list(_PLACES),
            showgrid=True,
            side="top",
            tickfont={"color": colours.muted, "size": 12.5},
        )
    )
    return figure


def _down(figure: go.Figure, names: Sequence[str], colours: Palette) -> None:
    n = len(names)
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(n)),
            ticktext=[f"{name}  " for name in names],
            range=[n - 0.45, -0.55],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )


def _text(text: str, x: float, y: float, colours: Palette) -> dict[str, Any]:
    font = {"family": FONT, "size": 12.5, "color": colours.ink}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": font}
