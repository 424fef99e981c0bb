"""Batches of equal or nearly equal rows, and what happens when one does not fit into memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from engine.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.protocols import Meter, TokenRow

_R = TypeVar("_R")

_SHORTEST_SHARE = 0.875
"""A row joins longer ones only if at least this share of its padded length is its own."""
_LINEAR_UP_TO = 1024
"""Row length beyond which the square of the length decides how many rows go together: attention grows with it."""


class BatchTooLargeError(Exception):
    """Raised by a forward pass whose batch does not fit into the device's memory."""


def plan(lengths: NDArray[np.int64], budget: int, *, pad: bool) -> list[NDArray[np.int64]]:
    """Indices of the rows of each batch, longest rows first, so that what does not fit is met at once.

    Args:
        lengths: shape (rows,), in tokens.
        budget: most tokens in a batch, padding included; a row beyond it gets a batch of its own.
        pad: whether rows of different lengths may share a batch.
    """
    order = np.argsort(-lengths, kind="stable")
    batches: list[NDArray[np.int64]] = []
    first = 0
    for number in range(1, len(order) + 1):
        longest = int(lengths[order[first]])
        shortest = longest * (_SHORTEST_SHARE if pad else 1)
        if number == len(order) or number - first >= _most(longest, budget) or lengths[order[number]] < shortest:
            batches.append(order[first:number])
            first = number
    return batches


def _most(length: int, budget: int) -> int:
    return max(1, budget // max(1, length) * _LINEAR_UP_TO // max(length, _LINEAR_UP_TO))


def stack(rows: Sequence[TokenRow], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Rows as one array, shape (rows, longest), padded on the right, and the mask of tokens where there is padding."""
    lengths = np.array([len(row) for row in rows])
    longest = int(lengths.max())
    if (lengths == longest).all():
        return np.stack(rows), None
    mask = np.arange(longest) < lengths[:, None]
    stacked = np.full(mask.shape, padding, dtype=np.int64)
    stacked[mask] = np.concatenate(rows)
    return stacked, mask.astype(np.int64)


@dataclass(slots=True, kw_only=True)
class Batcher:
    """Runs forward passes over rows, with results in input order.

    Attributes:
        model_id: for the sentence when one row does not fit.
        device: same.
        tokens: most tokens in a batch; halved for good whenever a batch does not fit.
        pad: whether rows of different lengths may share a batch.
        meter: what it has cost.
        peak: peak memory of the process or device so far, in bytes.
        release: gives memory back after a batch that did not fit.
    """

    model_id: str
    device: str
    tokens: int
    pad: bool
    meter: Meter
    peak: Callable[[], int]
    release: Callable[[], None]

    def run(self, rows: Sequence[TokenRow], forward: Callable[[NDArray[np.int64]], Sequence[_R]]) -> list[_R]:
        """Results of `forward`, which takes indices into `rows` and returns one result for each.

        Raises:
            SpecError: a single row does not fit into memory.
        """
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        results: dict[int, _R] = {}
        waiting = plan(lengths, self.tokens, pad=self.pad)
        while waiting:
            indices = waiting[0]
            outcome = self._attempt(forward, indices, lengths)
            if outcome is None:
                # Planned anew, longest first as before: what was done stays done.
                self._halve(lengths[indices])
                left = np.concatenate(waiting)
                waiting = [left[batch] for batch in plan(lengths[left], self.tokens, pad=self.pad)]
            else:
                results.update(zip(indices.tolist(), outcome, strict=True))
                waiting = waiting[1:]
        return [results[number] for number in range(len(rows))]

    def _attempt(
        self,
        forward: Callable[[NDArray[np.int64]], Sequence[_R]],
        indices: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> Sequence[_R] | None:
        start = time.perf_counter()
        try:
            outcome = forward(indices)
        except BatchTooLargeError:
            outcome = None
        self.meter.seconds += time.perf_counter() - start
        if outcome is not None:
            self.meter.batches += 1
            self.meter.tokens += len(indices) * int(lengths[indices].max())
        self.meter.peak_bytes = max(self.meter.peak_bytes, self.peak())
        return outcome

    def _halve(self, lengths: NDArray[np.int64]) -> None:
        if len(lengths) == 1:
            raise SpecError(
                f"{self.model_id}: one row of {lengths[0]} tokens does not fit into the memory of {self.device}; "
                "take a shorter window, --dtype bfloat16 or another --device."
            )
        self.meter.halvings += 1
        self.tokens = max(1, min(self.tokens, int(lengths.max()) * len(lengths)) // 2)
        self.release()
