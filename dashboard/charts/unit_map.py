"""Systems by single perturbations or cell types: each cell holds its value, its colour how far from the baseline."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, by_role, frame, quiet_axis
from dashboard.charts.palette import fill, readable_on
from dashboard.text import METRICS, difference, three

if TYPE_CHECKING:
    from dashboard.charts.palette import Palette
    from dashboard.queries.task_units import Units

WORSE = "▾"
"""Behind a value that is worse than the baseline's: the colour is not alone in saying so."""
SPAN = {"L2": 1.0, "PearsonDelta": 0.5}
_SPAN = 0.3
_ROW = 26
_LONGEST = 44
_TILT = 38
_LETTER = 6.4
_WIDEST, _NAMES = 92, 250
FEW_COLUMNS = 10
"""Up to so many columns the map keeps its width instead of filling the page."""


def span_of(metric: str) -> float:
    """The lead at which a colour is full: of an error the share of the baseline's, else a difference."""
    return SPAN.get(metric, _SPAN)


def unit_map(units: Units, colours: Palette, *, chosen: str, told: dict[str, str]) -> go.Figure:
    """A row a system, the baseline first; a column a perturbation or cell type, the one looked at framed.

    A cell's invisible mark carries its perturbation or cell type as customdata.

    Args:
        units: the values.
        colours: the palette.
        chosen: the column that is looked at.
        told: by column, what its values rest on.
    """
    values, items = units.values.to_numpy(), units.items
    leads = units.leads.to_numpy()
    shares = np.clip(0.5 + leads / (2 * span_of(units.metric)), 0, 1)
    if units.to_beat is not None:
        shares[list(units.systems.index).index(units.to_beat)] = np.nan
    headings = [item if len(item) <= _LONGEST else f"{item[: _LONGEST - 1]}…" for item in items]
    # Tilted headings rise above the map and lean out of its right edge.
    top = 22 + int(max(map(len, headings)) * _LETTER * math.sin(math.radians(_TILT)))
    right = 16 + int(len(headings[-1]) * _LETTER * math.cos(math.radians(_TILT)))
    rows = range(len(values))
    figure = go.Figure(
        data=[
            _fills(shares, colours),
            *_hatches(values, colours),
            _numbers(values, leads, shares, colours),
            _targets(units, leads, told),
        ],
        layout={
            "clickmode": "event+select",
            "shapes": [_framed(items.index(chosen), colours)],
            "xaxis": quiet_axis(
                colours,
                side="top",
                tickvals=list(range(len(items))),
                ticktext=[f"<b>{head}</b>" if item == chosen else head for head, item in _escaped(headings, items)],
                tickangle=-_TILT,
                tickfont={"color": colours.ink, "size": 12},
                range=[-0.6, len(items) - 0.4],
            ),
            "yaxis": quiet_axis(
                colours,
                tickvals=list(rows),
                ticktext=[f"{by_role(row.name, row.role, _LONGEST)}  " for row in units.systems.itertuples()],
                tickfont={"color": colours.ink, "size": 12.5},
                range=[len(values) - 0.4, -0.6],
                automargin=True,
            ),
        },
    )
    frame(figure, colours, height=len(values) * _ROW + top + 12, margin={"l": 8, "r": right, "t": top, "b": 4})
    if len(items) <= FEW_COLUMNS:
        figure.update_layout(width=_NAMES + right + _WIDEST * len(items))
    return figure


def _escaped(headings: list[str], items: list[str]) -> list[tuple[str, str]]:
    return [(escape(head, quote=False), item) for head, item in zip(headings, items, strict=True)]


def _fills(shares: np.ndarray, colours: Palette) -> go.Heatmap:
    steps = len(colours.diverging) - 1
    return go.Heatmap(
        x0=0,
        dx=1,
        y0=0,
        dy=1,
        # None, not NaN: a cell without a colour is a hole in the map and in the JSON.
        z=[[None if np.isnan(share) else round(float(share), 3) for share in row] for row in shares],
        zmin=0,
        zmax=1,
        colorscale=[[index / steps, colour] for index, colour in enumerate(colours.diverging)],
        showscale=False,
        hoverinfo="skip",
        xgap=2,
        ygap=2,
    )


def _hatches(values: np.ndarray, colours: Palette) -> list[go.Bar]:
    """Lines across cells that have no value for a reason."""
    cells = np.argwhere(np.isnan(values)).tolist()
    if not cells:
        return []
    return [
        go.Bar(
            x=[column for _, column in cells],
            base=[row - 0.45 for row, _ in cells],
            y=[0.9] * len(cells),
            width=0.94,
            marker={
                "color": "rgba(0,0,0,0)",
                "line": {"width": 0},
                "pattern": {"shape": "/", "fgcolor": colours.hairline, "size": 7, "solidity": 0.22},
            },
            hoverinfo="skip",
        )
    ]


def _numbers(values: np.ndarray, leads: np.ndarray, shares: np.ndarray, colours: Palette) -> go.Scatter:
    down, across = np.indices(values.shape)
    return go.Scatter(
        x=across.ravel(),
        y=down.ravel(),
        mode="text",
        text=[
            "" if np.isnan(value) else f"{_two(value)}{f' {WORSE}' if lead < 0 else ''}"
            for value, lead in zip(values.ravel(), leads.ravel(), strict=True)
        ],
        textfont={
            "family": FONT,
            "size": 12,
            "color": [
                colours.ink if np.isnan(share) else readable_on(fill(colours.diverging, float(share)))
                for share in shares.ravel()
            ],
        },
        hoverinfo="skip",
    )


def _two(value: float) -> str:
    text = f"{abs(value):.2f}"
    return f"−{text}" if value < 0 and float(text) else text


def _targets(units: Units, leads: np.ndarray, told: dict[str, str]) -> go.Scatter:
    """Invisible squares over the cells: Plotly heatmaps report no clicks, markers do."""
    invisible = {"marker": {"opacity": 0}}
    down, across = np.indices(leads.shape)
    names = list(units.systems["name"])
    return go.Scatter(
        x=across.ravel(),
        y=down.ravel(),
        mode="markers",
        marker={"symbol": "square", "size": 24, "opacity": 0},
        selected=invisible,
        unselected=invisible,
        customdata=[
            (
                item,
                escape(names[row], quote=False),
                escape(item, quote=False),
                _card(units, row, item, float(leads[row, column])),
                escape(told.get(item, ""), quote=False),
            )
            for row in range(len(names))
            for column, item in enumerate(units.items)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}, %{customdata[4]}<br>%{customdata[3]}"
        "<extra></extra>",
    )


def _card(units: Units, row: int, item: str, lead: float) -> str:
    value = units.values[item].iloc[row]
    if np.isnan(value):
        return escape(f"no value: {units.reasons[item].iloc[row]}", quote=False)
    stated = f"{METRICS[units.metric].name} {three(value)}"
    if np.isnan(lead) or units.systems.index[row] == units.to_beat:
        return stated
    return f"{stated}, {apart_words(units, lead)}"


def apart_words(units: Units, lead: float) -> str:
    """How far a value is from the baseline's: '13 % less than Additive', '+0.021 to HVG + PCA'."""
    beat = escape(str(units.systems.at[units.to_beat, "name"]), quote=False)
    if units.sign < 0:
        return f"{abs(lead):.0%} {'less' if lead > 0 else 'more'} than {beat}".replace("%", " %")
    return f"{difference(lead)} to {beat}"


def _framed(column: int, colours: Palette) -> dict[str, Any]:
    """A frame around the column that is looked at: along the paper, so that no table takes it for a cell's own."""
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": colours.ink, "width": 1.8},
    }
