"""fair-v1: standardised features, C and class weight chosen by MCC on the same inner folds for every system."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from engine.errors import StatisticError
from engine.names import Protocol
from engine.probes.contract import Choice
from engine.probes.design import DOUBLE, Design
from engine.probes.grid import CLASS_WEIGHTS, GRID, Rows, fit_all, survey
from engine.probes.inputs import check_candidates, encode
from engine.probes.linear import Linear
from engine.probes.row_space import RowSpace
from engine.probes.watching import AtOnce, Gauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.probes.folds import Folds
    from engine.probes.scale import Scale
    from engine.probes.watching import Progress
    from engine.sequences import Features

FEW_SHOT_C = 1.0
# Means of equal MCCs that differ by rounding are a tie.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class FairV1:
    """Logistic regression of protocols A.3.

    Columns that do not vary are dropped, the others standardised by what is fitted on; C is one of `GRID`, classes
    count by their size or equally; what has the highest mean MCC over the inner folds is fitted to all of train. A tie
    goes to the smallest C, then to no class weight, then to the first candidate. Without folds C is 1.

    Attributes:
        scales: for few-shot, the standardisation of each candidate, `Scale.of` the whole unlabelled train split: it
            then replaces that of the rows at hand, in the inner folds too.
        progress: told how far the choice has come.
        threads: candidates that are looked at side by side; nothing that is found depends on it.
    """

    scales: Sequence[Scale] | None = None
    progress: Progress | None = None
    threads: int = 1
    name: ClassVar[Protocol] = Protocol.FAIR_V1

    def fit(
        self, candidates: Sequence[Features], labels: NDArray[np.int64], *, classes: int, folds: Folds | None
    ) -> Linear:
        """Fit to train as `Probe.fit` has it.

        Raises:
            StatisticError: what `Probe.fit` refuses, and another number of scales than of candidates.
        """
        check_candidates(candidates, labels, choosing=folds is not None)
        scales = self._scales(len(candidates))
        given = [scale for scale in scales if scale is not None]
        if given and all(features.shape[0] < features.shape[1] for features in candidates):
            spaces = [RowSpace.of(features, scale) for features, scale in zip(candidates, given, strict=True)]
            inside = replace(self, scales=[space.own_scale for space in spaces])
            fitted = inside.fit([space.coordinates for space in spaces], labels, classes=classes, folds=folds)
            return spaces[fitted.choice.candidate].turned_back(fitted)
        present, codes = encode(labels)
        gauge = Gauge(self.progress, len(candidates) + 1)
        choice = (
            Choice(c=FEW_SHOT_C)
            if folds is None
            else _choose(candidates, codes, folds, scales, AtOnce(gauge, self.threads))
        )
        features = candidates[choice.candidate]
        # Inner folds compare, which float32 is good enough for; what is predicted with is float64 where it can be.
        dtype = np.float64 if np.prod(features.shape) <= DOUBLE else np.float32
        rows = _rows(Design.of(features, None, scales[choice.candidate], dtype), codes)
        solution = fit_all(rows, choice.c or FEW_SHOT_C, choice.class_weight, gauge.part(len(candidates)))
        weights, intercept = rows.design.raw(solution.weights[:, 0])
        return Linear(
            weights=weights,
            intercept=intercept,
            present=present,
            classes=classes,
            choice=replace(choice, converged=bool(solution.converged[0])),
        )

    def _scales(self, count: int) -> list[Scale | None]:
        if self.scales is None:
            return [None] * count
        if len(self.scales) != count:
            raise StatisticError(f"{len(self.scales)} scales for {count} candidates: give one scale for each.")
        return list(self.scales)


def _choose(
    candidates: Sequence[Features], codes: NDArray[np.int64], folds: Folds, scales: list[Scale | None], at_once: AtOnce
) -> Choice:
    def surveyed(number: int) -> NDArray[np.float64]:
        design = Design.of(candidates[number], folds.held_out, scales[number], np.float32)
        return survey(_rows(design, codes), folds, at_once.gauge.part(number))

    worth = at_once.map(surveyed, len(candidates))
    # The first of equals has the smallest C, then no class weight, then the first candidate.
    table = np.round(np.stack(worth, axis=-1), _DIGITS)
    c, class_weight, candidate = (int(index) for index in np.unravel_index(np.argmax(table), table.shape))
    return Choice(
        candidate=candidate,
        c=GRID[c],
        class_weight=CLASS_WEIGHTS[class_weight],
        c_at_edge=c in {0, len(GRID) - 1},
        inner_score=float(table[c, class_weight, candidate]),
        fold_hash=folds.hash,
    )


def _rows(design: Design, codes: NDArray[np.int64]) -> Rows:
    return Rows(design, design.curvature(), codes, int(codes.max()) + 1)
