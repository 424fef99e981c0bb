"""What comes before and after an item among those that satisfy the filters, in the order of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.items import ORDERS, matching, parameters

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.item_rows import Asked


_COMPLETE = """
    SELECT (SELECT n FROM scored WHERE task_id = $task AND model_id = $model)
         = (SELECT count(*) FROM numbered_item WHERE task_id = $task) AS complete
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in the list.

    `position` counts from 1 and is None where the filters leave the item out; its neighbours are then those between
    which it would stand. `previous` and `following` are item ids, None at an end.
    """

    position: int | None
    total: int
    previous: str | None
    following: str | None


def read_place(ask: Ask, asked: Asked, item_no: int) -> Place:
    """Where an item, given by its number, stands in the list that is asked for."""
    given = parameters(asked.filters, asked.task, asked.system, asked.rival, ORDERS[asked.by][1])
    shown, here = _whole(asked.by) if _by_score_alone(ask, asked) else _filtered(asked.filters, asked.by)
    row = ask(_sql(shown, here, down=asked.down), {**given, "number": item_no}).iloc[0]
    inside = bool(row["inside"])
    names = [None if pd.isna(row[name]) else str(row[name]) for name in ("previous", "following")]
    return Place(int(row["ahead"]) + 1 if inside else None, int(row["total"]), *names)


def _by_score_alone(ask: Ask, asked: Asked) -> bool:
    """Whether the list is all items by the score of one system that scored them all: then no join is needed."""
    if asked.filters.active or asked.by not in {"system", "rival"}:
        return False
    model = asked.system if asked.by == "system" else asked.rival
    found = ask(_COMPLETE, {"task": asked.task, "model": model})["complete"].iloc[0]
    return not pd.isna(found) and bool(found)


def _whole(by: str) -> tuple[str, str]:
    """Number and key of all items, and of one, from the shares of one system alone."""
    shown = f"SELECT item_no AS number, percentile AS key FROM standing WHERE task_id = $task AND model_id = ${by}"
    return shown, f"{shown} AND item_no = $number"


def _filtered(filters: ItemFilters, by: str) -> tuple[str, str]:
    """Number and key of the items that satisfy the filters, and of one whether it does or not."""
    key, joined = ORDERS[by]
    columns = f"SELECT i.item_no AS number, {key} AS key"
    itself = matching(ItemFilters(), joined)[0]
    return f"{columns} {matching(filters, joined)[0]}", f"{columns} {itself} AND i.item_no = $number"


def _sql(shown: str, here: str, *, down: bool) -> str:
    """One pass that counts, and the nearest row on either side: no sorting of all items, no OFFSET."""
    way, back, sooner = ("DESC", "ASC", ">") if down else ("ASC", "DESC", "<")
    ahead = (
        f"(s.key IS NOT NULL AND h.key IS NULL) OR s.key {sooner} h.key "
        "OR (s.key IS NOT DISTINCT FROM h.key AND s.number < h.number)"
    )
    return f"""
        WITH shown AS MATERIALIZED ({shown}), here AS MATERIALIZED ({here}),
        placed AS MATERIALIZED (SELECT s.number, s.key, coalesce({ahead}, false) AS ahead FROM shown s, here h),
        beside AS (
          SELECT (SELECT number FROM placed WHERE ahead ORDER BY key {back} NULLS FIRST, number DESC LIMIT 1) AS before,
                 (SELECT number FROM placed WHERE NOT ahead AND number <> $number
                  ORDER BY key {way} NULLS LAST, number LIMIT 1) AS after
        )
        SELECT count(*) AS total, count(*) FILTER (ahead) AS ahead,
               coalesce(bool_or(number = $number), false) AS inside,
               (SELECT item_id FROM numbered_item, beside WHERE task_id = $task AND item_no = before) AS previous,
               (SELECT item_id FROM numbered_item, beside WHERE task_id = $task AND item_no = after) AS following
        FROM placed
    """
