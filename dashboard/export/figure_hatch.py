"""Hatched bars as plain lines: printed, a pattern becomes one large picture for each bar."""

from __future__ import annotations

import math
from typing import Any

_LINES = (0.4, 0.8, 1.2, 1.6)
"""Where slanting lines cross a unit square, as the sum of their two coordinates."""


def with_lines(content: dict[str, Any]) -> dict[str, Any]:
    """The figure's plain values with slanting lines in the place of bars with a pattern, upright ones only."""
    traces = [_lines(trace) if _is_hatched(trace) else trace for trace in content["data"]]
    return {"data": traces, "layout": content["layout"]}


def _is_hatched(trace: dict[str, Any]) -> bool:
    has_pattern = bool(trace.get("marker", {}).get("pattern", {}).get("shape"))
    return trace["type"] == "bar" and trace.get("orientation") != "h" and has_pattern and bool(trace.get("base"))


def _lines(trace: dict[str, Any]) -> dict[str, Any]:
    width = float(trace.get("width") or 0.9)
    x: list[float | None] = []
    y: list[float | None] = []
    for centre, base, length in zip(trace["x"], trace["base"], trace["y"], strict=True):
        cells = max(1, math.floor(length + 0.2))
        for cell in range(cells):
            for total in _LINES:
                low, high = max(0.0, total - 1), min(1.0, total)
                x += [round(centre - width / 2 + width * low, 3), round(centre - width / 2 + width * high, 3), None]
                # The last cell of a bar is a gap shorter than one row.
                y += [round(base + cell + 0.9 * high, 3), round(base + cell + 0.9 * low, 3), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": trace["marker"]["pattern"].get("fgcolor"), "width": 1.2},
        "hoverinfo": "skip",
    }
