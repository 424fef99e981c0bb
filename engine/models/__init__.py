"""Adapters: tokens in, numpy out. The only stage with torch, which it imports when a model is loaded."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from engine.errors import NotHereError
from engine.models.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.protocols import SequenceModel
    from engine.registry.adapters import AdapterCard

__all__ = ["load"]


def load(  # noqa: PLR0913 - what a user decides about loading, as the command line has it
    card: AdapterCard,
    *,
    weights: Path | None = None,
    device: str | None = None,
    dtype: str | None = None,
    batch_tokens: int | None = None,
    allow_remote_code: bool = False,
    allow_pickle: bool = False,
    random_init: int | None = None,
) -> SequenceModel:
    """A model ready to be asked; `card.kind` says which of `MaskedModel` and `CausalModel` it fulfils beyond.

    Args:
        card: From `engine.registry.adapters.resolve`.
        weights: Folder with the weights in place of the pinned download.
        device: "cpu" or "cuda:N"; None takes the first GPU where there is one.
        dtype: "float32", "bfloat16" or "float16"; None takes float32 on a CPU, half precision on a GPU.
        batch_tokens: Most tokens in one batch; None takes the device's default.
        allow_remote_code: Run Python code that comes with the weights, at its pinned revision only.
        allow_pickle: Read `.bin` weights, without arbitrary objects, where there are no safetensors.
        random_init: Seed of the randomly initialised twin: the same architecture and tokeniser, with weights drawn
            instead of read; its identity says so.

    Raises:
        NotHereError: torch, a package, the weights or the device is not on this machine.
        SpecError: code or pickle is not allowed, the weights do not fill the model, or they do not fit the card.
    """
    options = Options(
        weights=weights or card.folder,
        device=device,
        dtype=dtype,
        batch_tokens=batch_tokens,
        allow_remote_code=allow_remote_code,
        allow_pickle=allow_pickle,
        random_init=random_init,
    )
    if random_init is not None:
        card = replace(card, model_id=f"random-init:{card.model_id}")
    module, name = card.loader.split(":")
    try:
        entry = getattr(import_module(module), name)
    except ImportError as error:
        raise NotHereError(
            f"{card.model_id} needs {error.name or 'torch and transformers'}, which is not installed: "
            "pip install 'validity-ledger[models]'."
        ) from error
    return cast("Callable[[AdapterCard, Options], SequenceModel]", entry)(card, options)
