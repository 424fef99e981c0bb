"""The leaderboard as one object: rows, columns, values. Heatmap, table, drawer and CSV all read this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.suites import MAIN_TASK, SUITES
from engine.statistics.aggregate import near_ties, ranks, winners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

SMALLEST_N = 30
SMALLEST_CLASS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board; `short` names it inside a sentence.

    `judged` is False where there are too few items to name a best.
    """

    key: str
    label: str
    kind: str
    sentence: str
    short: str
    n: int | None = None
    prevalence: float | None = None
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Board:
    """Models x columns of one suite, regime and metric.

    `values`, `low` and `high` share index (model_id, in the order shown) and columns (`Column.key`); `low` and
    `high` are missing where no interval is known.
    """

    suite: str
    regime: str
    metric: str
    columns: tuple[Column, ...]
    models: pd.DataFrame
    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame

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

    @property
    def partial(self) -> list[str]:
        """Models that lack a value in some judged column, so that a summary of theirs is over something else."""
        return list(self.values.index[self.values[self.judged].isna().any(axis=1)])

    def winners(self) -> dict[str, list[str]]:
        """Model ids with the highest value of each judged column and summary."""
        return winners(self._ranked().dropna(axis="columns", how="all"))

    def near_ties(self, margin: float) -> pd.DataFrame:
        """True for values within `margin` of their column's best; same shape as `values`."""
        return near_ties(self._ranked(), margin).reindex(columns=self.values.columns, fill_value=False)

    def ranks(self) -> pd.DataFrame:
        """Rank within each column among the rows of this board; missing where a value is not comparable."""
        return ranks(self._ranked()).reindex(columns=self.values.columns)

    def keep(self, model_ids: Sequence[str]) -> Board:
        """The same board with these rows only, in this order."""
        rows = list(model_ids)
        return replace(
            self,
            models=self.models.loc[rows],
            values=self.values.loc[rows],
            low=self.low.loc[rows],
            high=self.high.loc[rows],
        )

    def _ranked(self) -> pd.DataFrame:
        """Values that can be compared: judged columns, without the summaries of partly scored models."""
        values = self.values[[column.key for column in self.columns if column.judged]].copy()
        values.loc[self.partial, [column.key for column in self.columns if column.kind == "summary"]] = float("nan")
        return values


_CATEGORY_SCORES = """
    SELECT c.model_id, c.category AS key, c.value, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high
    FROM category_score c
    WHERE c.suite = $suite AND c.regime = $regime AND c.metric = $metric AND c.protocol = $protocol
    UNION ALL
    SELECT s.model_id, a.key, CASE a.key WHEN 'macro' THEN s.macro ELSE s.micro END, NULL, NULL
    FROM suite_score s CROSS JOIN (VALUES ('macro'), ('micro')) a(key)
    WHERE s.suite = $suite AND s.regime = $regime AND s.metric = $metric AND s.protocol = $protocol
"""
_STRATUM_SCORES = """
    SELECT model_id, stratum AS key, value, ci_low, ci_high FROM score
    WHERE task_id = $task AND metric = $metric AND protocol = $protocol
"""


def read_board(ask: Ask, catalog: Catalog, suite: str, regime: str, metric: str, kind: str) -> Board:
    """All models of a suite, unfiltered, in the store's order.

    Args:
        ask: the store.
        catalog: what there is.
        suite: one of SUITES.
        regime: one of the suite's regimes.
        metric: one of the suite's metrics.
        kind: stratum kind that makes the columns, for suites whose columns are strata; else ignored.
    """
    text = SUITES[suite]
    parameters = {"metric": metric, "protocol": text.protocol}
    if text.kinds:
        scores = ask(_STRATUM_SCORES, {"task": MAIN_TASK[suite], **parameters})
    else:
        scores = ask(_CATEGORY_SCORES, {"suite": suite, "regime": regime, **parameters})
    return _assemble(catalog, scores, read_columns(catalog, suite, kind), suite=suite, regime=regime, metric=metric)


def read_columns(catalog: Catalog, suite: str, kind: str) -> list[Column]:
    """The columns of a suite's board: summaries first, then categories or the strata of one kind."""
    return _stratum_columns(catalog, suite, kind) if SUITES[suite].kinds else _category_columns(catalog, suite)


def _category_columns(catalog: Catalog, suite: str) -> list[Column]:
    tasks = catalog.tasks[catalog.tasks["suite"] == suite]
    counts = tasks["category"].value_counts()
    categories = [
        Column(
            name,
            name,
            "category",
            f"Mean over {counts[name]} task{'s' if counts[name] > 1 else ''}.",
            name,
            int(counts[name]),
        )
        for name in catalog.categories_of(suite)
    ]
    return [
        Column(
            "macro",
            "Macro",
            "summary",
            f"Mean over the {len(counts)} categories, each counting once.",
            "macro",
            len(counts),
        ),
        Column("micro", "Micro", "summary", f"Mean over the {len(tasks)} tasks.", "micro", len(tasks)),
        *categories,
    ]


def _stratum_columns(catalog: Catalog, suite: str, kind: str) -> list[Column]:
    rows = catalog.strata[catalog.strata["task_id"] == MAIN_TASK[suite]]
    wanted = [_stratum_column(row, suite) for row in rows.itertuples() if row.kind == kind]
    whole = rows[rows["kind"] == "all"].iloc[0]
    if suite == "clinvar":
        judged = sum(column.judged for column in wanted)
        summary = [
            Column(
                "all",
                "All pooled",
                "summary",
                "All variants in one ranking.",
                "all variants pooled",
                int(whole["n"]),
                whole["prevalence"],
            ),
            Column(
                "mean",
                "Mean of classes",
                "summary",
                f"Mean over the {judged} classes with enough variants.",
                "the mean of classes",
                judged,
            ),
        ]
    else:
        sentence = (
            "ProteinGym's own average: over assays within a protein, then proteins, then the five selection types."
        )
        summary = [Column("all", "All assays", "summary", sentence, "all assays", int(whole["n"]))]
    return [*summary, *wanted]


def _stratum_column(row: object, suite: str) -> Column:
    n = None if pd.isna(row.n) else int(row.n)  # type: ignore[attr-defined]
    prevalence = None if pd.isna(row.prevalence) else float(row.prevalence)  # type: ignore[attr-defined]
    sentence = "number of assays not stated" if n is None else f"{n:,} assays"
    judged = True
    if suite == "clinvar" and n is not None and prevalence is not None:
        positives = round(n * prevalence)
        judged = n >= SMALLEST_N and min(positives, n - positives) >= SMALLEST_CLASS
        sentence = f"{n:,} variants, {positives:,} pathogenic"
        sentence += "" if judged else "; too few to name a best"
    return Column(row.stratum, row.label, "category", f"{sentence}.", row.label, n, prevalence, judged)  # type: ignore[attr-defined]


def _assemble(
    catalog: Catalog, scores: pd.DataFrame, columns: list[Column], *, suite: str, regime: str, metric: str
) -> Board:
    keys = [column.key for column in columns]
    values, low, high = (_pivot(scores, name, keys) for name in ("value", "ci_low", "ci_high"))
    if "mean" in keys:
        parts = [column.key for column in columns if column.kind == "category" and column.judged]
        values["mean"] = values[parts].mean(axis=1, skipna=False)
    models = catalog.models.loc[values.index]
    return Board(suite, regime, metric, tuple(columns), models, values, low, high)


def _pivot(scores: pd.DataFrame, name: str, keys: list[str]) -> pd.DataFrame:
    wide = scores.pivot_table(index="model_id", columns="key", values=name, dropna=False)
    return wide.reindex(columns=keys).astype(float)
