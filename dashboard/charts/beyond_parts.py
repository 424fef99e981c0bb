"""Spearman by part of the scans: each cell holds its value, its colour says how far from the baseline to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import fill, readable_on
from dashboard.text import STRATUM_KINDS, difference, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette

_SPAN = 0.3
"""Difference at which a colour is full."""
_ROW = 26
BELOW = "▾"


def parts_chart(parts: pd.DataFrame, baseline_id: str, colours: Palette) -> go.Figure:
    """A row a system in the order given, a column a part, parts of one kind together.

    Args:
        parts: columns model_id, name, role, kind, part, n and value.
        baseline_id: whose value the colours start from.
        colours: the palette.
    """
    columns = list(dict.fromkeys(zip(parts["kind"], parts["part"], strict=True)))
    kinds = list(dict.fromkeys(parts["kind"]))
    across = {column: place + 0.35 * kinds.index(column[0]) for place, column in enumerate(columns)}
    down = {model: place for place, model in enumerate(dict.fromkeys(parts["model_id"]))}
    beat = parts[parts["model_id"] == baseline_id].set_index(["kind", "part"])["value"]
    leads = [row.value - beat[row.kind, row.part] for row in parts.itertuples()]
    fills = [fill(colours.diverging, 0.5 + lead / (2 * _SPAN)) for lead in leads]
    shown = parts.assign(
        x=[across[row.kind, row.part] for row in parts.itertuples()],
        y=[down[row.model_id] for row in parts.itertuples()],
        lead=leads,
        fill=fills,
    ).dropna(subset=["value"])
    figure = go.Figure(_cells(shown), layout={"shapes": [_tile(row) for row in shown.itertuples()]})
    bottom = len(down)
    frame(figure, colours, height=bottom * _ROW + 96, margin={"l": 8, "r": 8, "t": 84, "b": 8})
    names = parts.drop_duplicates("model_id")
    texts = [
        f"◆ <b>{row.name}</b>  " if row.role == "baseline" else f"{row.name}  " for row in names.itertuples(index=False)
    ]
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(bottom)),
            ticktext=texts,
            range=[bottom - 0.45, -0.55],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )
    sizes = parts.drop_duplicates(["kind", "part"]).set_index(["kind", "part"])["n"]
    figure.update_xaxes(
        **quiet_axis(
            colours,
            side="top",
            tickvals=list(across.values()),
            ticktext=[f"{part.replace(' ', '<br>')}<br>{_n(sizes[kind, part])}" for kind, part in columns],
            range=[-0.6, max(across.values()) + 0.6],
            tickangle=0,
            tickfont={"color": colours.muted, "size": 11.5},
        )
    )
    figure.update_layout(
        annotations=[_head(kind, [across[c] for c in columns if c[0] == kind], colours) for kind in kinds]
    )
    return figure


def _n(count: float | None) -> str:
    return "" if count is None or np.isnan(count) else f"n {int(count)}"


def _cells(shown: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=shown["x"],
        y=shown["y"],
        mode="text",
        text=[f"{three(row.value)}{' ' + BELOW if row.lead < 0 else ''}" for row in shown.itertuples()],
        textfont={"family": FONT, "size": 12, "color": [readable_on(colour) for colour in shown["fill"]]},
        customdata=[
            (row.name, row.part, three(row.value), difference(row.lead)) for row in shown.itertuples(index=False)
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}: ρ %{customdata[2]}"
        "<br>to the baseline to beat %{customdata[3]}<extra></extra>",
    )


def _tile(row: Any) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": row.x - 0.48,
        "x1": row.x + 0.48,
        "y0": row.y - 0.46,
        "y1": row.y + 0.46,
        "fillcolor": row.fill,
        "line": {"width": 0},
        "layer": "below",
    }


def _head(kind: str, places: list[float], colours: Palette) -> dict[str, Any]:
    return {
        "text": f"<b>{STRATUM_KINDS[kind]}</b>",
        "x": (places[0] + places[-1]) / 2,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 56,
        "showarrow": False,
        "font": {"family": FONT, "size": 12.5, "color": colours.ink},
    }
