"""Every length of a figure that is given in pixels, by a factor: letters, marks, lines, shifts and margins alike."""

from __future__ import annotations

import re
from typing import Any

_PIXELS = re.compile(r"(\d+(?:\.\d+)?)px")
_EVERYWHERE = {"xshift", "yshift", "shift", "standoff", "ticklen", "tickwidth", "gridwidth", "borderwidth", "borderpad"}
_EVERYWHERE |= {"xgap", "ygap", "arrowwidth", "zerolinewidth", "linewidth"}
_OF_MARGIN = {"l", "r", "t", "b", "pad"}
_FONTS = {"font", "textfont", "tickfont", "insidetextfont", "outsidetextfont"}
_OF = {
    "size": _FONTS | {"marker", "pattern"},
    # The width of a bar is one of data, not of pixels.
    "width": {"line", "error_x", "error_y"},
    "thickness": {"error_x", "error_y"},
}


def scaled(content: Any, factor: float, parent: str = "") -> Any:
    """The figure's plain values with its lengths times the factor; `layout.width` and `height` stay."""
    if isinstance(content, list):
        return [scaled(inner, factor, parent) for inner in content]
    if not isinstance(content, dict):
        return content
    return {name: _value(name, value, factor, parent) for name, value in content.items()}


def _value(name: str, value: Any, factor: float, parent: str) -> Any:
    if name in _EVERYWHERE or parent in _OF.get(name, ()) or (parent == "margin" and name in _OF_MARGIN):
        return _times(value, factor)
    if name == "dash" and isinstance(value, str) and "px" in value:
        return _PIXELS.sub(lambda found: f"{float(found[1]) * factor:.1f}px", value)
    return scaled(value, factor, name)


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_times(inner, factor) for inner in value]
    return round(value * factor, 2) if isinstance(value, int | float) else value


def smallest_letters(content: Any, parent: str = "") -> float:
    """The size in px of the smallest text that stands in the figure; hover texts do not."""
    if isinstance(content, list):
        return min((smallest_letters(inner, parent) for inner in content), default=float("inf"))
    if not isinstance(content, dict):
        return float("inf")
    found = [smallest_letters(value, name) for name, value in content.items() if name != "hoverlabel"]
    if parent in _FONTS and "size" in content:
        size = content["size"]
        found += size if isinstance(size, list) else [size]
    return min(found, default=float("inf"))
