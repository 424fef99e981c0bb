"""L2 logistic regression: L-BFGS on many problems that share their rows, so that one product serves all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.probes.losses import loss_and_slopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.probes.design import Design, Preconditioner
    from engine.probes.watching import Watch

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats, Floats]

_MEMORY = 10
# Share of the fall that the slope promises, which a step has to reach (Armijo), and rounding of the objective.
_DECREASE, _NOISE = 1e-4, 1e-12
# Of what is still to go, what a step is told to leave.
_LEFT = 0.99
# After so many shorter steps the objective's last digits are reached.
_SHORTER = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """Mean weighted loss plus penalty / 2 times the squared weights, intercepts free: scikit-learn's objective.

    Attributes:
        design: the features.
        codes: shape (n,), class numbers 0 .. K-1.
        weights: shape (n, problems), columns adding to 1; 0 for rows held out.
        view: shape (problems,), the design's view of each.
        penalty: shape (problems,), 1 / (C times the summed row weights).
        outputs: 1 for two classes, else K.
    """

    design: Design
    codes: NDArray[np.int64]
    weights: Floats
    view: NDArray[np.int64]
    penalty: Floats
    outputs: int

    def only(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Problems:
        """Those problems."""
        return replace(self, weights=self.weights[:, kept], view=self.view[kept], penalty=self.penalty[kept])

    def with_c(self, c: float) -> Problems:
        """From problems with C = 1 to the same with another."""
        return replace(self, penalty=self.penalty / c)

    def scores(self, solution: Floats) -> Floats:
        """Scores, shape (n, problems, outputs), of solutions, shape (d + 1, problems, outputs)."""
        flat = self.design.scores(solution.reshape(len(solution), -1), np.repeat(self.view, self.outputs))
        return flat.reshape(len(flat), -1, self.outputs)

    def gradient(self, slopes: Floats, solution: Floats) -> Floats:
        """Gradient of the objective, shape (d + 1, problems, outputs)."""
        flat = self.design.gradient(slopes.reshape(len(slopes), -1), np.repeat(self.view, self.outputs))
        found = flat.reshape(solution.shape)
        found[:-1] += self.penalty[:, None] * solution[:-1]
        return found


@dataclass(frozen=True, slots=True)
class Solution:
    """Where the solver stopped.

    Attributes:
        weights: shape (d + 1, problems, outputs) in the view's standardised columns, the intercept last.
        scores: shape (n, problems, outputs), of all rows, those held out included.
        converged: shape (problems,), whether the largest slope is within the tolerance.
        iterations: shape (problems,).
    """

    weights: Floats
    scores: Floats
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]


def joined(solutions: Sequence[Solution]) -> Solution:
    """Solutions of some problems after those of others."""
    return Solution(
        np.concatenate([one.weights for one in solutions], axis=1),
        np.concatenate([one.scores for one in solutions], axis=1),
        np.concatenate([one.converged for one in solutions]),
        np.concatenate([one.iterations for one in solutions]),
    )


@dataclass(slots=True)
class _State:
    """The problems still open: where they are, what the objective is there, and the last steps."""

    problems: Problems
    weights: Floats
    scores: Floats
    value: Floats
    slope: Floats
    pairs: list[Pair]
    stuck: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> _State:
        return _State(
            self.problems.only(kept),
            self.weights[:, kept],
            self.scores[:, kept],
            self.value[kept],
            self.slope[:, kept],
            [(step[:, kept], change[:, kept], rho[kept]) for step, change, rho in self.pairs],
            self.stuck[kept],
        )


def start(problems: Problems, classes: int) -> Floats:
    """No weights, and intercepts that give each class its weighted share; shape (d + 1, problems, outputs)."""
    share = np.stack([problems.weights[problems.codes == number].sum(0) for number in range(classes)], axis=1)
    # A class that a fold's train part lacks would have an intercept of minus infinity.
    log = np.log(np.maximum(share, 1e-6))
    found = np.zeros((problems.design.matrix.shape[1] + 1, len(problems.view), problems.outputs))
    found[-1] = log[:, 1:] - log[:, :1] if problems.outputs == 1 else log
    return found


def solve(
    problems: Problems,
    begin: Floats,
    divide: Preconditioner | None,
    *,
    tolerance: float,
    iterations: int,
    watch: Watch | None = None,
) -> Solution:
    """Follow each problem until its largest slope is within the tolerance.

    Args:
        problems: what to minimise.
        begin: shape (d + 1, problems, outputs).
        divide: roughly the inverse Hessian, the same for all; None for the identity.
        tolerance: on the largest absolute slope of the mean loss, intercepts included, as in scikit-learn.
        iterations: after which a problem is left as it is.
        watch: told at each step how far the problems have come.
    """
    n, count, outputs = len(problems.codes), len(problems.view), problems.outputs
    found = Solution(begin.copy(), np.empty((n, count, outputs)), np.zeros(count, bool), np.zeros(count, np.int64))
    state, open_ = _begin(problems, begin), np.arange(count)
    first = _steepest(state)
    for iteration in range(iterations + 1):
        slope = _steepest(state)
        if watch:
            # A slope may rise for a while: with each step a little counts as done all the same.
            watch(1 - _ahead(slope, first[open_], tolerance).sum() / count * _LEFT**iteration)
        flat = slope <= tolerance
        done = flat | state.stuck | (iteration == iterations)
        if done.any():
            closed = open_[done]
            found.weights[:, closed], found.scores[:, closed] = state.weights[:, done], state.scores[:, done]
            found.converged[closed], found.iterations[closed] = flat[done], iteration
            if done.all():
                break
            state, open_ = state.only(~done), open_[~done]
        state = _step(state, _direction(state, divide))
    return found


def _steepest(state: _State) -> Floats:
    """Largest absolute slope of each problem, shape (problems,)."""
    found: Floats = np.abs(state.slope).max((0, 2))
    return found


def _ahead(slope: Floats, first: Floats, tolerance: float) -> Floats:
    """Share of the way from the first slope down to the tolerance that is still to go, in orders of magnitude."""
    way = np.log(np.maximum(first / tolerance, 1 + 1e-9))
    return np.clip(np.log(np.maximum(slope / tolerance, 1)) / way, 0, 1)


def _begin(problems: Problems, weights: Floats) -> _State:
    scores = problems.scores(weights)
    loss, slopes = loss_and_slopes(scores, problems.codes, problems.weights)
    value = loss + problems.penalty / 2 * _dot(weights[:-1], weights[:-1])
    stuck = np.zeros(len(problems.view), dtype=bool)
    return _State(problems, weights, scores, value, problems.gradient(slopes, weights), [], stuck)


def _direction(state: _State, divide: Preconditioner | None) -> Floats:
    """Two loops over the last steps (Nocedal and Wright, algorithm 7.4) around the given inverse."""
    found = state.slope.copy()
    parts = []
    for step, change, rho in reversed(state.pairs):
        part = rho * _dot(step, found)
        found -= _wide(part) * change
        parts.append(part)
    found = _divided(divide, found)
    if state.pairs:
        step, change, _ = state.pairs[-1]
        curvature = _dot(change, _divided(divide, change))
        found *= _wide(_dot(step, change) / np.where(curvature > 0, curvature, 1))
    elif divide is None:
        found /= _wide(np.sqrt(_dot(found, found)))
    for (step, change, rho), part in zip(state.pairs, reversed(parts), strict=True):
        found += _wide(part - rho * _dot(change, found)) * step
    return -found


def _step(state: _State, direction: Floats) -> _State:
    """Go along the direction as far as the objective falls."""
    length, scores, (value, slopes), stuck = _search(state, direction)
    weights = state.weights + _wide(length) * direction
    slope = state.problems.gradient(slopes, weights)
    pair = _pair(weights - state.weights, slope - state.slope)
    return _State(state.problems, weights, scores, value, slope, [*state.pairs, pair][-_MEMORY:], stuck)


def _search(state: _State, direction: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats], NDArray[np.bool_]]:
    """Length of the step, scores there, value and slopes there, and whether no length was short enough.

    The scores along a direction are a line: trying a length needs no product with the features.
    """
    ahead, fall = state.problems.scores(direction), _dot(state.slope, direction)
    square = [_dot(one[:-1], other[:-1]) for one, other in _corners(state.weights, direction)]

    def tried(length: Floats) -> tuple[Floats, tuple[Floats, Floats], NDArray[np.bool_]]:
        scores = state.scores + _wide(length) * ahead
        loss, slopes = loss_and_slopes(scores, state.problems.codes, state.problems.weights)
        norm = square[0] + 2 * length * square[1] + length**2 * square[2]
        value = loss + state.problems.penalty / 2 * norm
        return scores, (value, slopes), value > state.value + _DECREASE * length * fall + _NOISE * np.abs(state.value)

    length = np.ones(len(state.value))
    scores, there, rising = tried(length)
    for _ in range(_SHORTER):
        if not rising.any():
            break
        excess = np.where(rising, there[0] - state.value - length * fall, 1)
        lowest = -fall * length**2 / (2 * excess)
        length = np.where(rising, np.clip(lowest, 0.1 * length, 0.5 * length), length)
        scores, there, rising = tried(length)
    return length, scores, there, rising


def _corners(weights: Floats, direction: Floats) -> list[tuple[Floats, Floats]]:
    return [(weights, weights), (weights, direction), (direction, direction)]


def _pair(step: Floats, change: Floats) -> Pair:
    product = _dot(step, change)
    usable = product > 1e-14 * _dot(change, change)
    return step, change, np.where(usable, 1 / np.where(usable, product, 1), 0)


def _divided(divide: Preconditioner | None, slope: Floats) -> Floats:
    return slope.copy() if divide is None else divide(slope.reshape(len(slope), -1)).reshape(slope.shape)


def _dot(one: Floats, other: Floats) -> Floats:
    """Inner product per problem, shape (problems,)."""
    found: Floats = np.einsum("dpk,dpk->p", one, other)
    return found


def _wide(values: Floats) -> Floats:
    """Per problem, to multiply with weights."""
    return values[:, None]
