"""Models without a language-model head: embeddings only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformers import AutoModel

from engine.models.base import LoadedModel
from engine.models.loading import load_parts

if TYPE_CHECKING:
    from engine.models.options import Options
    from engine.registry.adapters import AdapterCard


def load(card: AdapterCard, options: Options) -> LoadedModel:
    """An encoder; see `engine.models.load`."""
    return LoadedModel(card, options, load_parts(card, options, AutoModel))
