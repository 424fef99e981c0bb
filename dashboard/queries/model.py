"""One system over everything it was measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.flags import collapse
from dashboard.queries.probes import read_to_beat
from dashboard.queries.suites import PROBES, of_tasks
from dashboard.queries.task_measures import LOWER_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Mapping

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
      SELECT *, rank() OVER (part_of ORDER BY CASE WHEN list_contains($lower, metric) THEN -value ELSE value END DESC)
                  AS rank,
             count(*) OVER part_of AS n_systems,
             CASE WHEN list_contains($lower, metric) THEN min(value) OVER part_of
                  ELSE max(value) OVER part_of END AS best
      FROM shown WINDOW part_of AS (PARTITION BY task_id, stratum, regime, metric, field, comparable)
    )
    SELECT t.suite, t.category, t.label AS task, r.part, r.task_id, r.stratum, r.regime, r.metric, r.protocol,
           r.provenance, r.value, r.ci_low, r.ci_high, r.n, r.flags, CASE WHEN r.comparable THEN r.rank END AS rank,
           CASE WHEN r.comparable THEN r.n_systems END AS n_systems, CASE WHEN r.comparable THEN r.best END AS best
    FROM ranked r JOIN task t USING (task_id)
    WHERE model_id = $model
    ORDER BY t.suite, t.position, r.position, metric, protocol
"""

_WITHOUT = """
    SELECT t.label AS task, arg_min(s.undefined_reason, s.metric <> t.primary_metric) AS reason
    FROM score s JOIN task t USING (task_id)
    WHERE s.model_id = $model AND s.stratum = 'all' AND t.suite <> 'geneb'
    GROUP BY t.suite, t.position, t.label HAVING count(s.value) = 0 AND count(s.undefined_reason) > 0
    ORDER BY t.suite, t.position, t.label
"""


def read_scores(ask: Ask, model_id: str, regime: str) -> pd.DataFrame:
    """Every score of a system but those by gene, GENEB's in one regime, with its rank among all systems.

    Published values, our own of single items, and each of our probes are ranked apart, as on the task's page.
    `collapsed` is the evidence of a collapse to one class, None where there is none.
    """
    asked = {"model": model_id, "regime": regime, "probes": list(PROBES), "lower": list(LOWER_IS_BETTER)}
    rows = ask(_TASKS, asked)
    return rows.assign(collapsed=collapse(rows.pop("flags")))


def read_without_value(ask: Ask, model_id: str) -> pd.DataFrame:
    """Tasks that a system was asked on and has no value of by any metric: task and reason."""
    return ask(_WITHOUT, {"model": model_id})


def read_tasks_to_beat(ask: Ask, model_id: str) -> list[str]:
    """Tasks on which this is the baseline to beat."""
    rows = read_to_beat(ask, "full", "MCC")
    return list(rows.index[rows["model_id"] == model_id])


def profile(board: Board, model_id: str, registered: Mapping[str, list[str]] | None = None) -> pd.DataFrame:
    """One row a column of the board in which the system has a value: value, rank, and the range of all models.

    Where columns are whole tasks, the range is that of all models and baselines, as there may be no model yet, and the
    baseline is the one that was registered for the task.

    Args:
        board: of a suite.
        model_id: the system.
        registered: by task, the baselines that were declared as those to beat.
    """
    roles, whole = board.models["role"], of_tasks(board.suite)
    values = board.values if whole else board.values.loc[roles.index[roles != "baseline"]]
    ranks = board.ranks()
    rows = pd.DataFrame(
        {
            "label": [column.label.split(" (", 1)[0] if whole else column.label for column in board.columns],
            "value": board.values.loc[model_id],
            "low": board.low.loc[model_id] if whole else float("nan"),
            "high": board.high.loc[model_id] if whole else float("nan"),
            "lowest": values.min(),
            "median": values.median(),
            "best": values.max(),
            "rank": ranks.loc[model_id],
            "n_models": ranks.notna().sum(),
            "baseline": _to_beat(board, registered or {}) if whole else _strongest(board),
        },
        index=[column.key for column in board.columns],
    )
    return rows.dropna(subset=["value"])


def _strongest(board: Board) -> pd.Series:
    return board.values.loc[board.models.index[board.models["role"] == "baseline"]].max()


def _to_beat(board: Board, registered: Mapping[str, list[str]]) -> pd.Series:
    """Values of the baselines to beat, by column; NaN where none is registered or it has no value."""
    named = {column.key: next(iter(registered.get(column.task or "", [])), None) for column in board.columns}
    found = {key: board.values[key].get(name, float("nan")) for key, name in named.items()}
    return pd.Series(found, dtype=float)
