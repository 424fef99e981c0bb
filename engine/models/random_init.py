"""The randomly initialised twin: a model's architecture with weights that were drawn, not trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig

from engine.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_seed(seed: int | None) -> None:
    """Refuse a seed that no generator takes.

    Raises:
        SpecError: it is negative.
    """
    if seed is not None and seed < 0:
        raise SpecError(f"A seed of {seed} is not possible; give 0 or more for a randomly initialised twin.")


def untrained(folder: Path, auto_class: Any, dtype: torch.dtype, *, seed: int, code: Mapping[str, Any]) -> Any:
    """A model of this architecture with the weights that its own code draws.

    They are drawn on the CPU in float32, so that one seed gives one network whatever device and precision it is used
    in, up to rounding.

    Args:
        folder: Holds config.json.
        auto_class: As for the trained model.
        dtype: Precision of its weights.
        seed: Of the drawing.
        code: The options that allow code beside the configuration.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True, **code)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        drawn = auto_class.from_config(config, dtype=torch.float32, **code)
        if dtype == torch.float32:
            return drawn
        # Built once more, because tables outside the state (rotations, positions) may have to stay in float32.
        model = auto_class.from_config(config, dtype=dtype, **code)
    model.load_state_dict(drawn.state_dict())
    return model
