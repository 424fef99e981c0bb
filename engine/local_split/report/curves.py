"""ROC and precision-recall curves of the whole split, small, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.report.forest import Scale
from engine.local_split.report.marks import line_sample, marks
from engine.local_split.report.markup import element, text
from engine.local_split.report.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.local_split.exchange import Result, System
    from engine.local_split.report.marks import Mark

_SIDE, _LEFT, _TOP, _FOOT = 330, 46, 10, 44
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_X = Scale(0.0, 1.0, _LEFT, _LEFT + _SIDE)
_Y = Scale(0.0, 1.0, _TOP + _SIDE, _TOP)


def curves(result: Result) -> str:
    """Both figures side by side and their legend; empty where there is no curve."""
    drawn = [system for system in result.systems if system.system_id in result.curves and system.role != "control"]
    if not drawn:
        return ""
    looks = marks(result)
    whole = result.parts[0]
    share = whole.positives / whole.n if whole.positives is not None and whole.n else None
    roc = _figure(result, drawn, looks, ("fpr", "tpr"), _line((0.0, 0.0), (1.0, 1.0)))
    level = "" if share is None else _line((0.0, share), (1.0, share))
    precision = _figure(result, drawn, looks, ("recall", "precision"), level)
    dotted = "Dotted: chance" + (f", on the right the share of positives, {number(share)}." if share else ".")
    legend = element("ul", *(_entry(system, looks[system.system_id]) for system in drawn), class_="legend")
    pair = element("div", element("div", roc), element("div", precision), class_="pair")
    return element("figure", pair, legend, element("figcaption", dotted))


def _figure(result: Result, drawn: Sequence[System], looks: dict[str, Mark], axes: tuple[str, str], chance: str) -> str:
    names = {"fpr": "false positive rate", "tpr": "true positive rate", "recall": "recall", "precision": "precision"}
    # What is to be beaten and what is judged lie above the rest.
    order = sorted(drawn, key=lambda system: (system.role == "yours", system.registered))
    lines = [_curve(result, system, looks[system.system_id], axes) for system in order]
    size = f"0 0 {_LEFT + _SIDE + 10} {_TOP + _SIDE + _FOOT}"
    described = f"{names[axes[1]]} against {names[axes[0]]}".capitalize()
    ground = [*_ground(names[axes[0]], names[axes[1]]), chance]
    return element("svg", *ground, *lines, viewBox=size, role="img", aria_label=described)


def _ground(across: str, up: str) -> Iterator[str]:
    right, bottom = _LEFT + _SIDE, _TOP + _SIDE
    for tick in _TICKS:
        x, y = f"{_X(tick):.1f}", f"{_Y(tick):.1f}"
        yield element("line", x1=x, x2=x, y1=_TOP, y2=bottom, class_="grid")
        yield element("line", x1=_LEFT, x2=right, y1=y, y2=y, class_="grid")
        anchor = "end" if tick == 1 else "middle"
        yield element("text", f"{tick:g}", x=x, y=bottom + 17, text_anchor=anchor, class_="quiet")
        yield element("text", f"{tick:g}", x=_LEFT - 7, y=_Y(tick) + 4, text_anchor="end", class_="quiet")
    middle = _LEFT + _SIDE / 2
    yield element("text", across, x=middle, y=bottom + 36, text_anchor="middle", class_="quiet")
    turned = f"translate(11 {_TOP + _SIDE / 2}) rotate(-90)"
    yield element("text", up, transform=turned, text_anchor="middle", class_="quiet")


def _line(start: tuple[float, float], stop: tuple[float, float]) -> str:
    ends = {"x1": _X(start[0]), "y1": f"{_Y(start[1]):.1f}", "x2": _X(stop[0]), "y2": f"{_Y(stop[1]):.1f}"}
    return element("line", class_="chance", **ends)


def _curve(result: Result, system: System, mark: Mark, axes: tuple[str, str]) -> str:
    points = result.curves[system.system_id]
    places = zip(points[axes[0]], points[axes[1]], strict=True)
    drawn = " ".join(f"{_X(x):.1f},{_Y(y):.1f}" for x, y in places)
    title = element("title", text(system.name))
    return element(
        "polyline", title, points=drawn, class_="curve", stroke=mark.colour, stroke_width=_width(system),
        stroke_dasharray=mark.dashes,
    )  # fmt: skip


def _entry(system: System, mark: Mark) -> str:
    return element("li", line_sample(mark, _width(system)), element("bdi", text(system.name)))


def _width(system: System) -> float:
    """A rule beside the one to beat is no claim, and is thin."""
    return 2.2 if system.registered or system.role == "yours" else 1.2
