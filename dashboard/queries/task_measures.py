"""Everything that was measured of the systems of one task: all metrics side by side, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.text import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.queries.ask import Ask

LOWER_IS_BETTER = ("L2",)
"""Metrics that measure an error."""
_MEASURES = """
    SELECT s.model_id, m.name, m.role, s.metric, s.value, s.ci_low, s.ci_high, s.ci_method, s.n, s.undefined_reason,
           s.model_id IN (SELECT baseline_id FROM comparison WHERE registered AND task_id = $task) AS to_beat
    FROM score s JOIN model m USING (model_id)
    WHERE s.task_id = $task AND s.stratum = $stratum AND s.regime = $regime AND list_contains($protocols, s.protocol)
    ORDER BY s.model_id, s.metric
"""


def read_measures(ask: Ask, task_id: str, stratum: str, regime: str, protocols: tuple[str, ...]) -> pd.DataFrame:
    """One row a system and metric, those without a value with their reason; `to_beat` marks the registered baseline."""
    return ask(_MEASURES, {"task": task_id, "stratum": stratum, "regime": regime, "protocols": list(protocols)})


def metrics_of(measures: pd.DataFrame, primary: str) -> list[str]:
    """The metrics that somebody has a value of, the task's own first, then as the screen's words have them."""
    known = set(measures.loc[measures["value"].notna(), "metric"])
    return [name for name in dict.fromkeys((primary, *METRICS)) if name in known]


def ranked(measures: pd.DataFrame, primary: str) -> list[str]:
    """Ids of the systems with any value: the baseline to beat first, then by the task's own metric, the best on top."""
    known = measures[measures["value"].notna()]
    own = known[known["metric"] == primary].set_index("model_id")["value"]
    if primary in LOWER_IS_BETTER:
        own = -own
    first = known.drop_duplicates("model_id").set_index("model_id")
    return sorted(
        first.index, key=lambda model: (not first.at[model, "to_beat"], -own.get(model, -float("inf")), model)
    )


def without_value(measures: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Why values are missing: one row a reason, with its systems and the metrics that it concerns.

    A reason that concerns a system by every metric is told once: `metrics` is empty then.

    Args:
        measures: as `read_measures` gives them.
        metrics: those that are shown.
    """
    missing = measures[measures["value"].isna()]
    own = [
        str(reason).removeprefix(f"{model}: ")
        for model, reason in zip(missing["model_id"], missing["undefined_reason"], strict=True)
    ]
    by_system = missing.assign(reason=own).groupby(["reason", "model_id"], sort=False)
    found = by_system.agg(name=("name", "first"), metrics=("metric", tuple)).reset_index()
    some = set(measures.loc[measures["value"].notna(), "model_id"])
    found["metrics"] = [
        tuple(name for name in metrics if name in concerned) if model in some else ()
        for model, concerned in zip(found["model_id"], found["metrics"], strict=True)
    ]
    together = found.groupby(["reason", "metrics"], sort=False)["name"].agg(list).reset_index()
    return together.rename(columns={"name": "names"})
