"""Items along a gene or protein: what a system says of each, its label as mark, its consequence in a lane below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.layout import axis_title, frame, quiet_axis
from dashboard.charts.palette import Palette, label_mark
from dashboard.queries.track import BINS, Axis, Track, axis
from dashboard.text import count, three

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_HEIGHT = 260
_LANE = 15
MOST_LANES = 10
_BELOW, _LEVEL = 58, 26
"""Room for words on the axis, leaning and level."""
_SHORT = 3
_WORDS = 20
"""Leaning words that fit side by side."""


def track_chart(
    track: Track, colours: Palette, *, words: Mapping[int, str], axis_words: str, item: str | None
) -> go.Figure:
    """The track; the mark of an item carries (item_id,) as customdata, that of a stretch (first, last, gene).

    Args:
        track: what is drawn; at least one row.
        colours: of the ground.
        words: what label 0 and label 1 mean.
        axis_words: what the height says.
        item: id of the item that is looked at.
    """
    return (
        _stretches(track.rows, colours, words, axis_words)
        if track.binned
        else _single(track.rows, colours, words, axis_words, item)
    )


def _single(
    rows: pd.DataFrame, colours: Palette, words: Mapping[int, str], axis_words: str, item: str | None
) -> go.Figure:
    across = axis(rows)
    figure = go.Figure()
    for label in (0, 1):
        mine = (rows["label"] == label).to_numpy()
        if mine.any():
            figure.add_trace(_marks(rows[mine], across.x[mine], label, colours, words))
    lanes = _lanes(rows)
    for row, name in enumerate(lanes):
        figure.add_trace(_lane(across.x[(rows["consequence"] == name).to_numpy()], row, colours))
    _framed(figure, colours, axis_words, lanes)
    _positions(figure, across, colours)
    here = rows["item_id"].to_numpy() == item
    if here.any():
        _pointed_at(figure, float(across.x[here][0]), float(rows["percentile"][here].iloc[0]), colours)
    return figure


def _marks(rows: pd.DataFrame, x: np.ndarray, label: int, colours: Palette, words: Mapping[int, str]) -> go.Scatter:
    shown = label_mark(label, colours)
    # A click dims the rest, were it not told to leave them.
    kept = {"marker": {"opacity": 0.72}}
    return go.Scatter(
        x=[round(float(place), 2) for place in x],
        y=[round(float(value), 2) for value in rows["percentile"]],
        customdata=_cards(rows, words[label]),
        mode="markers",
        name=words[label],
        marker={"symbol": shown.symbol, "size": 6 if label == 0 else 6.5, "color": shown.colour, "opacity": 0.72},
        selected=kept,
        unselected=kept,
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>percentile %{y:.1f}<extra></extra>",
    )


def _cards(rows: pd.DataFrame, word: str) -> list[tuple[str, str, str]]:
    found = []
    for row in rows.itertuples():
        told = [_known(row.gene), _known(row.protein_variant)]
        name = " ".join(part for part in told if part) or str(row.item_id)
        where = f"chr{row.chrom}:{row.place:,}" if _known(row.chrom) else f"position {row.place:,}"
        found.append((str(row.item_id), name, " · ".join(filter(None, (where, _known(row.consequence), word)))))
    return found


def _known(value: Any) -> str:
    """The word, or nothing where it is missing."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN


def _lanes(rows: pd.DataFrame) -> list[str]:
    """Consequences, the most frequent first, where there are a few."""
    names = list(rows["consequence"].value_counts().index)
    return [str(name) for name in names] if 2 <= len(names) <= MOST_LANES else []


def _lane(x: np.ndarray, row: int, colours: Palette) -> go.Scatter:
    places = np.unique(np.round(x, 2))
    return go.Scatter(
        x=places.tolist(),
        y=[row] * len(places),
        yaxis="y2",
        mode="markers",
        marker={"symbol": "line-ns", "size": 8, "line": {"width": 1.1, "color": colours.muted}, "color": colours.muted},
        hoverinfo="skip",
    )


def _framed(figure: go.Figure, colours: Palette, axis_words: str, lanes: list[str]) -> None:
    below = len(lanes) * _LANE + (10 if lanes else 0)
    inner = _HEIGHT + below
    frame(figure, colours, height=inner + _BELOW + 12, margin={"l": 8, "r": 12, "t": 12, "b": _BELOW})
    figure.update_layout(hovermode="closest", clickmode="event+select")
    figure.update_yaxes(
        **quiet_axis(
            colours,
            showgrid=True,
            range=[-3, 103],
            tickvals=[0, 25, 50, 75, 100],
            domain=[below / inner, 1],
            title=axis_title(axis_words, colours),
            automargin=True,
        )
    )
    if lanes:
        figure.update_layout(
            yaxis2=quiet_axis(
                colours,
                range=[len(lanes) - 0.4, -0.6],
                tickvals=list(range(len(lanes))),
                ticktext=[f"{name}  " for name in lanes],
                domain=[0, len(lanes) * _LANE / inner],
                anchor="x",
                automargin=True,
            )
        )


def _positions(figure: go.Figure, across: Axis, colours: Palette) -> None:
    width = float(across.x.max() - across.x.min()) or 1.0
    ticks: dict[str, Any] = {"tickformat": ","}
    if across.ticks or across.ranked:
        # Word on word cannot be read: only what has room is said, and what is long leans.
        leaning = max(map(len, across.words), default=0) > _SHORT
        kept = _apart(across.ticks, width / (_WORDS if leaning else 2 * _WORDS))
        ticks = {
            "tickvals": [across.ticks[index] for index in kept],
            "ticktext": [across.words[index] for index in kept],
            "tickangle": -38 if leaning else 0,
        }
    if ticks.get("tickangle", 0) == 0:
        figure.update_layout(height=figure.layout.height - _BELOW + _LEVEL, margin_b=_LEVEL)
    figure.update_xaxes(
        **quiet_axis(
            colours,
            range=[float(across.x.min()) - width * 0.012, float(across.x.max()) + width * 0.012],
            **ticks,
            anchor="free",
            position=0,
        )
    )
    for place in across.breaks:
        figure.add_shape(
            type="line",
            x0=place,
            x1=place,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": colours.hairline, "width": 1, "dash": "dot"},
        )


def _apart(places: list[float], least: float) -> list[int]:
    kept: list[int] = []
    for index, place in enumerate(places):
        if not kept or place - places[kept[-1]] >= least:
            kept.append(index)
    return kept


def _pointed_at(figure: go.Figure, x: float, y: float, colours: Palette) -> None:
    """A line and a ring: the item that is looked at."""
    figure.add_shape(
        type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line={"color": colours.ink, "width": 1}, layer="below"
    )
    figure.add_trace(
        go.Scatter(
            x=[x],
            y=[y],
            mode="markers",
            marker={"symbol": "circle-open", "size": 15, "color": colours.ink, "line": {"width": 2}},
            hoverinfo="skip",
        )
    )


def _stretches(rows: pd.DataFrame, colours: Palette, words: Mapping[int, str], axis_words: str) -> go.Figure:
    """Mean percentile of each label in each stretch."""
    figure = go.Figure()
    cards = _stretch_cards(rows, words)
    for label, column in ((0, "among_negative"), (1, "among_positive")):
        there = rows[column].notna().to_numpy()
        shown = label_mark(label, colours)
        kept = {"marker": {"opacity": 0.85}}
        figure.add_trace(
            go.Scatter(
                x=rows["bin"][there].astype(int).tolist(),
                y=[round(float(value), 2) for value in rows[column][there]],
                customdata=[card for card, drawn in zip(cards, there, strict=True) if drawn],
                mode="markers",
                name=words[label],
                marker={"symbol": shown.symbol, "size": 7, "color": shown.colour, "opacity": 0.85},
                selected=kept,
                unselected=kept,
                hovertemplate=f"<b>%{{customdata[3]}}</b><br>%{{customdata[4]}}<br>mean percentile of {words[label]}: "
                "%{y:.1f}<extra></extra>",
            )
        )
    _framed(figure, colours, f"mean {axis_words}", [])
    starts = [index for index in range(len(rows)) if index % max(1, len(rows) // 8) == 0]
    figure.update_xaxes(
        **quiet_axis(
            colours,
            range=[-2, BINS + 1],
            tickvals=[int(rows["bin"].iloc[index]) for index in starts],
            ticktext=[cards[index][3].split(" to ")[0] for index in starts],
            tickangle=-38,
            automargin=True,
        )
    )
    return figure


def _stretch_cards(rows: pd.DataFrame, words: Mapping[int, str]) -> list[tuple[str, str, str, str, str]]:
    """(first, last, gene, where, what) of each stretch; the first three are empty where it cannot be zoomed into."""
    found = []
    for row in rows.itertuples():
        gene, chrom = _known(row.gene) if row.one_gene else "", _known(row.chrom)
        single = bool(gene) or (bool(chrom) and row.one_chromosome)
        where = (
            f"chr{chrom}:{row.first:,}" if chrom else f"{_known(row.gene)} {row.first:,}" if gene else _known(row.gene)
        )
        if single:
            where += f" to {row.last:,}"
        told = f"{count(row.n, 'item')}, {three(row.positives / row.n)} of them {words[1]}"
        bounds = (str(row.first), str(row.last), gene) if single else ("", "", "")
        found.append((*bounds, where, told))
    return found
