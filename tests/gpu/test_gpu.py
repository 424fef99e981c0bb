"""Scoring on a GPU: the numbers of the CPU, in half precision nearly so, also when memory runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.names import Protocol  # noqa: E402 - without torch the file is skipped
from engine.registry import scorers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.variants import Substitutions

_LITTLE_MEMORY = 2 * 2**30


def _scores(model: Any, changes: Substitutions) -> np.ndarray:
    found: np.ndarray = scorers.make(Protocol.MASKED_MARGINAL, {}).score(model, changes).scores
    return found


@pytest.fixture(scope="module")
def changes(benchmark: Any) -> Substitutions:
    found: Substitutions = benchmark.changes_for(benchmark.Load(proteins=6, positions=20, shortest=60, longest=400))
    return found


@pytest.fixture(scope="module")
def expected(esm2: Path, benchmark: Any, changes: Substitutions) -> np.ndarray:
    """Scores of the CPU in float32."""
    return _scores(benchmark.load(esm2, device="cpu"), changes)


@pytest.fixture
def little_memory(cuda: str) -> Iterator[None]:
    """This process may use 2 GiB of the card."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(_LITTLE_MEMORY / torch.cuda.get_device_properties(cuda).total_memory)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def test_float32_on_the_gpu_gives_the_scores_of_the_cpu(
    cuda: str, esm2: Path, benchmark: Any, changes: Substitutions, expected: np.ndarray
) -> None:
    found = _scores(benchmark.load(esm2, device=cuda, dtype="float32"), changes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_half_precision_is_the_default_and_keeps_the_order(
    cuda: str, esm2: Path, benchmark: Any, changes: Substitutions, expected: np.ndarray
) -> None:
    model = benchmark.load(esm2, device=cuda)
    assert model.identity.dtype in {"bfloat16", "float16"}
    assert np.corrcoef(_scores(model, changes), expected)[0, 1] > 0.999


def test_scores_do_not_depend_on_the_size_of_a_batch(
    cuda: str, esm2: Path, benchmark: Any, changes: Substitutions, expected: np.ndarray
) -> None:
    found = _scores(benchmark.load(esm2, device=cuda, dtype="float32", batch_tokens=450), changes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


@pytest.mark.usefixtures("little_memory")
def test_a_batch_that_does_not_fit_is_halved_and_nothing_is_lost(cuda: str, esm2: Path, benchmark: Any) -> None:
    long = benchmark.changes_for(benchmark.Load(proteins=8, positions=120, shortest=1000, longest=1000))
    model = benchmark.load(esm2, device=cuda, dtype="float32", batch_tokens=10_000_000)
    found = _scores(model, long)
    assert model.meter.halvings > 0
    few = np.arange(0, long.count, 2500)
    plain = benchmark.Plain(esm2, device="cpu", dtype=torch.float32)
    listed = benchmark.variants_of(long)
    np.testing.assert_allclose(found[few], [plain.score(listed[number]) for number in few], rtol=0, atol=1e-3)


def test_the_benchmark_runs_on_this_card(cuda: str, benchmark: Any) -> None:
    how = benchmark.Load(proteins=4, positions=5, loop=10, batches=(8,), matrix=2048, repeats=1)
    rows = benchmark.measure(benchmark.Where("8M", cuda, "bfloat16"), how)
    assert [row["unit"] for row in rows] == ["tokens/s", "%", "s", "s"]
    assert all(row["value"] > 0 for row in rows)
    assert 0 < rows[1]["ratio"] < 1
