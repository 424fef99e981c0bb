"""Substitutions in many proteins at once: letters and positions of `protein_variant` as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.genome import RESIDUES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Letter, nine digits, letter, as `genome.parse_residue_change` reads. A longer text is cut one letter later, so that a
# long insertion does not widen the array of all others.
_LONGEST = 11
_WIDTH = _LONGEST + 1
_NONE = -1


def _numbers_of(letters: str) -> NDArray[np.int64]:
    numbers = np.full(128, _NONE, dtype=np.int64)
    numbers[[ord(letter) for letter in letters]] = np.arange(len(letters))
    return numbers


_NUMBER_OF_CODE = _numbers_of(RESIDUES)


@dataclass(frozen=True, slots=True)
class Residues:
    """What each of n variants replaces by what.

    Attributes:
        reference: shape (n,), index into `genome.RESIDUES`, -1 where the variant is no substitution.
        alternate: shape (n,), likewise.
        position: shape (n,), 1-based, 0 where the variant is no substitution.
    """

    reference: NDArray[np.int64]
    alternate: NDArray[np.int64]
    position: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the variant is a substitution of one standard residue by one."""
        return self.position > 0

    def look_up(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (n,): entries [reference, alternate] of a table of shape (20, 20), NaN outside substitutions."""
        return np.where(self.known, table[self.reference, self.alternate], np.nan)


def letters_to_numbers(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Index into `genome.RESIDUES` of each character code, same shape, -1 for all other characters."""
    numbers: NDArray[np.int64] = _NUMBER_OF_CODE[np.minimum(codes, 127)]
    return numbers


def read_residues(protein_variants: pd.Series) -> Residues:
    """Read the short form `M1775R`; stops, frameshifts, several changes and missing values are no substitution."""
    texts = protein_variants.fillna("").to_numpy(dtype=object).astype(f"U{_WIDTH}")
    codes = texts.view(np.uint32).reshape(len(texts), _WIDTH)
    length = (codes != 0).sum(axis=1)
    reference = letters_to_numbers(codes[:, 0])
    alternate = letters_to_numbers(codes[np.arange(len(codes)), length - 1])
    position = _read_position(codes, length)
    known = (reference >= 0) & (alternate >= 0) & (position > 0)
    return Residues(np.where(known, reference, _NONE), np.where(known, alternate, _NONE), np.where(known, position, 0))


def _read_position(codes: NDArray[np.uint32], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number between the first and the last character, shape (n,), 0 where something else stands there."""
    position = np.zeros(len(codes), dtype=np.int64)
    digits_only = np.ones(len(codes), dtype=bool)
    for column in range(1, _WIDTH - 1):
        inside = column < length - 1
        digit = codes[:, column].astype(np.int64) - ord("0")
        digits_only &= ~inside | ((digit >= 0) & (digit <= 9))
        position = np.where(inside, position * 10 + digit, position)
    return np.where(digits_only & (length <= _LONGEST), position, 0)
