"""Which scores of a suite are ranked: systems x tasks, complete, as the command `vledger ranks` takes them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dashboard.queries.selection import matching
from dashboard.queries.suites import MAIN_TASK
from engine.names import Protocol
from engine.statistics.aggregate import category_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.selection import Filters

FEWEST = 3
"""Systems and categories below which ranks say nothing."""

RANKED: dict[str, str] = {
    "geneb": "geneb-published",
    "dms": "proteingym-published",
    "proteingym": "proteingym-published",
    "clinvar": "vep-eval-published",
    "clinvar_items": "published-scores",
    "brca1_sge": "published-scores",
    "perturbation": str(Protocol.PERTURBATION),
    "cells": str(Protocol.CELL_EMBEDDING),
    "networks": str(Protocol.NETWORK),
}
"""The one protocol whose scores are ranked, by suite: two are never ranked together."""

_BY_TASK = frozenset({"geneb", "dms", "perturbation", "cells", "networks"})
"""Suites whose columns are tasks; those of the others are parts of one task."""

_SYSTEMS = "SELECT model_id FROM model WHERE role <> 'control' ORDER BY model_id"
_TASKS = """
    SELECT task_id AS column_id, category, redundancy_group FROM task WHERE suite = $suite ORDER BY position, task_id
"""
_PARTS = """
    SELECT stratum AS column_id, label AS category, NULL AS redundancy_group FROM stratum
    WHERE task_id = $task AND kind = $kind ORDER BY position, stratum
"""
# Numbers in place of names: a million of them are a frame in no time.
_SCORES = """
    WITH system AS (
      SELECT model_id, row_number() OVER (ORDER BY model_id) - 1 AS place FROM model WHERE role <> 'control'
    ),
    wanted AS (
      SELECT unnest($columns::VARCHAR[]) AS column_id, generate_subscripts($columns::VARCHAR[], 1) - 1 AS place
    )
    SELECT y.place AS system, w.place AS wanted, s.value
    FROM score s JOIN system y USING (model_id) JOIN wanted w ON {column} = w.column_id
    WHERE {which} AND s.regime = $regime AND s.protocol = $protocol AND s.metric = $metric AND s.value IS NOT NULL
"""
_OF_TASKS = _SCORES.format(column="s.task_id", which="s.stratum = 'all'")
_OF_PARTS = _SCORES.format(column="s.stratum", which="s.task_id = $task")
_PROVENANCE = """
    SELECT s.model_id, string_agg(DISTINCT s.provenance, ', ' ORDER BY s.provenance) AS provenance
    FROM score s JOIN task t USING (task_id)
    WHERE t.suite = $suite AND s.regime = $regime AND s.protocol = $protocol AND s.metric = $metric
    GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is ranked, before any row is filtered."""

    suite: str
    regime: str
    metric: str
    kind: str


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a suite: shape (systems, columns), missing ones NaN, systems in alphabetical order.

    `category` and `group` are of each column; a part of a task is a category of its own, called by its label.
    """

    values: pd.DataFrame
    category: Mapping[str, str]
    group: Mapping[str, str | None]
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What is ranked: systems with every score, on columns on which some system has one.

    `models` has `name`, `role` and `provenance` of each system; `left_out` are the names of systems with some scores.
    `filtered` is what the command has to say of the rows, empty where none is filtered away; `total` is the number of
    models before that.
    """

    asked: Asked
    values: pd.DataFrame
    category: Mapping[str, str]
    group: Mapping[str, str | None]
    models: pd.DataFrame
    left_out: tuple[str, ...]
    filtered: tuple[str, ...]
    total: int

    @property
    def categories(self) -> list[str]:
        """In the order of their first column."""
        return list(dict.fromkeys(self.category[column] for column in self.values.columns))

    @property
    def by_part(self) -> bool:
        """Whether columns are parts of one task."""
        return self.asked.suite not in _BY_TASK

    @property
    def means(self) -> pd.DataFrame:
        """Shape (systems, categories)."""
        return category_means(self.values, self.category)

    @property
    def enough(self) -> bool:
        """Whether there is enough to be ranked."""
        return len(self.values) >= FEWEST and len(self.categories) >= FEWEST


def weighed(catalog: Catalog, suite: str, kind: str) -> dict[str, str]:
    """What can be given a weight: name in the address -> category as the command calls it."""
    if suite in _BY_TASK:
        categories = catalog.tasks.loc[catalog.tasks.index.isin(catalog.tasks_of(suite)), "category"]
        shown = [column.key for column in catalog.columns_of(suite, kind) if column.kind == "category"]
        known = list(dict.fromkeys(categories.dropna()))
        return {name: name for name in [*(name for name in shown if name in known), *known]}
    return {column.key: column.label for column in catalog.columns_of(suite, kind) if column.kind == "category"}


def read_scores(ask: Ask, asked: Asked) -> Scores:
    """The scores of a suite, of systems that are no controls."""
    task = MAIN_TASK.get(asked.suite)
    columns = (
        ask(_TASKS, {"suite": asked.suite})
        if asked.suite in _BY_TASK
        else ask(_PARTS, {"task": task, "kind": asked.kind})
    )
    chosen = {"regime": asked.regime, "metric": asked.metric, "protocol": RANKED[asked.suite]}
    given = chosen | {"columns": list(columns["column_id"])}
    rows = ask(_OF_TASKS, given) if asked.suite in _BY_TASK else ask(_OF_PARTS, given | {"task": task})
    systems = ask(_SYSTEMS)["model_id"]
    values = np.full((len(systems), len(columns)), np.nan)
    values[rows["system"].to_numpy(), rows["wanted"].to_numpy()] = rows["value"].to_numpy()
    frame = pd.DataFrame(values, index=list(systems), columns=list(columns["column_id"]))
    provenance = ask(_PROVENANCE, chosen | {"suite": asked.suite}).set_index("model_id")["provenance"]
    group = columns["redundancy_group"].astype(object).where(columns["redundancy_group"].notna(), None)
    return Scores(
        values=frame[frame.notna().any(axis=1)],
        category=dict(zip(columns["column_id"], columns["category"], strict=True)),
        group=dict(zip(columns["column_id"], group, strict=True)),
        provenance={str(model): str(kind) for model, kind in provenance.items()},
    )


def ranked(scores: Scores, catalog: Catalog, asked: Asked, filters: Filters) -> Ranked:
    """The scores of the systems that match; a system counts where it has every score that any of them has."""
    models = catalog.models.loc[scores.values.index]
    models = models.assign(provenance=[scores.provenance[model] for model in models.index])
    values = scores.values[matching(models, filters)]
    values = values.loc[:, values.notna().any()]
    whole = values.notna().all(axis=1)
    return Ranked(
        asked=asked,
        values=values[whole],
        category=scores.category,
        group=scores.group,
        models=models.loc[values.index[whole], ["name", "role", "provenance", "family", "inputs"]],
        left_out=tuple(models.loc[values.index[~whole], "name"]) if values.shape[1] else (),
        filtered=_filtered(scores, models["provenance"], list(values.index)),
        total=int((models["role"] == "model").sum()),
    )


def _filtered(scores: Scores, provenance: pd.Series, kept: list[str]) -> tuple[str, ...]:
    """The words of the command that leave these rows."""
    if len(kept) == len(scores.values):
        return ()
    kinds = list(provenance[kept].unique())
    if len(kinds) == 1 and list(provenance.index[provenance == kinds[0]]) == kept:
        return ("--provenance", str(kinds[0]))
    return tuple(word for model in kept for word in ("--model", model))


def own_weights(found: Ranked, weights: Sequence[tuple[str, int]], names: Mapping[str, str]) -> dict[str, float]:
    """Weights by category as statistics name them; those of categories that nobody was scored on fall away."""
    return {names[key]: float(weight) for key, weight in weights if names.get(key) in found.categories}


def command(found: Ranked, aggregate: str, weights: Mapping[str, float]) -> str:
    """What to type for the same table."""
    asked = found.asked
    words = ["vledger", "ranks", "--suite", asked.suite, "--regime", asked.regime, "--metric", asked.metric]
    words += ["--kind", asked.kind] if found.by_part else []
    words += ["--aggregate", aggregate] if aggregate != "macro" else []
    for name, weight in weights.items():
        words += ["--weight", f"{name}={weight:g}"]
    return shlex.join([*words, *found.filtered])
