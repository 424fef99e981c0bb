"""Whether a figure from a file is one that our charts could have made: nothing that loads, leads away or floods."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from dashboard.export.plain_values import SAFE_INTEGER
from engine.errors import one_line

LARGEST_FIGURE = 2_000_000
"""Bytes of a figure as JSON."""
TRACES = frozenset({"scatter", "scattergl", "bar", "heatmap"})
_MOST_TRACES = 300
_DEEPEST = 12
_LONGEST = 4_000
_LAYOUT = re.compile(
    r"[xy]axis\d{0,2}|title|font|template|margin|width|height|autosize|paper_bgcolor|plot_bgcolor|colorway|separators"
    r"|legend|showlegend|annotations|shapes|hovermode|hoverlabel|hoverdistance|dragmode|clickmode|selectdirection"
    r"|bar(mode|gap|groupgap|norm|cornerradius)|uniformtext|modebar|uirevision|coloraxis|scatter(mode|gap)|meta|grid"
)
_FORBIDDEN = frozenset({"images", "source", "src", "href", "url", "bdata", "transforms", "updatemenus", "sliders"})
_LINK = re.compile(r"<\s*a\b([^>]*)", re.IGNORECASE)
_HREF = re.compile(
    r"""\s*href\s*=\s*(["'])(https?://|/(?!/))[^"'\s<>\\]*\1(\s+target\s*=\s*(["'])_(blank|self)\4)?\s*""",
    re.IGNORECASE,
)
_TAG = re.compile(r"<\s*(?:/\s*)?([a-z][a-z0-9]*)", re.IGNORECASE)
_TAGS = frozenset({"a", "b", "br", "em", "extra", "i", "s", "span", "strong", "sub", "sup", "u"})
_ACTIVE = re.compile(r"(java|vb)script\s*:|data\s*:\s*text|\bon[a-z]+\s*=\s*[\"']|url\s*\(", re.IGNORECASE)


def faults(figure: dict[str, Any]) -> str | None:
    """Why a figure is refused, in a few words; None if nothing is wrong with it."""
    if too_much := _depth_or_values(figure):
        return too_much
    if len(json.dumps(figure, ensure_ascii=False).encode("utf-8", "replace")) > LARGEST_FIGURE:
        return f"it has more than {LARGEST_FIGURE // 1_000_000} MB"
    if unknown := set(figure) - {"data", "layout"}:
        return f"“{one_line(min(unknown), 40)}” has no place in it"
    data, layout = figure.get("data", []), figure.get("layout", {})
    if not isinstance(data, list) or not isinstance(layout, dict) or len(data) > _MOST_TRACES:
        return f"“data” is no list of at most {_MOST_TRACES} traces, or “layout” is no object"
    kinds = [str(trace.get("type")) if isinstance(trace, dict) else "none" for trace in data]
    if strange := next((kind for kind in kinds if kind not in TRACES), None):
        return f"a trace of type “{one_line(strange, 40)}” is not among {', '.join(sorted(TRACES))}"
    odd = [name for name in layout if not _LAYOUT.fullmatch(name)]
    return f"“layout.{one_line(odd[0], 40)}” has no place in it" if odd else None


def _depth_or_values(figure: dict[str, Any]) -> str | None:
    """The first fault found on the way down; without recursion, since a stranger decides how deep it goes."""
    waiting: list[tuple[Any, int]] = [(figure, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            return f"it is nested more than {_DEEPEST} deep"
        if isinstance(value, dict):
            if wrong := next((name for name in value if not isinstance(name, str) or name in _FORBIDDEN), None):
                return f"“{one_line(str(wrong), 40)}” has no place in it"
            waiting.extend((one, depth + 1) for one in value.values())
        elif isinstance(value, list):
            waiting.extend((one, depth + 1) for one in value)
        elif wrong := _fault_of(value):
            return wrong
    return None


def _fault_of(value: object) -> str | None:
    if isinstance(value, str):
        return _fault_of_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "a number in it is not finite"
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        return "a whole number in it is too large"
    return None if value is None or isinstance(value, bool | int | float) else "it holds something that JSON has not"


def _fault_of_text(text: str) -> str | None:
    if len(text) > _LONGEST:
        return f"a text in it has more than {_LONGEST:,} letters"
    if _ACTIVE.search(text):
        return "a text in it holds code"
    if any(tag.lower() not in _TAGS for tag in _TAG.findall(text)):
        return "a text in it holds markup that charts do not use"
    if any(not _HREF.fullmatch(link) for link in _LINK.findall(text)):
        return "a link in it is no plain address"
    return None
