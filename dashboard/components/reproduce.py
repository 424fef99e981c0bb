"""The command that gives the numbers of a page from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import MAIN_TASK, SUITES, of_tasks

if TYPE_CHECKING:
    from dashboard.queries.board import Board


def board_query(board: Board, kind: str | None, *, against: bool) -> str:
    """SQL for `vledger sql`: the values of a board, or their comparisons with the registered baseline."""
    suite = SUITES[board.suite]
    where = f"regime = '{board.regime}' AND metric = '{board.metric}'"
    protocols = f"protocol IN ({', '.join(map(repr, suite.protocols))})"
    if against:
        parts = board.suite in MAIN_TASK
        place = f"c.task_id = '{MAIN_TASK[board.suite]}'" if parts else f"t.suite = '{board.suite}'"
        return (
            "SELECT c.model_id, c.task_id, c.stratum, c.baseline_id, c.delta, c.ci_low, c.ci_high, "
            "c.verdict_article, c.verdict, c.undefined_reason\n"
            f"FROM comparison c JOIN task t USING (task_id)\nWHERE c.registered AND {place}\n"
            f"  AND {where} AND {protocols}\nORDER BY c.model_id, t.position, c.stratum"
        )
    if not suite.kinds:
        return (
            f"SELECT model_id, category, value FROM category_score\nWHERE suite = '{board.suite}' AND {where}\n"
            f"  AND {protocols}\nORDER BY category, value DESC"
        )
    if of_tasks(board.suite):
        return (
            "SELECT model_id, task_id, value, ci_low, ci_high, n, undefined_reason\n"
            f"FROM score JOIN task t USING (task_id)\nWHERE t.suite = '{board.suite}' AND stratum = 'all'\n"
            f"  AND {where}\n  AND {protocols}\nORDER BY t.position, value DESC"
        )
    return (
        "SELECT s.model_id, s.stratum, s.value, s.ci_low, s.ci_high\n"
        "FROM score s JOIN stratum p USING (task_id, stratum)\n"
        f"WHERE task_id = '{MAIN_TASK[board.suite]}' AND p.kind IN ('all', '{kind}')\n  AND {where}\n"
        f"  AND {protocols}\nORDER BY p.position, s.value DESC"
    )
