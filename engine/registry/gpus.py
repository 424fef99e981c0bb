"""GPUs that a plan can name, `gpus.csv`: memory and peak speeds without sparsity, as NVIDIA's datasheets state them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from engine.errors import SpecError
from engine.tables import Optional, Row, read_table

_Positive = Annotated[float, Field(gt=0)]


class Gpu(Row):
    """A line of `gpus.csv`.

    `torch_name` is what torch calls the device; speeds are in 10^12 operations per second, memory and bandwidth in
    10^9 bytes (per second). Where there is no speed in bfloat16, half precision is float16.
    """

    name: str
    torch_name: str
    memory_gb: _Positive
    bfloat16_tflops: Optional[_Positive]
    float16_tflops: _Positive
    float32_tflops: _Positive
    bandwidth_gb_s: _Positive
    source: str

    @property
    def half(self) -> str:
        """The precision that weights have where nothing else is asked for."""
        return "bfloat16" if self.bfloat16_tflops else "float16"

    def tflops(self, dtype: str) -> float | None:
        """Peak speed of products in a precision; None where the GPU has no units for it."""
        found: float | None = getattr(self, f"{dtype}_tflops")
        return found


@cache
def gpus() -> dict[str, Gpu]:
    """All of them by name.

    Raises:
        TableError: the table is damaged.
    """
    path = Path(__file__).with_name("gpus.csv")
    return {row.name: row for row in read_table(path, Gpu, unique=("name", "torch_name"))}


def find_gpu(name: str) -> Gpu:
    """A GPU by its name, in capitals or not.

    Raises:
        SpecError: the table has none of that name.
    """
    found = gpus().get(name.upper())
    if found is None:
        raise SpecError(f"'{name}' is no GPU whose figures are known here: give cpu, {' or '.join(gpus())}")
    return found


def gpu_called(torch_name: str) -> Gpu | None:
    """The GPU that torch calls so."""
    return next((one for one in gpus().values() if one.torch_name == torch_name), None)
