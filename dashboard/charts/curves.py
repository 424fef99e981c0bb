"""Two systems' single scores against the labels: ROC, precision-recall, distributions by label, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette
    from dashboard.queries.curves import Curves
    from engine.statistics.curves import Calibration, ClassHistograms

_SQUARE = 372
_PANEL = 196


@dataclass(frozen=True, slots=True)
class Drawn:
    """How one of the two systems is drawn: colour and dash, never colour alone."""

    name: str
    colour: str
    dash: str
    symbol: str


def styles(names: Sequence[str], colours: Palette) -> list[Drawn]:
    """The system in the accent colour, its rival in ink and broken."""
    kinds = ((colours.accent, "solid", "circle"), (colours.ink, "6px,3px", "diamond"))
    return [Drawn(name, *kind) for name, kind in zip(names, kinds, strict=False)]


def curves_chart(drawn: Sequence[tuple[Drawn, Curves]], colours: Palette, *, prevalences: Sequence[float]) -> go.Figure:
    """ROC and precision-recall of the systems, with the line of no skill and a mark at each stated threshold.

    Args:
        drawn: each system's style and curves.
        colours: the palette.
        prevalences: shares of label 1, each a precision of no skill.
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.13)
    for y, column in ((0, 1), 1), *(((share, share), 2) for share in dict.fromkeys(prevalences)):
        line = {"color": colours.muted, "width": 1.2, "dash": "dot"}
        figure.add_trace(go.Scatter(x=(0, 1), y=y, mode="lines", line=line, hoverinfo="skip"), row=1, col=column)
    for style, found in drawn:
        _add_roc(figure, style, found)
        _add_recall(figure, style, found)
    frame(figure, colours, height=_SQUARE, margin={"l": 8, "r": 12, "t": 26, "b": 48})
    figure.update_layout(annotations=_titles(figure, ("ROC", "Precision–recall"), colours))
    axis = quiet_axis(colours, showgrid=True, range=[-0.01, 1.01], tickvals=[0, 0.25, 0.5, 0.75, 1])
    for column, (across, up) in enumerate((("false positive rate", "sensitivity"), ("recall", "precision")), start=1):
        figure.update_xaxes(**axis, title=axis_title(across, colours, size=12), row=1, col=column)
        figure.update_yaxes(**axis, title=axis_title(up, colours, size=12), automargin=True, row=1, col=column)
    return figure


def _add_roc(figure: go.Figure, style: Drawn, found: Curves) -> None:
    line = {"color": style.colour, "width": 2, "dash": style.dash}
    template = f"<b>{style.name}</b><br>false positives %{{x:.1%}}<br>sensitivity %{{y:.1%}}<extra></extra>"
    curve = go.Scatter(x=found.roc.fpr, y=found.roc.tpr, mode="lines", line=line, hovertemplate=template)
    figure.add_trace(curve, row=1, col=1)
    if found.at is None:
        return
    mark = go.Scatter(
        x=[1 - found.at.specificity],
        y=[found.at.sensitivity],
        mode="markers",
        marker={"color": style.colour, "size": 11, "symbol": style.symbol, "line": {"width": 0}},
        hovertemplate=f"<b>{style.name}</b> at its stated threshold<br>sensitivity {found.at.sensitivity:.1%}, "
        f"specificity {found.at.specificity:.1%}<br>{found.at.tp:,} found, {found.at.fn:,} missed, "
        f"{found.at.fp:,} false alarms<extra></extra>",
    )
    figure.add_trace(mark, row=1, col=1)


def _add_recall(figure: go.Figure, style: Drawn, found: Curves) -> None:
    line = {"color": style.colour, "width": 2, "dash": style.dash, "shape": "vh"}
    template = f"<b>{style.name}</b><br>recall %{{x:.1%}}<br>precision %{{y:.1%}}<extra></extra>"
    curve = go.Scatter(x=found.recall.recall, y=found.recall.precision, mode="lines", line=line, hovertemplate=template)
    figure.add_trace(curve, row=1, col=2)


def scores_chart(
    drawn: Sequence[tuple[Drawn, ClassHistograms]], colours: Palette, *, words: tuple[str, str], axes: Sequence[str]
) -> go.Figure:
    """Share of each class by score, one panel a system: negatives as a grey ground, positives as an outline.

    Args:
        drawn: each system's style and distributions.
        colours: the palette.
        words: what label 0 and label 1 are.
        axes: title of each panel's axis.
    """
    figure = _panels(drawn, colours, axes)
    for row, (style, found) in enumerate(drawn, start=1):
        middle = (found.edges[:-1] + found.edges[1:]) / 2
        for word, share, line, fill in (
            (words[0], found.negative, {"color": colours.muted, "width": 1}, "tozeroy"),
            (words[1], found.positive, {"color": style.colour, "width": 2.2}, None),
        ):
            template = f"<b>{style.name}</b>, {word}<br>%{{y:.1%}} of them near %{{x:.3g}}<extra></extra>"
            trace = go.Scatter(
                x=middle, y=share, mode="lines", line={**line, "shape": "hvh"}, fill=fill, hovertemplate=template
            )
            if fill:
                trace.fillcolor = colours.hairline
            figure.add_trace(trace, row=row, col=1)
        figure.update_yaxes(tickformat=".0%", rangemode="tozero", row=row, col=1)
    return figure


def calibration_chart(
    drawn: Sequence[tuple[Drawn, Calibration]], colours: Palette, *, positive: str, axes: Sequence[str]
) -> go.Figure:
    """Share of label 1 by bin of the score with its 95 % interval, one panel a system; a line at the share overall."""
    figure = _panels(drawn, colours, axes)
    for row, (style, found) in enumerate(drawn, start=1):
        overall = float((found.positive * found.n).sum() / found.n.sum())
        ends = [float(found.mean_score.min()), float(found.mean_score.max())]
        line = {"color": colours.muted, "width": 1.2, "dash": "dot"}
        figure.add_trace(go.Scatter(x=ends, y=[overall] * 2, mode="lines", line=line, hoverinfo="skip"), row=row, col=1)
        figure.add_trace(_bins(style, found, positive), row=row, col=1)
        figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1], row=row, col=1)
    return figure


def _bins(style: Drawn, found: Calibration, positive: str) -> go.Scatter:
    return go.Scatter(
        x=found.mean_score,
        y=found.positive,
        mode="lines+markers",
        line={"color": style.colour, "width": 1.2, "dash": style.dash},
        marker={"color": style.colour, "size": 8, "symbol": style.symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": np.round(found.high - found.positive, 5),
            "arrayminus": np.round(found.positive - found.low, 5),
            "color": style.colour,
            "thickness": 1.4,
            "width": 0,
        },
        customdata=[
            (f"{share:.1%} {positive} ({low:.0%}–{high:.0%})", count(n, "item"), f"{score:.3g}")
            for share, low, high, n, score in zip(
                found.positive, found.low, found.high, found.n, found.mean_score, strict=True
            )
        ],
        hovertemplate=f"<b>{style.name}</b>, score near %{{customdata[2]}}<br>%{{customdata[0]}}<br>%{{customdata[1]}}"
        "<extra></extra>",
        cliponaxis=False,
    )


def _panels(drawn: Sequence[tuple[Drawn, Any]], colours: Palette, axes: Sequence[str]) -> go.Figure:
    """One panel under the other, each with the system's name above it and its own axis."""
    n = len(drawn)
    figure = make_subplots(rows=n, cols=1, vertical_spacing=0.27 if n > 1 else 0)
    frame(figure, colours, height=_PANEL * n + 40, margin={"l": 8, "r": 12, "t": 26, "b": 48})
    figure.update_layout(annotations=_titles(figure, [style.name for style, _ in drawn], colours))
    for row, axis in enumerate(axes, start=1):
        figure.update_xaxes(
            **quiet_axis(colours, showgrid=True, title=axis_title(axis, colours, size=12)), row=row, col=1
        )
        figure.update_yaxes(**quiet_axis(colours, showgrid=True, automargin=True), row=row, col=1)
    return figure


def _titles(figure: go.Figure, words: Sequence[str], colours: Palette) -> list[dict[str, Any]]:
    return [
        {
            "x": figure.layout[f"xaxis{number or ''}"].domain[0],
            "xref": "paper",
            "xanchor": "left",
            "y": figure.layout[f"yaxis{number or ''}"].domain[1],
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 4,
            "text": f"<b>{word}</b>",
            "showarrow": False,
            "font": {"family": FONT, "size": 12.5, "color": colours.ink},
        }
        for number, word in zip((0, *range(2, len(words) + 1)), words, strict=True)
    ]
