"""Traces and shapes of a figure as series."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard.charts.palette import BASELINE, DARK, LIGHT, MARKS
from dashboard.export.arrays import each, plain, unseen
from dashboard.export.drawing import Band, Bars, CannotCarryError, Errors, Labels, Marker, Series, Stroke
from dashboard.export.rich import pieces, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashboard.export.drawing import Text
    from dashboard.export.pptx.scales import Reach

MOST_POINTS = 2_000
_MOST_ON_LINE = 400
_MOST_RUNS = 40
_POINTS_PER_PIXEL = 0.85
TEXT = 12.0
_NATIVE = {
    "circle": "circle",
    "square": "square",
    "diamond": "diamond",
    "triangle-up": "triangle",
    "cross": "plus",
    "x": "x",
    "star": "star",
    "hexagram": "star",
}
_GLYPHS = {mark.symbol: mark.glyph for mark in (*MARKS.values(), BASELINE)}
_DASHES = {"solid": "solid", "dot": "sysDot", "dash": "dash", "dashdot": "dashDot", "longdash": "lgDash"}
_SIDES = {"left": "l", "right": "r", "top": "t", "bottom": "b", "center": "ctr"}
_LIFTS = {"top": 1, "bottom": -1}
_LIFT = 0.045
"""Half of a line of text, in shares of the height: a text in a corner of its point is beside it and higher or lower."""
_GROUNDS = {LIGHT.ground, DARK.ground}
_TICK = 0.3
"""Half of the height of an upright tick, in rows."""


def series_of(trace: Any, named: Callable[[Any, str, str], str], ink: str) -> list[Series]:
    """A scatter trace as series, one for each style of its points.

    Args:
        trace: of a figure, with one x and one y axis.
        named: what a mark of a symbol and a colour of this trace means; empty where that is not known.
        ink: colour of text.

    Raises:
        CannotCarryError: it holds what native charts do not have.
    """
    if trace.fill not in {None, "none"} if hasattr(trace, "fill") else False:
        raise CannotCarryError("areas are filled in it")
    x, y = plain(trace.x), plain(trace.y)
    if len(x) > MOST_POINTS:
        raise CannotCarryError(f"it has {len(x):,} points")
    mode = trace.mode or ("lines+markers" if len(x) < 20 else "lines")
    found: list[Series] = []
    if "lines" in mode:
        found += _lines(trace, x, y, named)
    if "markers" in mode and not unseen(trace):
        found += _marked(trace, x, y, named)
    if "text" in mode:
        found += _texts(trace, x, y, ink)
    return found


def dash(value: str | None) -> str:
    """PowerPoint's word for a dash; lengths in px tell short from long."""
    if value in _DASHES or value is None:
        return _DASHES[value or "solid"]
    first = value.replace("px", "").replace("%", "").split(",")[0].strip()
    return "sysDash" if float(first or 3) < 5 else "dash"


def bars_of(trace: Any, rows: int) -> Bars:
    """A trace of level bars, one a row; places are whole numbers from 0."""
    if trace.orientation != "h" or trace.base is not None:
        raise CannotCarryError("its bars do not lie along rows")
    lengths: list[float | None] = [None] * rows
    texts = [""] * rows
    colours = [""] * rows
    given = each(trace.text, len(plain(trace.x)))
    tints = each(trace.marker.color, len(plain(trace.x)))
    for place, length, text, tint in zip(plain(trace.y), plain(trace.x), given, tints, strict=True):
        row = round(float(place))
        if not 0 <= row < rows:
            raise CannotCarryError("its bars do not lie along rows")
        lengths[row], texts[row], colours[row] = length, words(str(text or "")), str(tint or "#808080")
    known = [colour for colour in colours if colour]
    one = len(set(known)) == 1
    return Bars(
        trace.name or "",
        tuple(lengths),
        known[0] if known else "#808080",
        () if one else tuple(colours),
        tuple(texts) if any(texts) else (),
    )


def _pairs(x: list[Any], y: list[Any]) -> Iterator[list[tuple[float, float]]]:
    """Points between gaps."""
    run: list[tuple[float, float]] = []
    for one, other in zip(x, y, strict=True):
        if one is None or other is None:
            if run:
                yield run
            run = []
        else:
            run.append((_number(one), _number(other)))
    if run:
        yield run


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CannotCarryError("its axes are in words")
    return float(value)


def _lines(trace: Any, x: list[Any], y: list[Any], named: Callable[[Any, str, str], str]) -> list[Series]:
    colour = str(trace.line.color or trace.marker.color or "#808080")
    opacity = 1.0 if trace.opacity is None else float(trace.opacity)
    width = float(trace.line.width or 2) * _POINTS_PER_PIXEL
    stroke = Stroke(colour, width, dash(trace.line.dash), opacity)
    runs = list(_pairs(x, y))
    group = named(trace, "", colour)
    name = trace.name or group
    for axis, other in ((0, 1), (1, 0)):
        if len(runs) > 1 and all(len(run) == 2 and run[0][other] == run[1][other] for run in runs):
            return [_spans(runs, "xy"[axis], stroke, name)]
    if len(runs) > _MOST_RUNS:
        raise CannotCarryError(f"it has {len(runs)} separate lines")
    stepped = [_thinned(_stepped(run, trace.line.shape)) for run in runs]
    return [
        Series(name, tuple(p[0] for p in run), tuple(p[1] for p in run), line=stroke, group=group) for run in stepped
    ]


def _spans(runs: list[list[tuple[float, float]]], axis: str, stroke: Stroke, name: str) -> Series:
    """Separate straight lines along an axis as bars from their lower ends."""
    which = "xy".index(axis)
    starts = [min(run, key=lambda point: point[which]) for run in runs]
    lengths = tuple(abs(run[1][which] - run[0][which]) for run in runs)
    bars = Errors(axis, lengths, tuple(0.0 for _ in runs), stroke)
    return Series(name, tuple(p[0] for p in starts), tuple(p[1] for p in starts), errors=(bars,))


def _stepped(run: list[tuple[float, float]], shape: str | None) -> list[tuple[float, float]]:
    if shape not in {"hv", "vh", "hvh"}:
        return run
    found = run[:1]
    for (x0, y0), (x1, y1) in pairwise(run):
        if shape == "hv":
            found.append((x1, y0))
        elif shape == "vh":
            found.append((x0, y1))
        else:
            found += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)]
        found.append((x1, y1))
    return found


def _thinned(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = -(-len(run) // _MOST_ON_LINE)
    return run if step <= 1 else [*run[:-1:step], run[-1]]


def _marked(trace: Any, x: list[Any], y: list[Any], named: Callable[[Any, str, str], str]) -> list[Series]:
    n = len(x)
    marker = trace.marker
    styles = list(
        zip(
            each(marker.symbol, n),
            each(marker.color, n),
            each(marker.size, n),
            each(marker.line.color, n),
            each(marker.line.width, n),
            each(marker.opacity if marker.opacity is not None else trace.opacity, n),
            strict=True,
        )
    )
    bars = [_errors(trace.error_x, "x", n), _errors(trace.error_y, "y", n)]
    known = [place for place in range(n) if x[place] is not None and y[place] is not None]
    found = []
    for style in dict.fromkeys(styles[place] for place in known):
        symbol, colour, size, edge, edge_width, opacity = style
        if isinstance(colour, (int, float)):
            raise CannotCarryError("a scale of colours says what its marks are worth")
        mine = [place for place in known if styles[place] == style]
        shape = str(symbol or "circle")
        group = named(trace, shape, str(colour or ""))
        drawn = mark_of(shape, str(colour or edge or "#808080"), size, (edge, edge_width), opacity)
        found.append(
            Series(
                trace.name or group,
                tuple(_number(x[place]) for place in mine),
                tuple(_number(y[place]) for place in mine),
                marker=drawn,
                errors=(
                    *_upright(shape, str(colour or edge or "#808080"), len(mine)),
                    *(_some(bar, mine) for bar in bars if _any(bar, mine)),
                ),
                group=group,
            )
        )
    return found


def known_shape(symbol: str) -> bool:
    """Whether there is such a mark outside of Plotly."""
    shape = symbol.removesuffix("-open")
    return shape in _NATIVE or shape in _GLYPHS


def mark_of(symbol: str, colour: str, size: Any, edge: tuple[Any, Any], opacity: Any) -> Marker | None:
    """A mark as Plotly has it: a fill in the colour of the ground with an edge is a hollow mark.

    Raises:
        CannotCarryError: there is no such mark outside of Plotly.
    """
    shape, hollow = symbol.removesuffix("-open"), symbol.endswith("-open")
    if edge[0] and edge[1] and colour in _GROUNDS:
        colour, hollow = str(edge[0]), True
    if shape == "line-ns":
        return None
    native = _NATIVE.get(shape)
    if native is None and shape not in _GLYPHS:
        raise CannotCarryError(f"its marks have a shape of their own ({shape})")
    rim = None if hollow or not edge[1] else (str(edge[0] or colour), float(edge[1]) * _POINTS_PER_PIXEL)
    return Marker(
        native or "none",
        max(float(size or 8) * _POINTS_PER_PIXEL, 5.0),
        colour,
        hollow,
        1.0 if opacity is None else float(opacity),
        rim,
        "" if native else _GLYPHS[shape],
    )


def _upright(symbol: str, colour: str, n: int) -> tuple[Errors, ...]:
    """An upright tick where the figure has one: bars up and down."""
    if not symbol.startswith("line-ns"):
        return ()
    half = tuple(_TICK for _ in range(n))
    return (Errors("y", half, half, Stroke(colour, 2.0)),)


def _errors(bars: Any, axis: str, n: int) -> Errors | None:
    if bars.visible is False or bars.array is None:
        return None
    plus = [float(value or 0) for value in each(plain(bars.array), n)]
    minus = plus if bars.arrayminus is None else [float(value or 0) for value in each(plain(bars.arrayminus), n)]
    stroke = Stroke(str(bars.color or "#808080"), float(bars.thickness or 1.5) * _POINTS_PER_PIXEL)
    return Errors(axis, tuple(plus), tuple(minus), stroke)


def _any(bars: Errors | None, places: list[int]) -> bool:
    return bars is not None and any(bars.plus[place] or bars.minus[place] for place in places)


def _some(bars: Errors | None, places: list[int]) -> Errors:
    if bars is None:
        raise CannotCarryError("an interval has no length")
    return Errors(
        bars.axis,
        tuple(bars.plus[place] for place in places),
        tuple(bars.minus[place] for place in places),
        bars.stroke,
    )


def _texts(trace: Any, x: list[Any], y: list[Any], ink: str) -> list[Series]:
    n = len(x)
    texts, places = each(trace.text, n), each(trace.textposition, n)
    inks = each(trace.textfont.color, n)
    known = [place for place in range(n) if texts[place] and x[place] is not None and y[place] is not None]
    if not known:
        return []
    labels = Labels(
        tuple(_inked(str(texts[place]), inks[place], ink) for place in known),
        tuple(side(str(places[place] or "middle center")) for place in known),
        TEXT,
        ink,
    )
    across, up = tuple(_number(x[place]) for place in known), tuple(_number(y[place]) for place in known)
    lifts = [_LIFTS.get(str(places[place] or "").partition(" ")[0], 0) for place in known]
    step = _LIFT * (max(up) - min(up))
    return [
        Series(
            trace.name or "labels",
            across,
            tuple(y + lift * step for y, lift in zip(up, lifts, strict=True)),
            labels=labels,
        )
    ]


def _inked(text: str, colour: Any, ink: str) -> Text:
    found = pieces(text.strip())
    if not colour or colour == ink:
        return found
    return tuple(type(piece)(piece.text, piece.bold, piece.italic, piece.colour or str(colour)) for piece in found)


def side(position: str) -> str:
    """On which side of its point a text stands; a corner is to the side, where a line of text has room."""
    up, _, across = position.partition(" ")
    if across in {"left", "right"}:
        return _SIDES[across]
    return _SIDES.get(up, "ctr")


def shape_series(shape: Any, across: Reach, up: Reach) -> Series | Band:
    """A line or a tinted stretch drawn on the figure.

    Args:
        shape: of the layout.
        across: reach of the x axis.
        up: reach of the y axis.

    Raises:
        CannotCarryError: it is another shape.
    """
    x0, x1 = (across.at(value, shape.xref) for value in (shape.x0, shape.x1))
    y0, y1 = (up.at(value, shape.yref) for value in (shape.y0, shape.y1))
    alpha = 1.0 if shape.opacity is None else float(shape.opacity)
    if shape.type == "line":
        width = float(shape.line.width or 2) * _POINTS_PER_PIXEL
        stroke = Stroke(str(shape.line.color or "#808080"), width, dash(shape.line.dash), alpha)
        return Series("line", (x0, x1), (y0, y1), line=stroke)
    if shape.type != "rect" or not shape.fillcolor:
        raise CannotCarryError("shapes are drawn on it")
    if abs(x1 - x0) >= 0.98 * abs(across.high - across.low):
        return Band("y", min(y0, y1), max(y0, y1), str(shape.fillcolor), alpha)
    return Band("x", min(x0, x1), max(x0, x1), str(shape.fillcolor), alpha)
