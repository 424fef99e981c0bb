"""What of a task's test split its train split gives away: equal sequences, and how much of each stands in train.

Containment of a test sequence is the share of its distinct words of k letters that one train sequence has, largest
over all of train; a word and its reverse complement are one for DNA. Every pair that shares a word is counted, none
is sampled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from engine.genome import LETTERS, reverse_complement
from engine.records import Leakage
from engine.words import canonical, letter_codes, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.sequences import SequenceTask, Split

    Flag = dict[str, str]
    Floats = NDArray[np.float64]

NEAR_ABOVE = 0.5
"""Containment above which a test sequence counts as near to train."""

HOMOLOGY_WARNING = 0.03
"""Share of near sequences from which the leak is more than a note.

If a share s of a balanced test split is answered by recognising train, MCC rises by up to s over chance; 0.03 is the
smallest difference in MCC that a verdict calls one.
"""

_PROTEIN_K = 5
_DNA_K = (9, 21)
# One sequence in twenty may be too short for a word, rather than all words be short.
_SHORTEST = 5
_BINS = 10
_TRAIN_CHUNK = 8192
# Pairs of a test and a train sequence, counted once per shared word, that one product may hold.
_PAIRS = 20_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """Leakage of one task.

    Attributes:
        row: what the store keeps, without a run.
        near: shape (n_test,): containment above `NEAR_ABOVE`, or equal to a train sequence on either strand.
        containment: shape (n_test,), NaN for a sequence without a single word.
    """

    row: Leakage
    near: NDArray[np.bool_]
    containment: Floats

    def with_run(self, run_id: str) -> Leakage:
        """The row as part of a run."""
        return replace(self.row, run_id=run_id)


def leakage(task: SequenceTask) -> Report:
    """Look for every test sequence in train.

    Words are of 5 residues; of bases a third of a short test sequence's length (the 5th percentile), at least 9 and at
    most 21.
    """
    dna = task.alphabet == "dna"
    exact, turned, conflicts = equal_sequences(task.train, task.test, dna=dna)
    k = _dna_k(task.test.sequences) if dna else _PROTEIN_K
    contained = containment(task.test.sequences, task.train.sequences, k=k, alphabet=task.alphabet)
    near = exact | turned | (np.nan_to_num(contained) > NEAR_ABOVE)
    row = Leakage(
        task_id=task.task.task_id,
        k=k,
        n_test=len(task.test),
        exact=int(exact.sum()),
        reverse_complement=int(turned.sum()),
        label_conflicts=int(conflicts.sum()),
        train_duplicates=len(task.train) - len(set(_upper(task.train))),
        near_from=NEAR_ABOVE,
        near=int(near.sum()),
        containment=_histogram(contained),
        method=_method(k, contained, dna=dna),
        run_id=None,
    )
    return Report(row, near, contained)


def flags(report: Report) -> list[Flag]:
    """What a reader of any score on the task has to know: {flag, severity, evidence}; see `HOMOLOGY_WARNING`."""
    return list(_flags(report.row))


def containment(test: Sequence[str], train: Sequence[str], *, k: int, alphabet: str) -> Floats:
    """Largest share of each test sequence's distinct words that one train sequence has, shape (n_test,).

    0 without train, NaN for a sequence without a word. Memory grows with the test words, not with train times test.
    """
    rows, numbers = _numbered(test, k, alphabet)
    vocabulary, index = np.unique(numbers, return_inverse=True)
    own = _matrix(rows, index, (len(test), len(vocabulary)))
    sizes = np.diff(own.indptr)
    if not len(vocabulary) or not train:
        return np.where(sizes > 0, 0.0, np.nan)
    other = _train_matrix(train, vocabulary, k, alphabet)
    shared = np.zeros(len(test))
    for low, high in _chunks(own, np.diff(other.indptr)):
        shared[low:high] = (own[low:high] @ other).max(axis=1).toarray()
    contained: Floats = np.divide(shared, sizes, out=np.full(len(test), np.nan), where=sizes > 0)
    return contained


def _upper(part: Split) -> list[str]:
    return [sequence.upper() for sequence in part.sequences]


def equal_sequences(
    train: Split, test: Split, *, dna: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Shape (n_test,) each: equal to a train sequence; to the other strand of one alone; with another label there."""
    labels: dict[str, set[int]] = {}
    for sequence, label in zip(_upper(train), train.labels.tolist(), strict=True):
        labels.setdefault(sequence, set()).add(label)
    found = []
    for sequence, label in zip(_upper(test), test.labels.tolist(), strict=True):
        other = reverse_complement(sequence) if dna else sequence
        seen = labels.get(sequence, set()) | labels.get(other, set())
        found.append((sequence in labels, sequence not in labels and other in labels, bool(seen - {label})))
    columns = np.array(found, dtype=np.bool_).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _dna_k(sequences: Sequence[str]) -> int:
    low, high = _DNA_K
    short = np.percentile([len(sequence) for sequence in sequences], _SHORTEST, method="lower")
    return min(high, max(low, int(short) // 3))


def _numbered(sequences: Sequence[str], k: int, alphabet: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sequence and number of every word, shape (words,) each."""
    found = words(letter_codes(sequences, LETTERS[alphabet]), k)
    numbers = canonical(found.numbers, k) if alphabet == "dna" else found.numbers
    return found.rows, numbers.astype(np.int64)


def _train_matrix(train: Sequence[str], vocabulary: NDArray[np.int64], k: int, alphabet: str) -> csr_array:
    """Which train sequence has which word of the vocabulary, shape (words, n_train)."""
    indices, rows = [], []
    for start in range(0, len(train), _TRAIN_CHUNK):
        row, numbers = _numbered(train[start : start + _TRAIN_CHUNK], k, alphabet)
        index = np.minimum(np.searchsorted(vocabulary, numbers), len(vocabulary) - 1)
        known = vocabulary[index] == numbers
        indices.append(index[known])
        rows.append(row[known] + start)
    return _matrix(np.concatenate(indices), np.concatenate(rows), (len(vocabulary), len(train)))


def _matrix(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> csr_array:
    """A one at each pair of row and column, however often it is named."""
    keys = np.unique(rows * shape[1] + columns)
    bounds = np.searchsorted(keys, np.arange(shape[0] + 1) * shape[1])
    ones = np.ones(len(keys), dtype=np.int32)
    return csr_array((ones, keys - np.repeat(np.arange(shape[0]), np.diff(bounds)) * shape[1], bounds), shape=shape)


def _chunks(own: csr_array, holders: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of test sequences whose products hold at most `_PAIRS` pairs, or a single one that holds more."""
    ends = np.cumsum(own @ holders)
    low = 0
    while low < len(ends):
        before = ends[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(ends, before + _PAIRS, side="right")))
        yield low, high
        low = high


def _histogram(contained: Floats) -> str:
    edges = np.arange(_BINS + 1) / _BINS
    counts = np.histogram(contained[~np.isnan(contained)], bins=edges)[0]
    return json.dumps({"edges": edges.tolist(), "counts": counts.tolist()})


def _method(k: int, contained: Floats, *, dna: bool) -> str:
    kind = f"canonical words of {k} bases" if dna else f"words of {k} residues"
    lacking = int(np.isnan(contained).sum())
    note = f"; {lacking:,} without a word are not in the histogram" if lacking else ""
    return f"{kind}, largest share that one train sequence has, all pairs; near: above {NEAR_ABOVE}, or equal{note}"


def _flags(row: Leakage) -> Iterator[Flag]:
    equal = row.exact + row.reverse_complement
    if equal:
        severity = "warning" if equal / row.n_test >= HOMOLOGY_WARNING else "info"
        turned = f", {row.reverse_complement:,} of them as the other strand" if row.reverse_complement else ""
        evidence = f"{_share_of(equal, row)} in train{turned}"
        yield {"flag": "DUPLICATE_ROWS", "severity": severity, "evidence": evidence}
    if row.label_conflicts:
        evidence = f"{_share_of(row.label_conflicts, row)} in train with another label"
        yield {"flag": "LABEL_CONFLICT", "severity": "warning", "evidence": evidence}
    if row.near:
        share = row.near / row.n_test
        severity = "warning" if share >= HOMOLOGY_WARNING else "info"
        evidence = f"{share:.1%} of the test sequences share more than half of their {row.k}-mers with one of train"
        yield {"flag": "HOMOLOGY_LEAK", "severity": severity, "evidence": evidence}


def _share_of(count: int, row: Leakage) -> str:
    return f"{count:,} of {row.n_test:,} test sequences {'is' if count == 1 else 'are'}"
