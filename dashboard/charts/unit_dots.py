"""All systems on one perturbation or cell type: a dot each, and the baseline's value as a line through them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, by_role, frame, quiet_axis
from dashboard.charts.palette import BASELINE, CONTROL, mark
from dashboard.charts.unit_map import apart_words
from dashboard.text import METRICS, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts.palette import Palette
    from dashboard.queries.task_units import Units

_LONGEST = 44


def unit_rows(units: Units, item: str) -> pd.DataFrame:
    """Systems with a value of one perturbation or cell type, the best first: name, role, value and lead."""
    own = units.systems.assign(value=units.values[item], lead=units.leads[item]).dropna(subset=["value"])
    return own.sort_values("value", ascending=units.sign < 0, kind="stable")


def unit_dots(units: Units, item: str, groups: pd.Series, colours: Palette) -> go.Figure:
    """The systems with a value, the best on top.

    Args:
        units: the values.
        item: the perturbation or cell type.
        groups: by model_id, which group's mark a model has.
        colours: the palette.
    """
    rows = unit_rows(units, item)
    metric = METRICS[units.metric].name
    lower = " (lower is better)" if units.sign < 0 else ""
    low, high = float(rows["value"].min()), float(rows["value"].max())
    pad = max(0.02, 0.06 * (high - low))
    shapes, notes = [], []
    if units.to_beat in rows.index:
        at = float(rows.at[units.to_beat, "value"])
        shapes, notes = [_line(at, len(rows), colours)], [_said(rows.loc[units.to_beat], at, (low + high) / 2, colours)]
    figure = go.Figure(
        data=[_dots(units, rows, groups, metric, colours)],
        layout={
            "shapes": shapes,
            "annotations": notes,
            "xaxis": quiet_axis(
                colours, showgrid=True, range=[low - pad, high + pad], title=axis_title(f"{metric}{lower}", colours)
            ),
            "yaxis": quiet_axis(
                colours,
                tickvals=list(range(len(rows))),
                ticktext=[f"{by_role(row.name, row.role, _LONGEST)}  " for row in rows.itertuples()],
                tickfont={"color": colours.ink, "size": 12.5},
                range=[len(rows) - 0.4, -0.7],
                automargin=True,
            ),
        },
    )
    return frame(figure, colours, height=len(rows) * ROW + 78, margin={"l": 8, "r": 18, "t": 24, "b": 46})


def _dots(units: Units, rows: pd.DataFrame, groups: pd.Series, metric: str, colours: Palette) -> go.Scatter:
    marks = []
    for model, role in rows["role"].items():
        group = groups.get(model)
        of_model = mark(group if isinstance(group, str) else None, colours)
        marks.append({"baseline": BASELINE, "control": CONTROL}.get(role, of_model))
    tints = {"baseline": colours.ink, "control": colours.muted}
    return go.Scatter(
        x=rows["value"],
        y=list(range(len(rows))),
        mode="markers",
        marker={
            "symbol": [shown.symbol for shown in marks],
            "color": [tints.get(role, shown.colour) for role, shown in zip(rows["role"], marks, strict=True)],
            "size": [11 if role == "baseline" else 9 for role in rows["role"]],
            "opacity": 1,
        },
        customdata=[
            (model, escape(row.name, quote=False), f"{metric} {three(row.value)}", _apart(units, model, row.lead))
            for model, row in zip(rows.index, rows.itertuples(index=False), strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}%{customdata[3]}<extra></extra>",
        cliponaxis=False,
    )


def _apart(units: Units, model: str, lead: float) -> str:
    known = lead == lead and model != units.to_beat  # noqa: PLR0124 - NaN
    return f"<br>{apart_words(units, lead)}" if known else ""


def _line(at: float, rows: int, colours: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": -0.6,
        "y1": rows - 0.5,
        "line": {"color": colours.ink, "width": 1.8},
        "layer": "below",
    }


def _said(row: pd.Series, at: float, middle: float, colours: Palette) -> dict[str, Any]:
    """Name and value of the baseline, above its line and on the side where there is room."""
    return {
        "x": at,
        "xanchor": "right" if at > middle else "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 2,
        "text": f"<b>{escape(str(row['name']), quote=False)} {three(at)}</b>",
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.ink},
    }
