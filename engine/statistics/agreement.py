"""How far rankings agree with each other."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, kendalltau, rankdata

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


def mean_tau(matrix: pd.DataFrame) -> float:
    """Mean of Kendall's tau over every pair of different columns, from `kendall_matrix`."""
    return float(np.mean([tau for *_, tau in pairs(matrix)]))


def kendall_w(values: pd.DataFrame) -> float | None:
    """Kendall's coefficient of concordance W of the columns, 0 to 1; None where no column tells any two rows apart.

    With R the rank sums of n rows over m columns: 12 S / (m^2 (n^3 - n) - m T), S the squared distances of R from its
    mean, T the sum of t^3 - t over the runs of t tied rows of each column (Kendall & Gibbons 1990, 6.10).

    Args:
        values: shape (rows, columns), complete.

    Raises:
        ValueError: fewer than two columns or rows, or a missing value.
    """
    _require_blocks(values, rows=2)
    columns, rows = values.shape[1], values.shape[0]
    sums = rankdata(values.to_numpy(), axis=0).sum(axis=1)
    ties = sum(int((runs**3 - runs).sum()) for runs in (values[name].value_counts().to_numpy() for name in values))
    possible = columns**2 * (rows**3 - rows) - columns * ties
    return float(12 * ((sums - sums.mean()) ** 2).sum() / possible) if possible else None


def friedman_p(values: pd.DataFrame) -> float | None:
    """The p of Friedman's test that all rows rank alike (scipy's chi-square); None where every column is one tie.

    The columns count as independent blocks; categories of one benchmark are not quite that.

    Args:
        values: shape (rows, columns), complete.

    Raises:
        ValueError: fewer than two columns, fewer than three rows, or a missing value.
    """
    _require_blocks(values, rows=3)
    array = values.to_numpy()
    if (array == array[:1]).all():
        return None
    return float(friedmanchisquare(*array).pvalue)


def _require_blocks(values: pd.DataFrame, *, rows: int) -> None:
    if values.shape[1] < 2 or values.shape[0] < rows or values.isna().any(axis=None):
        raise ValueError(
            f"concordance needs 2 columns, {rows} rows and no missing value, got {values.shape[1]} and "
            f"{values.shape[0]}, {int(values.isna().sum().sum())} missing"
        )
