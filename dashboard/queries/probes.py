"""What was probed here on a task: the baseline to beat, every baseline and control by probe, and the leakage report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.flags import collapse
from dashboard.queries.suites import CLAIMS, PROBES, SUITES

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

# Chosen by the inner folds of train, whatever regime and metric are shown: never by a value on test.
_TO_BEAT = """
    WITH chosen AS (
      SELECT f.task_id, f.model_id, f.inner_score, f.features FROM probe_fit f JOIN model m USING (model_id)
      SEMI JOIN score s ON s.run_id = f.run_id AND s.task_id = f.task_id AND s.model_id = f.model_id
                        AND s.regime = f.regime AND s.protocol = f.protocol
      WHERE m.role = 'baseline' AND f.regime = 'full' AND f.protocol = $claims AND f.fold_hash IS NOT NULL
        AND ($task IS NULL OR f.task_id = $task)
      QUALIFY row_number() OVER (PARTITION BY f.task_id ORDER BY f.inner_score DESC, f.model_id) = 1
    ),
    published AS (
      SELECT s.task_id, s.value FROM score s JOIN model m USING (model_id)
      WHERE m.role = 'model' AND s.value IS NOT NULL AND s.stratum = $stratum AND s.regime = $regime
        AND s.metric = $metric AND list_contains($published, s.protocol) AND ($task IS NULL OR s.task_id = $task)
    )
    SELECT c.task_id, t.label, c.model_id, m.name, c.inner_score, c.features, s.value, s.ci_low, s.ci_high,
           s.undefined_reason, count(p.value) AS n_models,
           count(p.value) FILTER (p.value < s.ci_low) AS below,
           count(p.value) FILTER (p.value BETWEEN s.ci_low AND s.ci_high) AS inside,
           count(p.value) FILTER (p.value > s.ci_high) AS above
    FROM chosen c JOIN task t USING (task_id) JOIN model m USING (model_id)
    JOIN score s ON s.task_id = c.task_id AND s.model_id = c.model_id AND s.protocol = $claims
                 AND s.stratum = $stratum AND s.regime = $regime AND s.metric = $metric
    LEFT JOIN published p ON p.task_id = c.task_id
    GROUP BY ALL ORDER BY min(t.position), c.task_id
"""
_STANDARDS = """
    SELECT s.model_id, m.name, m.role, s.protocol, s.value, s.ci_low, s.ci_high, s.undefined_reason, s.flags
    FROM score s JOIN model m USING (model_id)
    WHERE s.task_id = $task AND s.stratum = $stratum AND s.regime = $regime AND s.metric = $metric
      AND m.role <> 'model' AND list_contains($probes, s.protocol)
    ORDER BY m.role, max(s.value) OVER (PARTITION BY s.model_id) DESC NULLS LAST, m.name,
             list_position($probes, s.protocol)
"""
_LEAKAGE = """
    SELECT k, n_test, exact, reverse_complement, label_conflicts, train_duplicates, near, near_from, method
    FROM leakage WHERE task_id = $task
"""


def read_to_beat(ask: Ask, regime: str, metric: str, stratum: str = "all", task_id: str | None = None) -> pd.DataFrame:
    """The baseline to beat of every task (or this one) that has one, and where published models stand to its interval.

    Indexed by task_id, in the order of the tasks: the value is that of the probe which claims are made from; `below`,
    `inside` and `above` count published models by the baseline's 95 % interval, 0 each where it has none.
    """
    where = {"regime": regime, "metric": metric, "stratum": stratum, "claims": CLAIMS, "task": task_id}
    rows = ask(_TO_BEAT, {**where, "published": list(SUITES["geneb"].protocols)})
    return rows.set_index("task_id").astype(dict.fromkeys(("value", "ci_low", "ci_high"), float))


def read_standards(ask: Ask, task_id: str, stratum: str, regime: str, metric: str) -> pd.DataFrame:
    """Baselines, then controls, each under every probe: one row a system and probe, the strongest system first.

    `collapsed` is the evidence of a collapse to one class, None where there is none.
    """
    where = {"task": task_id, "stratum": stratum, "regime": regime, "metric": metric}
    rows = ask(_STANDARDS, {**where, "probes": list(PROBES)})
    return rows.assign(collapsed=collapse(rows.pop("flags")))


def read_leakage(ask: Ask, task_id: str) -> pd.Series | None:
    """How many test sequences train gives away; None where nobody looked."""
    rows = ask(_LEAKAGE, {"task": task_id})
    return None if rows.empty else rows.iloc[0]
