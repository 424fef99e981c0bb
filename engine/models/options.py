"""What a user decides about loading a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


# Seconds for 64 rows of 288 tokens through the 8M ESM-2 on one core, by tokens in a batch: 2048 4.1, 4096 4.5,
# 8192 5.0, 16384 5.0: smaller batches stay in the cache. With more threads than free cores, batches below 4096 are
# slower by half or more. The GPU default is not measured.
DEFAULT_BATCH_TOKENS = {"cpu": 4_096, "cuda": 65_536}
"""Most tokens in a batch where nothing else is said, by kind of device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of `engine.models.load`, checked there and where they are used."""

    weights: Path | None = None
    device: str | None = None
    dtype: str | None = None
    batch_tokens: int | None = None
    allow_remote_code: bool = False
    allow_pickle: bool = False
    random_init: int | None = None
