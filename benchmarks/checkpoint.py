"""ESM-2 checkpoints with random weights, as `save_pretrained` writes them: speed does not depend on what was learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from transformers import EsmConfig, EsmForMaskedLM, EsmTokenizer
from transformers.utils import logging

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"]
"""The 33 tokens of ESM-2 in their order."""
# Width, layers, heads, width of the feed-forward blocks.
SIZES = {"tiny": (16, 2, 2, 32), "8M": (320, 6, 20, 1280), "650M": (1280, 33, 20, 5120)}


def write_esm2(folder: Path, size: str) -> Path:
    """A checkpoint of ESM-2 in one of `SIZES` into an empty folder; always the same numbers."""
    logging.disable_progress_bar()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), "utf-8")
    EsmTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    EsmForMaskedLM(_config(*SIZES[size])).save_pretrained(folder)
    return folder


def _config(width: int, layers: int, heads: int, wide: int) -> EsmConfig:
    return EsmConfig(
        vocab_size=len(VOCABULARY),
        mask_token_id=VOCABULARY.index("<mask>"),
        pad_token_id=VOCABULARY.index("<pad>"),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=wide,
        position_embedding_type="rotary",
        token_dropout=True,
        emb_layer_norm_before=False,
        max_position_embeddings=1026,
        # Wide enough that, as after training, a wrong position or a wrong row changes a score visibly.
        initializer_range=width**-0.5,
    )
