"""Proteins: size against Spearman over the baselines' lines, and clinical labels against scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.charts.palette import BASELINE, mark
from dashboard.text import size, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.charts.palette import Palette
    from dashboard.queries.beyond import Proteins

_TICKS = [1e6, 1e7, 1e8, 1e9, 1e10, 1e11]
_GAP = 0.006
"""Distance of two names in AUROC: a line of text at the height of the chart."""
_LEFT = 0.06
"""Room for systems without a value on scans, in Spearman."""


_LEADER = (0.0025, 0.0075)
"""Where a line from a mark to its name begins and ends, in Spearman from the mark."""


def protein_sizes(found: Proteins, colours: Palette) -> go.Figure:
    """Parameters against Spearman: baselines as lines, one family as a path with names, the others as marks."""
    rows = found.models
    figure = go.Figure()
    for line in rows[rows["role"] == "baseline"].sort_values("value").itertuples():
        beat = line.model_id == found.baseline["model_id"]
        figure.add_hline(**_line(str(line.name), float(line.value), colours, strong=beat))
    others = rows[(rows["role"] == "model") & rows["parameters"].notna() & ~rows.index.isin(found.family.index)]
    for group, own in others.groupby("inputs"):
        figure.add_trace(_marks(own, str(group), colours, opacity=0.55))
    family = found.family
    shown = mark(str(found.peak["inputs"]), colours)
    figure.add_trace(
        go.Scatter(
            x=family["parameters"],
            y=family["value"],
            mode="lines+markers",
            line={"color": shown.colour, "width": 2},
            marker={"symbol": shown.symbol, "color": shown.colour, "size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    for name in _family_names(found, colours):
        figure.add_annotation(**name)
    frame(figure, colours, height=430, margin={"l": 8, "r": 30, "t": 12, "b": 8})
    low, high = np.log10(rows["parameters"].min()), np.log10(rows["parameters"].max())
    figure.update_xaxes(
        **quiet_axis(
            colours,
            type="log",
            tickvals=_TICKS,
            ticktext=[size(tick) for tick in _TICKS],
            range=[float(low) - 0.9, float(high) + 0.25],
            showgrid=True,
            title=axis_title("Parameters (log scale)", colours),
            automargin=True,
        )
    )
    title = axis_title("Spearman's ρ, all scans", colours)
    figure.update_yaxes(**quiet_axis(colours, showgrid=True, title=title, automargin=True))
    return figure


def _family_names(found: Proteins, colours: Palette) -> list[dict[str, Any]]:
    """Names on the side that the path leaves free: left of its rise, over its top, right of its end."""
    sizes, peak = list(found.family["parameters"]), float(found.peak["parameters"])
    return [
        {
            "text": f"<b>{row.name}</b> {three(row.value)}",
            "x": float(np.log10(row.parameters)),
            "y": row.value,
            "showarrow": False,
            "bgcolor": colours.ground,
            "borderpad": 0,
            "font": {"family": FONT, "size": 12, "color": colours.ink},
            **_side(row.parameters, peak, sizes[-1]),
        }
        for row in found.family.itertuples(index=False)
    ]


def _side(parameters: float, peak: float, largest: float) -> dict[str, Any]:
    if parameters < peak:
        return {"xanchor": "right", "xshift": -11}
    if parameters == peak:
        return {"xanchor": "right", "xshift": 4, "yshift": 18}
    return {"xanchor": "left", "xshift": 11} if parameters == largest else {"xanchor": "center", "yshift": 18}


def _line(name: str, value: float, colours: Palette, *, strong: bool) -> dict[str, Any]:
    return {
        "y": value,
        "line": {"color": colours.ink, "width": 2.2 if strong else 1, "dash": "solid" if strong else "dot"},
        "layer": "below",
        "annotation": {
            "text": f"◆ <b>{name}</b> {three(value)}" if strong else f"◆ {name} {three(value)}",
            "font": {"family": FONT, "size": 12, "color": colours.ink},
            "bgcolor": colours.ground,
        },
        "annotation_position": "top left",
    }


def _marks(rows: pd.DataFrame, group: str, colours: Palette, *, opacity: float) -> go.Scatter:
    shown = mark(group, colours)
    return go.Scatter(
        x=rows["parameters"],
        y=rows["value"],
        mode="markers",
        marker={"symbol": shown.symbol, "color": shown.colour, "size": 10, "opacity": opacity},
        customdata=[(row.name, group, size(row.parameters), three(row.value)) for row in rows.itertuples(index=False)],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} · %{customdata[2]}<br>ρ %{customdata[3]}"
        "<extra></extra>",
    )


def clinical_against_scans(found: Proteins, colours: Palette) -> go.Figure:
    """AUROC on clinical labels against Spearman on scans; systems without a value on scans in a strip at the left."""
    both = found.both
    alone = found.clinical[found.clinical["scans"].isna()]
    edge = min(float(both["scans"].min()), float(found.baseline["value"])) - 0.02
    figure = go.Figure()
    figure.add_vline(
        x=float(found.baseline["value"]),
        line={"color": colours.ink, "width": 2.2},
        layer="below",
        annotation={
            "text": f"◆ <b>{found.baseline['name']}</b> {three(found.baseline['value'])}<br>no clinical value",
            "font": {"family": FONT, "size": 12, "color": colours.ink},
            "bgcolor": colours.ground,
            "align": "left",
        },
        annotation_position="bottom right",
    )
    if len(alone):
        figure.add_vline(x=edge, line={"color": colours.hairline, "width": 1}, layer="below")
    place = edge - _LEFT * 0.9
    for baseline in (True, False):
        for group, rows in both[(both["role"] == "baseline") == baseline].groupby("inputs"):
            figure.add_trace(_dots(rows, list(rows["scans"]), str(group), colours, baseline=baseline))
    for group, rows in alone.groupby("inputs"):
        figure.add_trace(_dots(rows, [place] * len(rows), str(group), colours, baseline=False))
    names = [*_beside(both, colours), *_listed(alone, place, colours)]
    for note in names:
        figure.add_annotation(**note)
    for mark_height, name_height in zip(alone["clinical"], apart(list(alone["clinical"]), _GAP), strict=True):
        ends = {"x0": place + _LEADER[0], "x1": place + _LEADER[1], "y0": mark_height, "y1": name_height}
        figure.add_shape(type="line", line={"color": colours.muted, "width": 1}, layer="below", **ends)
    frame(figure, colours, height=430, margin={"l": 8, "r": 16, "t": 26, "b": 8})
    if len(alone):
        figure.add_annotation(
            **_note("no value on scans", colours), x=place, y=1.01, yref="paper", xanchor="left", yanchor="bottom"
        )
    ticks = [tick / 50 for tick in range(50) if edge < tick / 50 <= float(both["scans"].max()) + 0.03]
    figure.update_xaxes(
        **quiet_axis(
            colours,
            range=[place - 0.008, float(both["scans"].max()) + 0.035],
            tickvals=ticks,
            ticktext=[f"{tick:.2f}" for tick in ticks],
            showgrid=True,
            title=axis_title("Spearman's ρ on deep mutational scans", colours),
            automargin=True,
        )
    )
    title = axis_title("AUROC on clinical labels", colours)
    figure.update_yaxes(**quiet_axis(colours, showgrid=True, tickformat=".2f", title=title, automargin=True))
    return figure


def _dots(rows: pd.DataFrame, across: list[float], group: str, colours: Palette, *, baseline: bool) -> go.Scatter:
    shown = mark(group, colours)
    return go.Scatter(
        x=across,
        y=rows["clinical"],
        mode="markers",
        marker={
            "symbol": BASELINE.symbol if baseline else shown.symbol,
            "color": colours.ink if baseline else shown.colour,
            "size": 12,
        },
        customdata=[(row.name, group, three(row.clinical), three(row.scans)) for row in rows.itertuples(index=False)],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>clinical AUROC %{customdata[2]}"
        "<br>scans ρ %{customdata[3]}<extra></extra>",
        cliponaxis=False,
    )


def _note(text: str, colours: Palette) -> dict[str, Any]:
    return {
        "text": text,
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _beside(rows: pd.DataFrame, colours: Palette) -> list[dict[str, Any]]:
    """Names at the left of their marks, the furthest at the right of its own, none over another."""
    last = rows["scans"].idxmax()
    left = rows.drop(index=last)
    heights = apart(list(left["clinical"]), _GAP)
    ink = {"font": {"family": FONT, "size": 12.5, "color": colours.ink}}
    found = [
        _note(_told(row), colours) | ink | {"x": row["scans"], "y": height, "xanchor": "right", "xshift": -10}
        for (_, row), height in zip(left.iterrows(), heights, strict=True)
    ]
    row = rows.loc[last]
    own = {"x": row["scans"], "y": row["clinical"], "xanchor": "left", "xshift": 10}
    return [*found, _note(_told(row), colours) | ink | own]


def _listed(rows: pd.DataFrame, place: float, colours: Palette) -> list[dict[str, Any]]:
    heights = apart(list(rows["clinical"]), _GAP)
    return [
        _note(_told(row), colours) | {"x": place + _LEADER[1], "y": height, "xanchor": "left", "xshift": 2}
        for (_, row), height in zip(rows.iterrows(), heights, strict=True)
    ]


def _told(row: pd.Series) -> str:
    return f"{row['name']} {three(row['clinical'])}"


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """The same heights, moved as little as it takes to lie at least `gap` from each other, in the same order."""
    order = np.argsort(-np.asarray(heights), kind="stable")
    groups: list[tuple[float, list[int]]] = []
    for place in order:
        groups.append((float(heights[place]), [int(place)]))
        while len(groups) > 1 and _bottom(groups[-2], gap) - _top(groups[-1], gap) < gap - 1e-12:
            (one, first), (two, second) = groups[-2:]
            middle = (one * len(first) + two * len(second)) / (len(first) + len(second))
            groups[-2:] = [(middle, first + second)]
    found = [0.0] * len(heights)
    for group in groups:
        for rank, place in enumerate(group[1]):
            found[place] = _top(group, gap) - rank * gap
    return found


def _top(group: tuple[float, list[int]], gap: float) -> float:
    return group[0] + gap * (len(group[1]) - 1) / 2


def _bottom(group: tuple[float, list[int]], gap: float) -> float:
    return group[0] - gap * (len(group[1]) - 1) / 2
