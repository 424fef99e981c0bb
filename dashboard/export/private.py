"""An exhibit as JSON: what a deck's file carries of views that no address can give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
import plotly.graph_objects as go
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dashboard.exhibits import About, Exhibit, ExhibitError
from dashboard.export.figure_check import faults
from dashboard.export.plain_values import SAFE_INTEGER, plain, plain_tree
from engine.errors import one_line

MOST_ROWS = 5_000
MOST_COLUMNS = 60

_Word = Annotated[str, StringConstraints(max_length=200)]
_Line = Annotated[str, StringConstraints(max_length=1_000)]
_Text = Annotated[str, StringConstraints(max_length=4_000)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Integer = Annotated[int, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
_Cell = bool | _Integer | _Finite | _Text | None
_Type = Literal["integer", "number", "boolean", "time", "text"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Column(_Value):
    name: _Word
    type: _Type


class _Rows(_Value):
    columns: Annotated[tuple[_Column, ...], Field(max_length=MOST_COLUMNS, strict=False)]
    values: Annotated[list[Annotated[list[_Cell], Field(max_length=MOST_COLUMNS)]], Field(max_length=MOST_ROWS)]


class _About(_Value):
    n: _Line
    interval: _Line
    sources: Annotated[tuple[_Word, ...], Field(max_length=100, strict=False)] = ()


class _Exhibit(_Value):
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    kind: Literal["chart", "table", "verdict", "card"]
    title: _Line
    alt: _Text
    about: _About
    figure: dict[str, Any] | None = None
    rows: _Rows | None = None
    notes: Annotated[tuple[_Text, ...], Field(max_length=60, strict=False)] = ()
    best: Annotated[dict[_Word, Literal["high", "low"]], Field(max_length=MOST_COLUMNS)] = {}
    baselines: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=MOST_ROWS, strict=False)] = ()
    # The stem of a file: nothing that leads out of a folder, hides a file, or ends a name.
    file: Annotated[str, StringConstraints(pattern=r'^[^\s./\\<>:"|?*\x00-\x1f][^/\\<>:"|?*\x00-\x1f]{0,199}$')]


def exhibit_as_json(exhibit: Exhibit) -> dict[str, Any]:
    """Plain values: no NaN, no object that JSON cannot write.

    Raises:
        ExhibitError: it has more rows or columns than a deck's file holds, or its figure is too large.
    """
    content = {
        "key": exhibit.key,
        "kind": exhibit.kind,
        "title": exhibit.title,
        "alt": exhibit.alt,
        "about": {
            "n": exhibit.about.n,
            "interval": exhibit.about.interval,
            "sources": list(exhibit.about.sources),
        },
        "figure": None if exhibit.figure is None else plain_tree(exhibit.figure.to_plotly_json()),
        "rows": None if exhibit.rows is None else _rows_as_json(exhibit.rows),
        "notes": list(exhibit.notes),
        "best": dict(exhibit.best),
        "baselines": [int(place) for place in exhibit.baselines],
        "file": exhibit.file,
    }
    _checked(content)
    return content


def exhibit_from_json(content: object) -> Exhibit:
    """The exhibit; its figure and rows are checked, since a deck's file may come from anybody.

    Raises:
        ExhibitError: it is none; the sentence says where.
    """
    found = _checked(content)
    rows = None if found.rows is None else _rows_from(found.rows)
    if any(place >= (0 if rows is None else len(rows)) for place in found.baselines):
        raise _refusal("baselines", "names a row that is not there")
    return Exhibit(
        key=found.key,
        kind=found.kind,
        title=found.title,
        alt=found.alt,
        about=About(found.about.n, found.about.interval, found.about.sources),
        figure=None if found.figure is None else _figure(found.figure),
        rows=rows,
        notes=found.notes,
        best=found.best,
        baselines=found.baselines,
        file=found.file,
    )


def _refusal(where: str, why: str) -> ExhibitError:
    return ExhibitError(f"a private slide of this deck cannot be read: {one_line(where)}: {why}")


def _checked(content: object) -> _Exhibit:
    try:
        found = _Exhibit.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise _refusal(".".join(map(str, first["loc"][:4])) or "slide", first["msg"]) from error
    if found.figure is not None and (why := faults(found.figure)) is not None:
        raise _refusal("figure", why)
    return found


def _figure(content: dict[str, Any]) -> go.Figure:
    try:
        return go.Figure(content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # all of them plotly's word for a wrong value
        raise _refusal("figure", "Plotly cannot read it") from error


def _type(column: pd.Series) -> _Type:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column) and column.dropna().abs().le(SAFE_INTEGER).all():
        return "integer"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    return "time" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def _rows_as_json(rows: pd.DataFrame) -> dict[str, Any]:
    if len(rows) > MOST_ROWS or rows.shape[1] > MOST_COLUMNS:
        raise ExhibitError(
            f"a private slide holds at most {MOST_ROWS:,} rows of {MOST_COLUMNS} columns; this table has "
            f"{len(rows):,} of {rows.shape[1]}: take its CSV, or show fewer"
        )
    places = range(rows.shape[1])
    types = [_type(rows.iloc[:, place]) for place in places]
    columns = [
        [_text_or_value(value, kind) for value in rows.iloc[:, place]]
        for place, kind in zip(places, types, strict=True)
    ]
    return {
        "columns": [{"name": str(name), "type": kind} for name, kind in zip(rows.columns, types, strict=True)],
        "values": [list(row) for row in zip(*columns, strict=True)],
    }


def _text_or_value(value: Any, kind: _Type) -> bool | int | float | str | None:
    known = plain(value)
    return str(known) if kind == "text" and known is not None else known


def _rows_from(rows: _Rows) -> pd.DataFrame:
    width = len(rows.columns)
    if any(len(row) != width for row in rows.values):
        raise _refusal("rows.values", f"not every row has {width} cells, one for each column")
    series = [
        _series([row[place] for row in rows.values], column.type, column.name)
        for place, column in enumerate(rows.columns)
    ]
    frame = pd.DataFrame(dict(enumerate(series)), index=range(len(rows.values)))
    return frame.set_axis(pd.Index([column.name for column in rows.columns], dtype="str"), axis="columns")


def _series(cells: list[_Cell], kind: _Type, name: str) -> pd.Series:
    allowed = {"integer": int, "number": int | float, "boolean": bool, "time": str, "text": str}[kind]
    known = [cell for cell in cells if cell is not None]
    # A bool is an int to Python; in a file it is no number.
    if any(not isinstance(cell, allowed) or isinstance(cell, bool) != (kind == "boolean") for cell in known):
        raise _refusal(f"rows.{name}", f"not every cell is of type {kind}")
    whole = len(known) == len(cells)
    if kind == "time":
        try:
            return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object), format="ISO8601"))
        except ValueError as error:
            raise _refusal(f"rows.{name}", "not every cell is a time") from error
    dtype = {
        "integer": "int64" if whole else "Int64",
        "number": "float64",
        "boolean": "bool" if whole else "boolean",
        "text": "str",
    }[kind]
    return pd.Series(cells, dtype=dtype)
