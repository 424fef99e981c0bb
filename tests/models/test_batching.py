"""Batches are planned and repeated without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.models.batching import Batcher, BatchTooLargeError, plan, stack
from engine.protocols import Meter

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _rows(*lengths: int) -> list[NDArray[np.int64]]:
    return [np.full(length, number, dtype=np.int64) for number, length in enumerate(lengths)]


def _batcher(tokens: int, *, pad: bool = False) -> Batcher:
    return Batcher(
        model_id="toy", device="cpu", tokens=tokens, pad=pad, meter=Meter(), peak=lambda: 5, release=lambda: None
    )


def _planned(lengths: list[int], budget: int, *, pad: bool) -> list[list[int]]:
    return [batch.tolist() for batch in plan(np.array(lengths, dtype=np.int64), budget, pad=pad)]


def test_rows_of_one_length_go_together_longest_first() -> None:
    assert _planned([3, 9, 3, 9, 3], 18, pad=False) == [[1, 3], [0, 2, 4]]


def test_a_batch_holds_no_more_tokens_than_the_budget() -> None:
    assert _planned([4, 4, 4, 4, 4], 11, pad=False) == [[0, 1], [2, 3], [4]]


def test_a_row_beyond_the_budget_gets_a_batch_of_its_own() -> None:
    assert _planned([50, 50], 11, pad=False) == [[0], [1]]


def test_rows_of_nearly_one_length_are_padded_where_that_is_harmless() -> None:
    assert _planned([100, 90, 60], 1000, pad=True) == [[0, 1], [2]]
    assert _planned([100, 90, 60], 1000, pad=False) == [[0], [1], [2]]


def test_padding_counts_as_tokens() -> None:
    assert _planned([100, 90, 90], 285, pad=True) == [[0, 1], [2]]


def test_beyond_1024_tokens_the_square_of_the_length_counts() -> None:
    # 16 rows of 512 or 8 of 1024 fill 8192 tokens; of 4096 tokens none goes beside another, though two would fit.
    assert [len(batch) for batch in plan(np.full(16, 512), 8192, pad=False)] == [16]
    assert [len(batch) for batch in plan(np.full(8, 1024), 8192, pad=False)] == [8]
    assert [len(batch) for batch in plan(np.full(2, 4096), 8192, pad=False)] == [1, 1]
    assert [len(batch) for batch in plan(np.full(4, 2048), 8192, pad=False)] == [2, 2]


@given(
    st.lists(st.integers(1, 3000), max_size=60),
    st.integers(1, 20_000),
    st.booleans(),
)
def test_every_row_is_in_one_batch(lengths: list[int], budget: int, pad: bool) -> None:  # noqa: FBT001 - drawn
    batches = _planned(lengths, budget, pad=pad)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest, shortest = max(lengths[index] for index in batch), min(lengths[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget
        assert shortest == longest if not pad else shortest >= 0.875 * longest


def test_rows_of_one_length_are_stacked_without_a_mask() -> None:
    ids, mask = stack(_rows(3, 3), padding=9)
    assert ids.tolist() == [[0, 0, 0], [1, 1, 1]]
    assert mask is None


def test_padding_stands_on_the_right_and_is_masked() -> None:
    ids, mask = stack(_rows(1, 3), padding=9)
    assert ids.tolist() == [[0, 9, 9], [1, 1, 1]]
    assert mask is not None
    assert mask.tolist() == [[1, 0, 0], [1, 1, 1]]


@given(st.lists(st.integers(1, 12), max_size=30), st.integers(1, 60), st.booleans(), st.integers(1, 4))
def test_results_are_in_input_order_however_often_memory_is_short(
    lengths: list[int],
    budget: int,
    pad: bool,  # noqa: FBT001 - drawn
    fits: int,
) -> None:
    batcher = _batcher(budget, pad=pad)

    def forward(indices: NDArray[np.int64]) -> list[tuple[int, int]]:
        if len(indices) > fits:
            raise BatchTooLargeError
        return [(int(index), lengths[index]) for index in indices]

    assert batcher.run(_rows(*lengths), forward) == list(enumerate(lengths))


def test_a_halved_budget_stays_halved() -> None:
    batcher = _batcher(100)
    sizes: list[int] = []

    def forward(indices: NDArray[np.int64]) -> list[int]:
        sizes.append(len(indices))
        if len(indices) > 4:
            raise BatchTooLargeError
        return [0] * len(indices)

    batcher.run(_rows(*[10] * 8), forward)
    assert sizes == [8, 4, 4]
    assert (batcher.tokens, batcher.meter.halvings) == (40, 1)
    batcher.run(_rows(*[10] * 8), forward)
    assert sizes == [8, 4, 4, 4, 4]
    assert (batcher.meter.halvings, batcher.meter.batches, batcher.meter.tokens) == (1, 4, 160)


def test_tokens_include_padding_and_the_peak_is_kept() -> None:
    batcher = _batcher(100, pad=True)
    batcher.run(_rows(9, 10), lambda indices: [0] * len(indices))
    assert (batcher.meter.tokens, batcher.meter.batches, batcher.meter.peak_bytes) == (20, 1, 5)


def test_a_single_row_that_does_not_fit_is_one_sentence() -> None:
    def forward(_: NDArray[np.int64]) -> list[int]:
        raise BatchTooLargeError

    with pytest.raises(SpecError) as caught:
        _batcher(100).run(_rows(7), forward)
    assert str(caught.value) == (
        "toy: one row of 7 tokens does not fit into the memory of cpu; "
        "take a shorter window, --dtype bfloat16 or another --device."
    )
