"""Labelled variants as every stage sees them: what was changed where, the labels, and the sequences around."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from engine.names import Direction
    from engine.records import Stratum, Task

ITEM_COLUMNS: dict[str, str] = {
    "item_id": "string",
    "split": "string",
    "label": "Int64",
    "chrom": "string",
    "pos": "Int64",
    "ref": "string",
    "alt": "string",
    "assembly": "string",
    "gene": "string",
    "protein_variant": "string",
    "consequence": "string",
    "groups": "string",
    "value": "Float64",
}
"""Columns of the store's `item` table that a data set fills (all but task_id), with their pandas types.

`pos` is 1-based; `protein_variant` is the short form `M1775R`; `consequence` is a word of `names.Consequence`;
`groups` is JSON, column -> value; `value` is the measured quantity of a continuous assay.
"""


@dataclass(frozen=True, slots=True)
class Region:
    """A piece of a chromosome in upper case; `start` is the 1-based position of its first base."""

    assembly: str
    chrom: str
    start: int
    sequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTask:
    """One task with everything that scoring it needs.

    Attributes:
        task: the store's row.
        positive_is: what label 1, or a high measured value, means.
        items: one row per variant, columns `ITEM_COLUMNS` in that order, index 0..n-1, in the file's order.
        strata: `all` first.
        membership: shape (n, strata), boolean, one column per stratum, same order.
        measured: shape (n, systems), float64 with NaN where a system has no score: per-variant scores of other groups
            by model_id, in their own direction.
        proteins: sequence by gene; regions: by chromosome.
        inputs: SHA-256 of each file read, by its path below the mirror.
    """

    task: Task
    positive_is: Direction
    items: pd.DataFrame
    strata: Sequence[Stratum]
    membership: pd.DataFrame
    measured: pd.DataFrame
    proteins: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, Region] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Substitutions:
    """Single-letter changes in reference sequences, the form in which models are asked.

    Attributes:
        sequences: distinct reference sequences, upper case.
        sequence: shape (m,), index into `sequences`.
        index: shape (m,), 0-based index of the changed letter in its sequence.
        ref: shape (m,), one letter each, equal to the sequence there.
        alt: shape (m,), one letter each.
        owner: shape (m,), 0-based number of the variant that the change belongs to; a variant with two changes owns
            two rows.
        count: number of variants.
    """

    sequences: tuple[str, ...]
    sequence: NDArray[np.int64]
    index: NDArray[np.int64]
    ref: NDArray[np.str_]
    alt: NDArray[np.str_]
    owner: NDArray[np.int64]
    count: int

    def __post_init__(self) -> None:
        """Check shapes, numbers and every reference letter.

        Raises:
            ValueError: an array has another length, a number lies outside what it counts, or a reference letter is not
                the sequence's.
        """
        lengths = {array.shape for array in (self.sequence, self.index, self.ref, self.alt, self.owner)}
        if len(lengths) != 1:
            raise ValueError(f"arrays of different lengths: {sorted(lengths)}")
        _check_numbers(self.sequence, len(self.sequences), "sequence")
        _check_numbers(self.owner, self.count, "variant")
        long = np.flatnonzero(np.strings.str_len(self.alt.astype(np.str_)) != 1)
        if long.size:
            raise ValueError(f"change {long[0]}: {str(self.alt[long[0]])!r} is not one letter")
        self._check_references()

    def _check_references(self) -> None:
        sizes = np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)
        outside = (self.index < 0) | (self.index >= sizes[self.sequence])
        letters = np.frombuffer("".join(self.sequences).encode("utf-32-le"), dtype="<U1")
        place = (np.cumsum(sizes) - sizes)[self.sequence] + self.index
        wrong = outside.copy()
        wrong[~outside] = letters[place[~outside]] != self.ref[~outside]
        if not wrong.any():
            return
        number = int(np.argmax(wrong))
        at, sequence = int(self.index[number]), self.sequences[self.sequence[number]]
        if outside[number]:
            raise ValueError(f"change {number}: index {at} lies outside a sequence of {len(sequence)} letters")
        told = self.ref[number]
        raise ValueError(f"change {number}: the sequence has {sequence[at]} at index {at}, the variant says {told}")

    def sum_by_variant(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per-variant sums, shape (count,), of per-change values, shape (m,)."""
        # Without changes bincount counts in whole numbers.
        return np.bincount(self.owner, weights=values, minlength=self.count).astype(np.float64)


def _check_numbers(numbers: NDArray[np.int64], count: int, what: str) -> None:
    outside = np.flatnonzero((numbers < 0) | (numbers >= count))
    if outside.size:
        raise ValueError(f"change {outside[0]}: there is no {what} {numbers[outside[0]]} among {count}")
