"""Models whose code came with their weights: what transformers leaves undone for them, and a trial before use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_built_in(model: object) -> bool:
    """Whether a model's code is part of transformers, so that its parts are known."""
    return type(model).__module__.startswith("transformers.models.")


def restore_buffers(
    model: Any, auto_class: Any, info: Mapping[str, Any], dtype: torch.dtype, code: Mapping[str, Any]
) -> None:
    """Give computed tables (positions, rotations) their values back.

    transformers from version 5 on builds a model without memory and fills it from the weights. Tables that are not
    among the weights are then whatever stood in memory, unless the model's code restores them, as the built-in ones do
    and older code does not: the model runs and its numbers are wrong. Here the model is built once more as its code
    says, and the tables are taken from that.

    Args:
        model: As `from_pretrained` returned it; changed in place.
        auto_class: With which it was loaded.
        info: The loading info, whose missing keys are not among the weights either.
        dtype: In which it was loaded.
        code: The options that allow its code.
    """
    if is_built_in(model):
        return
    stored = set(model.state_dict()) - set(info["missing_keys"])
    built = dict(auto_class.from_config(model.config, dtype=dtype, **code).named_buffers())
    for name, buffer in model.named_buffers():
        if name not in stored:
            buffer.copy_(built[name])


def try_out(model: Any, ids: torch.Tensor) -> None:
    """One pass over a row, shape (1, tokens), so that code that does not run says so when it is loaded.

    Raises:
        RuntimeError: two passes give different numbers, or a number is not finite.
    """
    with torch.inference_mode():
        one, other = (_first_output(model(input_ids=ids)) for _ in range(2))
    if not torch.isfinite(one).all() or not torch.equal(one, other):
        raise RuntimeError("two passes over one row do not give the same finite numbers")


def _first_output(output: Any) -> torch.Tensor:
    found: torch.Tensor = output[0]
    return found
