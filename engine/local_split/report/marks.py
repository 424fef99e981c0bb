"""What a system looks like in a report: a colour and a shape, the same in every figure and list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.local_split.report.markup import element
from engine.local_split.report.style import YOURS

if TYPE_CHECKING:
    from engine.local_split.exchange import Judged

_SHAPES = ("circle", "square", "up", "down", "pentagon", "cross")
_DASHES = (None, "7 3", "3 2", "9 3 2 3")
_DASHES_OF_RULES = ("6 3", "10 3 2 3", "3 3", "14 4")
_PATHS = {
    "square": "M-4.4-4.4h8.8v8.8h-8.8z",
    "up": "M0-5.4L5.2 4.2H-5.2z",
    "down": "M0 5.4L5.2-4.2H-5.2z",
    "pentagon": "M0-5.2L5-1.6L3.1 4.2H-3.1L-5-1.6z",
    "cross": "M-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z",
    "diamond": "M0-6L6 0L0 6L-6 0z",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A colour, as CSS has it, a shape, and the dashes of a line; `hollow` where nothing is claimed."""

    colour: str
    shape: str
    hollow: bool = False
    dashes: str | None = None

    def at(self, x: float, y: float, *, hollow: bool = False) -> str:
        """The mark with its centre at a place of a figure; `hollow` where what it shows is not judged."""
        fill = "var(--ground)" if hollow or self.hollow else self.colour
        style = {"fill": fill, "stroke": self.colour, "stroke_width": 1.6}
        if self.shape == "circle":
            return element("circle", cx=_short(x), cy=_short(y), r=4.8, **style)
        return element("path", d=_PATHS[self.shape], transform=f"translate({_short(x)} {_short(y)})", **style)


def marks(result: Judged) -> dict[str, Mark]:
    """The mark of every system: the user's in colours, baselines in ink, the one to beat filled, controls muted."""
    found: dict[str, Mark] = {}
    nth = other = 0
    for system in result.systems:
        if system.role == "yours":
            found[system.system_id] = Mark(
                f"var(--y{nth % YOURS})", _SHAPES[nth % len(_SHAPES)], dashes=_DASHES[nth // 2 % len(_DASHES)]
            )
            nth += 1
        elif system.registered:
            found[system.system_id] = Mark("var(--ink)", "diamond")
        else:
            colour = "var(--ink)" if system.role == "baseline" else "var(--muted)"
            shape = "diamond" if system.role == "baseline" else "circle"
            dashes = _DASHES_OF_RULES[other % len(_DASHES_OF_RULES)]
            found[system.system_id] = Mark(colour, shape, hollow=True, dashes=dashes)
            other += 1
    return found


def sample(mark: Mark) -> str:
    """A small picture of a mark, for running text."""
    return element("svg", mark.at(17, 7), viewBox="0 0 34 14", aria_hidden="true")


def line_sample(mark: Mark, width: float) -> str:
    """A small picture of a line in a mark's colour and dashes, as wide as it is drawn."""
    style = {"stroke": mark.colour, "stroke_width": width, "stroke_dasharray": mark.dashes}
    line = element("line", x1=0, x2=34, y1=7, y2=7, **style)
    return element("svg", line, viewBox="0 0 34 14", aria_hidden="true")


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
