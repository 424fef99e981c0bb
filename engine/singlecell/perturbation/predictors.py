"""What every predictor gives, and the three that need nothing but arithmetic.

A predictor sees the conditions in train and the names of those to predict; a profile that is held out never reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import StatisticError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import Pseudobulk

    Floats = NDArray[np.float64]
    Wanted = Sequence[tuple[str, ...]]


ALONE = "perturbed alone in train"
"""Ends the reason of a condition that needs the change of each of its genes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Profiles of the conditions that were asked for.

    Attributes:
        profiles: shape (n, genes), on the scale of the logs; a row without a prediction is NaN.
        reasons: of each condition why it has no prediction, None where it has one.
        notes: what else the reader of the numbers should know, one sentence each.
    """

    profiles: Floats
    reasons: tuple[str | None, ...]
    notes: tuple[str, ...] = ()


def no_change(train: Pseudobulk, wanted: Wanted) -> Prediction:
    """The control profile, whatever is perturbed."""
    return _same(train.control, wanted)


def perturbation_mean(train: Pseudobulk, wanted: Wanted) -> Prediction:
    """Control plus the mean change over the conditions in train, each counting once.

    Raises:
        StatisticError: there is no condition in train.
    """
    if not train.conditions:
        raise StatisticError("there is no perturbation to train on: a mean change needs at least one.")
    return _same(train.control + train.changes.mean(axis=0), wanted)


def additive(train: Pseudobulk, wanted: Wanted) -> Prediction:
    """Control plus the change of each perturbed gene's own condition in train."""
    alone = {genes[0]: change for genes, change in zip(train.conditions, train.changes, strict=True) if len(genes) == 1}
    missing = [[gene for gene in genes if gene not in alone] for genes in wanted]
    profiles = np.full((len(wanted), len(train.genes)), np.nan)
    for place, genes in enumerate(wanted):
        if not missing[place]:
            profiles[place] = train.control + np.sum([alone[gene] for gene in genes], axis=0)
    return Prediction(profiles=profiles, reasons=tuple(lacking(genes, ALONE) for genes in missing))


def lacking(genes: Sequence[str], where: str) -> str | None:
    """The reason for a condition some of whose genes are missing; None where none is."""
    if not genes:
        return None
    return f"{' and '.join(genes)} {'is' if len(genes) == 1 else 'are'} not {where}"


def _same(profile: Floats, wanted: Wanted) -> Prediction:
    return Prediction(profiles=np.tile(profile, (len(wanted), 1)), reasons=(None,) * len(wanted))
