"""Differences of two systems as a forest plot: right of the line the first is better, left of it the second."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, frame, quiet_axis
from dashboard.charts.palette import outcome_mark
from dashboard.text import difference, interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette

Outcome = Literal["above", "level", "below"]
FLIPPED = "⇄"
"""Sign of a row where the other system is better than over all."""
_LONGEST = 30
_HEADS = {"difference": 146, "note": 142}
"""Width of the text columns at the right, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: a difference, first minus second, with its interval where there is one.

    Attributes:
        key: what a click on it means.
        name: at the left.
        delta, low, high: None where there is none.
        flipped: whether the sign is opposite to that over all.
        summary: whether it is over all, set off by bold type.
        note: short text in the last column.
        link: address that its name leads to.
        told: lines for hovering.
    """

    key: str
    name: str
    delta: float | None
    low: float | None = None
    high: float | None = None
    flipped: bool = False
    summary: bool = False
    note: str = ""
    link: str = ""
    told: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The side that the interval lies on; None without an interval."""
        if self.low is None or self.high is None:
            return None
        return "above" if self.low > 0 else "below" if self.high < 0 else "level"


def differences_chart(
    bars: Sequence[Bar],
    names: tuple[str, str],
    metric: str,
    colours: Palette,
    *,
    margin: float,
    head: str = "",
    longest: int = _LONGEST,
) -> go.Figure:
    """The rows in the order given, the first one on top.

    Args:
        bars: at least one with a difference.
        names: of the first and the second system.
        metric: its name.
        colours: the palette.
        margin: the smallest difference that counts; what is smaller lies in the band around the line.
        head: heading of the column of notes.
        longest: letters of a row's name.
    """
    figure = go.Figure()
    low, high = _span(bars, margin)
    figure.add_shape(
        type="rect", x0=-margin, x1=margin, y0=0, y1=1, yref="paper", layer="below", line={"width": 0},
        fillcolor=colours.hairline, opacity=0.45,
    )  # fmt: skip
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": colours.ink, "width": 1.5})
    for outcome in ("above", "level", "below", None):
        figure.add_trace(_marks(bars, outcome, colours))
    columns = ["difference", *(["note"] if any(bar.note for bar in bars) else [])]
    right = 14 + sum(_HEADS[column] for column in columns)
    frame(figure, colours, height=len(bars) * (ROW + 2) + 92, margin={"l": 8, "r": right, "t": 44, "b": 46})
    style = quiet_axis(
        colours,
        tickvals=list(range(len(bars))),
        ticktext=[_label(bar, longest) for bar in bars],
        range=[len(bars) - 0.4, -0.6],
        tickfont={"color": colours.ink, "size": 12.5},
        automargin=True,
    )
    figure.update_yaxes(**style)
    title = axis_title(f"difference in {metric}", colours)
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, range=[low, high], title=title, nticks=7))
    _sides(figure, names, colours)
    _columns(figure, bars, {"difference": "difference", "note": head}, columns, colours)
    return figure


def _span(bars: Sequence[Bar], margin: float) -> tuple[float, float]:
    """From the smallest to the largest end, the line and what is too small to count always in sight."""
    ends = [end for bar in bars for end in (bar.delta, bar.low, bar.high) if end is not None]
    low, high = min([*ends, -1.6 * margin]), max([*ends, 1.6 * margin])
    air = 0.04 * (high - low)
    return low - air, high + air


def _marks(bars: Sequence[Bar], outcome: Outcome | None, colours: Palette) -> go.Scatter:
    """Rows of one outcome; the mark is hollow where no interval backs it."""
    own = [(place, bar) for place, bar in enumerate(bars) if bar.delta is not None and bar.outcome == outcome]
    shown = outcome_mark(outcome or "level", colours)
    deltas = [bar.delta or 0.0 for _, bar in own]
    return go.Scatter(
        x=deltas,
        y=[place for place, _ in own],
        mode="markers",
        marker={
            "symbol": shown.symbol if outcome else "circle-open",
            "color": shown.colour,
            "size": [12 if bar.summary else 9.5 for _, bar in own],
            "line": {"color": shown.colour, "width": 0 if outcome else 2},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [
                0.0 if bar.high is None else bar.high - delta for (_, bar), delta in zip(own, deltas, strict=True)
            ],
            "arrayminus": [
                0.0 if bar.low is None else delta - bar.low for (_, bar), delta in zip(own, deltas, strict=True)
            ],
            "color": shown.colour,
            "thickness": 1.5,
            "width": 0,
        },
        customdata=[(bar.key, escape(bar.name), "<br>".join(map(escape, bar.told))) for _, bar in own],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def _label(bar: Bar, longest: int) -> str:
    short = escape(bar.name if len(bar.name) <= longest else f"{bar.name[: longest - 1]}…", quote=False)
    text = f"<b>{short}</b>" if bar.summary else short
    if bar.link:
        text = f'<a href="{escape(bar.link)}" target="_self" style="color:inherit">{text}</a>'
    return f"{text}{f' {FLIPPED}' if bar.flipped else ''}  "


def _sides(figure: go.Figure, names: tuple[str, str], colours: Palette) -> None:
    """Which side is whose, above the plot."""
    short = [escape(name if len(name) <= 24 else f"{name[:23]}…") for name in names]
    for text, anchor, shift in ((f"{short[0]} better →", "left", 6), (f"← {short[1]} better", "right", -6)):
        figure.add_annotation(
            x=0, y=1, yref="paper", xanchor=anchor, yanchor="bottom", xshift=shift, yshift=22,
            text=text, showarrow=False, font={"family": FONT, "size": 12, "color": colours.muted},
        )  # fmt: skip


def _columns(
    figure: go.Figure, bars: Sequence[Bar], heads: dict[str, str], columns: Sequence[str], colours: Palette
) -> None:
    """Numbers as tick labels of further axes: text in step with the rows, quick to draw."""
    shift = 0
    for number, column in enumerate(columns, start=2):
        texts = [_difference(bar) if column == "difference" else escape(bar.note) for bar in bars]
        # An axis without a trace is not drawn.
        figure.add_trace(go.Scatter(x=[0], y=[0], yaxis=f"y{number}", marker={"opacity": 0}, hoverinfo="skip"))
        style: dict[str, Any] = quiet_axis(
            colours, overlaying="y", side="right", anchor="free", position=1, shift=shift + 8,
            tickvals=list(range(len(bars))), ticktext=texts, range=[len(bars) - 0.4, -0.6],
            tickfont={"color": colours.ink, "size": 11.5},
        )  # fmt: skip
        figure.update_layout({f"yaxis{number}": style})
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=shift + 11, y=1, yref="paper", yanchor="bottom", yshift=4,
            text=heads[column], showarrow=False, font={"family": FONT, "size": 11.5, "color": colours.muted},
        )  # fmt: skip
        shift += _HEADS[column]


def _difference(bar: Bar) -> str:
    if bar.delta is None:
        return "–"
    bounds = "" if bar.low is None else f" [{interval(bar.low, bar.high)}]"
    value = difference(bar.delta)
    return f"<b>{value}</b>{bounds}" if bar.summary else f"{value}{bounds}"
