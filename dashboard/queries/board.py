"""The leaderboard as one object: rows, columns, values. Heatmap, table, drawer and CSV all read this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES, of_tasks
from engine.statistics.aggregate import near_ties, ranks, winners

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.columns import Column


@dataclass(frozen=True)
class Board:
    """Models x columns of one suite, regime and metric.

    `values`, `low` and `high` share index (model_id, in the order shown) and columns (`Column.key`); `low` and
    `high` are missing where no interval is known. `models` has the provenance and the protocol of these values. A sheet
    of a longer board knows the `whole` of it: bests, near-ties and ranks are among all its rows.
    """

    suite: str
    regime: str
    metric: str
    columns: tuple[Column, ...]
    models: pd.DataFrame
    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    whole: Board | None = None

    @property
    def categories(self) -> list[Column]:
        """The columns that are no summary."""
        return [column for column in self.columns if column.kind == "category"]

    @property
    def judged(self) -> list[str]:
        """Keys of the category columns with enough items to name a best."""
        return [column.key for column in self.categories if column.judged]

    def column(self, key: str) -> Column:
        """The column with this key."""
        return next(column for column in self.columns if column.key == key)

    @cached_property
    def partial(self) -> list[str]:
        """Models that lack a value in some judged column, so that a summary of theirs is over something else."""
        lacking = self.values[self.judged].isna().any(axis=1)
        if of_tasks(self.suite):  # nothing is a mean over them
            return []
        if SUITES[self.suite].states_n:  # a pooled value is then over all items, or there is none
            lacking &= self.values["all"].isna()
        return list(self.values.index[lacking])

    def winners(self) -> dict[str, list[str]]:
        """Model ids with the highest value of each judged column and summary."""
        return self.whole.winners() if self.whole else self._winners

    def near_ties(self, margin: float) -> pd.DataFrame:
        """True for values within `margin` of their column's best; same shape as `values`."""
        if self.whole:
            return self.whole.near_ties(margin).loc[self.values.index]
        return near_ties(self._ranked, margin).reindex(columns=self.values.columns, fill_value=False)

    def ranks(self) -> pd.DataFrame:
        """Rank within each column among the rows of this board; missing where a value is not comparable."""
        return self.whole.ranks().loc[self.values.index] if self.whole else self._ranks

    def ranked(self) -> dict[str, int]:
        """How many rows have a rank, by column."""
        return {str(key): int(n) for key, n in (self.whole or self).ranks().notna().sum().items()}

    @cached_property
    def _ranked(self) -> pd.DataFrame:
        """Values that can be compared: judged columns, without the summaries of partly scored models."""
        values = self.values[[column.key for column in self.columns if column.judged]].copy()
        values.loc[self.partial, [column.key for column in self.columns if column.kind == "summary"]] = float("nan")
        return values

    @cached_property
    def _winners(self) -> dict[str, list[str]]:
        return winners(self._ranked.dropna(axis="columns", how="all"))

    @cached_property
    def _ranks(self) -> pd.DataFrame:
        return ranks(self._ranked).reindex(columns=self.values.columns)

    def keep(self, model_ids: Sequence[str]) -> Board:
        """The same board with these rows only, in this order."""
        rows = list(model_ids)
        return replace(
            self,
            models=self.models.loc[rows],
            values=self.values.loc[rows],
            low=self.low.loc[rows],
            high=self.high.loc[rows],
            whole=None,
        )

    def sheet(self, model_ids: Sequence[str]) -> Board:
        """These rows only, still placed among all rows of this board."""
        return replace(self.keep(model_ids), whole=self)


# A mean over categories is within one protocol.
_CATEGORY_SCORES = """
    WITH means AS (
      SELECT model_id, category AS key, value FROM category_score
      WHERE suite = $suite AND regime = $regime AND metric = $metric AND protocol = $protocols[1]
      UNION ALL
      SELECT s.model_id, a.key, CASE a.key WHEN 'macro' THEN s.macro ELSE s.micro END
      FROM suite_score s CROSS JOIN (VALUES ('macro'), ('micro')) a(key)
      WHERE s.suite = $suite AND s.regime = $regime AND s.metric = $metric AND s.protocol = $protocols[1]
    ),
    kinds AS (
      SELECT s.model_id, string_agg(DISTINCT s.provenance, ', ' ORDER BY s.provenance) AS provenance
      FROM score s JOIN task t USING (task_id)
      WHERE t.suite = $suite AND s.regime = $regime AND s.metric = $metric AND s.protocol = $protocols[1]
      GROUP BY ALL
    )
    SELECT model_id, key, value, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high, provenance, $protocols[1] AS protocol
    FROM means JOIN kinds USING (model_id)
"""
PLACES = """
    place AS (
      SELECT unnest($keys::VARCHAR[]) AS key, unnest($tasks::VARCHAR[]) AS task_id,
             unnest($strata::VARCHAR[]) AS stratum
    )
"""
"""Where the values of columns stand: a task and its stratum for each key, as `places` gives them."""
_PLACED_SCORES = f"""
    WITH {PLACES}
    SELECT model_id, key, value, ci_low, ci_high, provenance, protocol FROM score JOIN place USING (task_id, stratum)
    WHERE regime = $regime AND metric = $metric AND list_contains($protocols, protocol)
    QUALIFY list_position($protocols, protocol)
      = min(list_position($protocols, protocol)) OVER (PARTITION BY model_id, task_id)
"""


def read_board(ask: Ask, catalog: Catalog, suite: str, regime: str, metric: str, kind: str) -> Board:
    """All models and baselines of a suite that have a value, unfiltered, in the store's order.

    Controls are no rivals of anybody: they stand on the Task page only.

    Args:
        ask: the store.
        catalog: what there is.
        suite: one of SUITES.
        regime: one of the suite's regimes.
        metric: one of the suite's metrics.
        kind: what the columns are, for suites whose columns are strata or tasks; else ignored.
    """
    text = SUITES[suite]
    parameters = {"regime": regime, "metric": metric, "protocols": list(text.protocols)}
    columns = catalog.columns_of(suite, kind)
    if text.kinds:
        scores = ask(_PLACED_SCORES, {**places(columns), **parameters})
    else:
        scores = ask(_CATEGORY_SCORES, {"suite": suite, **parameters})
    return _assemble(catalog, scores, list(columns), suite=suite, regime=regime, metric=metric)


def places(columns: Sequence[Column]) -> dict[str, list[str]]:
    """Parameters of `PLACES`: of every column whose values stand in one place of the store."""
    found = [(column.key, column.task, column.stratum) for column in columns if column.task and column.stratum]
    keys, tasks, strata = zip(*found, strict=True) if found else ((), (), ())
    return {"keys": list(keys), "tasks": list(tasks), "strata": list(strata)}


def _assemble(
    catalog: Catalog, scores: pd.DataFrame, columns: list[Column], *, suite: str, regime: str, metric: str
) -> Board:
    keys = [column.key for column in columns]
    shown = scores.loc[scores["value"].notna() & scores["key"].isin(keys), "model_id"]
    rivals = catalog.models.index[catalog.models["role"] != "control"]
    scores = scores[scores["model_id"].isin(shown) & scores["model_id"].isin(rivals)]
    values, low, high = (_pivot(scores, name, keys) for name in ("value", "ci_low", "ci_high"))
    if "mean" in keys:
        parts = [column.key for column in columns if column.kind == "category" and column.judged]
        values["mean"] = values[parts].mean(axis=1, skipna=False)
    facts = scores.groupby("model_id")[["provenance", "protocol"]].first()
    models = catalog.models.loc[values.index].join(facts)
    return Board(suite, regime, metric, tuple(columns), models, values, low, high)


def _pivot(scores: pd.DataFrame, name: str, keys: list[str]) -> pd.DataFrame:
    wide = scores.pivot_table(index="model_id", columns="key", values=name, dropna=False)
    return wide.reindex(columns=keys).astype(float)
