"""Values with their intervals under each other, next to the line of the baseline to beat, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.local_split.report.markup import element, shortened, text
from engine.local_split.report.words import CHANCE, NO_REASON, RANGE, interval, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.local_split.report.marks import Mark

_WIDTH, _RIGHT = 912, 700
_TOP, _LABELLED, _LINE, _GAP, _FOOT = 8, 34, 21, 7, 40
_LETTERS, _REASON = 36, 70
# Of a letter, nearly; the labels stand left of the plot and leave it what they do not need.
_LETTER, _BOLD, _NARROWEST = 6.7, 7.5, 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value in a forest, or the reason why `name` has none; `hollow` where it is not judged."""

    mark: Mark
    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None
    hollow: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A label with the values beside it, one line each; `strong` where it is what others are read against."""

    label: str
    points: Sequence[Point]
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The value that is drawn through: the baseline to beat."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """From values of a metric to places in a figure, whose ends are `start` and `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Where a value stands; one outside stands at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values from end to end, at most so many between the ends."""
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(one * step, 10) for one in range(first, last + 1)]


def forest(rows: Sequence[Row], metric: str, *, reference: Reference | None, described: str) -> str:
    """A figure of all rows on one axis; `described` is what it shows, for those who cannot see it."""
    scale = _scale(rows, metric, reference)
    tops = _tops(rows, _LABELLED if reference else _TOP)
    height = tops[-1] + _FOOT
    shown = [
        *_ground(scale, metric, tops[0], tops[-1]),
        *(_reference(scale, reference, tops[0], tops[-1]) if reference else ()),
        *(part for row, top in zip(rows, tops, strict=False) for part in _row(row, scale, top)),
    ]
    return element("svg", *shown, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=described)


def _tops(rows: Sequence[Row], first: int) -> list[int]:
    """Where each row begins, and where the last ends; rows of several lines stand apart."""
    gap = _GAP if any(len(row.points) > 1 for row in rows) else 0
    tops = [first]
    for row in rows:
        tops.append(tops[-1] + _LINE * max(1, len(row.points)) + gap)
    return tops


def _scale(rows: Sequence[Row], metric: str, reference: Reference | None) -> Scale:
    values = [one for row in rows for point in row.points for one in (point.value, point.low, point.high)]
    values += [reference.value, reference.low, reference.high] if reference else []
    known = [one for one in values if one is not None]
    least, most = RANGE.get(metric, (0.0, 1.0))
    low, high = (min(known), max(known)) if known else (least, most)
    room = max(0.02, 0.05 * (high - low))
    labels = [min(len(row.label), _LETTERS) * (_BOLD if row.strong else _LETTER) for row in rows]
    return Scale(max(least, low - room), min(most, high + room), max(_NARROWEST, 24 + max(labels, default=0)), _RIGHT)


def _ground(scale: Scale, metric: str, top: int, bottom: int) -> Iterator[str]:
    for tick in scale.ticks():
        x = f"{scale(tick):.1f}"
        yield element("line", x1=x, x2=x, y1=top - 4, y2=bottom, class_="grid")
        yield element("text", number(tick, 2), x=x, y=bottom + 16, text_anchor="middle", class_="quiet")
    yield element("text", text(metric), x=_RIGHT + 24, y=bottom + 16, class_="quiet")
    chance = CHANCE.get(metric)
    if chance is not None and scale.low < chance < scale.high:
        x = f"{scale(chance):.1f}"
        yield element("line", x1=x, x2=x, y1=top - 4, y2=bottom, class_="chance")
        yield element("text", "chance", x=x, y=bottom + 30, text_anchor="middle", class_="quiet")


def _reference(scale: Scale, reference: Reference, first: int, bottom: int) -> Iterator[str]:
    x, top = scale(reference.value), first - 8
    if reference.low is not None and reference.high is not None:
        low, high = scale(reference.low), scale(reference.high)
        yield element("rect", x=f"{low:.1f}", y=top, width=f"{high - low:.1f}", height=bottom - top, class_="band")
    yield element("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=top, y2=bottom, class_="reference")
    anchor = "start" if x < scale.start + 110 else "end" if x > _RIGHT - 110 else "middle"
    label = f"◆ {shortened(reference.name, _LETTERS)} {number(reference.value)}"
    yield element("text", text(label), x=f"{x:.1f}", y=top - 6, text_anchor=anchor, class_="strong")


def _row(row: Row, scale: Scale, top: int) -> Iterator[str]:
    label = shortened(row.label, _LETTERS)
    title = element("title", text(row.label)) if label != row.label else ""
    kind = "strong" if row.strong else None
    yield element("text", title, text(label), x=scale.start - 16, y=top + 15, text_anchor="end", class_=kind)
    for nth, point in enumerate(row.points):
        yield from _point(point, scale, top + nth * _LINE + _LINE / 2)


def _point(point: Point, scale: Scale, y: float) -> Iterator[str]:
    if point.value is None:
        reason = f"{point.name or 'none'}: {point.reason or NO_REASON}"
        label = shortened(reason, _REASON)
        yield element("text", element("title", text(reason)), text(label), x=scale.start, y=y + 4, class_="quiet")
        return
    if point.low is not None and point.high is not None:
        ends = {"x1": f"{scale(point.low):.1f}", "x2": f"{scale(point.high):.1f}", "y1": y, "y2": y}
        yield element("line", class_="whisker", stroke=point.mark.colour, **ends)
    yield point.mark.at(scale(point.value), y, hollow=point.hollow)
    bounds = element("tspan", interval(point.low, point.high) or "no interval", class_="quiet")
    yield element("text", f"{number(point.value)} ", bounds, x=_RIGHT + 24, y=y + 4)


def chunks(rows: Sequence[Row], lines: int) -> list[Sequence[Row]]:
    """Rows in pieces of about so many lines each, so that every piece fits on a sheet of paper."""
    starts, filled = [0], 0
    for nth, row in enumerate(rows):
        if filled and filled + len(row.points) > lines:
            starts.append(nth)
            filled = 0
        filled += len(row.points)
    return [rows[first:last] for first, last in pairwise([*starts, len(rows)])]
