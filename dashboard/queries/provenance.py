"""Which sources the numbers of a view come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

_OF_SUITE = """
SELECT score.source_id, count(*) AS n FROM score JOIN task USING (task_id) WHERE suite = $suite GROUP BY score.source_id
UNION ALL SELECT source_id, 0 FROM task WHERE suite = $suite GROUP BY source_id
"""
_OF_TASK = """
SELECT source_id, count(*) AS n FROM score WHERE task_id = $task GROUP BY source_id
UNION ALL SELECT source_id, 0 FROM task WHERE task_id = $task
"""


def read_sources(ask: Ask, suite: str) -> tuple[str, ...]:
    """Ids of the sources of a suite's scores and tasks, those of most scores first."""
    return _ordered(ask(_OF_SUITE, {"suite": suite}))


def read_task_sources(ask: Ask, task: str) -> tuple[str, ...]:
    """Likewise of one task."""
    return _ordered(ask(_OF_TASK, {"task": task}))


def _ordered(rows: pd.DataFrame) -> tuple[str, ...]:
    summed = rows.groupby("source_id")["n"].sum().sort_values(ascending=False, kind="stable")
    return tuple(map(str, summed.index))
