"""Reference letters: a variant that does not stand where its sequence says is an error, never a row less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError, TableError, one_line
from engine.genome import BASES, parse_residue_change, to_index
from engine.variants import Region

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.genome import ResidueChange
    from engine.sheets import Sheet


def check_bases(sheet: Sheet, region: Region, position_column: str, ref_column: str) -> None:
    """Every reference allele is the region's base.

    Raises:
        SequenceError: names the variant, the base found and the assembly.
    """
    positions = sheet.whole(position_column)
    refs = sheet.text(ref_column)
    index = positions - region.start
    for row in np.flatnonzero((index < 0) | (index >= len(region.sequence))):
        end = region.start + len(region.sequence) - 1
        raise SequenceError(
            f"{sheet.where(int(row), position_column)}: {region.chrom}:{positions[row]} lies outside the sequence "
            f"({region.assembly} {region.chrom}:{region.start}-{end}); use positions of {region.assembly}."
        )
    found = np.array(list(region.sequence), dtype=object)[index]
    for row in np.flatnonzero(found != refs):
        raise SequenceError(
            f"{sheet.where(int(row), ref_column)}: the variant {region.chrom}:{positions[row]} has the reference "
            f"{refs[row]}, {region.assembly} has {found[row]} there; use positions and the plus strand of "
            f"{region.assembly}."
        )


def check_alleles(sheet: Sheet, ref_column: str, alt_column: str, *, unchanged: Collection[int] = ()) -> None:
    """Both alleles are one base each, and differ in all rows but those that are known to be `unchanged`.

    Raises:
        TableError: one of them is not, or they are the same.
    """
    bases = {base: base for base in BASES}
    refs, alts = sheet.mapped(ref_column, bases), sheet.mapped(alt_column, bases)
    for row, (ref, alt) in enumerate(zip(refs, alts, strict=True)):
        if ref == alt and row not in unchanged:
            raise sheet.fault(row, alt_column, "the alternate allele is the reference allele", "another base")


def read_region(path: Path, *, assembly: str, chrom: str, start: int) -> Region:
    """A text file of one sequence; `start` is the 1-based position of its first base.

    Raises:
        TableError: it is empty or holds anything but bases and N.
    """
    sequence = "".join(path.read_text("ascii", errors="replace").split()).upper()
    strange = sorted(set(sequence) - {*BASES, "N"})
    if strange or not sequence:
        problem = f"letters that are no bases: {one_line(', '.join(strange))}" if strange else "the file is empty"
        raise TableError(
            path, problem, expected=f"letters {', '.join(BASES)} and N: delete the file and fetch it again"
        )
    return Region(assembly, chrom, start, sequence)


def read_changes(sheet: Sheet, column: str, texts: Sequence[str]) -> list[ResidueChange]:
    """The substitution in each text, one per row.

    Raises:
        TableError: a text is no substitution of standard residues; the cell of `column` is shown.
    """
    changes = []
    for row, text in enumerate(texts):
        try:
            changes.append(parse_residue_change(text))
        except ValueError as error:
            raise sheet.fault(row, column, f"'{text}' is no substitution of one residue", str(error)) from error
    return changes


def mismatches(sequence: str, changes: Sequence[ResidueChange]) -> NDArray[np.int64]:
    """Numbers of the changes whose reference residue is not the sequence's, or that lie behind its end."""
    wrong = [
        number
        for number, change in enumerate(changes)
        if sequence[to_index(change.position) : change.position] != change.reference
    ]
    return np.array(wrong, dtype=np.int64)


def check_residues(sheet: Sheet, column: str, sequence: str, changes: Sequence[ResidueChange], protein: str) -> None:
    """Every reference residue is the protein's; `changes` has one entry per row of the sheet.

    Raises:
        SequenceError: names the variant, the residue found and the protein.
    """
    for row in mismatches(sequence, changes):
        change = changes[row]
        here = sequence[to_index(change.position) : change.position]
        found = f"has {here} there" if here else f"ends at {len(sequence)}"
        raise SequenceError(
            f"{sheet.where(int(row), column)}: the variant {change} has the reference {change.reference} at "
            f"{change.position}, {protein} {found}; use positions of that protein, counted from 1."
        )
