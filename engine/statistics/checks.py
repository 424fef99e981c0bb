"""What labels and scores must be before a statistic is taken of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import StatisticError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def binary(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Labels as booleans and scores as float64, both of shape (n,).

    Raises:
        StatisticError: lengths differ, there are no items, a score is not finite, a label is neither 0 nor 1, or all
            labels are the same.
    """
    found, values = _aligned(labels, scores, "labels", "scores")
    _require_finite(values, "scores")
    return _classes(found), values.astype(np.float64)


def measured(values: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measured values and scores as float64, both of shape (n,).

    Raises:
        StatisticError: lengths differ, there are no items, or a number is not finite.
    """
    first, second = _aligned(values, scores, "measured values", "scores")
    _require_finite(first, "measured values")
    _require_finite(second, "scores")
    return first.astype(np.float64), second.astype(np.float64)


def classes(labels: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Classes of truth and prediction as whole numbers, both of shape (n,).

    Raises:
        StatisticError: lengths differ, there are no items, or a class is not a whole number.
    """
    first, second = _aligned(labels, predicted, "labels", "predicted classes")
    for array, what in ((first, "labels"), (second, "predicted classes")):
        if array.dtype.kind not in "biu":
            raise StatisticError(f"{what} must be whole numbers, one per class, not {array.dtype}.")
    return first.astype(np.int64), second.astype(np.int64)


def members(names: ArrayLike, n: int, what: str) -> tuple[NDArray[np.int64], int]:
    """Number of each item's group in order of appearance, shape (n,), and how many groups there are.

    Raises:
        StatisticError: there is not one name per item, or a name is missing.
    """
    array = np.asarray(names)
    if array.shape != (n,):
        raise StatisticError(f"{what} must name one group per item: shape {array.shape} for {n} items.")
    codes, distinct = pd.factorize(array)
    if missing := int((codes < 0).sum()):
        raise StatisticError(f"{missing} of {n} items have no group among {what}: leave them out or name their group.")
    return codes.astype(np.int64), len(distinct)


def _aligned(first: ArrayLike, second: ArrayLike, *names: str) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    one, other = np.asarray(first), np.asarray(second)
    if one.ndim != 1 or one.shape != other.shape:
        raise StatisticError(
            f"{names[0]} and {names[1]} must be two rows of one length, not of shapes {one.shape} and {other.shape}."
        )
    if not one.size:
        raise StatisticError(f"{names[0]} and {names[1]} are empty: no item is left to score.")
    return one, other


def _require_numbers(values: NDArray[np.generic], what: str) -> None:
    if values.dtype.kind not in "biuf":
        raise StatisticError(f"{what} must be numbers, not {values.dtype}.")


def _require_finite(values: NDArray[np.generic], what: str) -> None:
    _require_numbers(values, what)
    bad = np.flatnonzero(~np.isfinite(values.astype(np.float64)))
    if bad.size:
        raise StatisticError(
            f"{bad.size} of {values.size} {what} are NaN or infinite, the first at index {bad[0]}: "
            "leave these items out of every system alike."
        )


def _classes(labels: NDArray[np.generic]) -> NDArray[np.bool_]:
    _require_numbers(labels, "labels")
    wrong = np.flatnonzero(~np.isin(labels, (0, 1)))
    if wrong.size:
        raise StatisticError(f"labels must be 0 or 1; found {labels[wrong[0]]} at index {wrong[0]}.")
    positive = labels.astype(np.bool_)
    if positive.all() or not positive.any():
        raise StatisticError(f"all {positive.size} labels are {int(positive[0])}: this metric needs both classes.")
    return positive
