"""A tiny ESM-2 of the real classes with the real vocabulary, and splits that fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"]
_RESIDUES = list("ACDEFGHIKLMNPQRSTVWY")


def write_checkpoint(folder: Path) -> Path:
    """Random weights, far enough from zero that a wrong position changes every number visibly."""
    torch = pytest.importorskip("torch")
    hf = pytest.importorskip("transformers")
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    hf.EsmTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    config = hf.EsmConfig(
        vocab_size=len(VOCABULARY),
        mask_token_id=VOCABULARY.index("<mask>"),
        pad_token_id=VOCABULARY.index("<pad>"),
        position_embedding_type="rotary",
        token_dropout=True,
        emb_layer_norm_before=False,
        max_position_embeddings=1026,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.3,
    )
    hf.EsmForMaskedLM(config).save_pretrained(folder)
    return folder


def variants(lengths: tuple[int, ...] = (60, 90, 120), each: int = 50) -> list[tuple[str, int, str, str]]:
    """Distinct substitutions (sequence, 1-based position, old, new) in random proteins of these lengths."""
    rng = np.random.default_rng(0)
    found = []
    for length in lengths:
        sequence = "".join(rng.choice(_RESIDUES, length))
        places = rng.choice(length * len(_RESIDUES), 2 * each, replace=False)
        changes = [(int(place) // 20 + 1, _RESIDUES[int(place) % 20]) for place in places]
        own = [(sequence, at, sequence[at - 1], new) for at, new in changes if new != sequence[at - 1]]
        found += own[:each]
    return found


def write_split(path: Path, rows: list[tuple[str, int, str, str]], labels: list[int]) -> Path:
    lines = [",".join(map(str, (*row, label))) for row, label in zip(rows, labels, strict=True)]
    path.write_text("\n".join(["sequence,position,wt_aa,mut_aa,label", *lines]) + "\n", "utf-8")
    return path
