"""Two systems over a suite, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from engine.cli.printing import Format, print_rows, with_interval

if TYPE_CHECKING:
    from engine.run.compare_suite import Asked, SuiteComparison

_COLUMNS = (
    "category", "tasks", "groups", "difference", "low", "high", "p", "q", "wins", "ties", "losses",
    "undefined_reason", "warning",
)  # fmt: skip
_SHORT = ("category", "tasks", "difference", "p", "q", "wins", "ties", "losses", "note")


def print_suite(first: str, second: str, asked: Asked, *, margin: float | None, output: Format) -> None:
    """Compare and print: a row a category, then macro and micro; which values were taken goes to standard error."""
    from engine.run.compare_suite import compare_suite

    found = compare_suite(first, second, asked, margin=margin)
    rows = [{"category": line["name"], **line} for line in found.lines()]
    if output is Format.TABLE:
        print_rows(_SHORT, [_short_row(row) for row in rows], output)
    else:
        print_rows(_COLUMNS, [[row[name] for name in _COLUMNS] for row in rows], output)
    typer.echo(_told(found), err=True)


def _short_row(row: dict[str, Any]) -> list[Any]:
    p, q = (None if row[name] is None else f"{row[name]:.2g}" for name in ("p", "q"))
    difference = with_interval(row["difference"], row["low"], row["high"])
    counts = [row["wins"], row["ties"], row["losses"]]
    return [row["category"], row["tasks"], difference, p, q, *counts, row["undefined_reason"] or row["warning"]]


def _told(found: SuiteComparison) -> str:
    by = found.first_protocol
    if found.second_protocol != by:
        by = f"{by} for {found.first}, {found.second_protocol} for {found.second}"
    line = f"{found.metric}, regime {found.regime}, {by}; a tie is a difference below {found.margin:g}"
    left_out = found.differences.left_out
    return line + (
        f"; {left_out} of {len(found.tasks)} tasks are left out: one of the two lacks them" if left_out else ""
    )
