"""How much of a split is longer than what typical models read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.local_split.exchange import Check
from engine.registry.systems import bp_per_token, context_bp, read_systems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from engine.registry.systems import SystemRow

_TYPICAL = {"protein": ("esm-2-650m",), "dna": ("dnabert2-no-flashattention", "nt-v1-500m-human-ref", "nt-v2-500m-ms")}
"""Models that a lab is likely to start with, by what they read; their windows stand in the registry."""
# Bases in one BPE token of DNABERT-2, as its authors count them on the human genome.
_BASES_PER_TOKEN = 5


def truncated(lengths: NDArray[np.int64], alphabet: str) -> list[Check]:
    """One check for each typical model.

    Args:
        lengths: shape (n,), letters in the sequence of each row.
        alphabet: "dna" or "protein".
    """
    return [_check(name, window, lengths, alphabet) for name, window in _windows(alphabet)]


def _windows(alphabet: str) -> Iterator[tuple[str, int]]:
    systems = {row.model_id: row for row in read_systems()}
    for model_id in _TYPICAL[alphabet]:
        row = systems[model_id]
        window = _window(row)
        if window:
            yield row.display_name, window


def _window(row: SystemRow) -> int | None:
    """Letters that a model reads at once, None where the registry does not say."""
    if row.context_value is None:
        return None
    if row.modality == "protein":
        return row.context_value
    return context_bp(row) or round(row.context_value * (bp_per_token(row.bp_per_token) or _BASES_PER_TOKEN))


def _check(name: str, window: int, lengths: NDArray[np.int64], alphabet: str) -> Check:
    unit = "residues" if alphabet == "protein" else "bases"
    longer = int((lengths > window).sum())
    title = f"Fits into {name}"
    if not longer:
        found = f"No sequence is longer than the {window:,} {unit} that {name} reads at once."
        return Check(kind="context", title=title, severity="passed", found=found)
    some = f"{longer:,} of {len(lengths):,} rows have a sequence"
    found = f"{some} longer than the {window:,} {unit} that {name} reads at once."
    remedy = "It sees a piece of each: choose a model with a longer window, or cut the sequences yourself."
    return Check(kind="context", title=title, severity="note", found=found, remedy=remedy, rows=longer)
