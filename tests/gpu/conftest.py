"""A GPU, or the reason why these tests are skipped; checkpoints to load on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def cuda() -> str:
    """The first GPU."""
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip(f"torch {torch.__version__} finds no CUDA device on this machine")
    return "cuda:0"


@pytest.fixture(scope="session")
def benchmark() -> Any:
    """The module `benchmarks/bench_gpu.py`."""
    pytest.importorskip("transformers")
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import bench_gpu  # noqa: PLC0415 - it is a script beside others, found only with its folder on the path
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return bench_gpu


@pytest.fixture(scope="session")
def esm2(cuda: str, benchmark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ESM-2 of 8M parameters with random weights."""
    assert cuda
    folder: Path = benchmark.write_esm2(tmp_path_factory.mktemp("esm2"), "8M")
    return folder
