"""DNA variants: where they are, which bases they exchange, and what the reference sequence says of that."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.genome import to_index
from engine.local_split.checks.schema import broken
from engine.local_split.columns import is_missing, objects
from engine.local_split.consequences import consequence_of
from engine.local_split.exchange import Check, Field
from engine.local_split.faults import Fault, left_out
from engine.local_split.items.built import Built, identity_of, joined, names_of, texts_of
from engine.local_split.items.residues import UNREADABLE_POSITION, positions, read_changes, rule_of
from engine.names import Consequence
from engine.variants import Region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Columns

    Cells = NDArray[np.object_]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_CHROM = re.compile(r"[A-Za-z0-9][\w.*-]{0,59}", re.ASCII)
_ALLELE = re.compile(r"[ACGTN]+|-")
_CODING = re.compile(r"(?:.*:)?(?:c\.)?([*-]?\d+(?:[+-]\d+)?)(?!\d).*", re.DOTALL)
_PLACED = re.compile(r"(?P<chrom>[^:]+):(?P<start>\d{1,10})-(?P<end>\d{1,10})")
_ASSEMBLIES = {
    "grch37": "GRCh37", "hg19": "GRCh37", "b37": "GRCh37", "hs37d5": "GRCh37", "37": "GRCh37",
    "grch38": "GRCh38", "hg38": "GRCh38", "b38": "GRCh38", "38": "GRCh38",
}  # fmt: skip
_POSITION = "transcript_position"
_UNCHANGED = ("unchanged", "the alternate allele is the reference allele", "write another allele, or leave the row out")


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where n rows are and what they replace; see `Built.items`."""

    chrom: Cells
    position: Numbers
    ref: Cells


def build_bases(columns: Columns, fields: Mapping[Field, str], fasta: Mapping[str, str], assembly: str | None) -> Built:
    """Rows as changes of a genome.

    Args:
        columns: of the table.
        fields: chrom, position, reference, alternate; assembly, consequence, coding change, protein variant, gene.
        fasta: sequences by chromosome, whole or `chr17:43000000-43200000`.
        assembly: of rows that name none.
    """
    chrom = _chroms(columns, fields[Field.CHROM])
    position = positions(columns, fields[Field.POSITION])
    ref, alt = (_alleles(columns, fields[one]) for one in (Field.REFERENCE, Field.ALTERNATE))
    faults = _faults(columns, fields, chrom, position, (ref, alt))
    assemblies = _assemblies(columns, fields, assembly)
    used = ~left_out(faults, len(columns))
    regions = _regions(fasta, chrom[used], assemblies[used])
    column = fields[Field.REFERENCE]
    placed = _Placed(chrom, position, ref)
    fits, covered = _against_regions(placed, regions, used, column=column, cells=columns.cells(column))
    consequence, unread = consequences(columns, fields)
    identity = np.where(used, identity_of(assemblies, chrom, position, ref, alt), -1)
    return Built(
        items={
            "item_id": joined("chr", chrom, "-", texts_of(position), "-", ref, "-", alt),
            "chrom": chrom,
            "pos": objects([place or None for place in position.tolist()]),
            "ref": ref,
            "alt": alt,
            "assembly": assemblies,
            "gene": names_of(columns, fields, Field.GENE, Field.PROTEIN),
            "protein_variant": _protein_variants(columns, fields),
            "consequence": consequence,
            "groups": _coding(columns, fields),
        },
        identity=identity,
        faults=(*faults, *fits, *unread),
        checks=(_reference_check(fits, int(used.sum()), covered), *_assembly_check(assemblies[used])),
        regions=regions,
    )


def consequences(columns: Columns, fields: Mapping[Field, str]) -> tuple[Cells, tuple[Fault, ...]]:
    """Our word for each row's consequence, None where there is none, shape (n,), and the words that are unknown."""
    if Field.CONSEQUENCE not in fields:
        return np.full(len(columns), None, dtype=object), ()
    column = fields[Field.CONSEQUENCE]
    words = columns.words(column)
    found = [consequence_of(str(word)) for word in words.words]
    values = words.of([one and one.value for one in found])
    strange = np.array([one is None for one in found], dtype=bool) & ~is_missing(words.words)
    at = np.flatnonzero(words.flags(strange))
    if not at.size:
        return values, ()
    fault = Fault(
        kind="consequence-unknown",
        at=at,
        problem="no grade was declared for this consequence, so rules that need one leave the row out",
        remedy=f"write a Sequence Ontology term, or one of {', '.join(word.value for word in Consequence)}",
        severity="note",
        column=column,
        values=columns.cells(column)[at],
    )
    return values, (fault,)


def assembly_of(text: str) -> str:
    """One name for each assembly: GRCh37 for hg19 too, others as they are."""
    return _ASSEMBLIES.get(re.sub(r"[^a-z0-9]", "", text.lower().partition(".p")[0]), text)


def chrom_of(text: str) -> str:
    """A chromosome's name without the prefix; the mitochondrion is MT."""
    bare = re.sub(r"^chr(?:omosome)?[ _]?", "", text.strip(), flags=re.IGNORECASE)
    bare = bare.upper() if len(bare) <= 2 else bare
    return "MT" if bare == "M" else bare


def _chroms(columns: Columns, column: str) -> Cells:
    """Names of chromosomes, shape (n,), "" where a cell is none."""
    words = columns.words(column)
    names = [chrom_of(str(word)) for word in words.words]
    none = is_missing(words.words)
    fine = [name if _CHROM.fullmatch(name) and not out else "" for name, out in zip(names, none, strict=True)]
    return words.of(fine)


def _alleles(columns: Columns, column: str) -> Cells:
    """Alleles in upper case, shape (n,), "" where a cell is none."""
    words = columns.words(column)
    texts = [str(word).upper() for word in words.words]
    fine = [text if _ALLELE.fullmatch(text) else "" for text in texts]
    return words.of(fine)


def _assemblies(columns: Columns, fields: Mapping[Field, str], stated: str | None) -> Cells:
    default = assembly_of(stated) if stated else None
    if Field.ASSEMBLY not in fields:
        return np.full(len(columns), default, dtype=object)
    words = columns.words(fields[Field.ASSEMBLY])
    none = is_missing(words.words)
    names = [default if out else assembly_of(str(word)) for word, out in zip(words.words, none, strict=True)]
    return words.of(names)


def _faults(
    columns: Columns, fields: Mapping[Field, str], chrom: Cells, position: Numbers, alleles: tuple[Cells, Cells]
) -> list[Fault]:
    ref, alt = alleles
    filled = ("str_length", {"min_value": 1})
    allele = ("allele-unreadable", "this is not an allele", "write bases A, C, G and T; leave symbolic alleles out")
    rows = (
        (Field.CHROM, chrom, filled, ("chrom-unreadable", "this is not a chromosome", "write a name such as chr17")),
        (Field.POSITION, position, ("ge", {"min_value": 1}), UNREADABLE_POSITION),
        (Field.REFERENCE, ref, filled, allele),
        (Field.ALTERNATE, alt, filled, allele),
        (Field.ALTERNATE, (ref != alt) | (ref == ""), ("eq", {"value": True}), _UNCHANGED),
    )
    return broken([rule_of(columns, fields[one], values, allowed, words) for one, values, allowed, words in rows])


def _regions(fasta: Mapping[str, str], chroms: Cells, assemblies: Cells) -> dict[str, Region]:
    """The sequence of each chromosome that the rows name; of several pieces of one, the longest."""
    named = set(pd.unique(chroms).tolist())
    told = [name for name in pd.unique(assemblies).tolist() if name]
    regions: dict[str, Region] = {}
    for name, sequence in fasta.items():
        placed = _PLACED.fullmatch(name)
        chrom = chrom_of(placed["chrom"] if placed else name)
        start = int(placed["start"]) if placed else 1
        longer = chrom not in regions or len(sequence) > len(regions[chrom].sequence)
        if chrom in named and longer and start > 0:
            regions[chrom] = Region(told[0] if len(told) == 1 else "the FASTA file", chrom, start, sequence.upper())
    return regions


def _against_regions(
    placed: _Placed, regions: Mapping[str, Region], used: Mask, *, column: str, cells: Cells
) -> tuple[list[Fault], int]:
    """Rows whose reference allele is not the region's, and how many rows a region covers."""
    chrom, position, ref = placed.chrom, placed.position, placed.ref
    wrong: list[int] = []
    told: list[str] = []
    covered = 0
    for name, region in regions.items():
        index = position + to_index(0, region.start)
        rows = np.flatnonzero(used & (chrom == name) & (index >= 0) & (index < len(region.sequence)) & (ref != "-"))
        covered += len(rows)
        for row, found in _mismatches(rows, index, ref, region.sequence):
            wrong.append(row)
            told.append(f"{region.assembly} has {found} at {name}:{position[row]}")
    order = np.argsort(np.array(wrong, dtype=np.int64), kind="stable")
    at = np.array(wrong, dtype=np.int64)[order]
    fault = Fault(
        kind="reference-mismatch",
        at=at,
        problem=objects(told)[order],
        remedy="check the assembly, the strand, and that positions are counted from 1",
        column=column,
        values=cells[at],
    )
    return ([fault] if wrong else []), covered


def _mismatches(rows: Numbers, index: Numbers, ref: Cells, sequence: str) -> list[tuple[int, str]]:
    """Rows, and the bases that the sequence has instead; codes for several bases contradict nothing."""
    first = np.frombuffer(sequence.encode("ascii", "replace"), dtype=np.uint8)[index[rows]]
    sizes = np.array([len(text) for text in ref[rows]], dtype=np.int64)
    letters = np.array([ord(text[0]) for text in ref[rows]], dtype=np.uint8)
    told = np.isin(first, np.frombuffer(b"ACGT", dtype=np.uint8)) & (letters != ord("N"))
    wrong = told & (first != letters)
    for place in np.flatnonzero((sizes > 1) & ~wrong).tolist():
        here = sequence[index[rows[place]] : index[rows[place]] + int(sizes[place])]
        pairs = zip(here, ref[rows[place]], strict=False)
        wrong[place] = any(found != base and found in "ACGT" and base in "ACGT" for found, base in pairs)
    return [(row, sequence[index[row] : index[row] + len(ref[row])]) for row in rows[wrong].tolist()]


def _protein_variants(columns: Columns, fields: Mapping[Field, str]) -> Cells:
    """The short form where a row names a change of one residue; most rows of a genome do not."""
    if Field.VARIANT not in fields:
        return np.full(len(columns), None, dtype=object)
    return read_changes(columns, {Field.VARIANT: fields[Field.VARIANT]}).texts()


def _coding(columns: Columns, fields: Mapping[Field, str]) -> Cells:
    """JSON with the position in HGVS coding notation, which `baselines.splice` reads; None without one."""
    if Field.CODING not in fields:
        return np.full(len(columns), None, dtype=object)
    words = columns.words(fields[Field.CODING])
    found = [_CODING.fullmatch(str(word)) for word in words.words]
    texts = [json.dumps({_POSITION: one[1]}) if one else None for one in found]
    return words.of(texts)


def _reference_check(fits: Sequence[Fault], used: int, covered: int) -> Check:
    title = "Reference bases"
    wrong = sum(len(fault.at) for fault in fits)
    if wrong:
        found = f"{wrong:,} of {covered:,} variants inside the FASTA file have another reference base than it has."
        remedy = "Check the assembly, the strand, and that positions are counted from 1."
        return Check(
            kind="reference-mismatch", title=title, severity="left out", found=found, remedy=remedy, rows=wrong
        )
    if covered < used:
        some = f"{used - covered:,} of {used:,} variants lie outside the sequences that were given"
        found = (
            f"{some if covered else 'No sequence of these chromosomes was given'}: reference bases were not checked."
        )
        remedy = "Add a FASTA file with the chromosomes, or with a piece named such as chr17:43000000-43200000."
        rows = used - covered
        return Check(kind="reference-unchecked", title=title, severity="note", found=found, remedy=remedy, rows=rows)
    found = f"All {covered:,} variants have the reference base of the sequence."
    return Check(kind="reference-mismatch", title=title, severity="passed", found=found)


def _assembly_check(assemblies: Cells) -> tuple[Check, ...]:
    lacking = int(pd.isna(assemblies).sum())
    if not lacking:
        return ()
    found = f"{lacking:,} variants come without an assembly."
    remedy = "Say which assembly the positions are of: GRCh37 or GRCh38."
    title = "Assembly stated"
    return (Check(kind="assembly-missing", title=title, severity="note", found=found, remedy=remedy, rows=lacking),)
