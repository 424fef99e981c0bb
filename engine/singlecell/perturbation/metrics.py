"""How far a predicted profile is from the one observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def l2(predicted: Floats, observed: Floats) -> float:
    """Euclidean distance over the measured genes, on the scale of the logs; lower is better.

    Args:
        predicted: shape (genes,).
        observed: shape (genes,).
    """
    return float(np.linalg.norm(predicted - observed))


def pearson_of_change(predicted: Floats, observed: Floats, control: Floats) -> float | None:
    """Pearson correlation over genes of the predicted with the observed change from control.

    Args:
        predicted: shape (genes,).
        observed: shape (genes,).
        control: shape (genes,).

    Returns:
        None where one of the two changes is the same for every gene.
    """
    one, other = predicted - control, observed - control
    if _constant(one, control) or _constant(other, control):
        return None
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip(one @ other / np.sqrt((one @ one) * (other @ other)), -1, 1))


def _constant(change: Floats, control: Floats) -> bool:
    """Whether a change is the same everywhere but for the rounding of the profiles it is the difference of."""
    room = 8 * np.finfo(np.float64).eps * (1 + np.abs(control).max(initial=0))
    return bool(np.ptp(change) <= room) if change.size else True
