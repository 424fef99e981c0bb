"""Trunk and prediction head of architectures whose parts are known, so that the head runs only where it is asked."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch

from engine.models.foreign import is_built_in

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAD_OF = {
    "esm": "lm_head",
    "roberta": "lm_head",
    "bert": "cls",
    "gpt2": "lm_head",
    "llama": "lm_head",
    "mistral": "lm_head",
    "mixtral": "lm_head",
}


def split(model: Any) -> tuple[Any, Callable[[torch.Tensor], torch.Tensor]] | None:
    """Trunk, and head from hidden states (..., width) to float32 logits (..., vocabulary); None where not known.

    The head is a copy in float32: of the logits of half-precision weights it keeps what rounding would take, and a
    likelihood ratio is a small difference of large logits.
    """
    name = _HEAD_OF.get(model.config.model_type)
    if name is None or not is_built_in(model):
        return None
    head = getattr(model, name)
    if next(head.parameters()).dtype != torch.float32:
        head = copy.deepcopy(head).float()
    return model.base_model, lambda hidden: head(hidden.float())
