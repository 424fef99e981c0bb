"""One system over everything it was measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.flags import collapse
from dashboard.queries.probes import read_to_beat
from dashboard.queries.suites import PROBES

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board

_TASKS = """
    WITH shown AS (
      SELECT s.model_id, s.task_id, s.stratum, st.label AS part, st.position, s.regime, s.metric, s.protocol,
             s.value, s.ci_low, s.ci_high, s.n, s.provenance, s.flags,
             -- What was published, and what was scored here, on the same items: protocols side by side. Not so probes.
             CASE WHEN list_contains($probes, s.protocol) THEN s.protocol ELSE s.origin END AS field,
             -- A score that does not state its n though the part does may be over fewer items: shown, not ranked.
             -- Nor are controls: they make no claim.
             m.role <> 'control' AND (s.n IS NOT NULL OR st.n IS NULL) AS comparable
      FROM score s JOIN stratum st USING (task_id, stratum) JOIN task t USING (task_id) JOIN model m USING (model_id)
      WHERE s.value IS NOT NULL AND st.kind <> 'gene' AND (t.suite <> 'geneb' OR s.regime = $regime)
    ),
    ranked AS (
      SELECT *, rank() OVER (part_of ORDER BY value DESC) AS rank,
             count(*) OVER part_of AS n_systems, max(value) OVER part_of AS best
      FROM shown WINDOW part_of AS (PARTITION BY task_id, stratum, regime, metric, field, comparable)
    )
    SELECT t.suite, t.category, t.label AS task, r.part, r.task_id, r.stratum, r.regime, r.metric, r.protocol,
           r.provenance, r.value, r.ci_low, r.ci_high, r.n, r.flags, CASE WHEN r.comparable THEN r.rank END AS rank,
           CASE WHEN r.comparable THEN r.n_systems END AS n_systems, CASE WHEN r.comparable THEN r.best END AS best
    FROM ranked r JOIN task t USING (task_id)
    WHERE model_id = $model
    ORDER BY t.suite, t.position, r.position, metric, protocol
"""


def read_scores(ask: Ask, model_id: str, regime: str) -> pd.DataFrame:
    """Every score of a system but those by gene, GENEB's in one regime, with its rank among all systems.

    Published values, our own of single items, and each of our probes are ranked apart, as on the task's page.
    `collapsed` is the evidence of a collapse to one class, None where there is none.
    """
    rows = ask(_TASKS, {"model": model_id, "regime": regime, "probes": list(PROBES)})
    return rows.assign(collapsed=collapse(rows.pop("flags")))


def read_tasks_to_beat(ask: Ask, model_id: str) -> list[str]:
    """Tasks on which this is the baseline to beat."""
    rows = read_to_beat(ask, "full", "MCC")
    return list(rows.index[rows["model_id"] == model_id])


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
