"""Options that several commands share, each with its sentence."""

from __future__ import annotations

import re
from typing import Literal

import typer

from engine.errors import one_line

Scorer = Literal[
    "masked-marginal",
    "wt-marginal",
    "pll-diff",
    "causal-llr",
    "kmer-llr",
    "first-base-marginal",
    "embedding-distance",
]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]


def _device(value: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
        raise typer.BadParameter(f"'{one_line(value)}' is no device; give auto, cpu, cuda or cuda:0.")
    return value


DEVICE = typer.Option(callback=_device, help="auto, cpu, cuda or cuda:0; auto takes the GPUs that are there.")
DTYPE = typer.Option(help="Precision of the weights; auto is float32 on a CPU and half precision on a GPU.")
BATCH_TOKENS = typer.Option(min=1, help="Most tokens in one batch; default: what fits the device.")
WEIGHTS = typer.Option(help="Folder with the weights, in place of the pinned download.")
REMOTE_CODE = typer.Option(
    "--allow-remote-code", help="Run Python code that comes with the weights, at its pinned revision."
)
PICKLE = typer.Option("--allow-pickle", help="Read .bin weights where there are no safetensors.")
NOT_HERE = 3
"""Exit code where something is missing on this machine or could not be scored."""
