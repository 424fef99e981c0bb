"""Masked language models: ESM, Nucleotide Transformer, BERT and relatives, Caduceus, GPN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import AutoModelForMaskedLM

from engine.errors import SpecError
from engine.models.base import LoadedModel, logits_of, to_numpy, trunk_output
from engine.models.heads import split
from engine.models.loading import load_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.models.loading import Loaded
    from engine.models.options import Options
    from engine.protocols import TokenRow
    from engine.registry.adapters import AdapterCard


class MaskedAdapter(LoadedModel):
    """Fulfils `engine.protocols.MaskedModel`."""

    def __init__(self, card: AdapterCard, options: Options, loaded: Loaded) -> None:
        """Take over a loaded model.

        Raises:
            SpecError: there is no mask token, or configuration and tokeniser disagree about it.
        """
        super().__init__(card, options, loaded)
        self._mask_id = _mask_id(card, loaded)
        self._parts = split(loaded.model)

    @property
    def mask_id(self) -> int:
        """The mask token."""
        return self._mask_id

    def log_probabilities(
        self, rows: Sequence[TokenRow], positions: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Log-softmax over the vocabulary at the given token indices, shape (len(positions[i]), vocabulary) per row."""

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            asked = [np.asarray(positions[index], dtype=np.int64) for index in indices]
            counts = np.array([len(where) for where in asked])
            owner = torch.from_numpy(np.repeat(np.arange(len(asked)), counts)).to(self._device)
            where = torch.from_numpy(np.concatenate(asked)).to(self._device)
            logits = self._logits_at(*self._tensors([rows[index] for index in indices]), owner, where)
            flat = to_numpy(torch.log_softmax(logits.float(), dim=-1))
            return np.split(flat, np.cumsum(counts)[:-1])

        return self._run(rows, forward)

    def _logits_at(
        self, ids: torch.Tensor, mask: torch.Tensor | None, owner: torch.Tensor, where: torch.Tensor
    ) -> torch.Tensor:
        if self._parts is None:
            return logits_of(self._model, ids, mask)[owner, where]
        trunk, head = self._parts
        return head(trunk_output(trunk, ids, mask)[owner, where])


def load(card: AdapterCard, options: Options) -> MaskedAdapter:
    """A masked language model; see `engine.models.load`."""
    return MaskedAdapter(card, options, load_parts(card, options, AutoModelForMaskedLM))


def _mask_id(card: AdapterCard, loaded: Loaded) -> int:
    found = loaded.tokenizer.mask_token_id
    if found is None:
        raise SpecError(f"The tokeniser of {card.model_id} has no mask token, so it is no masked language model.")
    configured = getattr(loaded.model.config, "mask_token_id", None)
    if configured is not None and configured != found:
        raise SpecError(
            f"{card.model_id}: the mask token is {found} for the tokeniser and {configured} in config.json; "
            "give a folder in which they agree."
        )
    return found
