"""Slices as a forest plot: two systems on each, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.charts.layout import ROW, axis_title, frame, quiet_axis
from dashboard.text import METRICS, interval, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette

_LINE = 2 * ROW
_APART = 0.17
_NAME = 34


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval, both of which may be missing."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One slice: the system and, where there is one, its rival; `few` marks what is too small to judge."""

    name: str
    first: Point
    second: Point | None
    few: bool


def slices_chart(lines: Sequence[Line], names: tuple[str, str | None], metric: str, colours: Palette) -> go.Figure:
    """The slices in the order given, the first one on top.

    Args:
        lines: one a slice.
        names: of the system and its rival.
        metric: as spelt in the store.
        colours: the palette.
    """
    figure = go.Figure()
    shift = _APART if names[1] else 0.0
    figure.add_trace(_points(lines, names[0], 0, colours, metric, shift=-shift))
    if names[1]:
        figure.add_trace(_points(lines, names[1], 1, colours, metric, shift=shift))
    frame(figure, colours, height=len(lines) * _LINE + 58, margin={"l": 8, "r": 18, "t": 8, "b": 44})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(lines))),
            ticktext=[_label(line) for line in lines],
            range=[len(lines) - 0.5, -0.5],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    text = METRICS[metric]
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, title=axis_title(text.name, colours)))
    if text.chance in {"0", "0.5"}:
        figure.add_vline(x=float(text.chance), line={"color": colours.muted, "width": 1, "dash": "dot"}, layer="below")
    return figure


def _label(line: Line) -> str:
    short = line.name if len(line.name) <= _NAME else f"{line.name[: _NAME - 1]}…"
    return f"{short}{' *' if line.few else ''}  "


def _points(lines: Sequence[Line], name: str, which: int, colours: Palette, metric: str, *, shift: float) -> go.Scatter:
    """The system is a filled circle, its rival a hollow diamond."""
    pairs = [(line.first, line.second)[which] for line in lines]
    known = [(place, point) for place, point in enumerate(pairs) if point is not None and point.value is not None]
    colour = (colours.accent, colours.ink)[which]
    values = [point.value or 0.0 for _, point in known]
    spans = [(point.low, point.high) for _, point in known]
    return go.Scatter(
        x=values,
        y=[place + shift for place, _ in known],
        mode="markers",
        marker={
            "symbol": ("circle", "diamond-open")[which],
            "color": colour,
            "size": 10,
            "line": {"color": colour, "width": 2 * which},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [0.0 if high is None else high - value for (_, high), value in zip(spans, values, strict=True)],
            "arrayminus": [0.0 if low is None else value - low for (low, _), value in zip(spans, values, strict=True)],
            "color": colour,
            "thickness": 1.4,
            "width": 0,
        },
        customdata=[
            (name, lines[place].name, f"{METRICS[metric].name} {three(point.value)}", interval(point.low, point.high))
            for place, point in known
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]} [%{customdata[3]}]"
        "<extra></extra>",
        cliponaxis=False,
    )
