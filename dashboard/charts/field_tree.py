"""The family tree: families branch off the trunk, lines off families, and each line ends in its systems."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import FONT, frame, quiet_axis
from dashboard.charts.palette import fill
from dashboard.text import ACCESS, three

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.charts.palette import Palette

# The plot's inner pixels at the narrower screen: a wider one only spreads them.
WIDTH, LINE_HEIGHT, GAP, TOP = 880, 27, 9, 8
_TRUNK, _JOINT, _FAMILY, _LINE, _MARKS = 4, 16, 30, 182, 268
_LETTER, _LONGEST, _REST = 6.5, 19, 44
_BLANK, _BLANK_WIDTH = "\u2002", 6
LINES = 33
"""How many lines of marks are drawn: beyond that a line ends in the number of those not drawn."""
_FAINTEST_RING = 0.3
"""Share of the scale below which a ring, being thin, is drawn no lighter."""
UNKNOWN_SIZE = 9
"""Diameter in px of a system whose size is not stated."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a family: its systems on one or more lines, (model_id, x of the mark's left), and who is not drawn."""

    stem: str
    family: str
    line: str
    lines: list[list[tuple[str, float]]]
    rest: list[str]


def diameter(parameters: float) -> float:
    """Of a mark, in px: its area grows with the square root of the parameters, else the small ones would vanish."""
    return UNKNOWN_SIZE if pd.isna(parameters) else min(max(5.0, 26.0 * (parameters / 4e10) ** 0.25), 28.0)


def lay_out(branches: Sequence[tuple[str, str, str, pd.DataFrame]], lines: int = LINES) -> list[Row]:
    """Each branch on one line; what is left goes to those that still hide a measured system, then to any."""
    given = [1] * len(branches)
    rows = [_packed(branch, 1) for branch in branches]
    for measured in (True, False):
        while sum(given) < lines:
            wanting = [n for n, row in enumerate(rows) if _hides(row, branches[n][3], measured=measured)]
            if not wanting:
                break
            chosen = min(wanting, key=lambda n: (given[n], n))
            given[chosen] += 1
            rows[chosen] = _packed(branches[chosen], given[chosen])
    return rows


def _hides(row: Row, members: pd.DataFrame, *, measured: bool) -> bool:
    return bool(row.rest) and (not measured or bool(members.loc[row.rest, "value"].notna().any()))


def _packed(branch: tuple[str, str, str, pd.DataFrame], lines: int) -> Row:
    stem, family, line, members = branch
    placed: list[list[tuple[str, float]]] = [[]]
    x = float(_MARKS)
    ids = [str(model) for model in members.index]
    for number, row in enumerate(members.itertuples()):
        width = _width(row.name, row.parameters, row.role)
        # The last line keeps room for the number of those that follow.
        last = len(placed) == lines and number < len(ids) - 1
        if x + width > WIDTH - (_REST if last else 0):
            if len(placed) == lines:
                return Row(stem, family, line, placed, ids[number:])
            placed.append([])
            x = float(_MARKS)
        placed[-1].append((ids[number], x))
        x += width
    return Row(stem, family, line, placed, [])


def _width(name: str, parameters: float, role: str) -> float:
    letter = _LETTER + (1.2 if role == "baseline" else 0)  # these are bold
    return diameter(parameters) + 8 + letter * len(short(name)) + 10


def short(name: str) -> str:
    """A name as it stands on the tree."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def tree_chart(
    rows: Sequence[Row],
    systems: pd.DataFrame,
    colours: Palette,
    *,
    domain: tuple[float, float],
    measure: str,
    links: Mapping[str, str],
) -> go.Figure:
    """The tree as a figure.

    Args:
        rows: as `lay_out` gives them.
        systems: by model_id, with name, role, family, line, architecture, parameters, sizes, access_kind and value.
        colours: of the theme.
        domain: values at the ends of the colour scale.
        measure: what the value is, in words.
        links: address of a system's page, where it has one.
    """
    tops, height = _tops(rows)
    figure = go.Figure()
    figure.add_trace(_edges(rows, tops, colours))
    figure.add_trace(_labels(rows, tops, colours))
    placed = [
        (systems.loc[model], model, x, top + LINE_HEIGHT * number)
        for row, top in zip(rows, tops, strict=True)
        for number, line in enumerate(row.lines)
        for model, x in line
    ]
    figure.add_trace(_marks(placed, colours, domain=domain, measure=measure))
    figure.add_trace(_rests(rows, tops, systems, colours))
    figure.update_layout(annotations=[_name(one, colours, measure=measure, link=links.get(one[1])) for one in placed])
    frame(figure, colours, height=int(height), margin={"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_xaxes(**quiet_axis(colours, range=[0, WIDTH], visible=False))
    figure.update_yaxes(**quiet_axis(colours, range=[height, 0], visible=False))
    return figure


def _tops(rows: Sequence[Row]) -> tuple[list[float], float]:
    """Middle of the first line of each row, and the height of all."""
    tops, y, stem = [], float(TOP), None
    for row in rows:
        y += GAP if stem not in {None, row.stem} else 0
        stem = row.stem
        tops.append(y + LINE_HEIGHT / 2)
        y += LINE_HEIGHT * len(row.lines)
    return tops, y + TOP


_Stroke = tuple[float, float, float, float]


def _edges(rows: Sequence[Row], tops: Sequence[float], colours: Palette) -> go.Scatter:
    """Trunk to stems, stems to families, families to lines."""
    stems: dict[str, list[float]] = {}
    families: dict[str, list[float]] = {}
    for row, y in zip(rows, tops, strict=True):
        if row.family not in families:
            stems.setdefault(row.stem, []).append(y)
        families.setdefault(row.family, []).append(y)
    strokes = _fork(_TRUNK, _TRUNK, _JOINT, [ys[0] for ys in stems.values()])
    for ys in stems.values():
        strokes += _fork(_JOINT, _JOINT, _FAMILY - 3, ys)
    for ys in families.values():
        strokes += _fork(_LINE - 20, _LINE - 12, _LINE - 4, ys)
    return go.Scatter(
        x=[value for x0, _, x1, _ in strokes for value in (x0, x1, None)],
        y=[value for _, y0, _, y1 in strokes for value in (y0, y1, None)],
        mode="lines",
        line={"color": colours.muted, "width": 1.2},
        hoverinfo="skip",
    )


def _fork(start: float, joint: float, end: float, ys: Sequence[float]) -> list[_Stroke]:
    """From `start` to a joint beside the first, down to the last, and from there to each."""
    return [(start, ys[0], joint, ys[0]), (joint, ys[0], joint, ys[-1]), *((joint, y, end, y) for y in ys)]


def _labels(rows: Sequence[Row], tops: Sequence[float], colours: Palette) -> go.Scatter:
    """The name of each family at its first line, of each line at its own; hover says which stem that is."""
    found: list[tuple[float, float, str, str, str]] = []
    for number, (row, y) in enumerate(zip(rows, tops, strict=True)):
        told = " → ".join(dict.fromkeys((row.stem, row.family, row.line)))
        if number == 0 or rows[number - 1].family != row.family:
            found.append((_FAMILY, y, f"<b>{escape(row.family)}</b>", colours.ink, escape(told)))
        found.append((_LINE, y, escape(row.line), colours.muted, escape(told)))
    return go.Scatter(
        x=[x for x, *_ in found],
        y=[y for _, y, *_ in found],
        text=[text for _, _, text, _, _ in found],
        mode="text",
        textposition="middle right",
        textfont={"family": FONT, "size": 12.5, "color": [colour for _, _, _, colour, _ in found]},
        hovertext=[told for *_, told in found],
        hovertemplate="%{hovertext}<extra></extra>",
    )


_Placed = tuple[pd.Series, str, float, float]


def _marks(placed: Sequence[_Placed], colours: Palette, *, domain: tuple[float, float], measure: str) -> go.Scatter:
    low, high = domain
    fills, lines, widths = [], [], []
    for row, *_ in placed:
        known = not pd.isna(row["value"])
        hollow = pd.isna(row["parameters"])
        share = (row["value"] - low) / (high - low)
        share = max(share, _FAINTEST_RING) if hollow else share
        colour = fill(colours.sequential, share) if known else colours.hairline
        fills.append("rgba(0,0,0,0)" if hollow else colour)
        lines.append((colour if known else colours.muted) if hollow else colours.muted)
        widths.append(3.0 if hollow and known else 1.0)
    return go.Scatter(
        x=[x + diameter(row["parameters"]) / 2 for row, _, x, _ in placed],
        y=[y for *_, y in placed],
        mode="markers",
        marker={
            "size": [diameter(row["parameters"]) for row, *_ in placed],
            "color": fills,
            "symbol": ["diamond" if row["role"] == "baseline" else "circle" for row, *_ in placed],
            "line": {"color": lines, "width": widths},
            "opacity": 1,
        },
        customdata=[[model, *_card(row, measure)] for row, model, *_ in placed],
        hovertemplate=(
            "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>"
        ),
    )


def _card(row: pd.Series, measure: str) -> tuple[str, str, str, str]:
    what = " · ".join(str(part) for part in (row["role"], row["architecture"]) if not pd.isna(part))
    access = ACCESS.get(row["access_kind"], "access not stated")
    sizes = "size not stated" if pd.isna(row["parameters"]) else f"{row['sizes']} parameters"
    value = "not measured on all of this suite" if pd.isna(row["value"]) else f"{measure} {three(row['value'])}"
    return escape(row["name"]), escape(what), escape(f"{sizes} · {access}"), escape(value)


def _name(placed: _Placed, colours: Palette, *, measure: str, link: str | None) -> dict[str, Any]:
    """The name beside a mark. It begins with blanks over the mark, so that both lead to the system's page."""
    row, model, x, y = placed
    text = escape(short(row["name"]), quote=False)
    text = f"<b>{text}</b>" if row["role"] == "baseline" else text
    text = _BLANK * math.ceil((diameter(row["parameters"]) + 4) / _BLANK_WIDTH) + text
    if link:
        text = f'<a href="{escape(link)}" target="_self" style="color:inherit">{text}</a>'
    name, *told = _card(row, measure)
    return {
        "name": model,
        "x": x,
        "y": y,
        "text": text,
        "hovertext": "<br>".join((f"<b>{name}</b>", *told)),
        "captureevents": True,
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "borderpad": 0,
        "font": {"family": FONT, "size": 12, "color": colours.ink if pd.notna(row["value"]) else colours.muted},
    }


def _rests(rows: Sequence[Row], tops: Sequence[float], systems: pd.DataFrame, colours: Palette) -> go.Scatter:
    """How many systems of a line are not drawn; hover names them."""
    shown = [(row, top + LINE_HEIGHT * (len(row.lines) - 1)) for row, top in zip(rows, tops, strict=True) if row.rest]
    names = [list(systems.loc[row.rest, "name"]) for row, _ in shown]
    return go.Scatter(
        x=[WIDTH - _REST / 2] * len(shown),
        y=[y for _, y in shown],
        mode="text",
        text=[f"<b>+{len(row.rest)}</b>" for row, _ in shown],
        textfont={"family": FONT, "size": 12.5, "color": colours.accent},
        hovertext=[_in_lines(found) for found in names],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _in_lines(names: list[str], most: int = 24, a_line: int = 4) -> str:
    shown = [escape(name) for name in names[:most]] + ([f"and {len(names) - most} more"] if len(names) > most else [])
    return "<br>".join(", ".join(shown[start : start + a_line]) for start in range(0, len(shown), a_line))
