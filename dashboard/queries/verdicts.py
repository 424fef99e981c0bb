"""Whether each model of a task beats the baseline that was named beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

_VERDICTS = """
    SELECT c.model_id, m.name, m.role, c.protocol, c.baseline_id, b.name AS baseline, c.n, c.delta, c.ci_low, c.ci_high,
           c.q, c.verdict_article, c.verdict, c.minimum_effect, c.ci_method, c.undefined_reason, c.flags
    FROM comparison c JOIN model m USING (model_id) JOIN model b ON b.model_id = c.baseline_id
    WHERE c.registered AND c.task_id = $task AND c.stratum = $stratum AND c.regime = $regime AND c.metric = $metric
      AND list_contains($protocols, c.protocol)
    ORDER BY c.delta DESC NULLS LAST, m.name, c.protocol
"""
_COLUMNS = {
    "delta": "delta",
    "ci_low": "delta_low",
    "ci_high": "delta_high",
    "verdict_article": "verdict_article",
    "verdict": "verdict",
    "undefined_reason": "no_verdict",
}


def read_verdicts(  # noqa: PLR0917 - what is cached, comes by position
    ask: Ask, suite: str, task_id: str, stratum: str, regime: str, metric: str, probe: str | None = None
) -> pd.DataFrame:
    """One row a model (and protocol): difference to the registered baseline and both verdicts, best first.

    Empty where nothing was registered or no model was scored. A verdict is missing with its reason. `probe` is the
    one of our own that is shown beside the suite's protocols.
    """
    where = {"task": task_id, "stratum": stratum, "regime": regime, "metric": metric}
    return ask(_VERDICTS, {**where, "protocols": [*SUITES[suite].protocols, *([probe] if probe else [])]})


def beside(scores: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Scores by model_id, each with its own difference and verdicts; missing where it was not compared."""
    rows = verdicts[["model_id", "protocol", *_COLUMNS]].rename(columns=_COLUMNS)
    return scores.reset_index().merge(rows, how="left", on=["model_id", "protocol"]).set_index("model_id")
