"""Where a probe collapsed to one class, by cell of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.flags import COLLAPSE, collapse
from dashboard.queries.suites import MAIN_TASK, SUITES

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board

_COLLAPSED = """
    SELECT s.model_id, CASE WHEN $task IS NULL THEN t.category ELSE s.stratum END AS key, t.label, s.flags
    FROM score s JOIN task t USING (task_id)
    WHERE contains(s.flags, $flag) AND t.suite = $suite AND ($task IS NULL AND s.stratum = 'all' OR s.task_id = $task)
      AND s.regime = $regime AND s.metric = $metric AND list_contains($protocols, s.protocol)
    ORDER BY s.model_id, t.position, t.task_id, s.stratum
"""


def read_collapsed(ask: Ask, suite: str, regime: str, metric: str) -> pd.DataFrame:
    """One row for every value of a board's cells that comes from a collapsed probe: model_id, key, label, evidence."""
    text = SUITES[suite]
    # A suite of whole tasks on their own has no probes.
    where = {"suite": suite, "task": MAIN_TASK.get(suite), "regime": regime, "metric": metric}
    rows = ask(_COLLAPSED, {**where, "flag": COLLAPSE, "protocols": list(text.protocols)})
    return rows.assign(evidence=collapse(rows.pop("flags"))).dropna(subset=["evidence"]).reset_index(drop=True)


def by_cell(rows: pd.DataFrame, board: Board) -> dict[tuple[str, str], str]:
    """What collapsed in each cell of a board, in words: its parts, of how many there are."""
    shown = rows[rows["model_id"].isin(board.values.index) & rows["key"].isin(board.values.columns)]
    found: dict[tuple[str, str], str] = {}
    for (model, key), group in shown.groupby(["model_id", "key"], sort=False):
        n = board.column(str(key)).n
        several = not SUITES[board.suite].kinds and n is not None and n > 1
        of = f"{len(group)} of {n} tasks ({', '.join(group['label'])}): " if several else ""
        found[str(model), str(key)] = f"{of}{group['evidence'].iloc[0]}"
    return found
