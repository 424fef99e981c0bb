"""How often each word of k letters stands in a sequence: the baseline that genomic models are measured against.

Columns are in the order of the alphabet (AAA, AAC, ...), all possible words, whether they occur or not. A window with
a letter outside the alphabet is skipped, so a sequence shorter than k has a row of zeros.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from engine.genome import LETTERS
from engine.sequences import Candidate
from engine.words import canonical, letter_codes, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.sequences import Split
    from engine.words import Words

    Counts = NDArray[np.float32]

_LONGEST = {"dna": 6, "protein": 2}
# Sequences counted at once: the arrays in between then stay in the processor's cache.
_CHUNK = 8192


def kmer_counts(sequences: Sequence[str], k: int, *, alphabet: str = "dna", either_strand: bool = False) -> csr_array:
    """Counts of every word of k letters, shape (n, columns), float32, columns in rising order within each row.

    There are 4^k columns for "dna", 20^k for "protein". With `either_strand` (DNA alone) a word and its reverse
    complement share one column, the earlier one's, and the columns of the later ones are left out.

    Raises:
        ValueError: k is below 1, or the words cannot be numbered.
    """
    letters = LETTERS[alphabet]
    column = _columns_of_either_strand(k) if either_strand else None
    width = len(letters) ** k if column is None else int(column.max()) + 1
    parts = []
    for start in range(0, max(1, len(sequences)), _CHUNK):
        found = words(letter_codes(sequences[start : start + _CHUNK], letters), k)
        numbers = found.numbers.copy() if column is None else column[found.numbers]
        parts.append(_counted(replace(found, numbers=numbers), width))
    return vstack(parts, format="csr") if len(parts) > 1 else parts[0]


def dense_kmer_counts(sequences: Sequence[str], k: int, *, alphabet: str = "dna") -> Counts:
    """The same counts as a dense array, for small k; shape (n, 4^k) or (n, 20^k), float32."""
    letters = LETTERS[alphabet]
    width = len(letters) ** k
    dense = np.zeros((len(sequences), width), dtype=np.float32)
    for start in range(0, len(sequences), _CHUNK):
        block = dense[start : start + _CHUNK]
        found = words(letter_codes(sequences[start : start + _CHUNK], letters), k)
        block[:] = np.bincount(found.rows * width + found.numbers, minlength=block.size).reshape(block.shape)
    return dense


def four_mers(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """Shares of each word of four bases among a sequence's words, shape (n, 256); two residues, (n, 400), of proteins.

    GENEB's own reference features (its `example_kmer` extractor).
    """
    k = 4 if alphabet == "dna" else 2
    made = [_dense_shares(part.sequences, k, alphabet) for part in (train, test)]
    return [Candidate(f"{k}-mer frequencies", *made)]


def best_kmers(train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
    """Words of 1 to 6 bases (1 and 2 residues) in the ways among which a probe chooses on train.

    How often they stand there, or whether at all; for DNA also without regard to the strand. The first, for probes
    that cannot choose, is their frequencies on the strand as given.
    """
    span = f"1- to {_LONGEST[alphabet]}-mer"
    candidates = []
    for strand in ("", ", either strand") if alphabet == "dna" else ("",):
        made = [_frequencies(part.sequences, alphabet, either_strand=bool(strand)) for part in (train, test)]
        candidates.append(Candidate(f"{span} frequencies{strand}", *made))
        candidates.append(Candidate(f"{span} presence{strand}", *map(_presence, made)))
    return candidates


def _frequencies(sequences: Sequence[str], alphabet: str, *, either_strand: bool = False) -> csr_array:
    """Share of each word among the words of its length, all lengths side by side."""
    lengths = range(1, _LONGEST[alphabet] + 1)
    blocks = [kmer_counts(sequences, k, alphabet=alphabet, either_strand=either_strand) for k in lengths]
    joined: csr_array = hstack([_shares(block) for block in blocks], format="csr")
    return joined


def _presence(features: csr_array) -> csr_array:
    ones = np.ones_like(features.data)
    return csr_array((ones, features.indices, features.indptr), shape=features.shape)


def _shares(counts: csr_array) -> csr_array:
    totals = np.repeat(counts.sum(axis=1), np.diff(counts.indptr))
    return csr_array((counts.data / totals, counts.indices, counts.indptr), shape=counts.shape)


def _dense_shares(sequences: Sequence[str], k: int, alphabet: str) -> Counts:
    counts = dense_kmer_counts(sequences, k, alphabet=alphabet)
    counts /= np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return counts


@lru_cache
def _columns_of_either_strand(k: int) -> NDArray[np.int32]:
    """Column of each word, shape (4^k,)."""
    smaller = canonical(np.arange(4**k, dtype=np.int64), k)
    return np.unique(smaller, return_inverse=True)[1].astype(np.int32)


def _counted(found: Words, width: int) -> csr_array:
    """Equal numbers of each row as one entry; sorts the numbers in place."""
    _sort_within_rows(found)
    first = np.empty(len(found.numbers) + 1, dtype=np.bool_)
    np.not_equal(found.numbers[1:], found.numbers[:-1], out=first[1:-1])
    first[found.bounds] = True
    at = np.flatnonzero(first)
    how_often = np.diff(at).astype(np.float32)
    bounds = np.searchsorted(at, found.bounds).astype(np.int32)
    return csr_array((how_often, found.numbers[at[:-1]], bounds), shape=(len(bounds) - 1, width))


def _sort_within_rows(found: Words) -> None:
    # Rows with equally many words are sorted as one matrix: far faster than row by row.
    order = np.argsort(found.counts, kind="stable")
    edges = np.flatnonzero(np.diff(found.counts[order], prepend=-1, append=-1))
    for low, high in pairwise(edges):
        rows, width = order[low:high], found.counts[order[low]]
        if rows[-1] - rows[0] == len(rows) - 1:
            found.numbers[found.bounds[rows[0]] :][: len(rows) * width].reshape(len(rows), width).sort(axis=1)
        else:
            cells = found.bounds[rows, np.newaxis] + np.arange(width)
            found.numbers[cells] = np.sort(found.numbers[cells], axis=1)
