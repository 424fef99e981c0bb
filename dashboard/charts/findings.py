"""The small figures of the Overview, one for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import Palette, mark
from dashboard.text import METRICS, difference, interval, size, three

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_ROW = 19


def pooled(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """Baseline and model by variant class: apart only within the classes."""
    places = np.arange(len(data))
    figure = go.Figure()
    for place, row in zip(places, data.itertuples(), strict=True):
        figure.add_shape(
            type="line",
            x0=row.baseline,
            x1=row.model,
            y0=place,
            y1=place,
            line={"color": colours.hairline, "width": 5},
            layer="below",
        )
    figure.add_trace(
        go.Scatter(
            x=data["model"],
            y=places,
            mode="markers",
            marker={"color": colours.accent, "size": 9},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (data["high"] - data["model"]).round(5),
                "arrayminus": (data["model"] - data["low"]).round(5),
                "color": colours.accent,
                "thickness": 1.2,
                "width": 0,
            },
            customdata=[(row.label, three(row.model), f"{row.n:,}") for row in data.itertuples()],
            hovertemplate="<b>%{customdata[0]}</b><br>Evo 2 40B %{customdata[1]}, n = %{customdata[2]}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=data["baseline"],
            y=places,
            mode="markers",
            marker={"color": colours.ink, "size": 9, "symbol": "diamond"},
            customdata=[(row.label, three(row.baseline)) for row in data.itertuples()],
            hovertemplate="<b>%{customdata[0]}</b><br>rule %{customdata[1]}<extra></extra>",
        )
    )
    _rows(figure, colours, [str(label) for label in data["label"]])
    figure.update_xaxes(
        **quiet_axis(colours, range=[0.44, 1.01], tickvals=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0], showgrid=True)
    )
    figure.update_layout(
        annotations=[
            _note(float(data["baseline"].iloc[1]), 1, "◆ rule", colours.ink, "right", colours),
            _note(float(data["model"].iloc[1]), 1, "● Evo 2 40B", colours.accent, "left", colours),
        ]
    )
    return figure


def leader(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """The leader's rank in each category, best first."""
    figure = go.Figure(
        go.Bar(
            x=data["rank"],
            y=np.arange(len(data)),
            orientation="h",
            width=0.62,
            marker={"color": [colours.accent if rank == 1 else colours.hairline for rank in data["rank"]]},
            text=[f" {rank}" for rank in data["rank"]],
            textposition="outside",
            textfont={"family": FONT, "color": colours.ink, "size": 12},
            customdata=data["category"],
            hovertemplate="%{customdata}: rank %{x}<extra></extra>",
            constraintext="none",
            cliponaxis=False,
        )
    )
    _rows(figure, colours, list(data["category"]))
    title = axis_title("rank of the overall leader", colours, size=12)
    figure.update_xaxes(
        **quiet_axis(colours, range=[0, float(data["rank"].max()) * 1.12], showticklabels=False, title=title)
    )
    return figure


def labels(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """Winner with all labels and with ten per class, category by category."""
    figure = go.Figure()
    for place, row in enumerate(data.itertuples()):
        ink = colours.ink if row.changes else colours.muted
        for x, text in ((0.0, row.full), (1.0, row.few)):
            figure.add_annotation(
                x=x,
                y=place,
                text=_short(text),
                showarrow=False,
                xanchor="left",
                font={"family": FONT, "size": 12, "color": ink},
            )
        figure.add_annotation(
            x=0.93,
            y=place,
            text="→" if row.changes else "=",
            showarrow=False,
            font={"size": 12, "color": colours.accent if row.changes else colours.muted},
        )
    for x, text in ((0.0, "full"), (1.0, "10-shot")):
        figure.add_annotation(
            x=x,
            y=-1,
            text=text,
            showarrow=False,
            xanchor="left",
            font={"family": FONT, "size": 12, "color": colours.muted},
        )
    figure.add_trace(go.Scatter(x=[0, 2], y=[0, 0], mode="markers", marker={"opacity": 0}, hoverinfo="skip"))
    _rows(figure, colours, list(data["category"]), above=1)
    figure.update_xaxes(**quiet_axis(colours, range=[-0.02, 1.95], showticklabels=False))
    return figure


def agreement(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """All pairwise taus as a strip, the mean as a line, the extremes named."""
    rng = np.random.default_rng(0)
    mean = float(data["tau"].mean())
    figure = go.Figure(
        go.Scatter(
            x=data["tau"],
            y=rng.uniform(-0.32, 0.32, len(data)),
            mode="markers",
            marker={"color": colours.accent, "size": 8, "opacity": 0.65},
            customdata=list(zip(data["first"], data["second"], strict=True)),
            hovertemplate="%{customdata[0]} and %{customdata[1]}: %{x:.3f}<extra></extra>",
        )
    )
    figure.add_shape(type="line", x0=mean, x1=mean, y0=-0.45, y1=0.45, line={"color": colours.ink, "width": 2})
    frame(figure, colours, height=176, margin={"l": 8, "r": 8, "t": 26, "b": 48})
    figure.update_layout(annotations=[_note(mean, 1, f"mean {three(mean)}", colours.ink, "center", colours)])
    figure.update_yaxes(**quiet_axis(colours, range=[-0.5, 0.5], showticklabels=False))
    title = {
        "text": "Kendall's τ between two categories (1 = same order)",
        "font": {"color": colours.muted, "size": 12},
    }
    figure.update_xaxes(**quiet_axis(colours, range=[-0.02, 1.02], showgrid=True, title=title))
    return figure


def upsets(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """Size against macro MCC; the models that a much smaller one passes are ringed."""
    figure = go.Figure()
    for beaten, rows in data.groupby("beaten"):
        groups = [mark(group, colours) for group in rows["family"]]
        figure.add_trace(
            go.Scatter(
                x=rows["parameters"],
                y=rows["macro"],
                mode="markers",
                marker={
                    "symbol": [f"{group.symbol}-open" if beaten else group.symbol for group in groups],
                    "color": colours.ink if beaten else colours.accent,
                    "opacity": 1 if beaten else 0.6,
                    "size": 9,
                    "line": {"width": 1.8 if beaten else 0},
                },
                customdata=[(row.name, size(row.parameters)) for row in rows.itertuples()],
                hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]}): %{y:.3f}<extra></extra>",
            )
        )
    frame(figure, colours, height=260, margin={"l": 8, "r": 8, "t": 24, "b": 46})
    ticks = [1e6, 1e7, 1e8, 1e9, 1e10]
    title = axis_title("parameters", colours, size=12)
    figure.update_xaxes(
        **quiet_axis(colours, type="log", tickvals=ticks, ticktext=[size(t) for t in ticks], showgrid=True, title=title)
    )
    figure.update_yaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            automargin=True,
            title=axis_title("macro MCC", colours, size=12),
        )
    )
    figure.update_layout(
        annotations=[
            _note(
                0,
                1,
                "open: passed by a model of a fifth of its size or less",
                colours.muted,
                "left",
                colours,
                paper=True,
            )
        ]
    )
    return figure


def cells(data: pd.DataFrame, colours: Palette) -> go.Figure:
    """The paired difference to the baseline to beat, task by task, each by its own metric; the line is the baseline."""
    places = np.arange(len(data))
    figure = go.Figure(
        go.Scatter(
            x=data["delta"],
            y=places,
            mode="markers",
            marker={
                "color": colours.accent,
                "size": 9,
                "symbol": ["diamond-open" if role == "baseline" else "circle" for role in data["role"]],
                "line": {"width": 2},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (data["delta_high"] - data["delta"]).round(5),
                "arrayminus": (data["delta"] - data["delta_low"]).round(5),
                "color": colours.accent,
                "thickness": 1.6,
                "width": 0,
            },
            customdata=[
                (row.label, row.name, row.baseline, f"{difference(row.delta)} {METRICS[row.metric].name}",
                 interval(row.delta_low, row.delta_high))
                for row in data.itertuples(index=False)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} to %{customdata[2]}: %{customdata[3]}"
            "<br>95 % %{customdata[4]}<extra></extra>",
            cliponaxis=False,
        )
    )  # fmt: skip
    figure.add_shape(
        type="line", x0=0, x1=0, y0=-0.7, y1=len(data) - 0.4, line={"color": colours.ink, "width": 2}, layer="below"
    )
    frame(figure, colours, height=len(data) * 46 + 74, margin={"l": 8, "r": 14, "t": 24, "b": 46})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(places),
            ticktext=[f"{row.label}  <br>n = {int(row.n)}, {METRICS[row.metric].name}  " for row in data.itertuples()],
            range=[len(data) - 0.4, -0.8],
            tickfont={"color": colours.ink, "size": 12},
            automargin=True,
        )
    )
    title = axis_title("paired difference to the baseline to beat", colours, size=12)
    figure.update_xaxes(**quiet_axis(colours, showgrid=True, title=title))
    figure.update_layout(
        annotations=[
            _note(0, 1, "◆ baseline", colours.ink, "center", colours),
            *(
                _over(f"{row.name} {difference(row.delta)}", float(row.delta), int(place), colours)
                for place, row in zip(places, data.itertuples(index=False), strict=True)
            ),
        ]
    )
    return figure


def _over(text: str, x: float, place: int, colours: Palette) -> dict[str, object]:
    """A name above its mark."""
    return {
        "x": x,
        "y": place,
        "yshift": 13,
        "text": text,
        "showarrow": False,
        "bgcolor": colours.ground,
        "font": {"family": FONT, "size": 11.5, "color": colours.ink},
    }


CHARTS: dict[str, Callable[[pd.DataFrame, Palette], go.Figure]] = {
    "pooled": pooled,
    "leader": leader,
    "labels": labels,
    "agreement": agreement,
    "size": upsets,
    "cells": cells,
}

ALT: dict[str, str] = {
    "pooled": "AUROC of the rule and of Evo 2 40B for all ClinVar variants and for each variant class",
    "leader": "Rank of the overall leader in each GENEB category",
    "labels": "Winner of each GENEB category with all labels and with ten labels per class",
    "agreement": "Kendall's tau for every pair of GENEB categories",
    "size": "Parameters against macro MCC; models passed by a much smaller one are open marks",
    "cells": "On each single-cell task the paired difference of the highest system to the baseline to beat, with its "
    "95 % interval",
}


def _rows(figure: go.Figure, colours: Palette, names: list[str], above: int = 0) -> None:
    frame(figure, colours, height=(len(names) + above) * _ROW + 56, margin={"l": 8, "r": 14, "t": 22, "b": 30})
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(names))),
            ticktext=[f"{name}  " for name in names],
            range=[len(names) - 0.4, -0.6 - above],
            tickfont={"color": colours.ink, "size": 12},
            automargin=True,
        )
    )


def _note(
    x: float, y: float, text: str, colour: str, anchor: str, colours: Palette, *, paper: bool = False
) -> dict[str, object]:
    return {
        "x": x,
        "y": y,
        "xref": "paper" if paper else "x",
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": anchor,
        "text": text,
        "showarrow": False,
        "bgcolor": colours.ground,
        "font": {"family": FONT, "size": 12, "color": colour},
    }


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"
