"""What the engine is held against: ways of scoring a variant that one writes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.variants import Substitutions

    Variant = tuple[str, int, str, str]


def variants_of(changes: Substitutions) -> list[Variant]:
    """Sequence, 1-based position, reference and alternate of each change, in order."""
    columns = (changes.sequence, changes.index, changes.ref, changes.alt)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(changes.sequences[which], index + 1, ref, alt) for which, index, ref, alt in rows]


class Plain:
    """A masked language model as transformers loads it."""

    def __init__(self, folder: Path, *, device: str, dtype: torch.dtype) -> None:
        """Load tokeniser and weights."""
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForMaskedLM.from_pretrained(folder, dtype=dtype).eval().to(device)
        self.device = device

    @torch.no_grad()
    def score(self, variant: Variant) -> float:
        """The article's quickstart: tokenise, mask, one pass, log-softmax, difference of two entries."""
        sequence, position, ref, alt = variant
        inputs = self.tokenizer(sequence, return_tensors="pt").to(self.device)
        inputs["input_ids"][0, position] = self.tokenizer.mask_token_id
        logits = self.model(**inputs).logits
        table = torch.log_softmax(logits[0, position], dim=-1)
        ref_id, alt_id = self.tokenizer.convert_tokens_to_ids([ref, alt])
        return (table[alt_id] - table[ref_id]).item()

    @torch.no_grad()
    def score_batch(self, variants: Sequence[Variant]) -> list[float]:
        """The same for several: padded to the longest, logits of all positions."""
        sequences, positions, refs, alts = zip(*variants, strict=True)
        inputs = self.tokenizer(list(sequences), return_tensors="pt", padding=True).to(self.device)
        each, at = torch.arange(len(variants), device=self.device), torch.tensor(positions, device=self.device)
        inputs["input_ids"][each, at] = self.tokenizer.mask_token_id
        tables = torch.log_softmax(self.model(**inputs).logits, dim=-1)[each, at]
        alt_ids, ref_ids = (torch.tensor(self._ids(letters), device=self.device) for letters in (alts, refs))
        return (tables[each, alt_ids] - tables[each, ref_ids]).tolist()

    def score_in_batches(self, variants: Sequence[Variant], size: int) -> np.ndarray:
        """Scores of all, `size` at a time in the order given, shape (variants,)."""
        starts = range(0, len(variants), size)
        return np.concatenate([self.score_batch(variants[first : first + size]) for first in starts])

    def _ids(self, letters: Sequence[str]) -> list[int]:
        found: list[int] = self.tokenizer.convert_tokens_to_ids(list(letters))
        return found
