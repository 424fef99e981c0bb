"""Cells put together to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.local_split.exchange import Problem
from engine.local_split.limits import MOST_CELLS, MOST_COLUMNS, MOST_LETTERS, MOST_ROWS
from engine.local_split.reading.names import mended
from engine.local_split.reading.source import SHOWN
from engine.local_split.split import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from engine.local_split.reading.source import Source

    Strings = NDArray[np.object_]

# Equal cells share one string while a column has no more different ones than this.
_SHARED = 50_000
_COLUMNS_TO_KEEP = "a table with the columns that matter: labels, what the rows are, scores, groups"


class Column:
    """Cells of a column as they arrive, stripped; equal ones share their memory."""

    def __init__(self) -> None:
        """An empty column."""
        self._pieces: list[Strings] = []
        self._known: dict[str, str] | None = {}

    def extend(self, cells: Iterable[str]) -> None:
        """Add cells at the end."""
        stripped = map(str.strip, cells)
        known = self._known
        piece = list(stripped) if known is None else [known.setdefault(cell, cell) for cell in stripped]
        if known is not None and len(known) > _SHARED:
            self._known = None
        self._pieces.append(np.array(piece, dtype=object))

    def cells(self) -> Strings:
        """All cells, shape (n,)."""
        return np.concatenate(self._pieces) if self._pieces else np.empty(0, dtype=object)


def check_columns(source: Source, count: int, *, line: int | None = None) -> None:
    """Refuse a table that is too wide.

    Raises:
        TableError: it is.
    """
    if count > MOST_COLUMNS:
        problem = f"it has {count:,} columns, more than the {MOST_COLUMNS:,} that are taken in"
        raise source.fault(problem, line=line, expected=_COLUMNS_TO_KEEP)


def check_size(source: Source, rows: int, cells: int) -> None:
    """Refuse a table that is too long.

    Raises:
        TableError: it is.
    """
    if rows > MOST_ROWS:
        problem = f"it has more than the {MOST_ROWS:,} rows that are taken in"
        raise source.fault(problem, expected="a part of the rows: sample them, or split the file")
    if cells > MOST_CELLS:
        problem = f"it has more than the {MOST_CELLS:,} cells (rows times columns) that are taken in"
        raise source.fault(problem, expected=_COLUMNS_TO_KEEP)


def table_of(
    source: Source,
    kind: str,
    *,
    columns: Sequence[tuple[str, Callable[[], Strings]]],
    rows: NDArray[np.int64],
    header: int | None = None,
    sheets: tuple[str, ...] = (),
    problems: Iterable[Problem] = (),
) -> Table:
    """A table of columns in order, each a name as it was read and its cells when asked for.

    A column with neither a name nor a value, as spreadsheets leave them at the edge, is no column.

    Raises:
        TableError: there is no row, or no column.
    """
    if not len(rows):
        raise source.fault("it has a header and no rows below it", line=header, expected="at least one row of values")
    names, renamed = mended([name for name, _ in columns], row=header)
    found = {name: cells() for name, (_, cells) in zip(names, columns, strict=True)}
    unused = {name for name, (given, _) in zip(names, columns, strict=True) if not given.strip()}
    unused = {name for name in unused if not (found[name] != "").any()}
    frame = pd.DataFrame({name: cells for name, cells in found.items() if name not in unused}, dtype=object)
    return Table(
        name=source.name,
        sha256=source.sha256,
        kind=source.kind(kind),
        frame=frame,
        rows=rows,
        header=header,
        sheets=sheets,
        problems=(*(each for each in renamed if each.column not in unused), *problems),
    )


def too_long(row: int, column: str, cell: str) -> Problem:
    """The problem of a cell that is longer than any value or sequence that can be used."""
    return Problem(
        kind="cell-too-long",
        severity="left out",
        problem=f"the cell has {len(cell):,} letters, more than the {MOST_LETTERS:,} that are taken in",
        remedy="Shorten it; whole chromosomes belong into a FASTA file beside the table.",
        row=row,
        column=column,
        value=cell[:SHOWN],
    )
