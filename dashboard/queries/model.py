"""One system over everything it was measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board

_TASKS = """
    WITH shown AS (
      SELECT s.model_id, s.task_id, s.stratum, s.regime, s.metric, s.value, s.ci_low, s.ci_high, s.n, s.provenance,
             rank() OVER part AS rank, count(s.value) OVER part AS n_systems, max(s.value) OVER part AS best
      FROM score s JOIN task t USING (task_id)
      WHERE s.value IS NOT NULL AND (t.suite <> 'geneb' OR s.regime = $regime)
      WINDOW part AS (PARTITION BY s.task_id, s.stratum, s.regime, s.metric, s.protocol ORDER BY s.value DESC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT t.suite, t.category, t.label AS task, st.label AS part, shown.* EXCLUDE (model_id)
    FROM shown JOIN task t USING (task_id) JOIN stratum st USING (task_id, stratum)
    WHERE model_id = $model
    ORDER BY t.suite, t.position, st.position, metric
"""


def read_scores(ask: Ask, model_id: str, regime: str) -> pd.DataFrame:
    """Every score of a system, GENEB's in one regime, with its rank among all systems."""
    return ask(_TASKS, {"model": model_id, "regime": regime})


def profile(board: Board, model_id: str) -> pd.DataFrame:
    """One row a column of the board in which the model has a value: value, rank, and the range of all models."""
    values = board.values.loc[board.models.index[board.models["role"] != "baseline"]]
    baselines = board.values.loc[board.models.index[board.models["role"] == "baseline"]]
    mine, ranks = board.values.loc[model_id], board.ranks()
    rows = pd.DataFrame(
        {
            "label": [column.label for column in board.columns],
            "value": mine,
            "lowest": values.min(),
            "median": values.median(),
            "best": values.max(),
            "rank": ranks.loc[model_id],
            "n_models": ranks.notna().sum(),
            "baseline": baselines.max(),
        },
        index=[column.key for column in board.columns],
    )
    return rows.dropna(subset=["value"])
