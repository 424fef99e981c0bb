"""Task weights of bootstrap draws: categories, within them redundancy groups, within them tasks.

A draw is a row of task weights that add up to 1. A category that is drawn twice counts twice, each time with groups
and tasks drawn anew; within one category drawn, every task drawn weighs the same. Categories without weight are not
drawn. Each level has a random stream of its own, so that the draws do not depend on how many are made at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import StatisticError
from engine.statistics.rank_rules import Units
from engine.statistics.weightings import shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.statistics.rank_rules import Sampling

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

CHUNK = 1 << 17
"""Tasks drawn at a time, over all draws: their arrays stay in a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Which task belongs to which group and category, for categories of positive weight.

    Attributes:
        tasks: number of tasks, those of weightless categories included.
        weight: shape (categories,), share of each.
        size: shape (categories,), tasks of each.
        groups: shape (categories,), redundancy groups of each.
        first_group: shape (categories,), its first group; the groups of a category follow each other.
        group_size: shape (groups,), tasks of each.
        first_member: shape (groups,), index into `members` of its first task.
        members: shape (tasks with weight,), task numbers by category and group.
        pooled: whether all tasks of a draw are put into one mean; else each category has its own.
    """

    tasks: int
    weight: Floats
    size: Counts
    groups: Counts
    first_group: Counts
    group_size: Counts
    first_member: Counts
    members: Counts
    pooled: bool


def design(
    tasks: Sequence[str],
    category: Mapping[str, str],
    group: Mapping[str, str | None],
    *,
    weights: Mapping[str, float] | None = None,
    pooled: bool = False,
) -> Design:
    """The design of a list of tasks.

    Args:
        tasks: names, in the order in which weights are returned.
        category: of each task.
        group: redundancy group of tasks that have one, within its category; any other task is a group of its own.
        weights: of categories, 1 where not named.
        pooled: whether all tasks of a draw are put into one mean; else each category has its own.

    Raises:
        StatisticError: what `shares` refuses.
    """
    share = shares([category[task] for task in tasks], weights)
    share = share[share > 0]
    codes = share.index.get_indexer([category[task] for task in tasks])
    kept = np.flatnonzero(codes >= 0)
    names = [(category[task], *_group_name(task, group)) for task in tasks if category[task] in share.index]
    number, _ = pd.factorize(pd.MultiIndex.from_tuples(names))
    order = np.lexsort((number, codes[kept]))
    _, first_member, group_size = np.unique(number[order], return_index=True, return_counts=True)
    by_place = np.argsort(first_member)
    first_member, group_size = first_member[by_place], group_size[by_place]
    of_group = codes[kept][order][first_member]
    groups = np.bincount(of_group, minlength=len(share))
    return Design(
        tasks=len(tasks),
        weight=share.to_numpy(),
        size=np.bincount(codes[kept], minlength=len(share)),
        groups=groups,
        first_group=np.cumsum(groups) - groups,
        group_size=group_size,
        first_member=first_member,
        members=kept[order],
        pooled=pooled,
    )


def point_weights(plan: Design) -> Floats:
    """Weight of each task where everything is taken once, adding up to 1; shape (tasks,)."""
    found: Floats = _category_weights(plan, np.ones((1, len(plan.weight))))[0]
    return found


def drawn_weights(plan: Design, sampling: Sampling) -> Iterator[Floats]:
    """Weight of each task in each draw, some draws at a time; shape (at most draws, tasks), rows adding up to 1.

    Raises:
        StatisticError: fewer than 2 draws.
    """
    if sampling.draws < 2:
        raise StatisticError(f"a bootstrap of ranks needs at least 2 draws, not {sampling.draws}.")
    streams = np.random.default_rng(sampling.seed).spawn(3)
    rows, width = max(1, CHUNK // plan.tasks), len(plan.weight)
    for start in range(0, sampling.draws, rows):
        categories = _below(streams[0], np.full((min(rows, sampling.draws - start), width), width))
        if sampling.units is Units.CATEGORIES:
            yield _category_weights(plan, _count(categories, width))
        else:
            yield _hierarchical_weights(plan, categories, streams[1], streams[2])


def _group_name(task: str, group: Mapping[str, str | None]) -> tuple[str, str]:
    """A task without a group is one of its own, which no group of the same name joins."""
    name = group.get(task)
    return ("task", task) if name is None or pd.isna(name) else ("group", name)


def _category_weights(plan: Design, counts: Counts | Floats) -> Floats:
    """Task weights where categories are taken whole; shape (rows, categories) -> (rows, tasks)."""
    each = counts * (plan.weight if plan.pooled else plan.weight / plan.size)
    found = np.zeros((len(counts), plan.tasks))
    found[:, plan.members] = np.repeat(each, plan.size, axis=1)
    return _normalised(found)


def _hierarchical_weights(
    plan: Design, categories: Counts, group_stream: np.random.Generator, task_stream: np.random.Generator
) -> Floats:
    """Task weights of draws whose categories are drawn; shape (rows, categories) -> (rows, tasks)."""
    category = categories.ravel()
    of_category = np.repeat(np.arange(category.size), plan.groups[category])
    group = plan.first_group[category][of_category] + _below(group_stream, plan.groups[category][of_category])
    size = plan.group_size[group]
    of_group = np.repeat(np.arange(group.size), size)
    member = plan.first_member[group][of_group] + _below(task_stream, size[of_group])
    weight = plan.weight[category]
    if not plan.pooled:
        weight /= np.bincount(of_category, weights=size, minlength=category.size)
    taken = of_category[of_group]
    cell = plan.members[member] + taken // categories.shape[1] * plan.tasks
    found = np.bincount(cell, weights=weight[taken], minlength=len(categories) * plan.tasks)
    return _normalised(found.astype(np.float64, copy=False).reshape(len(categories), plan.tasks))


def _below(stream: np.random.Generator, limits: Counts) -> Counts:
    """A whole number from 0 to below each limit; one uniform number each, whatever the limit."""
    found: Counts = (stream.random(limits.shape) * limits).astype(np.int64)
    return found


def _count(drawn: Counts, width: int) -> Counts:
    """How often each column was drawn, row by row; shape (rows, m) -> (rows, width)."""
    cells = drawn + (np.arange(len(drawn)) * width)[:, None]
    return np.bincount(cells.ravel(), minlength=len(drawn) * width).reshape(len(drawn), width)


def _normalised(weights: Floats) -> Floats:
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
