"""A result for programs: JSON that holds all of it, and one tidy table of values and differences."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.local_split.cells.exchange import CellsResult, FoundCells
    from engine.local_split.exchange import Difference, Inspection, Judged, Part, Result, System, Value

COLUMNS = (
    "kind", "part", "column", "n_part", "positives", "system", "system_id", "role", "against", "registered", "metric",
    "value", "low", "high", "method", "n", "p", "q", "p_method", "minimum_effect", "verdict_article", "verdict",
    "threshold", "threshold_source", "undefined_reason",
)  # fmt: skip
"""Of the table: a row is the `value` of a system, or its `difference` to a baseline."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_json(result: Result | Inspection | CellsResult | FoundCells) -> bytes:
    """All of it, UTF-8: keys are the names of the fields, numbers stand in full, what is undefined is null."""
    text = json.dumps(_plain(result), ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def as_csv(result: Judged) -> bytes:
    """One row a value and a difference, UTF-8, columns as in `COLUMNS`; no cell is a formula."""
    out = io.StringIO(newline="")
    # Of both characters that end a line, so that a cell which holds either is quoted.
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    for row in _rows(result):
        writer.writerow({name: _cell(value) for name, value in row.items() if value is not None})
    return out.getvalue().encode("utf-8", "backslashreplace")


def defused(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula; plain numbers stay."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def _rows(result: Judged) -> Iterator[dict[str, Any]]:
    parts = {part.part_id: _part(part) for part in result.parts}
    systems = {system.system_id: _system(system) for system in result.systems}
    for value in result.values:
        yield parts[value.part_id] | systems[value.system_id] | _value(value)
    for difference in result.differences:
        yield parts[difference.part_id] | systems[difference.system_id] | _difference(difference)


def _part(part: Part) -> dict[str, Any]:
    return {"part": part.label, "column": part.column, "n_part": part.n, "positives": part.positives}


def _system(system: System) -> dict[str, Any]:
    return {
        "system": system.name,
        "system_id": system.system_id,
        "role": system.role,
        "registered": system.registered,
        "threshold": system.threshold,
        "threshold_source": system.threshold_source,
    }


def _value(row: Value) -> dict[str, Any]:
    names = ("metric", "value", "low", "high", "method", "n", "undefined_reason")
    return {"kind": "value"} | {name: getattr(row, name) for name in names}


def _difference(row: Difference) -> dict[str, Any]:
    names = (
        "metric", "low", "high", "method", "n", "p", "q", "p_method", "minimum_effect", "registered",
        "verdict_article", "verdict", "undefined_reason",
    )  # fmt: skip
    own = {"kind": "difference", "against": row.baseline_id, "value": row.delta}
    return own | {name: getattr(row, name) for name in names}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else ""
    return defused(str(value))


def _plain(value: Any) -> Any:
    """Dataclasses and mappings as objects, everything else as JSON can say it."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # Numbers of numpy are such as well, and become Python's own.
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
