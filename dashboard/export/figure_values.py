"""A figure as plain values, for writers that change it: lists instead of arrays, None instead of NaN."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.export.arrays import decoded

if TYPE_CHECKING:
    import plotly.graph_objects as go

# On a slide an address of the app leads nowhere.
_LINK = re.compile(r"</?a\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


def plain(figure: go.Figure) -> dict[str, Any]:
    """Its data and layout as JSON has them, without links in its texts; the figure itself stays as it is."""
    found = figure.to_dict()
    layout = {key: value for key, value in found["layout"].items() if key != "template"}
    return {"data": _plain(list(found["data"])), "layout": _plain(layout)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(decoded(value)) if "bdata" in value else {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return _LINK.sub("", value) if "<a" in value else value
    if isinstance(value, float | np.floating):
        # Nine digits are more than any screen shows and keep positions on a chromosome whole.
        return float(f"{value:.9g}") if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def letters(text: str) -> str:
    """What a reader sees of a text of a figure: no tags."""
    return _TAG.sub("", text).strip()


def axes(content: dict[str, Any], letter: str) -> dict[str, dict[str, Any]]:
    """Its x or y axes by their short names: "y", "y2"."""
    return {
        name.replace("axis", ""): axis for name, axis in content["layout"].items() if name.startswith(f"{letter}axis")
    }
