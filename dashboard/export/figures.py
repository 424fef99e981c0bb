"""Figures for a projector and for paper: a ground of their own, letters that can be read, rows that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard.charts.palette import DARK, LIGHT, Palette, palette
from dashboard.export.figure_hatch import with_lines
from dashboard.export.figure_labels import kept_apart
from dashboard.export.figure_rows import Rows, fitting, rows_of, with_rows
from dashboard.export.figure_scale import scaled, smallest_letters
from dashboard.export.figure_values import axes, plain
from dashboard.text import count

if TYPE_CHECKING:
    from dashboard.exhibits import Ground

FONT = 'Arial, "Liberation Sans", Helvetica, sans-serif'
"""On every machine, or metrically the same: a file is opened where the app's own fonts are not."""
_NATURAL_WIDTH = 860
"""Width in px for which figures are drawn on a page."""
_LARGEST = 2.0
"""How much larger than on the page a figure is drawn at most."""
_MOST_FOR_ROWS = 0.62
"""Share of a figure of several parts that its rows may take."""
_ONLY_FOR_HOVER = ("customdata", "hovertemplate", "hovertext", "selected", "unselected", "hoverinfo")


def for_slide(
    figure: go.Figure, ground: Ground, *, width: int, height: int, smallest: float, hover: bool = False
) -> go.Figure:
    """A copy that fills a place on a slide.

    Args:
        figure: as the page draws it.
        ground: of the slide; a figure drawn for the other ground keeps its own.
        width: of the place, in px.
        height: of the place, in px.
        smallest: size of the smallest letters, in px.
        hover: whether values are told under the pointer, where the file has one.
    """
    content = plain(figure)
    factor = _factor(content, width, height, smallest)
    content = _in_place(scaled(content, factor), factor, width, height)
    rows = rows_of(content)
    if rows:
        content = with_rows(content, rows, _kept(content, rows, height))
    content = kept_apart(with_lines(content))
    return go.Figure(_restyled(content, ground, hover=hover), skip_invalid=False)


def for_paper(figure: go.Figure, ground: Ground, *, width: int, smallest: float) -> go.Figure:
    """A copy of a width, as high as it has to be to show every row.

    Args:
        figure: as the page draws it.
        ground: of the paper.
        width: in px.
        smallest: size of the smallest letters, in px.
    """
    content = plain(figure)
    height = content["layout"].get("height") or 450
    factor = max(smallest / _letters(content), min(width / _natural_width(content), _LARGEST))
    content = _in_place(scaled(content, factor), factor, width, round(height * factor))
    content = kept_apart(with_lines(content))
    return go.Figure(_restyled(content, ground, hover=False), skip_invalid=False)


def rows_left_out(figure: go.Figure, height: int, smallest: float) -> str | None:
    """What `for_slide` leaves out at a height, as a sentence without its full stop; None where that is nothing."""
    content = plain(figure)
    if _is_drawing(content):
        share = height / content["layout"]["height"] * _letters(content) / smallest
        return None if share >= 1 else f"The upper {share:.0%} of the drawing; the link shows all of it"
    content = scaled(content, _factor(content, 10_000, height, smallest))
    content["layout"]["height"] = height
    rows = rows_of(content)
    kept = _kept(content, rows, height) if rows else ()
    if rows is None or len(kept) == len(rows.names):
        return None
    baselines = sum(rows.baselines[index] for index in kept)
    also = f" and {count(baselines, 'baseline')}" if baselines else ""
    return f"{len(kept)} of {len(rows.names)} rows: the first {len(kept) - baselines}{also}"


def own_palette(figure: go.Figure, ground: Ground) -> Palette:
    """The palette in which a figure is drawn: its ink tells; else that of the ground."""
    ink = str(figure.layout.font.color or "")
    return next((colours for colours in (LIGHT, DARK) if colours.ink == ink), palette(ground))


def _letters(content: dict[str, Any]) -> float:
    found = smallest_letters(content)
    return found if found < 100 else 12.0


def _natural_width(content: dict[str, Any]) -> float:
    return float(content["layout"].get("width") or _NATURAL_WIDTH)


def _factor(content: dict[str, Any], width: int, height: int, smallest: float) -> float:
    """As large as fits, at least so large that the smallest letters can be read."""
    natural = content["layout"].get("height") or 450
    fits = min(width / _natural_width(content), height / natural)
    return max(smallest / _letters(content), min(fits, _LARGEST))


def _is_drawing(content: dict[str, Any]) -> bool:
    """A figure whose coordinates are its pixels: nothing in it can move by itself."""
    bounds, height = content["layout"].get("yaxis", {}).get("range"), content["layout"].get("height")
    return bool(bounds and height and abs(abs(bounds[1] - bounds[0]) - height) < 1)


def _in_place(content: dict[str, Any], factor: float, width: int, height: int) -> dict[str, Any]:
    """The figure in the middle of its place where it has a width of its own, else filling it."""
    layout = content["layout"]
    own = layout.get("width")
    if _is_drawing(content):
        across, down = layout["xaxis"], layout["yaxis"]
        own = abs(across["range"][1] - across["range"][0])
        layout = layout | {"yaxis": down | {"range": [height / factor, 0]}}
    spare = max(0.0, (width - own * factor) / 2) if own else 0.0
    margin = {"l": 8, "r": 8, "t": 8, "b": 8} | layout.get("margin", {})
    margin |= {"l": margin["l"] + spare, "r": margin["r"] + spare}
    return {"data": content["data"], "layout": layout | {"width": width, "height": height, "margin": margin}}


def _kept(content: dict[str, Any], rows: Rows, height: int) -> tuple[int, ...]:
    """Rows that fit; where they are one part of several, that part may grow first."""
    layout = content["layout"]
    axis = layout[f"yaxis{rows.axis[1:]}"]
    letter = axis.get("tickfont", layout.get("font", {})).get("size", 12)
    margin = layout["margin"]
    free = height - margin.get("t", 0) - margin.get("b", 0)
    low, high = axis.get("domain") or (0, 1)
    if high - low < 1:
        share = min(rows.span * rows.height * letter / free, _MOST_FOR_ROWS)
        if share > high - low:
            _grow(content, rows.axis, share)
            low, high = 0, share
    return fitting(rows, free * (high - low), letter)


def _grow(content: dict[str, Any], name: str, share: float) -> None:
    """Give the lowest of two parts a share of the height, the other the rest."""
    for other, axis in axes(content, "y").items():
        if other == name:
            axis["domain"] = [0, share]
        elif axis.get("domain") and axis["domain"][0] > 0:
            axis["domain"] = [share + 0.04, 1]


def _restyled(content: dict[str, Any], ground: Ground, *, hover: bool) -> dict[str, Any]:
    layout = content["layout"]
    ink = layout.get("font", {}).get("color")
    colours = next((known for known in (LIGHT, DARK) if known.ink == ink), palette(ground))
    layout = _in_font(layout) | {"paper_bgcolor": colours.ground, "plot_bgcolor": colours.ground, "autosize": False}
    # What a page tells under the pointer is lost in print, and weighs more than the picture.
    layout |= {"hovermode": layout.get("hovermode", "closest") if hover else False, "dragmode": False}
    traces = [_in_font(trace) for trace in content["data"] if hover or not _is_target(trace)]
    return {"data": traces if hover else [_silent(trace) for trace in traces], "layout": layout}


def _is_target(trace: dict[str, Any]) -> bool:
    """Invisible marks that only catch clicks; without those on a further axis, Plotly would not draw that axis."""
    return bool(trace.get("marker", {}).get("opacity") == 0) and trace.get("yaxis", "y") == "y"


def _silent(trace: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trace.items() if name not in _ONLY_FOR_HOVER} | {"hoverinfo": "skip"}


def _in_font(content: Any) -> Any:
    if isinstance(content, list):
        return [_in_font(inner) for inner in content] if content and isinstance(content[0], dict) else content
    if not isinstance(content, dict):
        return content
    return {name: FONT if name == "family" else _in_font(value) for name, value in content.items()}
