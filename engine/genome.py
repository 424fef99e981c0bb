"""Coordinates, strands and changes: the one module that converts between 1-based and 0-based positions."""

from __future__ import annotations

import re
from dataclasses import dataclass

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
BASES = "ACGT"
LETTERS = {"dna": BASES, "protein": RESIDUES}
"""Letters of an alphabet, in the order of their codes."""

_COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")
THREE_LETTERS = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Ter": "*",
}  # fmt: skip
_SHORT = re.compile(r"(?:p\.\(?)?([A-Z*])([0-9]{1,9})([A-Z*])\)?")
_LONG = re.compile(r"(?:p\.\(?)?([A-Z][a-z]{2})([0-9]{1,9})([A-Z][a-z]{2}|\*)\)?")


@dataclass(frozen=True, slots=True)
class ResidueChange:
    """A substitution in a protein: `position` is 1-based; residues are one letter, `*` is a stop."""

    reference: str
    position: int
    alternate: str

    def __str__(self) -> str:
        """HGVS-like short form without the prefix, `M1775R`."""
        return f"{self.reference}{self.position}{self.alternate}"


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a sequence: 0-based, half-open `[start, end)`, and the change's 0-based index inside it."""

    start: int
    end: int
    index: int


def parse_residue_change(text: str) -> ResidueChange:
    """Read `M1775R`, `p.M1775R`, `p.Met1775Arg` or `p.(Met1775Arg)`.

    Raises:
        ValueError: it is none of these, or names a residue that does not exist.
    """
    stripped = text.strip()
    if found := _SHORT.fullmatch(stripped):
        change = ResidueChange(found[1], int(found[2]), found[3])
    elif (found := _LONG.fullmatch(stripped)) and {found[1], found[3]} <= THREE_LETTERS.keys() | {"*"}:
        change = ResidueChange(THREE_LETTERS[found[1]], int(found[2]), THREE_LETTERS.get(found[3], "*"))
    else:
        raise ValueError("a substitution such as M1775R or p.Met1775Arg")
    if change.position < 1 or not {change.reference, change.alternate} <= {*RESIDUES, "*"}:
        raise ValueError(f"standard residues ({RESIDUES}) and a position from 1")
    return change


def reverse_complement(sequence: str) -> str:
    """The other strand, read in its own direction; case is kept, letters other than ACGTN stay as they are."""
    return sequence.translate(_COMPLEMENT)[::-1]


def to_index(position: int, start: int = 1) -> int:
    """0-based index of a 1-based `position` in a sequence whose first letter has the 1-based position `start`."""
    return position - start


def to_position(index: int, start: int = 1) -> int:
    """1-based position of a 0-based `index`; the inverse of `to_index`."""
    return index + start


def residue_window(position: int, length: int, width: int = 1022) -> Window:
    """The piece of a protein that a model of `width` residues sees around a 1-based `position`.

    The 'optimal' window of ProteinGym, on residues: all of a protein that fits, the first or last `width` residues
    near an end, else centred with the change at index width // 2.
    """
    index, half = to_index(position), width // 2
    if length <= width or index < half:
        start = 0
    elif index >= length - half:
        start = length - width
    else:
        start = index - half
    return Window(start, min(length, start + width), index - start)


def centred_window(index: int, length: int, width: int, offset: int | None = None) -> Window:
    """`width` letters with the 0-based `index` at `offset` (default width // 2), clipped at the sequence's ends.

    A clipped window is shorter than `width`; the caller records that.
    """
    start = index - (width // 2 if offset is None else offset)
    return Window(max(0, start), min(length, start + width), index - max(0, start))
