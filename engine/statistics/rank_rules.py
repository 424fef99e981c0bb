"""The rules by which task values become one rank, in words that need no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Aggregate(StrEnum):
    """How the task values of a model become one number; higher is better in each.

    Every task has a weight, and a category has the weight w (1 where none is given) and n tasks. A task weighs w / n,
    so that a category counts by w alone; for `micro` a task weighs w, so that a category counts by w times n.

    - `macro`: mean over tasks, which without weights is the mean over categories of category means.
    - `micro`: mean over tasks, each with its category's weight.
    - `borda`: mean number of the other models left behind on a task, a tie counting one half; with M models the mean
      rank on a task is M minus that.
    - `winrate`: mean share of the other models left behind on a task: `borda` divided by M - 1, so both order alike.
    - `median`: weighted median over tasks; where exactly half of the weight lies below, the middle of both neighbours.

    `borda` and `winrate` depend on which models are compared; the others do not.
    """

    MACRO = "macro"
    MICRO = "micro"
    BORDA = "borda"
    WIN_RATE = "winrate"
    MEDIAN = "median"


class Units(StrEnum):
    """What a draw of the bootstrap takes with replacement.

    - `hierarchical`: categories, within each its redundancy groups, within each its tasks.
    - `categories`: categories alone, each with all of its tasks.
    """

    HIERARCHICAL = "hierarchical"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """One bootstrap of tasks; the same object gives the same draws for every rule and every choice of models.

    Attributes:
        units: What a draw takes.
        draws: Number of draws, at least 2.
        seed: Of numpy's default generator.
    """

    units: Units = Units.HIERARCHICAL
    draws: int = 2000
    seed: int = 0
