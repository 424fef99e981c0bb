"""What a sequence is made of, whatever its order, and nothing at all: what a model has to be better than first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError
from engine.genome import LETTERS
from engine.sequences import Candidate
from engine.words import letter_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.sequences import Split

_CLASSES = {"dna": ("GC",), "protein": ("DEKR", "CHNQST", "AILMV", "FWY")}


def length_and_gc(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """Length and shares of kinds of letters, dense float64.

    DNA, shape (n, 3): log2 of the length, share of G and C, share of letters other than A, C, G, T. Protein, shape
    (n, 6): log2 of the length, shares of charged (DEKR), polar (CHNQST), hydrophobic (AILMV) and aromatic (FWY)
    residues, share of letters other than the 20 residues.

    Raises:
        SequenceError: a sequence is empty.
    """
    made = [_described(part.sequences, alphabet) for part in (train, test)]
    return [Candidate("length and GC" if alphabet == "dna" else "length and residue classes", *made)]


def nothing(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """One column of zeros, shape (n, 1): of either alphabet a probe can only say what most labels are."""
    del alphabet
    return [Candidate("nothing", *(np.zeros((len(part), 1)) for part in (train, test)))]


def _described(sequences: Sequence[str], alphabet: str) -> NDArray[np.float64]:
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.float64)
    if not lengths.all():
        empty = int(np.flatnonzero(lengths == 0)[0]) + 1
        raise SequenceError(f"Sequence {empty} is empty and has no composition: leave it out of the table.")
    letters = (LETTERS[alphabet], *_CLASSES[alphabet])
    known, *classes = (_letters_among(sequences, among) / lengths for among in letters)
    return np.column_stack([np.log2(lengths), *classes, 1 - known])


def _letters_among(sequences: Sequence[str], among: str) -> NDArray[np.int64]:
    """How many letters of each sequence are among these, shape (n,)."""
    found = letter_codes(sequences, among)
    return np.add.reduceat(found.usable.astype(np.int64), found.starts[:-1])
