"""A figure as native charts can carry it: series, axes, words beside rows. Lengths in points, places in data units."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.export.rich import Piece

Text = tuple[Piece, ...]
Number = float | None


class CannotCarryError(Exception):
    """No native chart shows this figure; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark: `symbol` is PowerPoint's word, or `glyph` a letter where it has none for the shape."""

    symbol: str
    size: float
    colour: str
    hollow: bool = False
    alpha: float = 1.0
    edge: tuple[str, float] | None = None
    glyph: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line; `dash` is PowerPoint's word."""

    colour: str
    width: float
    dash: str = "solid"
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Errors:
    """Bars from each point along an axis, x or y; lengths are never negative."""

    axis: str
    plus: tuple[float, ...]
    minus: tuple[float, ...]
    stroke: Stroke


@dataclass(frozen=True, slots=True)
class Labels:
    """A text at each point, on a side of it: l, r, t, b or ctr."""

    texts: tuple[Text, ...]
    sides: tuple[str, ...]
    size: float
    ink: str


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one style. `group` is what its marks mean, empty where that is not known."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    marker: Marker | None = None
    line: Stroke | None = None
    errors: tuple[Errors, ...] = ()
    labels: Labels | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A tinted stretch between two places of an axis, x or y, across the whole of the other."""

    axis: str
    low: float
    high: float
    colour: str
    alpha: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one style, one a row; `colours` and `texts` by row, or empty."""

    name: str
    lengths: tuple[Number, ...]
    colour: str
    colours: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis. `ticks` are (place, label) where its own numbers do not say it; `step` is 0 where it has those."""

    low: float
    high: float
    step: float = 0.0
    log: bool = False
    ticks: tuple[tuple[float, Text], ...] = ()
    shown: bool = True
    grid: bool = False
    title: str = ""
    format: str = "General"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of words beside the rows, with its heading."""

    heading: Text
    cells: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Corner:
    """Words on the plot: place in shares of it from the left and the bottom, and which of their edges is there."""

    text: Text
    x: float
    y: float
    align: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot.

    `rows` are the names of rows, from the top; else None. `place` are shares of the figure: left, top, width, height.
    """

    series: tuple[Series, ...]
    across: Scale
    up: Scale
    rows: tuple[Text, ...] | None = None
    bold: tuple[bool, ...] = ()
    columns: tuple[Column, ...] = ()
    bands: tuple[Band, ...] = ()
    bars: tuple[Bars, ...] = ()
    corners: tuple[Corner, ...] = ()
    above: tuple[Text, ...] = ()
    stacked: bool = False
    tiers: int = 0
    place: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
