"""Weights of categories: what a user gives, and which models win under some weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from engine.errors import StatisticError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

_LEVEL = 1e-9
"""Two means that differ by less are equal: far above rounding, far below any published digit."""


def shares(categories: Iterable[str], weights: Mapping[str, float] | None = None) -> pd.Series:
    """Share of each category in the whole, adding up to 1; shape (categories,), in order of first appearance.

    Args:
        categories: names, repeated or not.
        weights: at least 0 each, by category; a category that is not named weighs 1.

    Raises:
        StatisticError: a weight is of no such category, negative or not a number, or all are 0.
    """
    known = list(dict.fromkeys(categories))
    given = weights or {}
    if unknown := [name for name in given if name not in known]:
        raise StatisticError(f"there is no category '{unknown[0]}' to weigh: choose among {', '.join(known)}")
    for name, weight in given.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise StatisticError(f"the weight of '{name}' is {weight:g}: give a number that is 0 or more.")
    found = pd.Series([float(given.get(name, 1)) for name in known], index=known, dtype=np.float64)
    if not found.max() > 0:
        raise StatisticError("all categories have weight 0: give at least one of them a weight above 0.")
    # Divided by the largest first, so that the sum of very large weights stays finite.
    found /= found.max()
    return found / found.sum()


def possible_winners(category_means: pd.DataFrame) -> pd.DataFrame:
    """Whether some weights of the categories, none negative, make a model the best or joint best.

    Per model a linear program looks for the weights under which its smallest lead over the others is largest. A model
    that another one beats in every category cannot win and gets no program.

    Args:
        category_means: shape (models, categories), complete.

    Returns:
        shape (models, 2 + categories), in the order given: `wins`; `margin`, the largest smallest lead, negative
        where the model does not win; and per category the weights that give it, adding up to 1. Margin and weights
        are missing for models that got no program.

    Raises:
        ValueError: fewer than two models, no category, or a missing value.
    """
    means = category_means.to_numpy(dtype=np.float64)
    if means.shape[0] < 2 or means.shape[1] < 1 or not np.isfinite(means).all():
        raise ValueError(f"winners need 2 models, 1 category and no missing value, got shape {means.shape}")
    found = np.full((means.shape[0], 1 + means.shape[1]), np.nan)
    beaten, beaten_by = _beaten_everywhere(means)
    for model in np.flatnonzero(beaten == 0):
        # Who is behind a third model everywhere cannot be the closest rival.
        rivals = (beaten == 0) | ((beaten == 1) & (beaten_by == model))
        rivals[model] = False
        found[model] = _widest_lead(means[model] - means[rivals])
    columns = ["margin", *category_means.columns]
    table = pd.DataFrame(found, index=category_means.index, columns=columns)
    table.insert(0, "wins", table["margin"] >= -_LEVEL)
    return table


def _beaten_everywhere(means: Floats) -> tuple[Counts, Counts]:
    """How many models are strictly higher in every category, and the first of them (0 where none); shape (models,)."""
    number, first = np.zeros(len(means), dtype=np.int64), np.zeros(len(means), dtype=np.int64)
    for model, own in enumerate(means):
        higher = (means > own).all(axis=1)
        number[model], first[model] = np.count_nonzero(higher), np.argmax(higher)
    return number, first


def _widest_lead(leads: Floats) -> Floats:
    """Largest smallest lead and the weights that give it; shape (others, categories) -> (1 + categories,)."""
    others, categories = leads.shape
    # Unknowns: the weights, then the lead m. Maximise m with leads @ w >= m for every other model, and sum(w) = 1.
    answer = linprog(
        np.append(np.zeros(categories), -1.0),
        A_ub=np.hstack([-leads, np.ones((others, 1))]),
        b_ub=np.zeros(others),
        A_eq=np.append(np.ones(categories), 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, None)] * categories + [(None, None)],
        method="highs",
    )
    weights: Floats = np.clip(np.asarray(answer.x)[:-1], 0, None)
    weights /= weights.sum()
    # The lead of these very weights, not the solver's figure: it can be checked by hand.
    return np.append((leads @ weights).min(), weights)
