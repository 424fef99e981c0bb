"""The parts of a task: which can stand side by side, and two systems over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

MOST = 24
"""Parts that can stand side by side; single genes are too many and too small."""

_VALUES = """
    SELECT s.stratum, s.model_id, s.protocol, m.role, s.value, s.ci_low, s.ci_high, s.n, s.undefined_reason
    FROM score s JOIN model m USING (model_id)
    WHERE s.task_id = $task AND s.regime = $regime AND s.metric = $metric AND list_contains($protocols, s.protocol)
      AND m.role <> 'control'
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """Two systems over the parts of a task.

    `rows` has one row a part in the task's order: stratum, label, n, and for either system value, low and high, the
    baseline's under names that begin with `baseline_`; missing where it has none.
    """

    model_id: str
    baseline_id: str
    rows: pd.DataFrame


def side_by_side(catalog: Catalog, task_id: str) -> list[str]:
    """Strata of a task that are few enough to be shown at once; none where there is one, or one a gene."""
    rows = catalog.strata[catalog.strata["task_id"] == task_id]
    return list(rows["stratum"]) if 1 < len(rows) <= MOST and not (rows["kind"] == "gene").any() else []


def read_parts(ask: Ask, catalog: Catalog, task_id: str, regime: str, metric: str, model: str | None) -> Parts | None:
    """The baseline to beat on the whole task, and a model, part by part.

    Args:
        ask: runs a query.
        catalog: of the store.
        task_id: the task.
        regime: labels used.
        metric: its key.
        model: whom to show; the best model on the whole task where it is None or has no value there.

    Returns:
        None where the task has no parts to show, or there is no model or no baseline with a value.
    """
    names = side_by_side(catalog, task_id)
    protocols = list(SUITES[catalog.tasks.at[task_id, "suite"]].protocols)
    found = ask(_VALUES, {"task": task_id, "regime": regime, "metric": metric, "protocols": protocols})
    whole = found[(found["stratum"] == ALL_STRATA) & found["value"].notna() & found["n"].notna()]
    whole = whole.sort_values("value", ascending=False, kind="stable")
    models = list(whole.loc[whole["role"] == "model", "model_id"])
    baselines = list(whole.loc[whole["role"] == "baseline", "model_id"])
    if len(names) < 3 or not models or not baselines:
        return None
    chosen = model if model is not None and model in models else str(models[0])
    named = [name for name in catalog.registered.get(task_id, []) if name in baselines]
    baseline = str((named or baselines)[0])
    strata = catalog.strata[catalog.strata["task_id"] == task_id][["stratum", "label", "n"]]
    rows = strata.join(_of(found, chosen), on="stratum").join(
        _of(found, baseline).add_prefix("baseline_"), on="stratum"
    )
    return Parts(chosen, baseline, rows.reset_index(drop=True))


def _of(found: pd.DataFrame, model: str) -> pd.DataFrame:
    rows = found[found["model_id"] == model].drop_duplicates("stratum").set_index("stratum")
    return rows[["value", "ci_low", "ci_high"]].rename(columns={"ci_low": "low", "ci_high": "high"}).astype(float)
