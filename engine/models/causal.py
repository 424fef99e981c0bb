"""Causal language models: Llama, Mistral, GPT-2 and relatives, HyenaDNA. Rows of equal length only, never padded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from engine.models.base import LoadedModel, logits_of, to_numpy, trunk_output
from engine.models.heads import split
from engine.models.loading import load_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from engine.models.loading import Loaded
    from engine.models.options import Options
    from engine.protocols import TokenRow
    from engine.registry.adapters import AdapterCard

_CHUNK_ELEMENTS = 1 << 24
"""Most logits held in float32 at once (64 MiB)."""


class CausalAdapter(LoadedModel):
    """Fulfils `engine.protocols.CausalModel`."""

    def __init__(self, card: AdapterCard, options: Options, loaded: Loaded) -> None:
        """Take over a loaded model."""
        super().__init__(card, options, loaded)
        self._parts = split(loaded.model)
        self._batcher.pad = False

    def token_log_likelihoods(self, rows: Sequence[TokenRow]) -> list[NDArray[np.float32]]:
        """Log p(token t | tokens before) for t = 1 .. length - 1, shape (length - 1,) for each row."""

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            ids, _ = self._tensors([rows[index] for index in indices])
            return list(to_numpy(likelihoods(ids, *self._predictor(ids))))

        return self._run(rows, forward)

    def next_log_probabilities(self, rows: Sequence[TokenRow]) -> NDArray[np.float32]:
        """Log-softmax of the token after each row, shape (rows, vocabulary)."""

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            ids, _ = self._tensors([rows[index] for index in indices])
            hidden, head = self._predictor(ids)
            return list(to_numpy(torch.log_softmax(head(hidden[:, -1]).float(), dim=-1)))

        found = self._run(rows, forward)
        return np.stack(found) if found else np.zeros((0, self._model.config.vocab_size), dtype=np.float32)

    def _predictor(self, ids: torch.Tensor) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
        """States of shape (rows, length, width) and what makes logits of them."""
        if self._parts is None:
            return logits_of(self._model, ids, None), _unchanged
        trunk, head = self._parts
        return trunk_output(trunk, ids, None), head


def likelihoods(ids: torch.Tensor, states: torch.Tensor, head: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Log p of every token but the first, shape (rows, length - 1), in float32.

    Logits are made for a few positions at a time: those of a long row over a large vocabulary would fill the memory.

    Args:
        ids: shape (rows, length).
        states: shape (rows, length, width).
        head: from states to logits.
    """
    found = torch.zeros(ids.shape[0], ids.shape[1] - 1, dtype=torch.float32, device=ids.device)
    for first, last in _chunks(ids.shape[0], ids.shape[1] - 1, states, head):
        logits = head(states[:, first:last]).float()
        chosen = logits.gather(-1, ids[:, first + 1 : last + 1, None]).squeeze(-1)
        found[:, first:last] = chosen - logits.logsumexp(dim=-1)
    return found


def _chunks(
    rows: int, positions: int, states: torch.Tensor, head: Callable[[torch.Tensor], torch.Tensor]
) -> Iterator[tuple[int, int]]:
    vocabulary = head(states[:1, :1]).shape[-1]
    size = max(1, _CHUNK_ELEMENTS // (rows * vocabulary))
    for first in range(0, positions, size):
        yield first, min(first + size, positions)


def _unchanged(logits: torch.Tensor) -> torch.Tensor:
    return logits


def load(card: AdapterCard, options: Options) -> CausalAdapter:
    """A causal language model; see `engine.models.load`."""
    return CausalAdapter(card, options, load_parts(card, options, AutoModelForCausalLM))
