"""What is computed of ranks beside the page: each function is one piece of work of the worker process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from engine.errors import StatisticError
from engine.statistics.aggregate import winners as category_winners
from engine.statistics.agreement import friedman_p, kendall_matrix, kendall_w, mean_tau
from engine.statistics.rank_rules import Aggregate
from engine.statistics.ranking import aggregated, leave_one_out, moves, rank_table, ranks_of
from engine.statistics.weightings import possible_winners

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.statistics.ranking import LeftOut, RankTable

PLAIN = "plain"
"""Column of the ranks by the macro mean with every category weighing the same."""
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far categories agree: `matrix` of Kendall's tau, similar ones side by side, and what sums it up.

    `leaders` is the number of systems with the highest mean of some category.
    """

    matrix: pd.DataFrame
    mean: float
    concordance: float | None
    friedman: float | None
    leaders: int


@dataclass(frozen=True, slots=True)
class Regimes:
    """Ranks of the systems scored in every regime: shape (systems, regimes), and tau of each with the first."""

    ranks: pd.DataFrame
    tau: pd.Series


@dataclass(frozen=True, slots=True)
class Follow:
    """What follows from scores, rule and weights: ranks under every rule, without each category, in each regime."""

    rules: pd.DataFrame
    left_out: LeftOut | None
    regimes: Regimes | None


@dataclass(frozen=True, slots=True)
class Steady:
    """What follows from the scores alone: how far categories agree, and who could be first."""

    agreement: Agreement
    winners: pd.DataFrame


def follow(
    values: pd.DataFrame,
    category: Mapping[str, str],
    aggregate: str,
    weights: Mapping[str, float],
    tables: Sequence[tuple[str, pd.DataFrame]],
) -> Follow:
    """All that changes with rule and weights, but for the intervals."""
    return Follow(
        every_rule(values, category, weights),
        without_each(values, category, aggregate, weights),
        by_regime(tables, category, aggregate, weights) if tables else None,
    )


def steady(means: pd.DataFrame) -> Steady:
    """All that does not; shape (systems, categories)."""
    return Steady(agreement(means), winners(means))


def point_ranks(
    values: pd.DataFrame, category: Mapping[str, str], aggregate: str, weights: Mapping[str, float]
) -> pd.DataFrame:
    """`value` and `rank` of each system, best first, without intervals."""
    value = aggregated(values, category, Aggregate(aggregate), weights=weights)
    found = pd.DataFrame({"value": value, "rank": ranks_of(value)})
    return found.sort_values("value", ascending=False, kind="stable")


def intervals(
    values: pd.DataFrame,
    category: Mapping[str, str],
    group: Mapping[str, str | None],
    aggregate: str,
    weights: Mapping[str, float],
) -> RankTable:
    """Ranks with the command's own draws."""
    return rank_table(values, category, group, aggregate=Aggregate(aggregate), weights=weights)


def agreement(means: pd.DataFrame) -> Agreement:
    """Agreement of categories; shape (systems, categories)."""
    found = kendall_matrix(means)
    order = _alike(found)
    leaders = {system for best in category_winners(means).values() for system in best}
    return Agreement(found.loc[order, order], mean_tau(found), kendall_w(means), friedman_p(means), len(leaders))


def _alike(matrix: pd.DataFrame) -> list[str]:
    """The order in which neighbours are most alike; the given one where some tau is undefined."""
    if matrix.isna().any(axis=None) or len(matrix) < 3:
        return list(matrix.index)
    # Only the worker needs these, and they take their time to load.
    from scipy.cluster.hierarchy import leaves_list, linkage  # noqa: PLC0415
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    apart = np.clip(1 - matrix.to_numpy(), 0, None)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return [matrix.index[place] for place in leaves_list(tree)]


def without_each(
    values: pd.DataFrame, category: Mapping[str, str], aggregate: str, weights: Mapping[str, float]
) -> LeftOut | None:
    """Ranks without each category in turn; None where only one has weight."""
    try:
        return leave_one_out(values, category, Aggregate(aggregate), weights=weights)
    except StatisticError:
        return None


def every_rule(values: pd.DataFrame, category: Mapping[str, str], weights: Mapping[str, float]) -> pd.DataFrame:
    """Ranks under each rule with these weights, and under the plain one: shape (systems, rules)."""
    found = {rule.value: ranks_of(aggregated(values, category, rule, weights=weights)) for rule in Aggregate}
    return pd.DataFrame({PLAIN: ranks_of(aggregated(values, category, Aggregate.MACRO)), **found})


def by_regime(
    tables: Sequence[tuple[str, pd.DataFrame]],
    category: Mapping[str, str],
    aggregate: str,
    weights: Mapping[str, float],
) -> Regimes | None:
    """Ranks in each regime over the systems and tasks that all regimes have; None where these are too few."""
    systems = sorted(set.intersection(*(set(values.index) for _, values in tables)))
    columns = [name for name in tables[0][1] if all(name in values for _, values in tables)]
    if len(systems) < 3 or len(columns) < 3:
        return None
    known = {category[name] for name in columns}
    kept = {name: weight for name, weight in weights.items() if name in known}
    found = pd.DataFrame(
        {
            regime: ranks_of(aggregated(values.loc[systems, columns], category, Aggregate(aggregate), weights=kept))
            for regime, values in tables
        }
    )
    first = found.iloc[:, 0]
    return Regimes(found, pd.Series({name: kendalltau(first, found[name]).statistic for name in found}))


def largest_moves(ranks: pd.DataFrame) -> pd.DataFrame:
    """Most places that any system moves between two rules; shape (rules, rules)."""
    rules = list(ranks.columns)
    rows = [[int(moves(ranks[one], ranks[other])["gained"].abs().max()) for other in rules] for one in rules]
    return pd.DataFrame(rows, index=rules, columns=rules)


def winners(means: pd.DataFrame) -> pd.DataFrame:
    """Systems that are first under some weights: `margin`, then the weights of the categories; widest lead first."""
    found = possible_winners(means)
    return found[found["wins"]].drop(columns="wins").sort_values("margin", ascending=False, kind="stable")


def whole_weights(weights: pd.Series, means: pd.DataFrame, system: str, most: int) -> tuple[dict[str, int], bool]:
    """Weights as whole numbers up to `most`, and whether the system is first under them.

    Of the scales under which it is, the finest is taken; where there is none, the finest of all.
    """
    share = weights / weights.max()
    for top in range(most, 0, -1):
        tried = (share * top).round().astype(int)
        value = (means[tried.index] * tried).sum(axis=1)
        if value[system] >= value.max() - _EQUAL * top:
            return {str(name): int(weight) for name, weight in tried.items()}, True
    return {str(name): int(weight) for name, weight in (share * most).round().items()}, False
