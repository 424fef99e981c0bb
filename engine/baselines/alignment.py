"""Site-independent model: how often each residue stands in a column of an alignment."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.baselines.residues import letters_to_numbers, read_residues
from engine.errors import SequenceError
from engine.genome import RESIDUES, to_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from engine.baselines.residues import Residues
    from engine.variants import VariantTask

PSEUDOCOUNT = 1.0
"""Added to the count of each of the 20 residues in each column."""

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.")


class _Entry(NamedTuple):
    """One sequence of an alignment; `line` is the 1-based line of its title."""

    line: int
    sequence: str


def site_independent(alignment_path: Path, first_position: int) -> Callable[[VariantTask], NDArray[np.float64]]:
    """Build the rule log f(ref) - log f(alt), high for damaging, from an alignment in a2m or aligned FASTA.

    The first sequence is the protein itself. Upper case and '-' are match columns; lower case and '.' are insertions,
    which are dropped but count as positions of the protein. f is (count + 1) / (residues + 20) of the column; gaps and
    letters outside the 20 residues are not counted, sequences are not weighted. Natural logarithm.

    Args:
        alignment_path: the alignment.
        first_position: 1-based position in the protein of the first letter of the first sequence.

    Returns:
        A rule that gives NaN where a variant is no substitution or lies in no counted column, and raises SequenceError
        where its reference residue is not the protein's.

    Raises:
        SequenceError: the file is missing, is no alignment, or its sequences have different numbers of match columns.
    """
    entries = _read_entries(alignment_path)
    protein = next(entries, None)
    if protein is None or not any(letter.isupper() for letter in protein.sequence):
        raise SequenceError(
            f"{alignment_path.name}: no match column with a residue of the protein; expected a2m or FASTA."
        )
    columns = _columns_of_letters(protein.sequence)
    log_frequency = _log_frequencies(_count(alignment_path, protein, entries))
    expected = letters_to_numbers(_codes(protein.sequence.replace("-", "").replace(".", "").upper()))

    def score(data: VariantTask) -> NDArray[np.float64]:
        residues = read_residues(data.items["protein_variant"])
        # Index of the 1-based position 0: added to a position it gives that position's index.
        index = residues.position + to_index(0, first_position)
        inside = residues.known & (index >= 0) & (index < len(columns))
        index = np.where(inside, index, 0)
        _check_reference(alignment_path, data.items, residues, np.where(inside, expected[index], -1))
        column = np.where(inside, columns[index], -1)
        ref, alt = (log_frequency[column, letters] for letters in (residues.reference, residues.alternate))
        return np.where(column >= 0, ref - alt, np.nan)

    return score


def _read_entries(path: Path) -> Iterator[_Entry]:
    title, pieces = 0, list[str]()
    for number, line in enumerate(_lines(path), start=1):
        text = line.strip()
        if text.startswith(">"):
            yield from _entry(path, title, pieces)
            title, pieces = number, []
        elif text and not title:
            raise SequenceError(
                f"{path.name}, line {number}: letters before the first title; expected a line with '>'."
            )
        elif wrong := set(text) - _LETTERS:
            raise SequenceError(
                f"{path.name}, line {number}: {min(wrong)!r} stands in a sequence; expected residues, '-' and '.'."
            )
        else:
            pieces.append(text)
    yield from _entry(path, title, pieces)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except FileNotFoundError as error:
        raise SequenceError(f"{path.name}: no such alignment in {path.parent}; check the path.") from error
    except UnicodeDecodeError as error:
        raise SequenceError(f"{path.name}: byte {error.start} is not UTF-8; expected an a2m or FASTA file.") from error


def _entry(path: Path, line: int, pieces: list[str]) -> Iterator[_Entry]:
    if line and not any(pieces):
        raise SequenceError(f"{path.name}, line {line}: a title without a sequence; the file is cut off or damaged.")
    if line:
        yield _Entry(line, "".join(pieces))


def _codes(sequence: str) -> NDArray[np.uint32]:
    return np.frombuffer(sequence.encode("ascii"), dtype=np.uint8).astype(np.uint32)


def _match_columns(sequence: str) -> NDArray[np.uint32]:
    codes = _codes(sequence)
    matches: NDArray[np.uint32] = codes[_is_upper(codes) | (codes == ord("-"))]
    return matches


def _columns_of_letters(sequence: str) -> NDArray[np.int64]:
    """Match column of each letter of the protein, shape (letters,), -1 for an insertion."""
    codes = _codes(sequence)
    upper = _is_upper(codes)
    column = np.cumsum(upper | (codes == ord("-"))) - 1
    letter = (codes != ord("-")) & (codes != ord("."))
    columns: NDArray[np.int64] = np.where(upper, column, -1)[letter].astype(np.int64)
    return columns


def _is_upper(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    return (codes >= ord("A")) & (codes <= ord("Z"))


def _count(path: Path, protein: _Entry, others: Iterator[_Entry]) -> NDArray[np.float64]:
    """Residues in each match column, shape (columns, 20)."""
    first = _match_columns(protein.sequence)
    columns = np.arange(len(first))
    counts = np.zeros((len(first), len(RESIDUES)))
    for entry in chain([protein], others):
        codes = _match_columns(entry.sequence)
        if len(codes) != len(first):
            raise SequenceError(
                f"{path.name}, line {entry.line}: {len(codes)} match columns; expected {len(first)}, as in the first."
            )
        letters = letters_to_numbers(codes)
        counts[columns[letters >= 0], letters[letters >= 0]] += 1
    return counts


def _log_frequencies(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithm of f, shape (columns, 20), NaN in a column without any residue."""
    total = counts.sum(axis=1, keepdims=True)
    frequencies = (counts + PSEUDOCOUNT) / (total + PSEUDOCOUNT * len(RESIDUES))
    return np.where(total > 0, np.log(frequencies), np.nan)


def _check_reference(path: Path, items: pd.DataFrame, residues: Residues, expected: NDArray[np.int64]) -> None:
    wrong = np.flatnonzero((expected >= 0) & (expected != residues.reference))
    if len(wrong):
        row = wrong[0]
        raise SequenceError(
            f"{items['protein_variant'].iloc[row]} (item {items['item_id'].iloc[row]}): {path.name} has "
            f"{RESIDUES[expected[row]]} at position {residues.position[row]}; check first_position and the alignment."
        )
