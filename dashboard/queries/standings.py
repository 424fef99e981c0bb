"""On each task with a baseline to beat: how many models are above it, level with it and below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import CLAIMS, SUITES
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

# One row a model and task: where several protocols were compared, the first of its suite's.
_STANDINGS = """
    WITH compared AS (
      SELECT c.*, t.suite, t.label, t.position FROM comparison c
      JOIN task t ON t.task_id = c.task_id AND t.primary_metric = c.metric
      JOIN model m ON m.model_id = c.model_id
      WHERE c.registered AND c.stratum = $all AND m.role = 'model' AND list_contains($suites, t.suite)
        AND list_contains($regimes, c.regime) AND list_contains($protocols, c.protocol)
      QUALIFY row_number() OVER (
        PARTITION BY c.task_id, c.model_id ORDER BY list_position($protocols, c.protocol)
      ) = 1
    ),
    beside AS (
      SELECT b.task_id, b.regime, b.metric, b.model_id AS baseline_id, m.name AS baseline, b.value, b.ci_low, b.ci_high
      FROM score b JOIN model m USING (model_id)
      SEMI JOIN compared c ON c.task_id = b.task_id AND c.baseline_id = b.model_id AND c.regime = b.regime
                          AND c.metric = b.metric
      WHERE b.stratum = $all AND list_contains($protocols, b.protocol)
      QUALIFY row_number() OVER (
        PARTITION BY b.task_id, b.model_id, b.regime, b.metric ORDER BY list_position($protocols, b.protocol)
      ) = 1
    ),
    stood AS (
      SELECT c.suite, c.task_id, c.label, c.position, c.metric, c.baseline_id, b.baseline,
             b.value, b.ci_low, b.ci_high, c.delta < c.minimum_effect AS small,
             CASE WHEN c.delta IS NULL OR s.ci_low IS NULL OR b.ci_low IS NULL THEN 'unknown'
                  WHEN s.value > b.value AND s.ci_low > b.ci_high THEN 'above'
                  WHEN s.value < b.value AND s.ci_high < b.ci_low THEN 'below' ELSE 'level' END AS standing
      FROM compared c JOIN score s USING (task_id, stratum, regime, protocol, metric, model_id)
      JOIN beside b USING (task_id, regime, metric, baseline_id)
    )
    SELECT suite, task_id, label, metric, baseline_id, baseline, value, ci_low, ci_high,
           count(*) FILTER (standing = 'below') AS below, count(*) FILTER (standing = 'level') AS level,
           count(*) FILTER (standing = 'above') AS above, count(*) FILTER (standing = 'above' AND small) AS barely,
           count(*) FILTER (standing = 'unknown') AS unknown
    FROM stood GROUP BY ALL
    ORDER BY min(list_position($suites, suite)), min(position), task_id
"""


def read_standings(ask: Ask) -> pd.DataFrame:
    """One row a task with a registered baseline, by its first metric and all of its items, suite by suite.

    `below`, `level` and `above` count models by whether their 95 % interval and the baseline's are apart, `barely`
    those above by less than the smallest difference that counts, `unknown` those that lack an interval or a difference.
    Tasks without any two intervals are kept: all their models are unknown.
    """
    protocols = list(dict.fromkeys(protocol for text in SUITES.values() for protocol in text.protocols))
    regimes = list({text.regimes[0] for text in SUITES.values()})
    where = {"all": ALL_STRATA, "suites": list(SUITES), "protocols": [*protocols, CLAIMS], "regimes": regimes}
    return ask(_STANDINGS, where).astype(dict.fromkeys(("value", "ci_low", "ci_high"), float))
