"""The same result with every cell type as a part of it: tables and charts of parts then show types too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.local_split.exchange import Part, Value

if TYPE_CHECKING:
    from engine.local_split.cells.exchange import CellsResult

OF_TYPES = "a value of one type of cells has no interval"


def by_type(result: CellsResult) -> CellsResult:
    """With the values of single types after those of all cells; none of them is judged."""
    return replace(result, parts=(*result.parts, *_parts(result)), values=(*result.values, *_values(result)))


def _parts(result: CellsResult) -> list[Part]:
    return [
        Part(
            part_id=f"type:{one.name}",
            label=one.name,
            n=one.cells,
            positives=None,
            column=result.label,
            judged=False,
            reason=OF_TYPES,
        )
        for one in result.types
    ]


def _values(result: CellsResult) -> list[Value]:
    return [
        Value(
            system_id=one.system_id,
            part_id=f"type:{one.cell_type}",
            metric=one.metric,
            value=one.value,
            low=None,
            high=None,
            method=None,
            n=one.n,
            undefined_reason=one.undefined_reason,
        )
        for one in result.items
    ]
