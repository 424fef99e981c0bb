"""The scoreboard of claims: one mark a claim, so that a row is a bar of counts, split by what the claim rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import DARK, OUTCOMES, Mark, Palette
from dashboard.queries.ledgers import BEATS, EVIDENCE, LOSES, MATCHES, MIXED, NONE
from dashboard.text import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_MARKS: dict[str, Mark] = {
    BEATS: OUTCOMES["PASS"],
    MATCHES: OUTCOMES["INCONCLUSIVE"],
    MIXED: Mark("#8A6500", "", "◐", "#E3B84E"),
    LOSES: OUTCOMES["FAIL"],
    NONE: Mark("#66707C", "circle-open", "○", "#98A2AE"),
}
_ROW = 25
_NARROWEST = 4.6
"""Places of a column at least, so that its heading has room."""
_GAP = 1.2
_WIDEST = 31
"""Places of a row at least, so that few columns are not drawn apart."""
_LONGEST = 34


def claim_mark(outcome: str, colours: Palette) -> Mark:
    """The mark of a claim's outcome on this ground."""
    found = _MARKS[outcome]
    return replace(found, colour=found.on_dark) if colours is DARK and found.on_dark else found


def ledgers_chart(judged: pd.DataFrame, families: Sequence[str], colours: Palette) -> go.Figure:
    """Claims as marks: a row a family, a column a kind of evidence, in the order of their outcomes.

    Args:
        judged: as from `weighed`; not empty.
        families: the rows, from the top.
        colours: the palette.
    """
    kinds = [kind for kind in EVIDENCE if kind in set(judged["evidence"])]
    ends, starts = 0.0, {}
    for kind in kinds:
        starts[kind] = ends
        ends += max(_NARROWEST, judged[judged["evidence"] == kind].groupby("task_family").size().max()) + _GAP
    within = judged.groupby(["task_family", "evidence"]).cumcount()
    place = {family: number for number, family in enumerate(families)}
    shown = judged.assign(
        x=judged["evidence"].map(starts) + within + 0.5, y=judged["task_family"].map(place).astype(float)
    )
    figure = go.Figure(
        data=[_marks(rows, str(outcome), colours) for outcome, rows in shown.groupby("outcome", sort=False)]
    )
    figure.update_xaxes(**quiet_axis(colours, range=[-0.3, max(ends - _GAP, _WIDEST) + 0.3], showticklabels=False))
    figure.update_yaxes(
        **quiet_axis(
            colours,
            tickvals=list(range(len(families))),
            ticktext=[f"{_short(capital(family))}  " for family in families],
            tickfont={"color": colours.ink, "size": 12.5},
            range=[len(families) - 0.4, -0.6],
            automargin=True,
            showgrid=True,
        )
    )
    figure.update_layout(annotations=[_heading(kind, starts[kind], colours) for kind in kinds])
    return frame(figure, colours, height=len(families) * _ROW + 56, margin={"l": 8, "r": 10, "t": 44, "b": 8})


def _marks(rows: pd.DataFrame, outcome: str, colours: Palette) -> go.Scatter:
    mark = claim_mark(outcome, colours)
    # Half filled is a letter: there is no such symbol.
    look: dict[str, object] = {
        "mode": "markers",
        "marker": {
            "color": mark.colour,
            "symbol": mark.symbol,
            "size": 12,
            "line": {"color": colours.ground, "width": 1},
        },
    }
    letter = {"mode": "text", "text": [mark.glyph] * len(rows), "textfont": {"size": 16, "color": mark.colour}}
    return go.Scatter(
        x=rows["x"],
        y=rows["y"],
        name=outcome,
        customdata=[(row.system, _wrapped(row.statement), f"{outcome}, {row.evidence}") for row in rows.itertuples()],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        cliponaxis=False,
        **(look if mark.symbol else letter),
    )


def _heading(kind: str, start: float, colours: Palette) -> dict[str, object]:
    return {
        "x": start,
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "align": "left",
        "text": kind.replace(" ", "<br>").replace("-reported", "-<br>reported"),
        "showarrow": False,
        "font": {"family": FONT, "size": 12, "color": colours.muted},
    }


def _short(family: str) -> str:
    return family if len(family) <= _LONGEST else f"{family[: _LONGEST - 1]}…"


def _wrapped(text: str, width: int = 60) -> str:
    lines = [""]
    for word in text.split():
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if len(lines[-1]) + len(word) < width else [*lines, word]
    return "<br>".join(lines)
