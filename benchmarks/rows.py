"""Lines of a result, and how they are timed, printed and kept."""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Row = dict[str, Any]

_T = TypeVar("_T")
_HEADS = ("name", "value", "unit", "compared with", "ratio", "target", "met")


def at_most(name: str, value: float, unit: str, target: float, compared_with: str | None = None) -> Row:
    """A line whose value must stay under its aim."""
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "compared_with": compared_with or f"aim of {target:g} {unit}",
        "ratio": round(target / value, 2),
        "target": target,
        "met": value < target,
    }


def faster_than(name: str, seconds: float, others: float, compared_with: str, target: float | None) -> Row:
    """A line that must be `target` times as fast as something else, measured beside it; None is no aim."""
    ratio = others / seconds
    return {
        "name": name,
        "value": round(seconds, 4),
        "unit": "s",
        "compared_with": f"{compared_with}: {others:.2f} s",
        "ratio": round(ratio, 1),
        "target": target,
        "met": None if target is None else ratio >= target,
    }


def noted(name: str, value: float, unit: str, compared_with: str, ratio: float | None = None) -> Row:
    """A line without an aim."""
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "compared_with": compared_with,
        "ratio": None if ratio is None else round(ratio, 3),
        "target": None,
        "met": None,
    }


def timed(call: Callable[[], _T], repeats: int = 1) -> tuple[_T, float]:
    """The last result and the median of the seconds it took."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return result, statistics.median(seconds)


def replaced(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The old lines in their order with the new ones in their places; names that are new come last."""
    fresh = {row["name"]: row for row in new}
    kept = [fresh.pop(row["name"], row) for row in old]
    return [*kept, *fresh.values()]


def read(path: Path) -> list[Row]:
    """Lines kept earlier; none where there is no file."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


def write(path: Path, content: Any) -> None:
    """Keep lines, or an object with lines, as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def show(found: Sequence[Row]) -> None:
    """Print a table."""
    table = Table(*_HEADS)
    words = {True: "yes", False: "NO", None: ""}
    for row in found:
        aim = "" if row["target"] is None else f"{row['target']:g}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:g}"
        value = f"{row['value']:g}"
        table.add_row(row["name"], value, row["unit"], row["compared_with"], ratio, aim, words[row["met"]])
    Console().print(table)
