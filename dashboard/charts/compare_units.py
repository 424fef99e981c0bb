"""Two systems on single perturbations or cell types: both values on one line, and the baseline to beat beside them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, frame, quiet_axis
from dashboard.charts.palette import outcome_mark
from dashboard.text import difference, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette

_LONGEST = 34
_COLUMN = 108
"""Width of the column of differences, in pixels."""
_AIR = 0.05


def units_chart(
    rows: pd.DataFrame, names: tuple[str, str], beat: str | None, metric: str, colours: Palette, *, lower: bool
) -> go.Figure:
    """The rows in the order given, the first one on top.

    Args:
        rows: item, first, second, beat (NaN without one), lead (by how much the first is better) and told, lines for
            hovering.
        names: of the first and the second system.
        beat: name of the baseline to beat; None where it is one of the two.
        metric: its name.
        colours: the palette.
        lower: whether a lower value is the better one.
    """
    places = list(range(len(rows)))
    figure = go.Figure()
    for place, row in zip(places, rows.itertuples(), strict=True):
        figure.add_shape(_apart(place, row, colours))
    if beat is not None and rows["beat"].notna().any():
        figure.add_trace(_baseline(rows, places, beat, colours))
    figure.add_trace(_marks(rows, places, "second", colours))
    figure.add_trace(_marks(rows, places, "first", colours))
    frame(figure, colours, height=len(rows) * (ROW + 2) + 96, margin={"l": 8, "r": 14 + _COLUMN, "t": 48, "b": 46})
    title = axis_title(f"{metric}{' (lower is better)' if lower else ''}", colours)
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, range=_span(rows), title=title, nticks=7))
    figure.update_yaxes(**_names(rows, colours))
    _differences(figure, rows, colours)
    _key(figure, names, beat, colours)
    return figure


def _span(rows: pd.DataFrame) -> list[float]:
    values = rows[["first", "second", "beat"]].to_numpy(float).ravel()
    known = values[values == values]  # noqa: PLR0124 - NaN
    low, high = float(known.min()), float(known.max())
    air = _AIR * ((high - low) or 1.0)
    return [low - air, high + air]


def _apart(place: int, row: Any, colours: Palette) -> dict[str, Any]:
    """A line between the two values, in the colour of the side that is better."""
    side = "above" if row.lead > 0 else "below" if row.lead < 0 else "level"
    colour = outcome_mark(side, colours).colour
    return {
        "type": "line", "x0": row.first, "x1": row.second, "y0": place, "y1": place, "layer": "below",
        "line": {"color": colour, "width": 2.5},
    }  # fmt: skip


def _marks(rows: pd.DataFrame, places: list[int], side: str, colours: Palette) -> go.Scatter:
    """Values of one of the two: filled ones are the first's. Their key stands above the plot."""
    first = side == "first"
    return go.Scatter(
        x=rows[side].astype(float).tolist(),
        y=places,
        mode="markers",
        marker={
            "symbol": "circle",
            "color": colours.ink if first else colours.ground,
            "size": 10,
            "line": {"color": colours.ink, "width": 0 if first else 1.8},
        },
        customdata=[(str(row.item), escape(str(row.item)), "<br>".join(map(escape, row.told))) for row in _each(rows)],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def _each(rows: pd.DataFrame) -> list[Any]:
    return list(rows.itertuples())


def _baseline(rows: pd.DataFrame, places: list[int], beat: str, colours: Palette) -> go.Scatter:
    known = [(place, float(value)) for place, value in zip(places, rows["beat"], strict=True) if value == value]  # noqa: PLR0124 - NaN
    return go.Scatter(
        x=[value for _, value in known],
        y=[place for place, _ in known],
        mode="markers",
        marker={
            "symbol": "line-ns-open",
            "color": colours.muted,
            "size": 15,
            "line": {"color": colours.muted, "width": 2.4},
        },
        customdata=[(escape(beat, quote=False), three(value)) for _, value in known],
        hovertemplate="%{customdata[0]} %{customdata[1]}<extra></extra>",
        cliponaxis=False,
    )


def _names(rows: pd.DataFrame, colours: Palette) -> dict[str, Any]:
    shown = [item if len(item) <= _LONGEST else f"{item[: _LONGEST - 1]}…" for item in rows["item"].astype(str)]
    return quiet_axis(
        colours,
        tickvals=list(range(len(rows))),
        ticktext=[f"{escape(name, quote=False)}  " for name in shown],
        range=[len(rows) - 0.4, -0.6],
        tickfont={"color": colours.ink, "size": 12.5},
        automargin=True,
    )


def _differences(figure: go.Figure, rows: pd.DataFrame, colours: Palette) -> None:
    """By how much the first is better, as tick labels of a further axis: text in step with the rows."""
    figure.add_trace(go.Scatter(x=[0], y=[0], yaxis="y2", marker={"opacity": 0}, hoverinfo="skip", xaxis="x"))
    figure.data[-1].x = [float(rows["first"].iloc[0])]
    figure.update_layout(
        yaxis2=quiet_axis(
            colours, overlaying="y", side="right", anchor="free", position=1, shift=8,
            tickvals=list(range(len(rows))), ticktext=[difference(float(lead)) for lead in rows["lead"]],
            range=[len(rows) - 0.4, -0.6], tickfont={"color": colours.ink, "size": 11.5},
        )
    )  # fmt: skip
    figure.add_annotation(
        x=1, xref="paper", xanchor="left", xshift=11, y=1, yref="paper", yanchor="bottom", yshift=4,
        text="first better by", showarrow=False, font={"family": FONT, "size": 11.5, "color": colours.muted},
    )  # fmt: skip


def _key(figure: go.Figure, names: tuple[str, str], beat: str | None, colours: Palette) -> None:
    """Which mark is whose, above the plot."""
    short = [escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…", quote=False) for name in names]
    told = [f"● {short[0]}", f"○ {short[1]}", *([f"❘ {escape(beat, quote=False)}, to beat"] if beat else [])]
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=22, text="    ".join(told),
        showarrow=False, font={"family": FONT, "size": 12, "color": colours.ink},
    )  # fmt: skip
