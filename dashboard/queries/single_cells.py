"""What was measured on single-cell tasks: every system by its task's own metric, the baseline to beat first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine import names
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from dashboard.queries.ask import Ask

SINGLE_CELL = tuple(map(str, names.SINGLE_CELL))
"""Suites of single-cell tasks, in the order in which they are told."""
BESIDE_GENES = "gene-lr+"
"""How edges are called that were put beside what single genes tell."""
_ON_NONE = re.compile(r"has a value for none of (\d+ \w+): (.*)")

_SCORES = """
    WITH declared AS (
      SELECT DISTINCT task_id, metric, protocol, baseline_id FROM comparison WHERE registered AND stratum = $all
    )
    SELECT t.suite, t.task_id, t.label AS task, s.metric, s.protocol, s.model_id, m.name, m.role, s.value, s.ci_low,
           s.ci_high, s.n, s.undefined_reason, s.model_id = d.baseline_id AS to_beat, c.delta, c.ci_low AS delta_low,
           c.ci_high AS delta_high
    FROM score s JOIN task t ON t.task_id = s.task_id AND t.primary_metric = s.metric JOIN model m USING (model_id)
    JOIN declared d ON d.task_id = s.task_id AND d.metric = s.metric AND d.protocol = s.protocol
    LEFT JOIN comparison c ON c.registered AND c.task_id = s.task_id AND c.stratum = s.stratum
      AND c.regime = s.regime AND c.protocol = s.protocol AND c.metric = s.metric AND c.model_id = s.model_id
    WHERE s.stratum = $all AND list_contains($suites, t.suite)
    ORDER BY list_position($suites, t.suite), t.position, NOT to_beat,
             list_position(['baseline', 'model', 'control'], m.role), s.value DESC NULLS LAST, s.model_id
"""
_COMPARED = """
    SELECT c.task_id, c.metric, c.model_id, m.name, c.baseline_id, b.name AS baseline, c.delta, c.ci_low, c.ci_high,
           c.n
    FROM comparison c JOIN task t USING (task_id) JOIN model m ON m.model_id = c.model_id
    JOIN model b ON b.model_id = c.baseline_id
    WHERE m.role = 'model' AND c.stratum = $all AND list_contains($tasks, c.task_id) AND c.ci_low IS NOT NULL
      AND ($every OR c.metric = t.primary_metric)
    ORDER BY c.task_id, c.metric, c.delta DESC, c.model_id, c.baseline_id
"""
# Of several runs the one whose value stands for the whole task.
_UNITS = """
    SELECT item_id, model_id, value FROM item_value SEMI JOIN score USING (run_id, model_id, task_id, protocol)
    WHERE task_id = $task AND metric = $metric AND list_contains($models, model_id) AND value IS NOT NULL
"""


def read_single_cells(ask: Ask) -> pd.DataFrame:
    """One row a system of a single-cell task, by the task's own metric; empty where the store has none.

    Of each task the baseline to beat comes first, then baselines, models and controls, each by value. `value` is
    missing where there is none, for `undefined_reason`; `delta` is the paired difference to the baseline to beat.
    """
    rows = ask(_SCORES, {"all": ALL_STRATA, "suites": list(SINGLE_CELL)})
    return rows.astype(dict.fromkeys(("value", "ci_low", "ci_high", "n", "delta", "delta_low", "delta_high"), float))


def read_models_compared(ask: Ask, tasks: Iterable[str], *, every_metric: bool = False) -> pd.DataFrame:
    """Paired differences of models to whatever they were held against, by the tasks' own metrics or by every one."""
    return ask(_COMPARED, {"all": ALL_STRATA, "tasks": list(tasks), "every": every_metric})


def read_units(ask: Ask, task: str, metric: str, models: Iterable[str]) -> pd.DataFrame:
    """Values of single perturbations or cell types: a row a unit, a column a system, units that all of them have."""
    rows = ask(_UNITS, {"task": task, "metric": metric, "models": list(models)})
    wide = rows.pivot(index="item_id", columns="model_id", values="value")  # noqa: PD010 - two of one unit are an error
    return wide.dropna()


def why_not(reason: str) -> str:
    """Why a system has no value, without its name before it, to follow on the words that it has none."""
    name, colon, rest = reason.partition(": ")
    told = rest if colon and " " not in name else reason
    none = _ON_NONE.fullmatch(told)
    return f"none of {none[1]} has one ({none[2]})" if none else told
