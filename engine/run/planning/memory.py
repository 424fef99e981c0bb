"""Memory of a GPU that a model needs: measured where a run has measured it, else weights and one layer's activations.

Activations: in training, one layer of a transformer keeps 34 bytes per token and hidden unit in 16 bit, besides what
attention keeps (Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer Models", equation 1).
A forward pass alone keeps one layer at a time, and never all of that at once: it is an upper bound on a layer. Left out
are the part of attention that grows with the square of the length, which fused kernels do not write down, and the
logits.

Width: from the configuration where the weights are here. Else from the parameters: 12 * layers * width^2 of them are in
the layers (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", table 1), and a model is taken to be 64 times
as wide as deep. ESM-2 is so 39 times with 650M parameters and 107 times with 15B; the width goes with the third root.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.run.planning.recorded import Measured

BYTES_OF = {"float32": 4, "bfloat16": 2, "float16": 2}
_LAYER_BYTES_16_BIT = 34
_WIDTH_PER_LAYER = 64


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, None where nobody knows, and what they rest on, or why nobody knows."""

    bytes: int | None
    basis: str


def memory_of(
    measured: Sequence[Measured], parameters: int | None, dtype: str, batch_tokens: int, *, folder: Path | None
) -> Memory:
    """What one copy of a model needs.

    Args:
        measured: of this model on this kind of device, in this precision; the latest first.
        parameters: of the model.
        dtype: of the weights.
        batch_tokens: most tokens in a batch.
        folder: of the weights, where they are here.
    """
    peak = next((one.peak_bytes for one in measured if one.peak_bytes), None)
    if peak is not None:
        return Memory(peak, "the peak of an earlier run, with the batches that it had")
    if parameters is None:
        return Memory(None, "neither a measurement nor the number of parameters is known")
    width = _width_in(folder)
    source = "config.json" if width else "the parameters"
    width = width or round((parameters * _WIDTH_PER_LAYER / 12) ** (1 / 3))
    weights = parameters * BYTES_OF[dtype]
    activations = batch_tokens * width * _LAYER_BYTES_16_BIT * BYTES_OF[dtype] // 2
    words = f"weights {weights / 1e9:.3g} GB, and {activations / 1e9:.3g} GB for {batch_tokens:,} tokens"
    return Memory(weights + activations, f"estimate: {words} of width {width:,} (from {source})")


def _width_in(folder: Path | None) -> int | None:
    """The hidden size that a folder of weights states; None where it states none."""
    try:
        content = json.loads((folder / "config.json").read_text("utf-8")) if folder else {}
    except (OSError, ValueError):
        return None
    names = ("hidden_size", "d_model", "n_embd")
    return next((content[name] for name in names if isinstance(content.get(name), int)), None)
