"""Where every system puts one variant: among the items of label 0 and among those of label 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, by_role, frame, quiet_axis
from dashboard.charts.palette import Mark, Palette, label_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_NAME = 24


def standing_chart(rows: pd.DataFrame, words: Mapping[int, str], colours: Palette) -> go.Figure:
    """Two marks a system on a scale of percentiles.

    Args:
        rows: of `read_standings`, those with a score alone, in the order shown.
        words: what label 0 and label 1 mean.
        colours: the palette.
    """
    figure = go.Figure()
    figure.add_shape(
        type="line", x0=50, x1=50, y0=-0.6, y1=len(rows) - 0.4, line={"color": colours.hairline, "width": 1}
    )
    figure.add_trace(_ties(rows, colours))
    for label, column in enumerate(("among_negative", "among_positive")):
        if rows[column].notna().any():
            figure.add_trace(_marks(rows, column, label_mark(label, colours), words[label], colours))
    frame(figure, colours, height=len(rows) * ROW + 62, margin={"l": 8, "r": 14, "t": 8, "b": 44})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(rows))),
            ticktext=[f"{by_role(row.name, row.role, _NAME)}  " for row in rows.itertuples()],
            range=[len(rows) - 0.4, -0.6],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    figure.update_xaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            range=[-2, 102],
            tickvals=[0, 25, 50, 75, 100],
            title=axis_title("% of the label’s items lie below", colours),
        )
    )
    return figure


def _ties(rows: pd.DataFrame, colours: Palette) -> go.Scatter:
    """A hairline between the two marks of a row; the gap between rows is a missing point."""
    x: list[float | None] = []
    y: list[int | None] = []
    for place, row in enumerate(rows.itertuples()):
        x += [row.among_negative, row.among_positive, None]
        y += [place, place, None]
    return go.Scatter(
        x=[None if value != value else value for value in x],  # noqa: PLR0124 - NaN
        y=y,
        mode="lines",
        line={"color": colours.muted, "width": 1},
        hoverinfo="skip",
    )


def _marks(rows: pd.DataFrame, column: str, mark: Mark, word: str, colours: Palette) -> go.Scatter:
    known = rows[column].notna().to_numpy()
    hollow = mark.symbol.endswith("-open")
    shown = rows[known]
    return go.Scatter(
        x=shown[column].astype(float).round(2).tolist(),
        y=[place for place, there in enumerate(known) if there],
        mode="markers",
        name=word,
        marker={
            "symbol": mark.symbol.removesuffix("-open"),
            "color": colours.ground if hollow else mark.colour,
            "size": 10,
            "line": {"color": mark.colour, "width": 2 if hollow else 0},
        },
        customdata=[(row.name, f"{getattr(row, column):.1f}", word) for row in shown.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>above %{customdata[1]} % of %{customdata[2]}<extra></extra>",
        cliponaxis=False,
        textfont={"family": FONT},
    )
