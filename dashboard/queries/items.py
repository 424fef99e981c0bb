"""The items of a task that satisfy some filters, beside what two systems say of them, in SQL.

A task can have a million items and each system as many scores, so a query joins the scores only where it needs them:
`rows` first finds which items stand on a sheet, then fetches what is known of these alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashboard.queries.item_filters import ItemFilters

# Scores are in the system's own direction. At a declared threshold a score is on the high side (engine.run.measure); at
# the median of its own scores it counts as label 1, whichever way the scale runs.
CALLED = """CASE WHEN s.sign > 0 THEN v.score >= s.threshold
                     WHEN starts_with(s.threshold_source, 'median of') THEN v.score <= s.threshold
                     ELSE v.score < s.threshold END"""


def _standing(alias: str, parameter: str) -> str:
    return f"""
    LEFT JOIN (
      SELECT v.item_no, v.score, v.percentile, v.among_negative, v.among_positive, {CALLED} AS called
      FROM standing v, (SELECT sign, threshold, threshold_source FROM scored
                        WHERE task_id = $task AND model_id = ${parameter}) s
      WHERE v.task_id = $task AND v.model_id = ${parameter}
    ) {alias} ON {alias}.item_no = i.item_no"""


SYSTEM, RIVAL = "a", "b"
"""Aliases of what the first and the second system say of an item."""
_JOINED = {SYSTEM: ("system", _standing(SYSTEM, "system")), RIVAL: ("rival", _standing(RIVAL, "rival"))}
BOTH = (SYSTEM, RIVAL)

_IS: dict[str, str] = {
    "label": "i.label = $label",
    "consequence": "i.consequence = ANY($consequence)",
    "part": "i.item_no IN (SELECT item_no FROM part WHERE task_id = $task AND stratum = ANY($part))",
    "gene": "i.gene = $gene",
    "start": "i.place >= $start",
    "end": "i.place <= $end",
    "gap": "abs(a.percentile - b.percentile) >= $gap",
    "find": "(contains(lower(i.item_id), lower($find)) OR contains(lower(i.protein_variant), lower($find)) "
    "OR contains(lower(i.gene), lower($find)))",
}
_CALLS: dict[str, str] = {
    "right": "a.called = (i.label = 1)",
    "wrong": "a.called <> (i.label = 1)",
    "missed": "NOT a.called AND i.label = 1",
    "false alarm": "a.called AND i.label = 0",
}
"""Without a threshold, a call is neither true nor false: then none of these matches."""
OUTCOME = """CASE WHEN a.called IS NULL OR i.label IS NULL THEN NULL WHEN a.called = (i.label = 1) THEN 'right'
             WHEN i.label = 1 THEN 'missed' ELSE 'false alarm' END"""
"""What the first system's call is worth, as a column."""


def needed(filters: ItemFilters) -> tuple[str, ...]:
    """Aliases of the systems without whose scores the filters cannot be decided."""
    if filters.gap:
        return BOTH
    return (SYSTEM,) if filters.outcome else ()


def matching(filters: ItemFilters, joined: Collection[str] = BOTH) -> tuple[str, dict[str, object]]:
    """FROM and WHERE of the items that satisfy the filters.

    Columns: `i.*` of numbered_item, and of `a` (system) and `b` (rival), all NULL where it gave no score: `score` in
    its own direction, the percentiles of table standing, and `called`, whether the stated threshold calls it label 1.

    Args:
        filters: what to satisfy.
        joined: which of `a`, `b` to join; what the filters need is joined anyway.

    Returns:
        SQL text, and the parameters of the filters. The caller adds `task` and, of what is joined, `system` and
        `rival` (None for no system): `parameters` does.
    """
    conditions = ["i.task_id = $task"]
    found: dict[str, object] = {}
    for name, condition in _IS.items():
        value = getattr(filters, name)
        if value not in {None, "", (), 0} or (name in {"start", "end"} and value is not None):
            conditions.append(condition)
            found[name] = int(value) if name == "label" else list(value) if isinstance(value, tuple) else value
    if filters.outcome:
        conditions.append(_CALLS[filters.outcome])
    joins = "".join(_JOINED[alias][1] for alias in joins_of(filters, joined))
    return f"FROM numbered_item i{joins}\nWHERE {' AND '.join(conditions)}", found


def joins_of(filters: ItemFilters, joined: Collection[str]) -> tuple[str, ...]:
    """The aliases that `matching` joins, in order."""
    return tuple(alias for alias in BOTH if alias in joined or alias in needed(filters))


def parameters(
    filters: ItemFilters, task: str, system: str | None, rival: str | None, joined: Collection[str] = BOTH
) -> dict[str, object]:
    """All parameters of `matching` with the same arguments."""
    names = {SYSTEM: ("system", system), RIVAL: ("rival", rival)}
    return {
        **matching(filters, joined)[1],
        "task": task,
        **dict(names[alias] for alias in joins_of(filters, joined)),
    }


ORDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "place": ("i.item_no", ()),
    "label": ("i.label", ()),
    "system": ("a.percentile", (SYSTEM,)),
    "rival": ("b.percentile", (RIVAL,)),
    "gap": ("abs(a.percentile - b.percentile)", BOTH),
    "value": ("i.value", ()),
}
"""By `view.ITEM_ORDERS`: what is ordered by, and which systems have to be joined for it."""


def ordered(by: str, *, down: bool) -> str:
    """ORDER BY of the items: what is missing comes last either way, equals along the gene."""
    return f"ORDER BY {ORDERS[by][0]} {'DESC' if down else 'ASC'} NULLS LAST, i.item_no"
