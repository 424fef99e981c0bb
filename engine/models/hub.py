"""Which weights lie on this machine already, told without loading or downloading anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.registry.adapters import AdapterCard

SAFE = ("*.safetensors",)
ANY = ("*.safetensors", "*.bin")
"""Pickled weights too, which are read with the user's consent alone."""


def in_hub_cache(card: AdapterCard, patterns: Sequence[str] = ANY) -> bool:
    """Whether the pinned revision lies where the Hugging Face hub's own client keeps downloads."""
    home = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    folder = hub / f"models--{str(card.hf_id).replace('/', '--')}" / "snapshots" / str(card.revision)
    return any(any(folder.glob(pattern)) for pattern in patterns)
