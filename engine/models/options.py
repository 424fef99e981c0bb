"""What a user decides about loading a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
