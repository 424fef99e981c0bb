"""Rows of the comparison's charts and tables: categories, tasks, parts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pandas as pd

from dashboard.charts.compare import Bar
from dashboard.components.compare_words import known, small
from dashboard.text import count, dense, difference, interval, three

if TYPE_CHECKING:
    from dashboard.components.compare_page import ComparePage
    from engine.statistics.two_models import MeanDifference, TaskDifferences

_FLIPPED = "here the other one is better"


def category_bars(found: TaskDifferences) -> list[Bar]:
    """Macro and micro, then the categories, the largest difference first."""
    rows = sorted(found.categories, key=lambda row: -row.difference)
    return [
        *(_mean(row, row.name.capitalize(), flipped=False, summary=True) for row in (found.macro, found.micro)),
        *(_mean(row, row.name, flipped=row.name in found.flipped_categories, summary=False) for row in rows),
    ]


def _mean(row: MeanDifference, name: str, *, flipped: bool, summary: bool) -> Bar:
    told = [f"{row.wins} won, {row.ties} level, {row.losses} lost of {count(row.tasks, 'task')}"]
    told.append(f"difference {difference(row.difference)} [{interval(row.low, row.high)}]")
    if row.p is not None:
        told.append(
            f"p {small(row.p)}{'' if row.q is None else f', q {small(row.q)}'} over {row.groups} groups of tasks"
        )
    told += [text for text in (row.undefined_reason, row.warning, _FLIPPED if flipped else None) if text]
    q = "" if row.q is None else f" · q {small(row.q).removeprefix('= ')}"
    return Bar(
        key=row.name,
        name=name,
        delta=row.difference,
        low=row.low,
        high=row.high,
        flipped=flipped,
        summary=summary,
        note=f"{row.wins}–{row.ties}–{row.losses}{q}",
        told=tuple(told),
    )


def category_table(found: TaskDifferences) -> pd.DataFrame:
    """The same numbers under words."""
    rows = [*found.categories, found.macro, found.micro]
    return pd.DataFrame(
        {
            "Category": [row.name for row in rows],
            "Difference": [row.difference for row in rows],
            "Low": [row.low for row in rows],
            "High": [row.high for row in rows],
            "p": [row.p for row in rows],
            "q": [row.q for row in rows],
            "Won": [row.wins for row in rows],
            "Level": [row.ties for row in rows],
            "Lost": [row.losses for row in rows],
            "Tasks": [row.tasks for row in rows],
            "Groups": [row.groups for row in rows],
            "Other one better": [row.name in found.flipped_categories for row in rows],
            "Note": [row.undefined_reason or row.warning for row in rows],
        }
    )


def task_bars(page: ComparePage, rows: pd.DataFrame, overall: float) -> list[Bar]:
    """Tasks in the order of the rows: task_id, label, category, first, second, delta, low, high."""
    return [_task(page, row, overall) for row in rows.itertuples()]


def _task(page: ComparePage, row: object, overall: float) -> Bar:
    task, label, category = (str(getattr(row, name)) for name in ("task_id", "label", "category"))
    first, second, delta, low, high = (
        known(getattr(row, name)) for name in ("first", "second", "delta", "low", "high")
    )
    flipped = delta is not None and delta * overall < 0
    told = [category, f"{page.names[0]} {three(first)}, {page.names[1]} {three(second)}"]
    bounds = "no interval" if low is None else f"[{interval(low, high)}], as of values on different items"
    told.append(f"difference {difference(delta)} {bounds}")
    told += [_FLIPPED] if flipped else []
    return Bar(
        key=task,
        name=label,
        delta=delta,
        low=low,
        high=high,
        flipped=flipped,
        note=f"{dense(first)} · {dense(second)}",
        link=task_address(page, task),
        told=tuple(told),
    )


def part_bars(page: ComparePage, task: str, rows: pd.DataFrame, overall: float | None) -> list[Bar]:
    """Parts of a task in the order of the rows of `OverParts`, with q."""
    return [_part(page, task, row, overall) for row in rows.itertuples()]


def _part(page: ComparePage, task: str, row: object, overall: float | None) -> Bar:
    numbers = ("first", "second", "delta", "low", "high", "p", "q", "n")
    first, second, delta, low, high, p, q, n = (known(getattr(row, name)) for name in numbers)
    key, label, whole = str(getattr(row, "key")), str(getattr(row, "label")), getattr(row, "key") in {"all", "mean"}  # noqa: B009
    flipped = bool(delta is not None and overall is not None and not whole and delta * overall < 0)
    told = [f"{page.names[0]} {three(first)}, {page.names[1]} {three(second)}"]
    told += [] if n is None else [count(n, page.noun)]
    if delta is not None:
        told.append(f"difference {difference(delta)}{'' if low is None else f' [{interval(low, high)}]'}")
    told += [] if p is None else [f"p {small(p)}{'' if q is None else f', q {small(q)}'}"]
    reason = getattr(row, "reason")  # noqa: B009
    told += [str(reason)] if isinstance(reason, str) else []
    told += [_FLIPPED] if flipped else []
    return Bar(
        key=key,
        name=label,
        delta=delta,
        low=low,
        high=high,
        flipped=flipped,
        summary=whole,
        note=f"n {int(n):,}{'' if q is None else f' · q {small(q).removeprefix(chr(61)).strip()}'}" if n else "",
        link="" if key == "mean" else task_address(page, task, key),
        told=tuple(told),
    )


def part_table(page: ComparePage, rows: pd.DataFrame) -> pd.DataFrame:
    """The same numbers under words."""
    return pd.DataFrame(
        {
            "Part": rows["label"],
            "n": rows["n"].astype("Int64"),
            page.names[0]: rows["first"],
            page.names[1]: rows["second"],
            "Difference": rows["delta"].astype(float),
            "Low": rows["low"].astype(float),
            "High": rows["high"].astype(float),
            "p": rows["p"].astype(float),
            "q": rows["q"].astype(float),
            "Interval from": rows["method"],
            "No difference because": rows["reason"],
            "No paired test because": rows["no_test"],
        }
    )


def task_table(page: ComparePage, rows: pd.DataFrame, overall: float) -> pd.DataFrame:
    """Tasks under words."""
    return pd.DataFrame(
        {
            "Task": rows["label"],
            "Category": rows["category"],
            page.names[0]: rows["first"],
            page.names[1]: rows["second"],
            "Difference": rows["delta"],
            "Low": rows["low"],
            "High": rows["high"],
            "Other one better": rows["delta"] * overall < 0,
            "Open": [task_address(page, str(task)) for task in rows["task_id"]],
        }
    )


def task_address(page: ComparePage, task: str, stratum: str | None = None) -> str:
    """Address of a task, or of a part of it, on the Task page."""
    asked = {"suite": page.pair.suite, "task": task, "regime": page.pair.regime}
    if page.pair.metric in page.suite.metrics:
        asked |= {"metric": page.pair.metric}
    whole = stratum is None or stratum == "all"
    return f"task?{urlencode(asked if whole else asked | {'stratum': stratum})}"
