"""Reading CSV tables row by row through a pydantic model, so that a fault names file, line, column and value."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.errors import TableError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def _blank_to_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


_T = TypeVar("_T")
# Of the columns that are missing or unknown, in a message.
_LISTED = 5
Optional = Annotated[_T | None, BeforeValidator(_blank_to_none)]
"""A cell that may be empty; empty means 'not established' and becomes None."""


Count = Annotated[int, Field(gt=0, le=2**63 - 1)]
"""A positive whole number that fits the store's BIGINT."""


class Row(BaseModel):
    """Base of all file rows: unknown columns are refused, values are stripped and frozen."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1, allow_inf_nan=False
    )


_R = TypeVar("_R", bound=Row)


def read_table(path: Path, row_type: type[_R], *, unique: tuple[str, ...] = ()) -> list[_R]:
    """All rows of a CSV file, validated.

    Args:
        path: A UTF-8 CSV file with a header line.
        row_type: The pydantic model of one row; its field names are the columns, in any order.
        unique: Columns that together may not repeat.

    Raises:
        TableError: missing file, wrong header, a short or long line, a value outside what the model
            allows, a repeated key, or no rows at all.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[_R] = []
    lines: list[int] = []
    try:
        header = next(reader, [])
        _check_header(path, header, row_type)
        for cells in reader:
            if len(cells) != len(header):
                problem = f"{len(cells)} cells where the header has {len(header)}: the file is cut off or damaged"
                raise TableError(path, problem, line=reader.line_num)
            lines.append(reader.line_num)
            rows.append(_validate(path, reader.line_num, dict(zip(header, cells, strict=True)), row_type))
    except csv.Error as error:
        raise TableError(path, f"not a CSV file: {error}", line=reader.line_num) from error
    if not rows:
        raise TableError(path, "the table has no rows")
    _check_unique(path, rows, lines, unique)
    return rows


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes.

    Raises:
        TableError: the file is missing.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise _missing(path) from error


def _missing(path: Path) -> TableError:
    return TableError(path, f"the file is missing from {path.parent}", expected="it to be restored from the repository")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _missing(path) from error
    except UnicodeDecodeError as error:
        raise TableError(path, f"byte {error.start} is not UTF-8: the file is damaged") from error


def _check_header(path: Path, header: list[str], row_type: type[Row]) -> None:
    wanted = list(row_type.model_fields)
    missing = [name for name in wanted if name not in header]
    unknown = [name for name in header if name not in wanted]
    if missing or unknown or len(set(header)) != len(header):
        problem = "wrong header"
        problem += f", missing {_listed(missing)}" if missing else ""
        problem += f", unknown {_listed(unknown)}" if unknown else ""
        raise TableError(path, problem, line=1, expected=", ".join(wanted))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED:,} others" if len(names) > _LISTED else ""
    return ", ".join(map(one_line, names[:_LISTED])) + more


def _validate(path: Path, line: int, cells: dict[str, str], row_type: type[_R]) -> _R:
    try:
        return row_type.model_validate(cells)
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0]) if first["loc"] else None
        raise TableError(
            path,
            "a value is not allowed here",
            line=line,
            column=column,
            value=cells.get(column) if column else None,
            expected=_expected(first),
        ) from error


def _expected(fault: Any) -> str:
    words: str = fault["msg"]
    for start in ("Input should be ", "Value error, "):
        words = words.removeprefix(start)
    return words


def _check_unique(path: Path, rows: Iterable[Row], lines: Iterable[int], unique: tuple[str, ...]) -> None:
    if not unique:
        return
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in zip(lines, rows, strict=True):
        key = tuple(getattr(row, name) for name in unique)
        if key in seen:
            problem = f"the same {' + '.join(unique)} as in line {seen[key]}"
            raise TableError(path, problem, line=number, column=unique[0], value=" + ".join(map(str, key)))
        seen[key] = number
