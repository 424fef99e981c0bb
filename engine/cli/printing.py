"""Rows on the terminal: as a table for reading, as CSV or JSON for programs."""

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
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FORMAT = typer.Option("--format", help="table for reading, csv or json for programs.")


def print_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], output: Format) -> None:
    """Print rows under their column names."""
    {Format.TABLE: _print_table, Format.CSV: _print_csv, Format.JSON: _print_json}[output](names, rows)


def _plain(value: Any) -> Any:
    """NaN and infinity are no JSON; they become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table = Table(*map(escape, names), box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    # Into a file or a pipe, a row stays one line: nothing is folded to a screen that is not there.
    Console(width=None if sys.stdout.isatty() else 10_000).print(table, highlight=False)


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
