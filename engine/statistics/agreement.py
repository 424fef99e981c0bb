"""How far rankings agree with each other."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

if TYPE_CHECKING:
    from collections.abc import Iterator


def kendall_matrix(values: pd.DataFrame) -> pd.DataFrame:
    """Kendall's tau-b between every two columns (scipy's), over the rows that have both; shape (columns, columns).

    Raises:
        ValueError: fewer than two columns or fewer than three rows.
    """
    if values.shape[1] < 2 or values.shape[0] < 3:
        raise ValueError(f"rank agreement needs 2 columns and 3 rows, got {values.shape[1]} and {values.shape[0]}")
    matrix = pd.DataFrame(np.eye(values.shape[1]), index=values.columns, columns=values.columns)
    for first, second in combinations(values.columns, 2):
        tau = kendalltau(values[first], values[second], nan_policy="omit").statistic
        matrix.loc[first, second] = matrix.loc[second, first] = tau
    return matrix


def pairs(matrix: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    """Every pair of columns once, with its value."""
    for first, second in combinations(matrix.columns, 2):
        yield str(first), str(second), float(matrix.loc[first, second])
