"""Ranks of models over many tasks, and which of them would stand with other tasks of the same kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, rankdata

from engine.errors import StatisticError
from engine.statistics.medians import weighted_medians
from engine.statistics.rank_bootstrap import design, drawn_weights, point_weights
from engine.statistics.rank_rules import Aggregate, Sampling
from engine.statistics.weightings import shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

_DIGITS = 12
"""Means are compared after rounding: equal models tie, whatever the order in which a sum was taken."""
_WALK = 64
_DEFAULT = Sampling()


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTable:
    """Models by rank, and how far chance in the choice of tasks could move them.

    Attributes:
        models: one row per model, best first, index the models: `value`; `rank`, 1 = best, ties share the best rank;
            `value_low` and `value_high`, `rank_low` and `rank_high`, the 2.5 and 97.5 percentiles over draws;
            `p_best`, the share of draws won, a draw shared by k models counting 1/k for each; `p_top<k>`, the share
            of draws with rank k or better; `tier`, see `rank_table`; `separable_from_first` and
            `separable_from_next`, whether the interval of the paired difference to the first and to the next row
            excludes 0, False where there is no other row.
        aggregate: How task values became one number.
        sampling: What was drawn, how often and with which seed.
        weights: Share of each category, adding up to 1.
    """

    models: pd.DataFrame
    aggregate: Aggregate
    sampling: Sampling
    weights: pd.Series


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Ranks where one category is missing.

    Attributes:
        ranks: shape (models, categories), rank of each model without the tasks of that category.
        tau: shape (categories,), Kendall's tau-b of that ranking with the full one; missing where either is one tie.
    """

    ranks: pd.DataFrame
    tau: pd.Series


def aggregated(
    values: pd.DataFrame,
    category: Mapping[str, str],
    aggregate: Aggregate,
    *,
    weights: Mapping[str, float] | None = None,
) -> pd.Series:
    """One number per model, higher is better; shape (models,), in the order given.

    Args:
        values: shape (models, tasks), complete.
        category: of each task.
        aggregate: the rule.
        weights: of categories, at least 0; a category that is not named weighs 1.

    Raises:
        ValueError: a value is missing.
        StatisticError: fewer than 2 models, no task, or weights that `shares` refuses.
    """
    scores = _task_scores(values, aggregate)
    plan = design(list(values.columns), category, {}, weights=weights, pooled=aggregate is Aggregate.MICRO)
    return pd.Series(_combined(scores, point_weights(plan)[None, :], aggregate)[0], index=values.index)


def rank_table(
    values: pd.DataFrame,
    category: Mapping[str, str],
    group: Mapping[str, str | None],
    *,
    aggregate: Aggregate = Aggregate.MACRO,
    weights: Mapping[str, float] | None = None,
    sampling: Sampling = _DEFAULT,
    top: Sequence[int] = (1, 3, 5),
) -> RankTable:
    """Ranks with intervals from a bootstrap of the tasks; all models see the same draws.

    A tier begins with its anchor, and the anchor stays: the tier ends before the first model whose paired difference
    to the anchor has an interval that excludes 0, and that model is the anchor of the next tier.

    Args:
        values: shape (models, tasks), complete.
        category: of each task.
        group: redundancy group of tasks that have one; any other task is a group of its own.
        aggregate: how task values become one number.
        weights: of categories, at least 0; a category that is not named weighs 1.
        sampling: what a draw takes with replacement, number of draws, and seed.
        top: the k of `p_top<k>`.

    Raises:
        ValueError: a value is missing.
        StatisticError: fewer than 2 models, no task, fewer than 2 draws, or weights that `shares` refuses.
    """
    scores = _task_scores(values, aggregate)
    tasks = list(values.columns)
    plan = design(tasks, category, group, weights=weights, pooled=aggregate is Aggregate.MICRO)
    point = _combined(scores, point_weights(plan)[None, :], aggregate)
    order = np.argsort(-point[0], kind="stable")
    best_first = np.ascontiguousarray(scores[:, order])
    drawn = [_combined(best_first, chunk, aggregate) for chunk in drawn_weights(plan, sampling)]
    rows = pd.DataFrame(
        {"value": point[0][order], "rank": row_ranks(point)[0][order]} | _over_draws(drawn, top),
        index=values.index[order],
    )
    kept = shares([category[task] for task in tasks], weights)
    return RankTable(models=rows, aggregate=aggregate, sampling=sampling, weights=kept)


def adjacent_separable(table: RankTable) -> int:
    """How many of the models - 1 pairs of neighbours differ by an interval that excludes 0."""
    return int(table.models["separable_from_next"].sum())


def leave_one_out(
    values: pd.DataFrame,
    category: Mapping[str, str],
    aggregate: Aggregate = Aggregate.MACRO,
    *,
    weights: Mapping[str, float] | None = None,
) -> LeftOut:
    """Ranks without each category in turn; categories of weight 0 are not there to be left out.

    Raises:
        ValueError: a value is missing.
        StatisticError: fewer than 2 models, weights that `shares` refuses, or only one category has weight.
    """
    share = shares([category[task] for task in values.columns], weights)
    weighed = list(share.index[share > 0])
    if len(weighed) < 2:
        raise StatisticError(f"without '{weighed[0]}' no category is left: give a second one a weight above 0.")
    full = aggregated(values, category, aggregate, weights=weights)
    left = {name: aggregated(values, category, aggregate, weights={**share.to_dict(), name: 0.0}) for name in weighed}
    return LeftOut(
        ranks=pd.DataFrame({name: ranks_of(found) for name, found in left.items()}),
        tau=pd.Series(
            {name: kendalltau(full.round(_DIGITS), found.round(_DIGITS)).statistic for name, found in left.items()}
        ),
    )


def ranks_of(values: pd.Series) -> pd.Series:
    """Rank of each model, 1 = highest, ties share the best rank; shape (models,)."""
    return values.round(_DIGITS).rank(ascending=False, method="min").astype(np.int64)


def moves(first: pd.Series, second: pd.Series) -> pd.DataFrame:
    """What changes from one ranking to another: `first`, `second`, and `gained`, the places won (negative: lost).

    Args:
        first: rank of each model.
        second: rank of the same models, in any order.

    Raises:
        ValueError: the two are not of the same models.
    """
    if not first.index.sort_values().equals(second.index.sort_values()):
        raise ValueError("two rankings can only be compared over the same models")
    found = pd.DataFrame({"first": first, "second": second.reindex(first.index)})
    return found.assign(gained=found["first"] - found["second"])


def row_ranks(values: Floats) -> Counts:
    """Rank within each row, 1 = highest, ties share the best rank; shape (rows, models)."""
    order = np.argsort(-values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.arange(1, values.shape[1] + 1) * np.ones((len(values), 1), dtype=np.int64)
    place[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 1
    np.maximum.accumulate(place, axis=1, out=place)
    found = np.empty_like(place)
    np.put_along_axis(found, order, place, axis=1)
    return found


def _task_scores(values: pd.DataFrame, aggregate: Aggregate) -> Floats:
    """What is averaged over tasks; shape (tasks, models)."""
    incomplete = values.index[values.isna().any(axis=1)]
    if len(incomplete):
        raise ValueError(f"ranks need every task of every model; values are missing of {', '.join(incomplete)}")
    if values.shape[0] < 2 or values.shape[1] < 1:
        raise StatisticError(f"ranks need 2 models and 1 task, not {values.shape[0]} and {values.shape[1]}.")
    array = np.ascontiguousarray(values.to_numpy(dtype=np.float64).T)
    if aggregate not in (Aggregate.BORDA, Aggregate.WIN_RATE):
        return array
    behind: Floats = rankdata(array, axis=1) - 1
    return behind / (values.shape[0] - 1) if aggregate is Aggregate.WIN_RATE else behind


def _combined(scores: Floats, weights: Floats, aggregate: Aggregate) -> Floats:
    """Value of each model under each row of weights; shape (tasks, models), (rows, tasks) -> (rows, models)."""
    found = weighted_medians(scores, weights) if aggregate is Aggregate.MEDIAN else weights @ scores
    return np.round(found, _DIGITS, out=found)


def _over_draws(drawn: Sequence[Floats], top: Sequence[int]) -> dict[str, NDArray[np.generic]]:
    """Columns that follow from the draws; shape (some draws, models) each, models best first."""
    ranks = np.vstack([row_ranks(chunk).astype(np.int32) for chunk in drawn])
    by_model = np.ascontiguousarray(np.vstack(drawn).T)
    value_low, value_high = np.percentile(by_model, [2.5, 97.5], axis=1)
    rank_low, rank_high = _rank_bounds(ranks)
    best = ranks == 1
    shared = 1 / best.sum(axis=1)
    return {
        "value_low": value_low,
        "value_high": value_high,
        "rank_low": rank_low,
        "rank_high": rank_high,
        "p_best": shared @ best / len(ranks),
        **{f"p_top{k}": (ranks <= k).mean(axis=0) for k in top},
        "tier": _tiers(by_model),
        "separable_from_first": _separable(by_model[0], by_model),
        "separable_from_next": np.append(_separable(by_model[:-1], by_model[1:]), False),
    }


def _rank_bounds(ranks: NDArray[np.int32]) -> tuple[Counts, Counts]:
    """The smallest ranks at or under which 2.5 and 97.5 percent of the draws lie, whole numbers; shape (models,)."""
    by_model = np.ascontiguousarray(ranks.T)
    low, high = (_needed(share, len(ranks)) - 1 for share in (0.025, 0.975))
    parted = np.partition(by_model, (low, high), axis=1)
    return parted[:, low].astype(np.int64), parted[:, high].astype(np.int64)


def _needed(share: float, draws: int) -> int:
    """How many draws are at least this share of them."""
    return max(1, math.ceil(share * draws - 1e-9))


def _separable(first: Floats, second: Floats) -> Bools:
    """Whether 97.5 percent of the paired differences lie on one side of 0; shape (models, draws) -> (models,)."""
    needed = _needed(0.975, second.shape[1])
    higher, lower = np.count_nonzero(first > second, axis=1), np.count_nonzero(first < second, axis=1)
    found: Bools = np.maximum(higher, lower) >= needed
    return found


def _tiers(by_model: Floats) -> Counts:
    """Tier of each model, 1 = first; shape (models, draws), best first -> (models,)."""
    starts = np.zeros(len(by_model), dtype=np.int64)
    anchor = 0
    while (following := _first_separable(by_model, anchor)) is not None:
        starts[following] = 1
        anchor = following
    return 1 + np.cumsum(starts)


def _first_separable(by_model: Floats, anchor: int) -> int | None:
    """The first model after the anchor that is separable from it, looked for some models at a time."""
    for start in range(anchor + 1, len(by_model), _WALK):
        apart = np.flatnonzero(_separable(by_model[anchor], by_model[start : start + _WALK]))
        if apart.size:
            return start + int(apart[0])
    return None
