"""Sequences as numbers: codes of their letters, and of the words of k letters in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.integer[Any]]

OUTSIDE = 255
_BITS = 62


@dataclass(frozen=True, slots=True)
class Letters:
    """All sequences in one row of letters, one `OUTSIDE` after each.

    Attributes:
        codes: shape (letters + n,), index of each letter in the alphabet; `OUTSIDE` for any other letter.
        starts: shape (n + 1,), 0-based index at which each sequence begins; the last is the length of `codes`.
        size: number of letters in the alphabet.
    """

    codes: NDArray[np.uint8]
    starts: NDArray[np.int64]
    size: int

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether each letter is in the alphabet, shape (letters + n,)."""
        usable: NDArray[np.bool_] = self.codes != OUTSIDE
        return usable


@dataclass(frozen=True, slots=True)
class Words:
    """The words of k letters of all sequences, one after the other.

    Attributes:
        numbers: shape (words,), each word in base `size` of its alphabet, its first letter counting most.
        bounds: shape (n + 1,), the words of sequence i are `numbers[bounds[i] : bounds[i + 1]]`.
        positions: shape (words,), 0-based index in its sequence of the first letter of each word.
    """

    numbers: Numbers
    bounds: NDArray[np.int64]
    positions: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many words each sequence has, shape (n,)."""
        return np.diff(self.bounds)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Index of the sequence of each word, shape (words,)."""
        return np.repeat(np.arange(len(self.bounds) - 1), self.counts)


def letter_codes(sequences: Sequence[str], alphabet: str) -> Letters:
    """Codes of letters of either case; `alphabet` is its letters in the order of their codes."""
    table = np.full(256, OUTSIDE, dtype=np.uint8)
    for letters in (alphabet.upper(), alphabet.lower()):
        table[np.frombuffer(letters.encode("ascii"), dtype=np.uint8)] = np.arange(len(alphabet))
    # A letter that is not ASCII becomes one question mark, so that positions stay.
    joined = "\n".join([*sequences, ""]).encode("ascii", "replace")
    lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences)) + 1
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Letters(table[np.frombuffer(joined, dtype=np.uint8)], starts, len(alphabet))


def words(letters: Letters, k: int) -> Words:
    """Every word of k letters of the alphabet; where another letter stands, or a sequence is shorter, there is none.

    Raises:
        ValueError: k is below 1, or a word's number does not fit into 62 bits.
    """
    if k < 1 or letters.size**k > 2**_BITS:
        raise ValueError(f"words of {k} letters of an alphabet of {letters.size} cannot be numbered in {_BITS} bits")
    usable = letters.usable
    kind: type[np.integer[Any]] = np.int32 if letters.size**k <= 2**31 else np.int64
    single: Numbers = np.where(usable, letters.codes, 0).astype(kind)
    numbers, whole = _joined(single, usable, k, letters.size)
    at = np.flatnonzero(whole)
    bounds = np.searchsorted(at, letters.starts)
    positions = at - np.repeat(letters.starts[:-1], np.diff(bounds))
    return Words(numbers[at], bounds, positions)


def reverse_complements(numbers: Numbers, k: int) -> Numbers:
    """Of words over A, C, G, T in this order, where 3 minus a letter's code is its complement."""
    rest, turned = numbers.copy(), np.zeros_like(numbers)
    for _ in range(k):
        turned = turned * 4 + 3 - rest % 4
        rest //= 4
    return turned


def canonical(numbers: Numbers, k: int) -> Numbers:
    """The smaller of each word over A, C, G, T and its reverse complement."""
    return np.minimum(numbers, reverse_complements(numbers, k))


def _joined(single: Numbers, usable: NDArray[np.bool_], k: int, size: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """Numbers of the words of k letters at each place, and whether all their letters are usable, by halving k."""
    if k == 1 or len(single) < k:
        return single[: max(0, len(single) - k + 1)], usable[: max(0, len(usable) - k + 1)]
    half, even = k // 2, k // 2 * 2
    number, whole = _joined(single, usable, half, size)
    number, whole = number[:-half] * size**half + number[half:], whole[:-half] & whole[half:]
    if even == k:
        return number, whole
    return number[:-1] * size + single[even:], whole[:-1] & usable[even:]
