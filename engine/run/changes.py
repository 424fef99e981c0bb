"""From a task's items to what a model is asked: which items it can read, in which order, cut into shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, parse_residue_change, to_index
from engine.variants import Substitutions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.variants import VariantTask

_Change = tuple[str, int, str, str]
"""Name of the sequence, 0-based index, reference and alternate letter."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one alphabet can read of a task.

    Attributes:
        items: shape (count,), row numbers in the task's items, sorted by reference sequence and position.
        substitutions: the changes, variant k being item `items[k]`.
    """

    items: NDArray[np.int64]
    substitutions: Substitutions


def changes_of(data: VariantTask, alphabet: Literal["protein", "dna"]) -> Changes:
    """The task's items as changes of proteins or of chromosomes.

    Raises:
        SpecError: the task has no reference sequences of that kind.
        SequenceError: an item contradicts its reference sequence.
    """
    task = data.task.task_id
    sequences = data.proteins if alphabet == "protein" else {k: v.sequence for k, v in data.regions.items()}
    if not sequences:
        raise SpecError(f"{task} has no {alphabet} reference sequences here: a {alphabet} model cannot be run on it")
    sequences = {name: sequence.upper() for name, sequence in sequences.items()}
    found = dict(_protein_rows(data) if alphabet == "protein" else _dna_rows(data))
    for row, changes in found.items():
        _check_references(data, row, changes, sequences)
    if not found:
        raise SpecError(f"{task} has no item that is a substitution in a {alphabet} sequence")
    names = sorted({change[0] for changes in found.values() for change in changes})
    place = {name: number for number, name in enumerate(names)}
    items = sorted(found, key=lambda row: (place[found[row][0][0]], found[row][0][1], row))
    rows = [(number, *change) for number, row in enumerate(items) for change in found[row]]
    return Changes(np.array(items, np.int64), _as_arrays(rows, [(name, sequences[name]) for name in names], len(items)))


def _check_references(data: VariantTask, row: int, changes: Sequence[_Change], sequences: Mapping[str, str]) -> None:
    for name, index, ref, _ in changes:
        there = sequences[name][index : index + 1] if index >= 0 else ""
        if there != ref:
            what = f"the sequence has {there}" if there else f"the sequence has {len(sequences[name]):,} letters"
            raise SequenceError(
                f"{data.task.task_id}: {data.items['item_id'][row]} says {ref} at index {index} of {name}, {what}; "
                "is this the right assembly or isoform?"
            )


def _as_arrays(
    rows: Sequence[tuple[int, str, int, str, str]], sequences: Sequence[tuple[str, str]], count: int
) -> Substitutions:
    number = {name: index for index, (name, _) in enumerate(sequences)}
    return Substitutions(
        sequences=tuple(sequence for _, sequence in sequences),
        sequence=np.array([number[row[1]] for row in rows], np.int64),
        index=np.array([row[2] for row in rows], np.int64),
        ref=np.array([row[3] for row in rows]),
        alt=np.array([row[4] for row in rows]),
        owner=np.array([row[0] for row in rows], np.int64),
        count=count,
    )


def _protein_rows(data: VariantTask) -> Iterable[tuple[int, list[_Change]]]:
    """Row number and changes of items that only replace residues of a known protein; several are joined by ':'."""
    columns = data.items[["gene", "protein_variant"]]
    for row, (gene, text) in enumerate(columns.itertuples(index=False, name=None)):
        if not isinstance(text, str) or gene not in data.proteins or "*" in text:
            continue
        try:
            changes = [parse_residue_change(part) for part in text.split(":")]
        except ValueError:
            continue
        if all(change.reference != change.alternate for change in changes):
            yield row, [(gene, to_index(c.position), c.reference, c.alternate) for c in changes]


def _dna_rows(data: VariantTask) -> Iterable[tuple[int, list[_Change]]]:
    """Row number and change of items that replace one base, on chromosomes of which a region is known."""
    columns = data.items[["chrom", "pos", "ref", "alt"]]
    bases = set(BASES)
    for row, (chrom, pos, ref, alt) in enumerate(columns.itertuples(index=False, name=None)):
        if chrom in data.regions and ref in bases and alt in bases and ref != alt:
            yield row, [(chrom, to_index(int(pos), data.regions[chrom].start), ref, alt)]


def cut(changes: Changes, size: int) -> list[NDArray[np.int64]]:
    """Variant numbers of each shard: about `size` variants, a position never in two shards.

    Variants at one position share forward passes, so a cut inside would pay for them twice.
    """
    sub = changes.substitutions
    first = np.searchsorted(sub.owner, np.arange(sub.count))
    place = np.stack([sub.sequence[first], sub.index[first]])
    fresh = np.flatnonzero(np.r_[True, (np.diff(place) != 0).any(axis=0)])
    # The last place that begins at or before each multiple of the size.
    wanted = np.arange(size, sub.count, size)
    starts = np.unique(np.r_[0, fresh[np.searchsorted(fresh, wanted, side="right") - 1]])
    return np.split(np.arange(sub.count), starts[1:])


def take(substitutions: Substitutions, variants: NDArray[np.int64]) -> Substitutions:
    """The changes of a run of neighbouring variants, renumbered from 0, with only the sequences they need."""
    rows = slice(*np.searchsorted(substitutions.owner, [variants[0], variants[-1] + 1]))
    used, sequence = np.unique(substitutions.sequence[rows], return_inverse=True)
    return Substitutions(
        sequences=tuple(substitutions.sequences[which] for which in used),
        sequence=sequence.astype(np.int64),
        index=substitutions.index[rows],
        ref=substitutions.ref[rows],
        alt=substitutions.alt[rows],
        owner=substitutions.owner[rows] - variants[0],
        count=len(variants),
    )
