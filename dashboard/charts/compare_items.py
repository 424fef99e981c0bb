"""Single items by where two systems put them: on the diagonal they agree, in two of the four corners they do not."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import label_mark
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.charts.palette import Palette

MOST_MARKS = 3_000
BINS = 25
_SIDE = 470


def percentiles_chart(
    items: pd.DataFrame, names: tuple[str, str], labels: Mapping[int, str], colours: Palette
) -> go.Figure:
    """The percentile that the first gives each item against that of the second.

    Args:
        items: one row an item or, where there are more than MOST_MARKS, one a bin: first and second in percent, label
            (of items) or n and share (of bins, of label 1); item_id of items.
        names: of the first and the second system.
        labels: words of label 0 and 1.
        colours: the palette.
    """
    figure = go.Figure()
    for x0, y0 in ((50, 0), (0, 50)):
        figure.add_shape(
            type="rect", x0=x0, x1=x0 + 50, y0=y0, y1=y0 + 50, layer="below", line={"width": 0},
            fillcolor=colours.hairline, opacity=0.4,
        )  # fmt: skip
    figure.add_shape(
        type="line", x0=0, y0=0, x1=100, y1=100, line={"color": colours.muted, "width": 1, "dash": "dot"}, layer="below"
    )
    if "n" in items:
        figure.add_trace(_bins(items, labels, colours))
    else:
        for label in (0, 1):
            figure.add_trace(_items(items[items["label"] == label], label, labels, colours))
    frame(figure, colours, height=_SIDE, margin={"l": 8, "r": 12, "t": 8, "b": 46})
    axis = {"range": [-1.5, 101.5], "tickvals": [0, 25, 50, 75, 100], "showgrid": True, "ticksuffix": " %"}
    short = [escape(name if len(name) <= 34 else f"{name[:33]}…") for name in names]
    figure.update_xaxes(**quiet_axis(colours, title=axis_title(f"{short[0]}: share of items below", colours), **axis))
    figure.update_yaxes(
        **quiet_axis(colours, title=axis_title(f"{short[1]}: share of items below", colours), automargin=True, **axis)
    )
    for x, y, anchor, name in ((100, 0, "right", short[0]), (0, 100, "left", short[1])):
        figure.add_annotation(
            x=x, y=y, xanchor=anchor, yanchor="bottom" if y == 0 else "top", showarrow=False,
            text=f"high by {name} alone", bgcolor=colours.ground, opacity=0.85,
            font={"family": FONT, "size": 11.5, "color": colours.muted},
        )  # fmt: skip
    return figure


def _items(rows: pd.DataFrame, label: int, labels: Mapping[int, str], colours: Palette) -> go.Scattergl:
    shown = label_mark(label, colours)
    points = zip(rows["item_id"], rows["first"], rows["second"], strict=True)
    return go.Scattergl(
        x=rows["first"].astype(float).tolist(),
        y=rows["second"].astype(float).tolist(),
        mode="markers",
        name=labels[label],
        marker={
            "symbol": shown.symbol,
            "color": shown.colour,
            "size": 6.5,
            "opacity": 0.75,
            "line": {"color": shown.colour, "width": 1.2 if label == 0 else 0},
        },
        customdata=[(str(item), escape(str(item)), f"{one:.0f}", f"{other:.0f}") for item, one, other in points],
        hovertemplate=f"<b>%{{customdata[1]}}</b> · {escape(labels[label])}<br>%{{customdata[2]}} % and "
        "%{customdata[3]} % of the items below<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.75}},
    )


def _bins(rows: pd.DataFrame, labels: Mapping[int, str], colours: Palette) -> go.Scatter:
    """The area of a square says how many items, its colour how many of them have label 1."""
    ends = [label_mark(label, colours).colour for label in (0, 1)]
    largest = float(rows["n"].max())
    return go.Scatter(
        x=rows["first"].astype(float).tolist(),
        y=rows["second"].astype(float).tolist(),
        mode="markers",
        marker={
            "symbol": "square",
            "size": (3 + 13 * np.sqrt(rows["n"].astype(float) / largest)).tolist(),
            "color": rows["share"].astype(float).tolist(),
            "colorscale": [[0, ends[0]], [0.5, colours.hairline], [1, ends[1]]],
            "cmin": 0,
            "cmax": 1,
            "line": {"color": colours.muted, "width": 0.5},
        },
        customdata=[
            (count(n, "item"), f"{share:.0%}") for n, share in zip(rows["n"], rows["share"].astype(float), strict=True)
        ],
        hovertemplate=f"%{{customdata[0]}}, %{{customdata[1]}} {escape(labels[1])}<extra></extra>",
    )
