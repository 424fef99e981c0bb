"""The grid of fair-v1: what each C and class weight is worth over the inner folds, and the fit to all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.probes.design import preconditioner
from engine.probes.linear import best
from engine.probes.matthews import mcc
from engine.probes.solver import Problems, joined, solve, start
from engine.probes.watching import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.probes.design import Design, Preconditioner
    from engine.probes.folds import Folds
    from engine.probes.solver import Solution
    from engine.probes.watching import Watch

    Floats = NDArray[np.float64]

GRID = tuple(float(c) for c in np.logspace(-4, 2, 7))
CLASS_WEIGHTS = (None, "balanced")
MAX_ITERATIONS = 5000
# From this C on the penalty hardly bends the objective, and most steps go into columns that say nearly the same.
_WEAK = 0.1
# Scikit-learn's where nothing steers the solver; with a curvature the optimum itself is only a few steps further.
_TOLERANCE, _TIGHT = 1e-4, 1e-5
# Numbers that the solver may hold at once, 2 GB, and how many it holds of a problem for each row and each column.
_TOGETHER, _BY_ROW, _BY_COLUMN = 2**28, 6, 24
# One for each C, and one for what steers the weak ones.
_STEPS = len(GRID) + 1


@dataclass(frozen=True, slots=True)
class Rows:
    """Features of train with their classes.

    Attributes:
        design: the features.
        curvature: from `Design.curvature`.
        codes: shape (n,), class numbers 0 .. classes - 1, all of which occur.
        classes: at least two.
    """

    design: Design
    curvature: Floats | None
    codes: NDArray[np.int64]
    classes: int

    @property
    def outputs(self) -> int:
        """One score for two classes, else one for each."""
        return 1 if self.classes == 2 else self.classes

    def solve(
        self, problems: Problems, begin: Floats, *, rough: Preconditioner | None = None, watch: Watch | None = None
    ) -> Solution:
        """Solve problems of one C; a rough preconditioner steers where there is no curvature."""
        divide = rough or preconditioner(self.curvature, float(problems.penalty[0]), outputs=self.outputs)
        tolerance = _TOLERANCE if self.curvature is None else _TIGHT
        portions = self._portions(len(problems.view))
        solved = [
            solve(
                problems.only(some),
                begin[:, some],
                divide,
                tolerance=tolerance,
                iterations=MAX_ITERATIONS,
                watch=within(watch, number / len(portions), (number + 1) / len(portions)),
            )
            for number, some in enumerate(portions)
        ]
        return solved[0] if len(solved) == 1 else joined(solved)

    def _portions(self, count: int) -> list[NDArray[np.int64]]:
        """Numbers of the problems that fit into memory together."""
        n, d = self.design.matrix.shape
        most = max(1, _TOGETHER // ((_BY_ROW * n + _BY_COLUMN * d) * self.outputs))
        return np.array_split(np.arange(count), -(-count // most))

    def problems(self, kept: list[NDArray[np.bool_]], class_weights: list[str | None], view: list[int]) -> Problems:
        """Problems with C = 1, each fitted to the rows kept in it."""
        weights = [
            row_weights(self.codes, rows, balanced=class_weight is not None)
            for rows, class_weight in zip(kept, class_weights, strict=True)
        ]
        return Problems(
            design=self.design,
            codes=self.codes,
            weights=np.stack(weights, axis=1),
            view=np.array(view),
            penalty=1 / np.array([rows.sum() for rows in kept]),
            outputs=self.outputs,
        )


def row_weights(codes: NDArray[np.int64], kept: NDArray[np.bool_], *, balanced: bool) -> Floats:
    """Weights of rows in a fit to those kept, shape (n,), adding to 1; balanced, each class has the same share."""
    if not balanced:
        return np.asarray(kept / kept.sum())
    counts = np.bincount(codes[kept], minlength=codes.max() + 1)
    share = np.divide(1 / np.count_nonzero(counts), counts, out=np.zeros(len(counts)), where=counts > 0)
    return np.where(kept, share[codes], 0)


def survey(rows: Rows, folds: Folds, watch: Watch | None = None) -> Floats:
    """Mean MCC over the folds' held-out rows, shape (C of `GRID`, class weight); undefined counts as 0."""
    fold = list(range(folds.count)) * len(CLASS_WEIGHTS)
    class_weights = np.repeat(np.array(CLASS_WEIGHTS, dtype=object), folds.count).tolist()
    problems = rows.problems([folds.held_out != number for number in fold], class_weights, fold)
    solution, found = start(problems, rows.classes), np.empty((len(GRID), len(CLASS_WEIGHTS)))
    rough: Preconditioner | None = None
    for row, c, at in zip(found, GRID, range(len(GRID)), strict=True):
        own = problems.with_c(c)
        if c == _WEAK and rows.curvature is None:
            # One for all weak penalties: its rounding is far below this one, and would not be below the next.
            curvature = rows.design.rough_curvature(within(watch, at / _STEPS, (at + 1) / _STEPS))
            rough = preconditioner(curvature, float(own.penalty[0]), outputs=rows.outputs)
        begin = (at + (c >= _WEAK)) / _STEPS
        # The optimum at a stronger penalty is where the next one starts.
        solved = rows.solve(own, solution, rough=rough, watch=within(watch, begin, begin + 1 / _STEPS))
        solution = solved.weights
        row[:] = _held_out_mcc(rows, folds, solved.scores, fold).reshape(len(CLASS_WEIGHTS), -1).mean(1)
    return found


def _held_out_mcc(rows: Rows, folds: Folds, scores: Floats, fold: list[int]) -> Floats:
    found = np.empty(len(fold))
    for problem, number in enumerate(fold):
        out = folds.held_out == number
        found[problem] = mcc(rows.codes[out], best(scores[out, problem]), classes=rows.classes)
    return found


def fit_all(rows: Rows, c: float, class_weight: str | None, watch: Watch | None = None) -> Solution:
    """Fit to all rows."""
    everything = np.ones(len(rows.codes), dtype=bool)
    problems = rows.problems([everything], [class_weight], [len(rows.design.shift) - 1]).with_c(c)
    return rows.solve(problems, start(problems, rows.classes), watch=watch)
