"""Ranks as rows: the point, the interval that other tasks could give, tiers as bands; and ranks under several rules."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, ROW, axis_title, frame, quiet_axis
from dashboard.text import interval, three

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from dashboard.charts.palette import Palette

_LONGEST = 30
_HEADS = (("value", 66), ("tier", 46), ("P(best)", 58), ("P(top 3)", 58))
"""Columns at the right: heading and width in px."""
_TARGETS = 7
"""Points of a row that can be clicked."""


def ranks_chart(
    rows: pd.DataFrame, colours: Palette, *, value: str, metric: str, links: Mapping[str, str] | None = None
) -> go.Figure:
    """Systems by rank.

    Args:
        rows: best first, index model_id: name, role, value, rank; and, once they are known, value_low, value_high,
            rank_low, rank_high, p_best, p_top3, tier, separable_from_first, and `place` in the whole list, from 0.
        colours: the palette.
        value: heading of the values' column.
        metric: name of what is ranked, for the cards.
        links: address of each system's page by model_id.
    """
    figure = go.Figure()
    known = "rank_low" in rows
    places = np.arange(len(rows))
    if known:
        figure.update_layout(shapes=_bands(rows, colours))
    for role, colour in (("model", colours.accent), ("baseline", colours.ink)):
        chosen = (rows["role"] == role).to_numpy()
        if known:
            figure.add_trace(_spans(rows[chosen], places[chosen], colour))
        figure.add_trace(_points(rows[chosen], places[chosen], colour, colours, baseline=role == "baseline"))
    figure.add_trace(_targets(rows, metric))
    right = 26 + sum(width for _, width in _HEADS)
    frame(figure, colours, height=len(rows) * (ROW - 1) + 78, margin={"l": 8, "r": right, "t": 30, "b": 40})
    _rows_axis(figure, rows, colours, links)
    ends = rows[["rank_low", "rank_high"]] if known else rows[["rank", "rank"]]
    low, high = int(ends.iloc[:, 0].min()), int(ends.iloc[:, 1].max())
    room = max(0.6, (high - low) * 0.02)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            range=[low - room, high + room],
            tickvals=rank_marks(low, high),
            title=axis_title("Rank, 1 is best", colours),
        )
    )
    _columns(figure, rows, colours, value)
    return figure


def rank_marks(low: int, high: int) -> list[int]:
    """Whole ranks for an axis, the ends among them: 1, 5, 10, ..."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if (high - low) / step <= 11)
    inner = [mark for mark in range(step * (low // step + 1), high + 1, step) if mark - low > step * 0.45]
    return [low, *inner]


def _bands(rows: pd.DataFrame, colours: Palette) -> list[dict[str, Any]]:
    """Every second tier on a tinted ground, from edge to edge."""
    found = []
    place = 0
    for tier, members in groupby(rows["tier"].tolist()):
        length = len(list(members))
        if int(tier) % 2:
            found.append(
                {
                    "type": "rect",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": place - 0.5,
                    "y1": place + length - 0.5,
                    "fillcolor": colours.muted,
                    "opacity": 0.1,
                    "line": {"width": 0},
                    "layer": "below",
                }
            )
        place += length
    return found


def _spans(rows: pd.DataFrame, places: np.ndarray, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[end for row in rows.itertuples() for end in (int(row.rank_low), int(row.rank_high), None)],
        y=[end for place in places.tolist() for end in (place, place, None)],
        mode="lines",
        line={"color": colour, "width": 7},
        opacity=0.42,
        hoverinfo="skip",
    )


def _points(rows: pd.DataFrame, places: np.ndarray, colour: str, colours: Palette, *, baseline: bool) -> go.Scatter:
    return go.Scatter(
        x=rows["rank"],
        y=places,
        mode="markers",
        marker={
            "color": colour,
            "symbol": "diamond" if baseline else "circle",
            "size": 11 if baseline else 10,
            "opacity": 1,
            "line": {"color": colours.ground, "width": 1},
        },
        # A click on a row of the chart would fade all others.
        unselected={"marker": {"opacity": 1}},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _targets(rows: pd.DataFrame, metric: str) -> go.Scatter:
    """Invisible points along every interval: what is pointed at and clicked."""
    across: list[float] = []
    down: list[int] = []
    cards: list[tuple[str, ...]] = []
    for place, row in enumerate(rows.itertuples()):
        ends = (row.rank_low, row.rank_high) if hasattr(row, "rank_low") else (row.rank, row.rank)
        found = {float(row.rank), *np.linspace(float(ends[0]), float(ends[1]), _TARGETS).tolist()}
        card = (str(row.Index), *_card(row, metric))
        across += sorted(found)
        down += [place] * len(found)
        cards += [card] * len(found)
    return go.Scatter(
        x=across,
        y=down,
        mode="markers",
        marker={"size": 18, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=cards,
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        cliponaxis=False,
    )


def _card(row: Any, metric: str) -> tuple[str, str, str]:
    name = escape(row.name, quote=False)
    if not hasattr(row, "rank_low"):
        return name, f"rank {row.rank}", f"{metric} {three(row.value)}"
    ranks = f"rank {row.rank}, 95 % interval {int(row.rank_low)} to {int(row.rank_high)}, tier {row.tier}"
    value = f"{metric} {three(row.value)} [{interval(row.value_low, row.value_high)}]"
    return (
        name,
        ranks,
        f"{value}<br>first in {percent(row.p_best)} of draws, among the first three in {percent(row.p_top3)}",
    )


def percent(share: float) -> str:
    """A share of draws: 0.734 -> '73 %', 0.0005 -> '<1 %', 0 -> '0'."""
    if share <= 0:
        return "0"
    if share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


def _rows_axis(figure: go.Figure, rows: pd.DataFrame, colours: Palette, links: Mapping[str, str] | None = None) -> None:
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(rows))),
            ticktext=[_label(row, (links or {}).get(str(row.Index))) for row in rows.itertuples()],
            range=[len(rows) - 0.45, -0.6],
            tickfont={"color": colours.ink, "size": 12.5},
            automargin=True,
        )
    )


def _label(row: Any, link: str | None) -> str:
    short = escape(row.name if len(row.name) <= _LONGEST else f"{row.name[: _LONGEST - 1]}…", quote=False)
    styled = f"<b>{short}</b>" if row.role == "baseline" else short
    return f'<a href="{escape(link)}" target="_self" style="color:inherit">{styled}</a>  ' if link else f"{styled}  "


def _columns(figure: go.Figure, rows: pd.DataFrame, colours: Palette, value: str) -> None:
    """Numbers at the right, as tick labels of further axes: text in step with the rows, quick to draw."""
    known = "rank_low" in rows
    cells = {
        "value": [three(found) for found in rows["value"]],
        "tier": _tiers(rows) if known else [],
        "P(best)": [percent(found) for found in rows["p_best"]] if known else [],
        "P(top 3)": [percent(found) for found in rows["p_top3"]] if known else [],
    }
    texts = [(value if name == "value" else name, width, cells[name] or ["…"] * len(rows)) for name, width in _HEADS]
    right_columns(figure, texts, colours)


def _tiers(rows: pd.DataFrame) -> list[str]:
    """The tier, with a sign where the first one's lead may be chance."""
    level = ~rows["separable_from_first"] & (rows["place"] > 0)
    return [f"{tier} ≈" if same else str(tier) for tier, same in zip(rows["tier"], level, strict=True)]


def right_columns(figure: go.Figure, columns: Sequence[tuple[str, int, Sequence[str]]], colours: Palette) -> None:
    """Columns of text beside a chart of rows: heading, width in px, and a text for each row."""
    shift = 14
    layout: dict[str, Any] = {"annotations": []}
    for number, (head, width, texts) in enumerate(columns, start=2):
        layout[f"yaxis{number}"] = quiet_axis(
            colours,
            overlaying="y",
            side="right",
            anchor="free",
            position=1,
            shift=shift,
            tickvals=list(range(len(texts))),
            ticktext=list(texts),
            range=figure.layout.yaxis.range,
            tickfont={"color": colours.ink, "size": 12},
        )
        layout["annotations"].append(
            {
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": shift,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": 2,
                "text": head,
                "showarrow": False,
                "font": {"family": FONT, "size": 11.5, "color": colours.muted},
            }
        )
        shift += width
    # An axis without a trace is not drawn.
    unseen = {"x": [1], "y": [0], "marker": {"opacity": 0}, "hoverinfo": "skip"}
    figure.add_traces([go.Scatter(yaxis=f"y{number}", **unseen) for number in range(2, 2 + len(columns))])
    figure.update_layout(layout)


def rank_dots(rows: pd.DataFrame, series: Mapping[str, str], colours: Palette) -> go.Figure:
    """Ranks of the same systems under several rules or regimes, a row each.

    Args:
        rows: index model_id: name, role, and a column of ranks for each series.
        series: name of each column; the first is drawn hollow, the last filled, those between them small.
        colours: the palette.
    """
    figure = go.Figure()
    places = np.arange(len(rows))
    columns = list(series)
    lowest, highest = rows[columns].min(axis=1), rows[columns].max(axis=1)
    figure.add_trace(
        go.Scatter(
            x=[end for low, high in zip(lowest, highest, strict=True) for end in (int(low), int(high), None)],
            y=[end for place in places.tolist() for end in (place, place, None)],
            mode="lines",
            line={"color": colours.hairline, "width": 4},
            hoverinfo="skip",
        )
    )
    for number, (column, label) in enumerate(series.items()):
        figure.add_trace(_marks(rows, column, label, _symbol(number, len(columns)), colours))
    high = int(highest.max())
    frame(figure, colours, height=len(rows) * ROW + 84, margin={"l": 8, "r": 118, "t": 34, "b": 40})
    _rows_axis(figure, rows, colours)
    room = max(0.6, high * 0.02)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            range=[1 - room, high + room],
            tickvals=rank_marks(1, high),
            title=axis_title("Rank, 1 is best", colours),
        )
    )
    texts = [" → ".join(str(int(rank)) for rank in ranks) for ranks in rows[columns].to_numpy().tolist()]
    right_columns(figure, [("rank", 100, texts)], colours)
    return figure


def _symbol(number: int, of: int) -> tuple[str, int]:
    if number == 0:
        return "circle-open", 11
    return ("circle", 10) if number == of - 1 else ("diamond", 8)


def _marks(rows: pd.DataFrame, column: str, label: str, symbol: tuple[str, int], colours: Palette) -> go.Scatter:
    return go.Scatter(
        x=rows[column],
        y=np.arange(len(rows)),
        mode="markers",
        marker={
            "symbol": symbol[0],
            "size": symbol[1],
            "color": colours.muted if symbol[0] == "diamond" else colours.accent,
            "line": {"width": 2 if symbol[0].endswith("open") else 0},
        },
        customdata=[(escape(row.name, quote=False), label) for row in rows.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}: rank %{x}<extra></extra>",
        cliponaxis=False,
    )
