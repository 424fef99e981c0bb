"""From tasks to one number: category means, macro and micro average, ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping


def category_means(values: pd.DataFrame, category_of: Mapping[str, str]) -> pd.DataFrame:
    """Mean over the tasks of each category.

    Args:
        values: shape (models, tasks); a missing value makes the mean of its category missing, because a
            mean over fewer tasks is another quantity.
        category_of: category of each task (column).

    Returns:
        shape (models, categories), categories in order of first appearance.
    """
    groups: dict[str, list[str]] = {}
    for task in values.columns:
        groups.setdefault(category_of[task], []).append(task)
    return pd.DataFrame({name: values[tasks].mean(axis=1, skipna=False) for name, tasks in groups.items()})


def macro_average(categories: pd.DataFrame) -> pd.Series:
    """Mean over categories, each counting once whatever its number of tasks; shape (models,)."""
    return categories.mean(axis=1, skipna=False)


def micro_average(values: pd.DataFrame) -> pd.Series:
    """Mean over tasks, so that a category counts by its number of tasks; shape (models,)."""
    return values.mean(axis=1, skipna=False)


def ranks(values: pd.DataFrame) -> pd.DataFrame:
    """Rank of each model within each column, 1 = highest, ties share the best rank; missing stays missing."""
    return values.rank(ascending=False, method="min")


def winners(values: pd.DataFrame) -> dict[str, list[str]]:
    """The rows that hold the maximum of each column: one name, or several where they tie exactly."""
    return {name: list(column.index[column == column.max()]) for name, column in values.items()}


def near_ties(values: pd.DataFrame, margin: float) -> pd.DataFrame:
    """True where a value is below its column's best by no more than `margin`; False for the best itself."""
    gap = values.max() - values
    return (gap > 0) & (gap <= margin + 1e-12)
