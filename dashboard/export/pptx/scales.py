"""Axes of a figure as axes of a native chart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dashboard.export.arrays import plain
from dashboard.export.drawing import Scale
from dashboard.export.rich import Piece, pieces, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERVALS = 6
_NEAR = 0.15
"""Share of a step by which an axis may begin beside one of its own marks."""


def scale(axis: Any, values: Sequence[float]) -> Scale:
    """The axis; `values` are what is drawn along it, in data units."""
    log = axis.type == "log"
    low, high = _ends(axis, values, log=log)
    marks, texts = plain(axis.tickvals), plain(axis.ticktext)
    title = words(str(axis.title.text or ""))
    shown = axis.showticklabels is not False and axis.visible is not False
    if log or (texts and not _numeric(texts)):
        named = zip(marks, texts, strict=False) if texts else ((mark, f"{mark:g}") for mark in _decades(low, high))
        ticks = tuple((float(mark), pieces(str(text))) for mark, text in named if low <= float(mark) <= high)
        return Scale(low, high, 0.0, log, ticks, shown, bool(axis.showgrid), title)
    step = _even(marks) or _nice((high - low) / _INTERVALS)
    low, high = _on_marks(low, high, step, values)
    return Scale(low, high, step, log, (), shown, bool(axis.showgrid), title, _format(axis.tickformat, step))


@dataclass(frozen=True, slots=True)
class Reach:
    """From where to where an axis goes, in data units.

    A figure places shapes and words on a log axis in logarithms.
    """

    low: float
    high: float
    log: bool = False

    def at(self, value: Any, ref: str | None) -> float:
        """The place of a shape's end or of a word: in data units, whatever the figure gives."""
        place = float(value)
        if ref != "paper" and not (ref or "").endswith("domain"):
            return 10**place if self.log else place
        return self.low * (self.high / self.low) ** place if self.log else self.low + place * (self.high - self.low)


def reach_of(axis: Any, values: Sequence[float]) -> Reach:
    """The reach of an axis as the figure draws it; `values` are what is drawn along it."""
    log = axis.type == "log"
    return Reach(*_ends(axis, values, log=log), log)


def _ends(axis: Any, values: Sequence[float], *, log: bool) -> tuple[float, float]:
    given = plain(axis.range)
    if len(given) == 2 and None not in given:
        low, high = sorted(float(end) for end in given)
        return (10**low, 10**high) if log else (low, high)
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if log:
        return low / 1.3, high * 1.3
    room = 0.06 * (high - low) or 0.5
    if axis.rangemode == "tozero":
        return min(low, 0.0), max(high + room, 0.0)
    return low - room, high + room


def narrowed(given: Scale, values: Sequence[float]) -> Scale:
    """The axis for some of the rows alone; no wider than it was."""
    if given.log or given.ticks or not values:
        return given
    room = 0.04 * (max(values) - min(values))
    low, high = max(given.low, min(values) - room), min(given.high, max(values) + room)
    if high <= low:
        return given
    step = _nice((high - low) / _INTERVALS)
    low, high = _on_marks(low, high, step, values)
    shape = given.format if "%" in given.format else _format(None, step)
    return replace(given, low=low, high=high, step=step, format=shape)


def _numeric(texts: list[Any]) -> bool:
    return all(_is_number(words(str(text))) for text in texts if str(text).strip())


def _is_number(text: str) -> bool:
    try:
        float(text.replace("−", "-").replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True


def _decades(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def _even(marks: list[Any]) -> float:
    """The distance of given marks, 0 where they are not evenly spaced."""
    places = [float(mark) for mark in marks if isinstance(mark, (int, float))]
    gaps = {round(after - before, 9) for before, after in pairwise(places)}
    return gaps.pop() if len(gaps) == 1 else 0.0


def _nice(step: float) -> float:
    """The next larger of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= step * 0.999)


def _on_marks(low: float, high: float, step: float, values: Sequence[float]) -> tuple[float, float]:
    """Ends on marks of the axis: PowerPoint counts its marks from the lower end. Nothing drawn is cut off."""
    first = math.floor(low / step + _NEAR) * step
    last = math.ceil(high / step - _NEAR) * step
    known = [value for value in values if math.isfinite(value)]
    if known and min(known) < first - 1e-9:
        first -= step
    if known and max(known) > last + 1e-9:
        last += step
    return round(first, 9), round(last, 9)


def _format(given: str | None, step: float) -> str:
    if given and given.endswith("%"):
        return "0%"
    if step >= 1 and float(step).is_integer():
        return "#,##0;−#,##0" if given != "d" else "0"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if not math.isclose(round(step, digits), step, rel_tol=1e-6):
        digits += 1
    shape = f"0.{'0' * digits}"
    return f"{shape};−{shape};0"


def number_words(value: float, scale: Scale) -> Piece:
    """A mark of an axis as its number format says it, to know how wide it will be."""
    if scale.format == "0%":
        return Piece(f"{value:.0%}")
    digits = scale.format.split(";", maxsplit=1)[0].partition(".")[2]
    return Piece(f"{value:,.{len(digits)}f}")
