"""One task: every system's value on it, what is known of it, and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.columns import enough
from dashboard.queries.flags import collapse
from dashboard.queries.probes import read_to_beat
from dashboard.queries.suites import CLAIMS, SUITES
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

_SCORES = """
    SELECT s.model_id, s.protocol, s.value, s.ci_low, s.ci_high, s.ci_method, s.se_to_best, s.n, s.provenance,
           s.undefined_reason, s.flags
    FROM score s
    WHERE s.task_id = $task AND s.stratum = $stratum AND s.regime = $regime AND s.metric = $metric
      AND list_contains($protocols, s.protocol)
"""
_CATEGORY = """
    SELECT median(value) AS median FROM category_score
    WHERE suite = $suite AND category = $category AND regime = $regime AND metric = $metric AND protocol = $protocols[1]
"""
_SOURCE = "SELECT citation, url, licence, version, retrieved_at FROM source WHERE source_id = $source"


@dataclass(frozen=True, slots=True)
class TaskView:
    """Everything a task page shows; `scores` has the highest value first, one row a system and protocol.

    `probe` is the protocol of the rows that stand beside the published ones, None where nothing was probed here.
    `to_beat` is the baseline to beat under the probe that claims are made from: a row of `read_to_beat`.
    """

    task_id: str
    facts: pd.Series
    stratum: pd.Series
    scores: pd.DataFrame
    median: float | None
    category_median: float | None
    repeats: list[str]
    source: pd.Series
    probe: str | None = None
    to_beat: pd.Series | None = None

    @property
    def judged(self) -> bool:
        """Whether there are enough items to name a best, as on the board; yes where the classes are not known."""
        n, prevalence = self.stratum[["n", "prevalence"]]
        return bool(pd.isna(n) or pd.isna(prevalence)) or enough(n, prevalence)

    @property
    def baselines(self) -> pd.DataFrame:
        """Rows of simple methods that a model has to beat."""
        return self.scores[(self.scores["role"] == "baseline") & self.scores["value"].notna()]

    @property
    def models(self) -> pd.DataFrame:
        """Rows of models with a value over the same items as the others; what was probed here is none of them."""
        rows = self.scores[(self.scores["role"] == "model") & self.scores["value"].notna() & ~self.scores["partial"]]
        return rows[~rows["probed"]]

    @property
    def line(self) -> pd.Series | None:
        """The row that everything is held against.

        The baseline to beat under the probe shown, where one was chosen on train; else the strongest baseline, where
        nothing was probed. None where it has no value.
        """
        if self.probe is None:
            return self.baselines.iloc[0] if len(self.baselines) else None
        rows = self.baselines[self.baselines["protocol"] == self.probe]
        chosen = None if self.to_beat is None else self.to_beat["model_id"]
        return rows.loc[chosen] if chosen in rows.index else None

    @property
    def claims(self) -> bool:
        """Whether the probe shown is the one that claims are made from."""
        return self.probe == CLAIMS

    @property
    def undefined(self) -> pd.DataFrame:
        """Rows without a value, each with the reason."""
        return self.scores[self.scores["value"].isna()]

    @property
    def inseparable(self) -> int | None:
        """Models within 1.96 published standard errors of the best one; None where none is published."""
        models = self.models
        if models.empty or models["se_to_best"].isna().all():
            return None
        gap = models["value"].max() - models["value"]
        return int(((gap < 1.96 * models["se_to_best"]) & (gap > 0)).sum())

    @property
    def partly_scored(self) -> list[str]:
        """Names of models whose value may be over a part of the items only."""
        return list(self.scores.loc[self.scores["partial"], "name"])


def read_task(  # noqa: PLR0917 - what is cached, comes by position
    ask: Ask, catalog: Catalog, task_id: str, stratum: str, regime: str, metric: str, probe: str | None = None
) -> TaskView:
    """One task in one stratum, regime and metric; `probe` names the rows of our own that stand beside it."""
    facts = catalog.tasks.loc[task_id]
    suite = SUITES[facts["suite"]]
    where = {"regime": regime, "metric": metric, "protocols": list(suite.protocols)}
    shown = [*suite.protocols, *([probe] if probe else [])]
    scores = ask(_SCORES, {"task": task_id, "stratum": stratum, **where, "protocols": shown})
    columns = [
        "name",
        "role",
        "family",
        "inputs",
        "tokenizer",
        "parameters",
        "licence_group",
        "supervised_on_assay",
    ]
    scores = scores.merge(catalog.models[columns], left_on="model_id", right_index=True)
    scores = scores.sort_values(["value", "name"], ascending=[False, True], na_position="last").set_index("model_id")
    scores["probed"] = ~scores["protocol"].isin(suite.protocols)
    again = scores.index.duplicated(keep=False) | (scores["probed"] & (scores["role"] == "model"))
    scores["name"] = scores["name"].where(~again, scores["name"] + ", " + scores["protocol"])
    scores["collapsed"] = collapse(scores["flags"])
    strata = catalog.strata[(catalog.strata["task_id"] == task_id) & (catalog.strata["stratum"] == stratum)]
    # The number of items is known for the part, but not stated for this system: it may have scored fewer.
    scores["partial"] = scores["n"].isna() & scores["value"].notna() & bool(strata["n"].notna().any())
    models = scores.loc[(scores["role"] == "model") & ~scores["partial"] & ~scores["probed"], "value"].dropna()
    to_beat = read_to_beat(ask, regime, metric, stratum, task_id) if probe else pd.DataFrame()
    return TaskView(
        task_id=task_id,
        facts=facts,
        stratum=strata.iloc[0],
        scores=scores,
        median=float(models.median()) if len(models) else None,
        category_median=_category_median(ask, facts, where) if stratum == ALL_STRATA else None,
        repeats=_repeats(catalog, task_id, facts["redundancy_group"]),
        source=ask(_SOURCE, {"source": facts["source_id"]}).iloc[0],
        probe=probe,
        to_beat=to_beat.loc[task_id] if task_id in to_beat.index else None,
    )


def _category_median(ask: Ask, facts: pd.Series, where: Mapping[str, object]) -> float | None:
    if SUITES[facts["suite"]].kinds:
        return None
    found = ask(_CATEGORY, {"suite": facts["suite"], "category": facts["category"], **where})["median"].iloc[0]
    return None if pd.isna(found) else float(found)


def _repeats(catalog: Catalog, task_id: str, group: str | None) -> list[str]:
    if group is None or pd.isna(group):
        return []
    same = catalog.tasks.index[catalog.tasks["redundancy_group"] == group]
    return [name for name in same if name != task_id]


_CELL = """
    WITH shown AS (
      SELECT s.model_id, s.task_id, s.value, s.flags, t.label, t.position,
             rank() OVER (PARTITION BY s.task_id ORDER BY s.value DESC) AS rank,
             max(s.value) OVER (PARTITION BY s.task_id) AS best,
             median(s.value) OVER (PARTITION BY s.task_id) AS median,
             count(s.value) OVER (PARTITION BY s.task_id) AS n_models
      FROM score s JOIN task t USING (task_id)
      WHERE t.suite = $suite AND ($category IS NULL OR t.category = $category) AND s.stratum = 'all'
        AND s.regime = $regime AND s.metric = $metric AND s.protocol = $protocol
    )
    SELECT task_id, label, value, flags, rank, best, median, n_models FROM shown
    WHERE model_id = $model ORDER BY position
"""


def read_cell(ask: Ask, suite: str, model_id: str, category: str | None, regime: str, metric: str) -> pd.DataFrame:
    """The tasks behind one cell: the model's value and rank on each, beside the best and the median model.

    `category` None gives all tasks of the suite. `collapsed` is the evidence of a collapse to one class; `to_beat` and
    `to_beat_value` are the baseline to beat, missing where nothing was probed here.
    """
    parameters = {"suite": suite, "model": model_id, "category": category, "regime": regime, "metric": metric}
    rows = ask(_CELL, {**parameters, "protocol": SUITES[suite].protocols[0]})
    baselines = read_to_beat(ask, regime, metric)[["name", "value"]]
    baselines = baselines.rename(columns={"name": "to_beat", "value": "to_beat_value"})
    return rows.assign(collapsed=collapse(rows.pop("flags"))).join(baselines, on="task_id")
