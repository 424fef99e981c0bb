"""Residue x amino acid, in rows of residues as a text is: colours by what is asked for, every cell a target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dashboard.charts.palette import Palette
    from dashboard.queries.substitutions import Substitutions

GROUPS: dict[str, str] = {
    "GAVLIMC": "aliphatic or small",
    "FWY": "aromatic",
    "PSTNQ": "polar",
    "HKR": "positively charged",
    "DE": "negatively charged",
    "*": "stop",
}
"""Amino acids by what their side chains are like, from top to bottom."""
PAINTED: dict[str, str] = {
    "value": "measured value",
    "system": "percentile of {system}",
    "difference": "percentile of {system} minus that of the measured value",
}
PER_ROW = 90
"""Residues in one row of the map at most; rows are equally long."""
_CELL = 11.5
_BETWEEN = 34
_TARGET = 5
"""Smaller than a cell: of targets that overlap, Plotly takes the last instead of the nearest."""


def acids(cells: pd.DataFrame) -> list[str]:
    """Amino acids from top to bottom; a stop only where there are any."""
    letters = [letter for group in GROUPS for letter in group]
    return letters if (cells["residue_alt"] == "*").any() else letters[:-1]


def painted(cells: pd.DataFrame, paint: str) -> pd.Series:
    """What the colour of each cell says; missing where it is not known."""
    if paint == "value":
        return cells["value"]
    return cells["percentile"] if paint == "system" else cells["percentile"] - cells["measured"]


def substitutions_chart(
    shown: Substitutions, colours: Palette, *, paint: str, words: Mapping[int, str], item: str | None
) -> go.Figure:
    """The map; the target of an item carries (item_id, ...) as customdata.

    Args:
        shown: the stretch of the map.
        colours: of the ground.
        paint: a key of PAINTED.
        words: what label 0 and label 1 mean.
        item: id of the item that is looked at.
    """
    length = shown.last - shown.first + 1
    rows = math.ceil(length / PER_ROW)
    per_row = math.ceil(length / rows)
    letters = acids(shown.cells)
    one = len(letters) * _CELL
    inner = rows * one + (rows - 1) * _BETWEEN
    figure = go.Figure()
    frame(figure, colours, height=int(inner) + 60, margin={"l": 22, "r": 6, "t": 8, "b": 52})
    figure.update_layout(hovermode="closest", clickmode="event+select")
    for row in range(rows):
        top = 1 - row * (one + _BETWEEN) / inner
        _row(
            figure,
            shown,
            (shown.first + row * per_row, per_row),
            colours,
            paint=paint,
            words=words,
            letters=letters,
            domain=(max(0.0, top - one / inner), top),
            suffix=_suffix(row),
        )
    figure.data[0].update(showscale=True, colorbar=_scale_bar(colours, inner))
    _looked_at(figure, shown, (letters, per_row), item, colours)
    return figure


def _suffix(row: int) -> str:
    return "" if row == 0 else str(row + 1)


def _row(  # noqa: PLR0913 - one row of the map needs all that the map needs
    figure: go.Figure,
    shown: Substitutions,
    residues: tuple[int, int],
    colours: Palette,
    *,
    paint: str,
    words: Mapping[int, str],
    letters: list[str],
    domain: tuple[float, float],
    suffix: str,
) -> None:
    first, last = residues[0], residues[0] + residues[1] - 1
    cells = shown.cells[shown.cells["residue"].between(first, last) & shown.cells["residue_alt"].isin(letters)]
    wild = shown.wild_type[
        shown.wild_type["residue"].between(first, last) & shown.wild_type["residue_ref"].isin(letters)
    ]
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    figure.add_trace(_colours(cells, shown, colours, paint=paint, letters=letters, residues=residues, axes=axes))
    figure.add_trace(
        go.Scatter(
            x=[int(place) for place in wild["residue"]],
            y=[letters.index(letter) for letter in wild["residue_ref"]],
            mode="markers",
            marker={"symbol": "circle", "size": 4, "color": colours.ink},
            hovertext=[
                f"{letter}{place}: the protein as it is"
                for place, letter in zip(wild["residue"], wild["residue_ref"], strict=True)
            ],
            hoverinfo="text",
            **axes,
        )
    )
    figure.add_trace(_targets(cells, words, letters, axes))
    edges = [sum(map(len, list(GROUPS)[: i + 1])) - 0.5 for i in range(len(GROUPS))]
    for edge in edges:
        if edge < len(letters) - 1:
            figure.add_shape(
                type="line",
                xref=f"x{suffix} domain",
                yref=f"y{suffix}",
                x0=0,
                x1=1,
                y0=edge,
                y1=edge,
                line={"color": colours.muted, "width": 0.8},
            )
    figure.update_layout(
        {
            f"xaxis{suffix}": quiet_axis(
                colours, range=[first - 0.6, last + 0.6], dtick=10, tick0=0, anchor=f"y{suffix}"
            ),
            f"yaxis{suffix}": quiet_axis(
                colours,
                range=[len(letters) - 0.5, -0.5],
                tickvals=list(range(len(letters))),
                ticktext=letters,
                tickfont={"family": FONT, "size": 10, "color": colours.muted},
                domain=list(domain),
                anchor=f"x{suffix}",
            ),
        }
    )


def _domain(shown: Substitutions, paint: str) -> tuple[float, float]:
    return {"value": (shown.low, shown.high), "system": (0.0, 100.0), "difference": (-100.0, 100.0)}[paint]


def _scale(colours: Palette, paint: str) -> list[list[object]]:
    tones = colours.diverging if paint == "difference" else colours.sequential
    return [[index / (len(tones) - 1), tone] for index, tone in enumerate(tones)]


def _colours(
    cells: pd.DataFrame,
    shown: Substitutions,
    colours: Palette,
    *,
    paint: str,
    letters: list[str],
    residues: tuple[int, int],
    axes: Mapping[str, str],
) -> go.Heatmap:
    values = painted(cells, paint)
    grid: list[list[float | None]] = [[None] * residues[1] for _ in letters]
    for residue, letter, value in zip(cells["residue"], cells["residue_alt"], values, strict=True):
        if value == value:  # noqa: PLR0124 - NaN
            grid[letters.index(letter)][int(residue) - residues[0]] = round(float(value), 3)
    low, high = _domain(shown, paint)
    return go.Heatmap(
        x0=residues[0],
        dx=1,
        y0=0,
        dy=1,
        z=grid,
        zmin=low,
        zmax=high,
        colorscale=_scale(colours, paint),
        showscale=False,
        hoverinfo="skip",
        xgap=0.6,
        ygap=0.6,
        **axes,
    )


def _targets(cells: pd.DataFrame, words: Mapping[int, str], letters: list[str], axes: Mapping[str, str]) -> go.Scatter:
    """Invisible squares over the cells: Plotly heatmaps report no clicks, markers do."""
    hidden = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[int(place) for place in cells["residue"]],
        y=[letters.index(letter) for letter in cells["residue_alt"]],
        customdata=[
            (
                row.item_id,
                f"{row.residue_ref}{row.residue}{row.residue_alt}",
                _number(row.value, 2),
                _number(row.measured, 0),
                _number(row.percentile, 0),
                words.get(row.label, "no label"),
            )
            for row in cells.itertuples()
        ],
        mode="markers",
        marker={"symbol": "square", "size": _TARGET, "opacity": 0},
        selected=hidden,
        unselected=hidden,
        hovertemplate="<b>%{customdata[1]}</b> %{customdata[5]}<br>measured %{customdata[2]}, "
        "percentile %{customdata[3]}<br>system’s percentile %{customdata[4]}<extra></extra>",
        **axes,
    )


def _scale_bar(colours: Palette, inner: float) -> dict[str, object]:
    return {
        "orientation": "h",
        "thickness": 8,
        "len": 0.4,
        "x": 1,
        "xanchor": "right",
        "y": -24 / inner,
        "yanchor": "top",
        "outlinewidth": 0,
        "tickfont": {"size": 11, "color": colours.muted},
    }


def _number(value: float | None, digits: int) -> str:
    return "not known" if value is None or value != value else f"{value:.{digits}f}".replace("-", "−")  # noqa: PLR0124 - NaN


def _looked_at(
    figure: go.Figure, shown: Substitutions, grid: tuple[list[str], int], item: str | None, colours: Palette
) -> None:
    letters, per_row = grid
    here = shown.cells[(shown.cells["item_id"] == item) & shown.cells["residue_alt"].isin(letters)]
    for cell in here.itertuples():
        suffix = _suffix((cell.residue - shown.first) // per_row)
        level = letters.index(cell.residue_alt)
        figure.add_shape(
            type="rect",
            xref=f"x{suffix}",
            yref=f"y{suffix}",
            x0=cell.residue - 0.75,
            x1=cell.residue + 0.75,
            y0=level - 0.75,
            y1=level + 0.75,
            line={"color": colours.ink, "width": 2.4},
        )
