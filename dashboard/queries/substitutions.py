"""A deep mutational scan as a map: every residue against every amino acid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard.queries.items import SYSTEM, matching, parameters

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.item_rows import Asked

WINDOW = 270
"""Residues that are shown at once."""

# The share of measured values below, in percent with ties counted half, is the same scale as a system's percentile.
_CELLS = """
    WITH scale AS (
      SELECT value, (sum(count(*)) OVER (ORDER BY value) - count(*) / 2) * 100 / sum(count(*)) OVER () AS measured
      FROM numbered_item WHERE task_id = $task AND value IS NOT NULL GROUP BY value
    ),
    found AS (
      SELECT i.item_no, i.item_id, i.residue, i.residue_ref, i.residue_alt, i.label, i.value, a.percentile {matching}
        AND i.residue_alt IS NOT NULL AND i.residue BETWEEN $from AND $to
    )
    SELECT f.*, s.measured FROM found f LEFT JOIN scale s USING (value) ORDER BY f.item_no
"""
_WILD_TYPE = """
    SELECT DISTINCT residue, residue_ref FROM numbered_item
    WHERE task_id = $task AND residue_ref IS NOT NULL AND residue BETWEEN $from AND $to
      AND ($gene = '' OR gene = $gene) ORDER BY ALL
"""
_DOMAIN = """
    SELECT quantile_cont(value, 0.02) AS low, quantile_cont(value, 0.98) AS high
    FROM numbered_item WHERE task_id = $task
"""


@dataclass(frozen=True, slots=True)
class Substitutions:
    """A stretch of the map.

    Attributes:
        cells: one an item: item_id, residue, residue_ref, residue_alt, label, value, percentile of the first system,
            and `measured`, the percentile of the measured value among all of the task.
        wild_type: residue and residue_ref.
        first: first residue shown.
        last: last residue shown.
        low: lower end of the measured values' colours, the same for every stretch.
        high: upper end.
    """

    cells: pd.DataFrame
    wild_type: pd.DataFrame
    first: int
    last: int
    low: float
    high: float


def read_substitutions(ask: Ask, asked: Asked, first: int, last: int) -> Substitutions:
    """The items asked for between two residues, at most WINDOW of them."""
    last = min(last, first + WINDOW - 1)
    where = {"from": first, "to": last}
    rest = replace(asked.filters, start=None, end=None)
    sql, _ = matching(rest, (SYSTEM,))
    found = parameters(rest, asked.task, asked.system, asked.rival, (SYSTEM,))
    ends = ask(_DOMAIN, {"task": asked.task}).iloc[0]
    return Substitutions(
        cells=ask(_CELLS.format(matching=sql), found | where),
        wild_type=ask(_WILD_TYPE, {"task": asked.task, "gene": asked.filters.gene, **where}),
        first=first,
        last=last,
        low=float(ends["low"]),
        high=float(ends["high"]),
    )
