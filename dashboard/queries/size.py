"""Size against performance: which models are drawn, who dominates whom, how far size goes with performance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dashboard.text import size
from engine.statistics.association import Correlation, spearman, trend_outliers
from engine.statistics.pareto import dominators

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.board import Board


@dataclass(frozen=True, slots=True)
class SizeView:
    """One column of a board against parameters.

    `points` has a row per sized model: name, parameters, family, inputs, value, dominated_by (model_id, missing on
    the frontier), stated (all sizes that sources state, '' where undisputed), excluded (left out as an outlier).
    `baseline` is name and value of the strongest one; `unsized` names models whose size is not stated.
    """

    points: pd.DataFrame
    baseline: tuple[str, float] | None
    unsized: list[str]
    correlation: Correlation | None

    @property
    def frontier(self) -> pd.DataFrame:
        """The models that none dominates, smallest first."""
        return self.points[self.points["dominated_by"].isna()].sort_values("parameters")

    @property
    def outliers(self) -> list[str]:
        """Names of the models left out of the correlation."""
        return list(self.points.loc[self.points["excluded"], "name"])

    @property
    def not_above_baseline(self) -> int:
        """Sized models that the strongest baseline equals or beats."""
        return 0 if self.baseline is None else int((self.points["value"] <= self.baseline[1]).sum())


def size_view(board: Board, key: str, *, robust: bool) -> SizeView:
    """Size and performance of the rows of a board in one column; `robust` leaves outliers out of the correlation."""
    rows = board.models[["name", "role", "parameters", "family", "inputs", "parameter_statements"]]
    rows = rows.assign(value=board.values[key]).dropna(subset=["value"])
    baselines = rows[rows["role"] == "baseline"].nlargest(1, "value")
    models = rows[rows["role"] != "baseline"]
    if board.column(key).kind == "summary":
        models = models.drop(index=board.partial, errors="ignore")
    points = models.dropna(subset=["parameters"])
    logs = np.log10(points["parameters"])
    outliers = trend_outliers(logs, points["value"]) if robust else []
    points = points.assign(
        dominated_by=dominators(points["parameters"], points["value"])["dominated_by"].reindex(points.index),
        stated=[_stated(found) for found in points["parameter_statements"]],
        excluded=points.index.isin(outliers),
    )
    return SizeView(
        points=points.drop(columns="parameter_statements"),
        baseline=(str(baselines["name"].iloc[0]), float(baselines["value"].iloc[0])) if len(baselines) else None,
        unsized=list(models.loc[models["parameters"].isna(), "name"]),
        correlation=spearman(logs.drop(index=outliers), points["value"].drop(index=outliers)),
    )


def _stated(statements: object) -> str:
    """All stated sizes of a model whose sources disagree."""
    if not isinstance(statements, list | np.ndarray):
        return ""
    return "; ".join(f"{size(row['parameters'])} in {row['by']}" for row in statements)
