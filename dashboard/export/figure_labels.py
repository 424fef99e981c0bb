"""Labels of a figure that would run into each other once its letters have grown."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard.export.figure_values import axes
from dashboard.export.letter_widths import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 0.7
"""Between two labels in one line, in letters."""
_LEAST = 0.85
"""How far headings may shrink before they touch."""
_BESIDE = 0.85
"""Columns of a map that a note beside its rows may take."""
_SMALLEST_SHARE = 0.7
"""How far numbers may shrink in narrow cells."""
_SIDE = {"left": 0.0, "center": 0.5, "right": 1.0}


def kept_apart(content: dict[str, Any]) -> dict[str, Any]:
    """The figure with the labels of each line moved apart, its headings and numbers as small as fits."""
    left, right = plot_sides(content)
    layout = content["layout"] | _clear_of_columns(content, right - left)
    annotations = list(layout.get("annotations", []))
    lines: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, item in enumerate(annotations):
        if item.get("yref") == "paper" and not item.get("showarrow", True):
            lines[item.get("y"), item.get("yshift"), item.get("yanchor")].append(index)
    for line in lines.values():
        moves = _moves([_ends(annotations[index], content, left, right) for index in line], layout)
        for index, by in zip(line, moves, strict=True):
            item = annotations[index]
            annotations[index] = item | {"xshift": item.get("xshift", 0) + by}
    layout |= {"annotations": annotations}
    headed = {f"xaxis{name[1:]}": _headed(axis, right - left) for name, axis in axes({"layout": layout}, "x").items()}
    return {"data": _within_cells(content["data"], layout, right - left), "layout": layout | headed}


def _within_cells(traces: list[dict[str, Any]], layout: dict[str, Any], width: float) -> list[dict[str, Any]]:
    """Numbers in the cells of a map no wider than a cell; a column of side notes that has no room is left out."""
    bounds = layout.get("xaxis", {}).get("range")
    if not bounds or layout["xaxis"].get("type") == "log" or not any(trace["type"] == "heatmap" for trace in traces):
        return traces
    unit = width / abs(bounds[1] - bounds[0])
    found = (_fitted(trace, unit) if trace.get("mode") == "text" else trace for trace in traces)
    return [trace for trace in found if trace]


def _fitted(trace: dict[str, Any], unit: float) -> dict[str, Any] | None:
    size = trace.get("textfont", {}).get("size")
    if not isinstance(size, int | float) or not trace.get("text") or trace.get("textposition"):
        return trace
    widest = max(text_width(str(text), size) for text in trace["text"])
    places = sorted(set(trace["x"]))
    if len(places) == 1:
        return trace if widest <= _BESIDE * unit else None
    room = 0.97 * unit * min(second - first for first, second in pairwise(places))
    return trace | {"textfont": trace["textfont"] | {"size": size * min(1.0, max(_SMALLEST_SHARE, room / widest))}}


def _clear_of_columns(content: dict[str, Any], width: float) -> dict[str, Any]:
    """The x axis so short that it ends before texts that stand in columns right of it."""
    layout = content["layout"]
    axis = layout.get("xaxis", {})
    start, end = axis.get("domain") or (0, 1)
    columns = [item for item in layout.get("annotations", []) if item.get("xref") == "paper" and item.get("x", 0) > end]
    if end == 1 or not columns:
        return {}
    first = min(_ends(item, content, 0, width)[0] for item in columns)
    return {"xaxis": axis | {"domain": [start, min(end, max(0.3, first / width - 0.02))]}}


def plot_sides(content: dict[str, Any]) -> tuple[float, float]:
    """Where the plot begins and ends, in px from the left, with room for the names of its rows."""
    layout = content["layout"]
    margin = layout["margin"]
    named = [_label_width(axis, layout) for axis in axes(content, "y").values() if not axis.get("overlaying")]
    return max(margin["l"], *(8 + width for width in named), 0.0), layout["width"] - margin["r"]


def _label_width(axis: dict[str, Any], layout: dict[str, Any]) -> float:
    """Names of rows, or numbers; the title turned beside them."""
    if axis.get("visible") is False or axis.get("showticklabels") is False:
        return 0.0
    size = axis.get("tickfont", layout.get("font", {})).get("size", 12)
    texts = axis.get("ticktext") or ["0.000"]
    title = axis.get("title") or {}
    beside = 1.6 * title.get("font", {}).get("size", size) if title.get("text") else 0.0
    # Blanks at a name's end are drawn as distance, which the width of its letters leaves out.
    return float(max(text_width(text, size) for text in texts) + 0.6 * size + beside)


def _ends(item: dict[str, Any], content: dict[str, Any], left: float, right: float) -> tuple[float, float, float]:
    """First and last pixel of a label, and its size."""
    size = item.get("font", {}).get("size", content["layout"].get("font", {}).get("size", 12))
    share = _share(item, content)
    anchor = item.get("xanchor", "auto")
    if anchor == "auto":
        anchor = "center" if item.get("xref") != "paper" else ("left", "center", "right")[min(2, int(share * 3))]
    width = text_width(item["text"], size)
    start = left + share * (right - left) + item.get("xshift", 0) - _SIDE.get(anchor, 0.5) * width
    return start, start + width, size


def _share(item: dict[str, Any], content: dict[str, Any]) -> float:
    """Where along the plot a label stands."""
    place = float(item.get("x", 0.5))
    axis = axes(content, "x").get(item.get("xref", "x"), {})
    if item.get("xref") == "paper" or not axis.get("range"):
        return place
    if axis.get("type") == "log":
        # An annotation on such an axis gives its place as a logarithm already.
        place = place if place < 30 else math.log10(place)
    first, last = axis["range"]
    return float((place - first) / (last - first))


def _moves(ends: Sequence[tuple[float, float, float]], layout: dict[str, Any]) -> list[float]:
    """By how many px each label moves, so that none touches the next and none leaves the figure."""
    moves = [0.0] * len(ends)
    order = sorted(range(len(ends)), key=lambda index: ends[index][0] + ends[index][1])
    for _ in range(30):
        for first, second in pairwise(order):
            gap = _GAP * ends[second][2]
            over = ends[first][1] + moves[first] + gap - ends[second][0] - moves[second]
            if over > 0:
                moves[first] -= over / 2
                moves[second] += over / 2
        for index, (start, end, _) in enumerate(ends):
            moves[index] += max(0.0, 2 - start - moves[index]) - max(0.0, end + moves[index] - layout["width"] + 2)
    return [round(by, 1) for by in moves]


def _headed(axis: dict[str, Any], width: float) -> dict[str, Any]:
    """An axis whose level headings stand side by side."""
    texts, places, bounds = axis.get("ticktext"), axis.get("tickvals"), axis.get("range")
    if not texts or not places or not bounds or axis.get("tickangle") or axis.get("type") == "log" or len(places) < 2:
        return axis
    size = axis["tickfont"]["size"]
    start, end = axis.get("domain") or (0, 1)
    unit = width * (end - start) / abs(bounds[1] - bounds[0])
    found = sorted(zip(map(float, places), (text_width(text, size) for text in texts), strict=True))
    pairs = pairwise(found)
    tightest = min(2 * unit * (b - a) / (first + second + size) for (a, first), (b, second) in pairs)
    return axis | {"tickfont": axis["tickfont"] | {"size": size * min(1.0, max(_LEAST, tightest))}}
