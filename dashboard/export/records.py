"""An exhibit for programs: JSON and CSV with everything that its stamp says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dashboard.exhibits import ExhibitError
from dashboard.export.plain_values import plain

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.export.show import Leaf, Show, Stamp

MOST_ROWS = 100_000


def as_json(leaf: Leaf) -> bytes:
    """One exhibit: what it is, what was filtered, of which data, and its rows.

    Raises:
        ExhibitError: the slide has no content, or more than 100,000 rows.
    """
    return _written(_record(leaf))


def as_csv(leaf: Leaf) -> bytes:
    """The rows as UTF-8 CSV, the same bytes as the page's own.

    Raises:
        ExhibitError: the slide has no content, no rows, or more than 100,000 of them.
    """
    if leaf.exhibit is None:
        raise ExhibitError(leaf.failure or "this slide has no content")
    if leaf.exhibit.rows is None:
        raise ExhibitError(f"“{leaf.headline}” has no rows")
    _refuse_many(leaf.exhibit.rows, leaf.headline)
    return str(leaf.exhibit.rows.to_csv(index=False)).encode("utf-8")


def show_json(show: Show) -> bytes:
    """A whole deck; a slide without content says why.

    Raises:
        ExhibitError: its slides have more than 100,000 rows together.
    """
    total = sum(0 if one.exhibit is None or one.exhibit.rows is None else len(one.exhibit.rows) for one in show.leaves)
    if total > MOST_ROWS:
        raise ExhibitError(
            f"JSON holds at most {MOST_ROWS:,} rows and this deck has {total:,}: take out its largest table"
        )
    return _written({
        "title": show.title,
        "date": show.date,
        "data": show.data,
        "ground": show.deck.ground,
        "shape": show.deck.shape,
        "slides": [_slide(leaf) for leaf in show.leaves],
    })  # fmt: skip


def _slide(leaf: Leaf) -> dict[str, Any]:
    said = {"headline": leaf.headline, "note": leaf.slide.note}
    return said | ({"failure": leaf.failure} if leaf.exhibit is None else _record(leaf))


def _record(leaf: Leaf) -> dict[str, Any]:
    exhibit = leaf.exhibit
    if exhibit is None:
        raise ExhibitError(leaf.failure or "this slide has no content")
    rows = exhibit.rows
    if rows is not None:
        _refuse_many(rows, leaf.headline)
    names = [] if rows is None else _unique([str(name) for name in rows.columns])
    return {
        "title": exhibit.title,
        "kind": exhibit.kind,
        "n": exhibit.about.n,
        "interval": exhibit.about.interval,
        **_stamped(leaf.stamp),
        "notes": list(exhibit.notes),
        "columns": names,
        "rows": [] if rows is None else _rows(rows, names),
    }


def _stamped(stamp: Stamp | None) -> dict[str, Any]:
    if stamp is None:
        return {}
    return {
        "view": list(stamp.view),
        "data": stamp.data,
        "link": stamp.link,
        "command": stamp.command,
        "date": stamp.date,
        "sources": [
            {"id": one.source_id, "citation": one.citation, "url": one.url, "identifier": one.identifier}
            for one in stamp.sources
        ],
    }


def _rows(rows: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    columns = [[plain(value) for value in rows.iloc[:, place].tolist()] for place in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _unique(names: list[str]) -> list[str]:
    """Names as keys of an object: the second of two equal ones is numbered."""
    found: list[str] = []
    for name in names:
        key, number = name, 2
        while key in found:
            key, number = f"{name} ({number})", number + 1
        found.append(key)
    return found


def _refuse_many(rows: pd.DataFrame, what: str) -> None:
    if len(rows) > MOST_ROWS:
        raise ExhibitError(f"a file holds at most {MOST_ROWS:,} rows and “{what}” has {len(rows):,}: filter it")


def _written(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")
