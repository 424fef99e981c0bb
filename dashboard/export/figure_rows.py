"""Rows of a figure, named along its y axis: which of them fit a slide, and the figure with only those."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.export.figure_values import axes, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

LEADING = 1.28
"""Height of a row in letters: below this, lines touch."""
_BREAK = 0.35
"""Rows by which a place where rows were left out stands apart."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Named rows: `places` along the axis from the first to the last, and which of them are baselines.

    `height` is that of a row in letters, `padding` what the axis spans beyond its rows, in rows.
    """

    axis: str
    names: tuple[str, ...]
    places: tuple[float, ...]
    baselines: tuple[bool, ...]
    height: float
    padding: float

    @property
    def span(self) -> float:
        """Length of the axis, in rows."""
        return self.places[-1] - self.places[0] + self.padding


def rows_of(content: dict[str, Any]) -> Rows | None:
    """The rows of a figure, those of the axis that has most; None where no axis names rows one apart."""
    marked = _has_baselines(content)
    found = [rows for name, axis in axes(content, "y").items() if (rows := _rows(name, axis, marked=marked))]
    return max(found, key=lambda rows: len(rows.names), default=None)


def _has_baselines(content: dict[str, Any]) -> bool:
    """Baselines are diamonds in ink, and their names bold; without such marks, bold names are headings or summaries."""
    ink = content["layout"].get("font", {}).get("color")
    marks = [trace.get("marker", {}) for trace in content["data"]]
    return any("diamond" in _listed(mark.get("symbol")) and ink in _listed(mark.get("color")) for mark in marks)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rows(name: str, axis: dict[str, Any], *, marked: bool) -> Rows | None:
    places, texts, bounds = axis.get("tickvals"), axis.get("ticktext"), axis.get("range")
    if not places or not texts or not bounds or axis.get("overlaying") or len(places) < 2:
        return None
    ordered = sorted(zip(map(float, places), texts, strict=True))
    steps = np.diff([place for place, _ in ordered])
    if not 0.99 <= float(np.median(steps)) <= 1.01 or steps.min() < 0.5:
        return None
    inside = ordered[-1][0] - ordered[0][0]
    return Rows(
        axis=name,
        names=tuple(letters(text) for _, text in ordered),
        places=tuple(place for place, _ in ordered),
        baselines=tuple(marked and "<b>" in text for _, text in ordered),
        height=LEADING * max(text.count("<br>") + 1 for _, text in ordered),
        padding=abs(bounds[1] - bounds[0]) - inside,
    )


def fitting(rows: Rows, pixels: float, letter: float) -> tuple[int, ...]:
    """Indices of the rows that are kept: all where they fit, else the first ones and the baselines.

    Args:
        rows: the rows.
        pixels: the axis's length.
        letter: size of their names in px.
    """
    pitch = rows.height * letter
    if rows.span * pitch <= pixels:
        return tuple(range(len(rows.names)))
    # Left-out rows leave breaks, and a gap between baselines and models stays one.
    room = max(2, math.floor(pixels / pitch - rows.padding + 1 - 3 * _BREAK))
    baselines = [index for index, is_one in enumerate(rows.baselines) if is_one]
    kept = set(baselines[: max(1, room // 2)])
    others = (index for index in range(len(rows.names)) if not rows.baselines[index])
    return tuple(sorted(kept | {index for index, _ in zip(others, range(room - len(kept)), strict=False)}))


def with_rows(content: dict[str, Any], rows: Rows, kept: Sequence[int]) -> dict[str, Any]:
    """The figure's plain values with those rows only, moved together."""
    if len(kept) == len(rows.names):
        return content
    move = _Move(rows, kept)
    layout = content["layout"]
    shared = {rows.axis} | {name for name, axis in axes(content, "y").items() if axis.get("overlaying") == rows.axis}
    changed: dict[str, Any] = {f"yaxis{name[1:]}": _axis(layout[f"yaxis{name[1:]}"], move) for name in shared}
    for key, method in (("annotations", move.annotation), ("shapes", move.shape)):
        found = (method(item) if item.get("yref", "y") in shared else item for item in layout.get(key, []))
        changed |= {key: [item for item in found if item]}
    traces = [
        moved
        for trace in content["data"]
        for moved in (_trace(trace, move) if trace.get("yaxis", "y") in shared else [trace])
    ]
    return {"data": traces, "layout": layout | changed}


class _Move:
    """Where things on the old axis stand on the new one."""

    def __init__(self, rows: Rows, kept: Sequence[int]) -> None:
        self.old = np.array(rows.places)
        self.new: dict[int, float] = {}
        place = rows.places[0]
        for before, index in zip((None, *kept), kept, strict=False):
            if before is not None:
                gap = rows.places[index] - rows.places[index - 1]
                place += max(gap, 1 + _BREAK) if index - before > 1 else gap
            self.new[index] = place
        self.first, self.last = kept[0], kept[-1]

    def row(self, place: float) -> int:
        """The row that a place belongs to."""
        return int(np.abs(self.old - place).argmin())

    def point(self, place: float) -> float | None:
        """The new place; None where its row is left out."""
        if place < self.old[0] - 0.55:
            return self.new[self.first] + place - float(self.old[0])
        if place > self.old[-1] + 0.55:
            return self.new[self.last] + place - float(self.old[-1])
        row = self.row(place)
        return self.new[row] + place - float(self.old[row]) if row in self.new else None

    def stretch(self, low: float, high: float) -> tuple[float, float] | None:
        """The new ends of something that reaches over rows; None where all of them are left out."""
        inside = [index for index, place in enumerate(self.old) if low <= place <= high]
        kept = [index for index in inside if index in self.new]
        if not inside:
            middle = self.point((low + high) / 2)
            return None if middle is None else (middle - (high - low) / 2, middle + (high - low) / 2)
        if not kept:
            return None
        before, behind = float(self.old[inside[0]]) - low, high - float(self.old[inside[-1]])
        return self.new[kept[0]] - before, self.new[kept[-1]] + behind

    def annotation(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """A text with its row, or none."""
        place = self.point(float(item["y"]))
        return None if place is None else item | {"y": place}

    def shape(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """A shape over the rows that are left of those it was over, or none."""
        first, second = float(item["y0"]), float(item["y1"])
        ends = self.stretch(min(first, second), max(first, second))
        if ends is None:
            return None
        return item | dict(zip(("y0", "y1"), ends if first <= second else ends[::-1], strict=True))


def _axis(axis: dict[str, Any], move: _Move) -> dict[str, Any]:
    found = {}
    if axis.get("tickvals") and axis.get("ticktext"):
        ticks = [(move.row(place), text) for place, text in zip(axis["tickvals"], axis["ticktext"], strict=True)]
        ticks = [(row, text) for row, text in ticks if row in move.new]
        found = {"tickvals": [move.new[row] for row, _ in ticks], "ticktext": [text for _, text in ticks]}
    low, high = sorted(axis["range"])
    ends = (
        move.new[move.first] - (float(move.old[0]) - low),
        move.new[move.last] + (high - float(move.old[-1])),
    )
    return axis | found | {"range": list(ends if axis["range"][0] <= axis["range"][1] else ends[::-1])}


def _trace(trace: dict[str, Any], move: _Move) -> list[dict[str, Any]]:
    if trace["type"] == "heatmap":
        return _blocks(trace, move)
    if trace["type"] == "bar" and trace.get("orientation") != "h":
        return [_standing(trace, move)]
    places = [None if place is None else move.point(float(place)) for place in trace.get("y") or ()]
    keep = [index for index, place in enumerate(trace.get("y") or ()) if place is None or places[index] is not None]
    return [_only(trace, keep, len(places)) | {"y": [places[index] for index in keep]}]


def _only(content: dict[str, Any], keep: Sequence[int], length: int) -> dict[str, Any]:
    """Every list with one entry a point, with those of the points that are kept."""

    def picked(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return _only(value, keep, length)
        is_one = isinstance(value, list) and len(value) == length and name != "colorscale"
        return [value[index] for index in keep] if is_one else value

    return {name: picked(name, value) for name, value in content.items()}


def _blocks(trace: dict[str, Any], move: _Move) -> list[dict[str, Any]]:
    """A map in blocks without gaps: Plotly would stretch its cells over them."""
    found = trace.get("y")
    count = len(trace["z"])
    old = found or [trace.get("y0", 0) + trace.get("dy", 1) * index for index in range(count)]
    rows = [(index, move.new[row]) for index, place in enumerate(old) if (row := move.row(place)) in move.new]
    if not rows:
        return []
    cuts = np.flatnonzero(np.abs(np.diff([place for _, place in rows])) > 1.01) + 1
    rest = {name: value for name, value in trace.items() if name not in {"y", "z", "text", "customdata"}}
    per_row = [name for name in ("z", "text", "customdata") if isinstance(trace.get(name), list)]
    return [
        rest | {"y0": run[0][1], "dy": 1} | {name: [trace[name][index] for index, _ in run] for name in per_row}
        for run in (rows[start:end] for start, end in zip((0, *cuts), (*cuts, len(rows)), strict=True))
    ]


def _standing(trace: dict[str, Any], move: _Move) -> dict[str, Any]:
    """Upright bars that reach over rows, from their base on."""
    base = trace.get("base") or [0] * len(trace["y"])
    ends = [move.stretch(low, low + length) for low, length in zip(base, trace["y"], strict=True)]
    keep = [index for index, found in enumerate(ends) if found]
    bounds = [found for found in ends if found]
    return _only(trace, keep, len(ends)) | {
        "base": [low for low, _ in bounds],
        "y": [high - low for low, high in bounds],
    }
