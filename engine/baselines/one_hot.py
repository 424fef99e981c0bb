"""Which letter stands at which position: the baseline for signals that do not move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from engine.genome import LETTERS
from engine.sequences import Candidate
from engine.words import letter_codes, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.sequences import Split

POSITIONS = 20_000
"""Letters after this many are not read."""


def one_hot(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """One column per position and letter, CSR float32, shape (n, positions * 4) for DNA, (n, positions * 20) else.

    Sequences are aligned at their first letter; there are as many positions as the longest of train has letters, at
    most `POSITIONS`. What lies behind is not read, and a missing letter, or one outside the alphabet, is all zeros.
    """
    return [_placed(train, test, 1, alphabet, "letter at each position")]


def one_hot_pairs(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """The same of pairs of neighbours, shape (n, (positions - 1) * 16) for DNA, (n, (positions - 1) * 400) else."""
    return [_placed(train, test, 2, alphabet, "pair of letters at each position")]


def letters_and_pairs(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """Both, for a probe that chooses between them on train; letters alone for one that cannot."""
    return [*one_hot(train, test, alphabet=alphabet), *one_hot_pairs(train, test, alphabet=alphabet)]


def _placed(train: Split, test: Split, k: int, alphabet: str, name: str) -> Candidate:
    letters = LETTERS[alphabet]
    longest = min(POSITIONS, max(map(len, train.sequences), default=0))
    places = max(0, longest - k + 1)
    return Candidate(name, *(_words_by_place(part.sequences, k, places, letters) for part in (train, test)))


def _words_by_place(sequences: Sequence[str], k: int, places: int, letters: str) -> csr_array:
    """A one in column place * size^k + number for each word that begins at one of the first `places` letters."""
    found = words(letter_codes([sequence[: places + k - 1] for sequence in sequences], letters), k)
    columns = found.positions * len(letters) ** k + found.numbers
    ones = np.ones(len(columns), dtype=np.float32)
    shape = (len(sequences), places * len(letters) ** k)
    return csr_array((ones, columns.astype(np.int32), found.bounds.astype(np.int32)), shape=shape)
