"""Edge scores as people bring them: a CSV, TSV or Parquet table of regulator, target and score."""

from __future__ import annotations

import gzip
import zlib
from functools import partial
from typing import TYPE_CHECKING, Literal

import duckdb
import numpy as np
import pandas as pd

from engine.errors import TableError, one_line
from engine.singlecell.networks.edges import Edges

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KNOWN = {"regulator": ("regulator", "tf"), "target": ("target",), "score": ("score", "importance")}
"""Names, in any case, under which each column may stand; the second are those that GENIE3 and GRNBoost2 write."""
_WANTED = "a header with regulator, target and score (or TF, target and importance)"
_LONGEST_HEADER = 100_000
_BREAKS = (pd.errors.ParserError, EOFError, OSError, zlib.error)


def read_edges(path: Path, *, genes: Collection[str], regulators: Collection[str]) -> Edges:
    """The edges of a file between genes that matter here.

    Other edges do not count, and the note says how many there are. Every line is checked all the same: what is wrong
    with a file does not depend on the task.

    Args:
        path: CSV, TSV or semicolons in UTF-8, gzipped or not; Parquet where the name ends so.
        genes: measured genes.
        regulators: perturbed genes.

    Raises:
        TableError: it cannot be read, a column is missing, a name is empty, a score is no number or negative, an edge
            stands there twice, or no edge is between such genes.
    """
    packed = path.suffix.lower() in {".parquet", ".pq"}
    table = _checked_columns(path, _parquet(path) if packed else _text(path))
    # The first record of a Parquet file is 1, the first line below a header 2.
    first = 1 if packed else 2
    table["score"] = _strengths(path, table["score"], first)
    for column in ("regulator", "target"):
        table[column] = _names(path, table[column], column, first)
    _check_once(path, table, first)
    return _edges(path, table, genes=genes, regulators=regulators)


def _edges(path: Path, table: pd.DataFrame, *, genes: Collection[str], regulators: Collection[str]) -> Edges:
    known = table["regulator"].isin(list(regulators)), table["target"].isin(list(genes))
    kept = table[known[0] & known[1]]
    if kept.empty:
        what = (
            "regulator is one of the perturbed genes"
            if not known[0].any()
            else "edge joins a perturbed gene to a measured one"
        )
        found = table["regulator" if not known[0].any() else "target"].iloc[0]
        expected = f"gene symbols as in the data, such as {next(iter(sorted(regulators)), 'none')}"
        raise TableError(path, f"no {what}", value=found, expected=expected)
    rows, columns = (pd.Index(pd.unique(kept[name])) for name in ("regulator", "target"))
    values = np.full((len(rows), len(columns)), np.nan)
    values[rows.get_indexer(kept["regulator"]), columns.get_indexer(kept["target"])] = kept["score"]
    return Edges(
        regulators=tuple(map(str, rows)),
        genes=tuple(map(str, columns)),
        values=values,
        otherwise=f"has no edge in {one_line(path.name)}",
        note=_note(len(table), len(kept)),
    )


def _note(all_edges: int, kept: int) -> str | None:
    if all_edges == kept:
        return None
    return f"{all_edges - kept:,} of {all_edges:,} edges of the file do not join a perturbed gene to a measured one"


def _parquet(path: Path) -> pd.DataFrame:
    _check_there(path)
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as database:
            return database.read_parquet(str(path)).df()
    except (duckdb.Error, RuntimeError, ValueError) as error:  # the latter two of names that are no UTF-8
        problem = f"not a readable Parquet file ({one_line(str(error).partition(chr(10))[0])})"
        raise TableError(path, problem, expected="a whole Parquet file, or the table as CSV") from error


def _text(path: Path) -> pd.DataFrame:
    """All cells as text; an empty cell is empty text, one that is not there NaN. The index counts lines."""
    _check_there(path)
    packed: Literal["gzip"] | None = "gzip" if path.suffix.lower() == ".gz" else None
    try:
        header = _first_line(path)
        separator = max(",\t;", key=header.count)
        table = pd.read_csv(
            path,
            sep=separator,
            compression=packed,
            dtype="str",
            keep_default_na=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,
        )
    except UnicodeDecodeError as error:
        raise TableError(path, "the text is not UTF-8", expected="UTF-8: save the table as 'CSV UTF-8'") from error
    except pd.errors.EmptyDataError as error:
        raise TableError(path, "the file is empty", expected=_WANTED) from error
    except _BREAKS as error:
        said = str(error).removeprefix("Error tokenizing data. C error: ")
        problem = f"it cannot be read ({one_line(said, 100).rstrip('.')})"
        raise TableError(path, problem, expected="a whole table, each line with as many cells as the header") from error
    if not isinstance(table.index, pd.RangeIndex):
        # Lines longer than the header are taken for lines with a name in front.
        raise TableError(path, "its lines have more cells than the header", line=2, expected=_WANTED)
    return table[(table.fillna("") != "").any(axis=1)]


def _first_line(path: Path) -> str:
    opener = partial(gzip.open, path) if path.suffix.lower() == ".gz" else path.open
    with opener("rt", encoding="utf-8-sig") as stream:
        return str(stream.readline(_LONGEST_HEADER))


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise TableError(path, f"there is no such file in {path.absolute().parent}", expected="a table of edges")


def _checked_columns(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The three columns under our own names."""
    lower = [str(name).strip().lower() for name in table.columns]
    at: dict[str, int] = {}
    for ours, names in KNOWN.items():
        found = [number for number, name in enumerate(lower) if name in names]
        if len(found) != 1:
            problem = "the column is missing" if not found else "the header names it twice"
            shown = ", ".join(map(str, table.columns))
            raise TableError(path, problem, line=1, column=ours, value=one_line(shown), expected=_WANTED)
        at[ours] = found[0]
    if table.empty:
        raise TableError(path, "the table has no edges below its header", expected="one line per edge")
    kept = table.iloc[:, list(at.values())].set_axis(list(at), axis=1)
    for name in kept:
        if isinstance(kept[name].iloc[0], (list, dict, bytes, np.ndarray)):
            raise TableError(path, "the column holds lists or records", column=str(name), expected="text or numbers")
    return kept.copy()


def _names(path: Path, column: pd.Series, name: str, first: int) -> pd.Series:
    plain = column.astype("str").str.strip()
    empty = np.flatnonzero(column.isna() | (plain == ""))
    if empty.size:
        raise _fault(
            path,
            name,
            int(column.index[empty[0]]) + first,
            "a gene has no name",
            expected="a gene symbol in every line",
        )
    return plain


def _strengths(path: Path, column: pd.Series, first: int) -> Floats:
    found: Floats = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(found))
    if bad.size:
        shown, expected = str(column.iloc[bad[0]]), "a finite number; leave out edges without a score"
        raise _fault(
            path,
            "score",
            int(column.index[bad[0]]) + first,
            "the score is not a number",
            value=shown,
            expected=expected,
        )
    negative = np.flatnonzero(found < 0)
    if negative.size:
        expected = "a strength, 0 or more: where the sign tells repression, give the absolute value"
        line, value = int(column.index[negative[0]]) + first, float(found[negative[0]])
        raise _fault(path, "score", line, "the score is negative", value=value, expected=expected)
    return found


def _check_once(path: Path, table: pd.DataFrame, first: int) -> None:
    twice = np.flatnonzero(table.duplicated(["regulator", "target"]))
    if twice.size:
        edge = table.iloc[twice[0]]
        problem, shown = "the edge is there already", f"{edge['regulator']} to {edge['target']}"
        raise _fault(
            path, "target", int(table.index[twice[0]]) + first, problem, value=shown, expected="each edge once"
        )


def _fault(path: Path, column: str, line: int, problem: str, *, expected: str, value: object = None) -> TableError:
    return TableError(path, problem, line=line, column=column, value=value, expected=expected)
