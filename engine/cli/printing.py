"""Rows on the terminal: as a table for reading, as CSV or JSON for programs; complaints beside them."""

from __future__ import annotations

import csv
import json
import math
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from engine.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FORMAT = typer.Option("--format", help="table for reading, csv or json for programs.")

# Into a file or a pipe, a row stays one line: nothing is folded to a screen that is not there.
UNFOLDED = 10_000


def print_rows(
    names: Sequence[str], rows: Sequence[Sequence[Any]], output: Format, *, width: int | None = None
) -> None:
    """Print rows under their column names.

    Args:
        names: One per column.
        rows: Cells; None is an empty one.
        output: How.
        width: Columns of text to which a table is folded; default: the terminal's, or none in a pipe.
    """
    if output is Format.TABLE:
        _print_table(names, rows, width)
    else:
        {Format.CSV: _print_csv, Format.JSON: _print_json}[output](names, rows)


def complain(sentence: str) -> None:
    """Tell the user on standard error what is wrong, in one line."""
    shown = escape(redacted(sentence))
    Console(stderr=True, soft_wrap=True).print(f"[bold]vledger:[/bold] {shown}", highlight=False)


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A value for people: '0.762 [0.747, 0.777]'."""
    if value is None:
        return ""
    return f"{value:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else "")


def _plain(value: Any) -> Any:
    """NaN and infinity are no JSON; they become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print_table(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> None:
    columns = [Column(escape(name), overflow="fold") for name in names]
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    screen = Console(width=None if sys.stdout.isatty() else width or UNFOLDED)
    if width is not None and screen.width > width:
        screen.width = width
    screen.print(table, highlight=False)


def _print_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)


def _print_json(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    json.dump(
        [dict(zip(names, map(_plain, row), strict=True)) for row in rows],
        sys.stdout,
        default=str,
        indent=1,
        allow_nan=False,
    )
    sys.stdout.write("\n")
