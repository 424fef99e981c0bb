"""Windows on a log axis: base pairs solid, tokens and other units hollow, a line where one is the other converted."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, axis_title, frame, quiet_axis
from dashboard.text import DASH, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.charts.palette import Palette

ROW = 19
SYMBOLS = {"bp": "circle", "tokens": "circle-open", "residues": "square-open", "genes": "triangle-up-open"}
"""The shape of each unit; only base pairs are solid."""
GLYPHS = {"bp": "●", "tokens": "○", "residues": "□", "genes": "△"}
_TICKS = {100: "100", 1e3: "1k", 1e4: "10k", 1e5: "100k", 1e6: "1M"}
_TOP, _LONGEST = 46, 30


def windows_chart(rows: pd.DataFrame, distances: pd.DataFrame, colours: Palette) -> go.Figure:
    """The figure; rows as `read_windows` gives them, top to bottom, with a heading before each section."""
    places, heads, last = _places(rows)
    figure = go.Figure()
    for distance in distances.itertuples():
        figure.add_shape(**_line(distance.bp, last, colours))
        figure.add_annotation(**_line_label(distance, colours))
    figure.add_trace(_joins(rows, places, colours))
    figure.add_trace(_ranges(rows, places, colours))
    for unit, symbol in SYMBOLS.items():
        figure.add_trace(_marks(rows, places, unit, symbol, colours))
    figure.add_trace(_converted(rows, places, colours))
    frame(figure, colours, height=int(last * ROW) + _TOP + 40, margin={"l": 8, "r": 8, "t": _TOP, "b": 34})
    figure.update_xaxes(
        **quiet_axis(
            colours,
            type="log",
            range=[1.95, 6.25],
            domain=[0.0, 0.74],
            tickvals=list(_TICKS),
            ticktext=list(_TICKS.values()),
            showgrid=True,
            title=axis_title("Length of the window, each in its own unit (log scale)", colours),
        )
    )
    _row_axis(figure, rows, places, heads, last, colours)
    figure.add_annotation(**_head("in its unit", 0.86, colours))
    figure.add_annotation(**_head("in bp", 1.0, colours))
    figure.update_layout(annotations=[*figure.layout.annotations, *_numbers(rows, places, colours)])
    return figure


def _places(rows: pd.DataFrame) -> tuple[list[float], list[tuple[float, str]], float]:
    """A place for every row, the headings with theirs, and the last place."""
    places, heads, y, section = [], [], 0.0, None
    for row in rows.itertuples():
        if row.section != section:
            y += 1.0 if section is None else 1.6
            heads.append((y, str(row.section)))
            section = row.section
        y += 1.0
        places.append(y)
    return places, heads, y + 0.8


def _row_axis(
    figure: go.Figure,
    rows: pd.DataFrame,
    places: Sequence[float],
    heads: Sequence[tuple[float, str]],
    last: float,
    colours: Palette,
) -> None:
    labels = [label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…" for label in rows["label"]]
    figure.update_yaxes(
        **quiet_axis(
            colours,
            range=[last, 0.3],
            tickvals=[*(y for y, _ in heads), *places],
            ticktext=[
                *(f"<b>{escape(head)}</b>" for _, head in heads),
                *(f"{escape(label, quote=False)}  " for label in labels),
            ],
            automargin=True,
            tickfont={"color": colours.ink, "size": 12},
        )
    )


def _line(bp: float, last: float, colours: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": bp,
        "x1": bp,
        "y0": 0.3,
        "y1": last,
        "line": {"color": colours.ink, "width": 1.2, "dash": "dash"},
        "layer": "below",
    }


def _line_label(distance: Any, colours: Palette) -> dict[str, Any]:
    # Two long labels over one axis: the one further right ends at its line, the other begins left of its own.
    return {
        "x": math.log10(distance.bp),  # annotations stand at the logarithm
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "right",
        "text": f"{escape(distance.label)} ┐",
        "showarrow": False,
        "font": {"family": FONT, "size": 11.5, "color": colours.ink},
        "yshift": 4 if distance.bp < 1e5 else 20,
    }


def _joins(rows: pd.DataFrame, places: Sequence[float], colours: Palette) -> go.Scatter:
    """From a window in tokens to the same in bp."""
    known = [
        (row.high, row.bp_high, y)
        for row, y in zip(rows.itertuples(), places, strict=True)
        if row.unit != "bp" and not pd.isna(row.bp_high) and row.bp_high != row.high
    ]
    return go.Scatter(
        x=[value for low, high, _ in known for value in (low, high, None)],
        y=[value for *_, y in known for value in (y, y, None)],
        mode="lines",
        line={"color": colours.muted, "width": 1.3},
        hoverinfo="skip",
    )


def _ranges(rows: pd.DataFrame, places: Sequence[float], colours: Palette) -> go.Scatter:
    """A range as a bar between its ends."""
    wide = [(row.low, row.high, y) for row, y in zip(rows.itertuples(), places, strict=True) if row.low != row.high]
    return go.Scatter(
        x=[value for low, high, _ in wide for value in (low, high, None)],
        y=[value for *_, y in wide for value in (y, y, None)],
        mode="lines",
        line={"color": colours.accent, "width": 5},
        opacity=0.55,
        hoverinfo="skip",
    )


def _marks(rows: pd.DataFrame, places: Sequence[float], unit: str, symbol: str, colours: Palette) -> go.Scatter:
    """The windows of one unit at the value that is stated, both ends of a range."""
    shown = [
        (value, y, _card(row))
        for row, y in zip(rows.itertuples(), places, strict=True)
        if row.unit == unit
        for value in dict.fromkeys((row.low, row.high))
    ]
    return go.Scatter(
        x=[value for value, *_ in shown],
        y=[y for _, y, _ in shown],
        mode="markers",
        name=unit,
        marker={"symbol": symbol, "size": 10, "color": colours.accent, "line": {"width": 1.8, "color": colours.accent}},
        customdata=[card for *_, card in shown],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    )


def _converted(rows: pd.DataFrame, places: Sequence[float], colours: Palette) -> go.Scatter:
    """What tokens come to in base pairs; small where it is the same number: the hollow mark stays in sight."""
    shown = [
        (row.bp_high, y, 5 if row.bp_high == row.high else 9, _card(row))
        for row, y in zip(rows.itertuples(), places, strict=True)
        if row.unit != "bp" and not pd.isna(row.bp_high)
    ]
    return go.Scatter(
        x=[bp for bp, *_ in shown],
        y=[y for _, y, *_ in shown],
        mode="markers",
        name="converted",
        marker={"symbol": "circle", "size": [size for _, _, size, _ in shown], "color": colours.accent, "opacity": 1},
        customdata=[card for *_, card in shown],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    )


def _card(row: Any) -> tuple[str, str, str]:
    window = f"{span(row.low, row.high)} {row.unit}"
    if row.unit != "bp":
        how = " (tokens times bp a token)" if row.computed else ""
        window += f" = {span(row.bp_low, row.bp_high)} bp{how}" if not pd.isna(row.bp_high) else ", bp not known"
    return (
        escape(listed(list(row.names), 8)),
        window,
        escape(str(row.note)) if isinstance(row.note, str) else row.section,
    )


def span(low: float, high: float) -> str:
    """A window, or both ends of a range; a dash where it is not known."""
    if pd.isna(high):
        return DASH
    return f"{high:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def _head(text: str, x: float, colours: Palette) -> dict[str, Any]:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": 1.0,
        "xanchor": "right",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _numbers(rows: pd.DataFrame, places: Sequence[float], colours: Palette) -> list[dict[str, Any]]:
    """The numbers at the right, a column for the unit and one for base pairs."""
    shown = []
    for row, y in zip(rows.itertuples(), places, strict=True):
        own = f"{span(row.low, row.high)} {row.unit} {GLYPHS[row.unit]}" if row.unit != "bp" else ""
        bp = DASH if pd.isna(row.bp_high) else f"{span(row.bp_low, row.bp_high)} ●"
        shown += [
            _head(text, x, colours) | {"y": y, "yref": "y", "yanchor": "middle", "font": _ink(colours)}
            for x, text in ((0.86, own), (1.0, bp))
            if text
        ]
    return shown


def _ink(colours: Palette) -> dict[str, Any]:
    return {"family": FONT, "size": 12, "color": colours.ink}
