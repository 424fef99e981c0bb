"""Where two systems put each item of a task, on which they disagree, and how many of these there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.statistics.two_models import flips_by_item

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

MOST_LISTED = 20
_BOTH = """
    FROM numbered_item i
    JOIN standing a ON a.task_id = i.task_id AND a.item_no = i.item_no AND a.model_id = $first
    JOIN standing b ON b.task_id = i.task_id AND b.item_no = i.item_no AND b.model_id = $second
    WHERE i.task_id = $task AND i.label IS NOT NULL
"""
_ITEMS = f"""
    SELECT i.item_id, i.gene, i.protein_variant, i.consequence, i.label,
           a.percentile::DOUBLE AS first, b.percentile::DOUBLE AS second {_BOTH} ORDER BY i.item_no
"""
_BINS = f"""
    SELECT (least(floor(first / $width), $bins - 1) + 0.5) * $width AS first,
           (least(floor(second / $width), $bins - 1) + 0.5) * $width AS second, count(*) AS n, avg(label) AS share
    FROM (SELECT i.label, a.percentile AS first, b.percentile AS second {_BOTH}) GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Items that two systems put on opposite sides of their middles, by who is right: n each."""

    n: int
    first_right: int
    second_right: int

    @property
    def opposite(self) -> int:
        """Items on which they disagree."""
        return self.first_right + self.second_right


def read_pairs(ask: Ask, task: str, first: str, second: str) -> pd.DataFrame:
    """Items that both score: item_id, gene, protein_variant, consequence, label, first and second in percent."""
    return ask(_ITEMS, {"task": task, "first": first, "second": second})


def read_bins(ask: Ask, task: str, first: str, second: str, bins: int) -> pd.DataFrame:
    """The same items in a square grid: middle of each bin that has any, n, and share of label 1."""
    asked = {"task": task, "first": first, "second": second}
    return ask(_BINS, asked | {"bins": bins, "width": 100 / bins})


def quadrants(items: pd.DataFrame) -> Quadrants:
    """How often one of two systems has an item on the side of its label and the other has not."""
    sides = [np.sign(items[name].to_numpy(float) - 50) for name in ("first", "second")]
    own = np.where(items["label"] == 1, 1, -1)
    apart = sides[0] * sides[1] < 0
    first = int((apart & (sides[0] == own)).sum())
    return Quadrants(len(items), first, int(apart.sum()) - first)


def most_apart(items: pd.DataFrame) -> pd.DataFrame:
    """Items on which the two disagree most about the class, with `gain` (of the first) and `opposite`."""
    found = flips_by_item(items["label"], items["first"], items["second"], most=MOST_LISTED)
    return items.iloc[found.rows].assign(gain=found.gain, opposite=found.opposite).reset_index(drop=True)
