"""Task by task: the share of models below, level with and above the baseline to beat, and how many they are."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import outcome_mark
from dashboard.text import OUTCOMES, interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.charts.palette import Palette

_ROW = 23
_SIDES = ("below", "level", "above")
_FIRST, _STEP = 1.09, 0.13
"""Where the columns of numbers stand, with the bars from 0 to 1."""


def standings_chart(rows: pd.DataFrame, colours: Palette, links: Mapping[str, str]) -> go.Figure:
    """One stacked bar a task, its name a link.

    Args:
        rows: of `read_standings`, each with at least one model that is known to be below, level or above.
        colours: of the theme.
        links: address of the page of each task.
    """
    places = np.arange(len(rows))
    judged = rows[list(_SIDES)].sum(axis=1)
    figure = go.Figure()
    for side in _SIDES:
        figure.add_trace(_bars(rows, side, judged, places, colours))
    for place, side in enumerate(_SIDES):
        figure.add_trace(_counts(rows, side, _FIRST + place * _STEP, places, colours))
    frame(figure, colours, height=len(rows) * _ROW + 44, margin={"l": 8, "r": 8, "t": 34, "b": 6})
    figure.update_layout(
        barmode="stack", annotations=[_heading(place, side, colours) for place, side in enumerate(_SIDES)]
    )
    figure.update_xaxes(**quiet_axis(colours, range=[0, _FIRST + len(_SIDES) * _STEP - 0.05], showticklabels=False))
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(places),
            ticktext=[_label(row, colours, links[row.task_id]) for row in rows.itertuples()],
            tickfont={"color": colours.ink, "size": 12.5},
            range=[len(rows) - 0.45, -0.55],
            automargin=True,
        )
    )
    return figure


def _bars(rows: pd.DataFrame, side: str, judged: pd.Series, places: np.ndarray, colours: Palette) -> go.Bar:
    return go.Bar(
        x=(rows[side] / judged).round(4),
        y=places,
        orientation="h",
        width=0.58,
        marker={"color": outcome_mark(side, colours).colour, "line": {"color": colours.ground, "width": 1}},
        customdata=[(row.label, _told(row, side)) for row in rows.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
    )


def _told(row: Any, side: str) -> str:
    n, judged = getattr(row, side), row.below + row.level + row.above
    bounds = "" if pd.isna(row.ci_low) else f" [{interval(row.ci_low, row.ci_high)}]"
    more = f"<br>{row.unknown} more without an interval or a difference" if row.unknown else ""
    beat = f"To beat: {row.baseline}, {row.metric} {three(row.value)}{bounds}"
    return f"{n} of {judged} models {OUTCOMES[side]}<br>{beat}{more}"


def _counts(rows: pd.DataFrame, side: str, x: float, places: np.ndarray, colours: Palette) -> go.Scatter:
    return go.Scatter(
        x=[x] * len(rows),
        y=places,
        mode="text",
        text=[str(n) for n in rows[side]],
        textfont={"family": FONT, "size": 12.5, "color": [colours.ink if n else colours.muted for n in rows[side]]},
        hoverinfo="skip",
    )


def _heading(place: int, side: str, colours: Palette) -> dict[str, object]:
    shown = outcome_mark(side, colours)
    word = "level" if side == "level" else OUTCOMES[side]
    return {
        "x": _FIRST + place * _STEP,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f'<span style="color:{shown.colour}">{shown.glyph}</span> {word}',
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.ink},
    }


def _label(row: Any, colours: Palette, link: str) -> str:
    bounds = "" if pd.isna(row.ci_low) else f" ({interval(row.ci_low, row.ci_high)})"
    name = row.label if len(row.label) <= 30 else f"{row.label[:29]}…"
    named = f'<a href="{escape(link)}" target="_self" style="color:inherit">{escape(name)}</a>'
    return f'{named}  <span style="color:{colours.muted}">{row.baseline} {three(row.value)}{bounds}</span>  '
