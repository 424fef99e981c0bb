"""What a variant is called: chromosome accessions, and genomic and protein names by HGVS."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.genome import THREE_LETTERS, reverse_complement

# RefSeq versions of chromosomes 1 to 22, X and Y, from NCBI's assembly reports of GRCh37.p13 (GCF_000001405.25) and
# GRCh38.p14 (GCF_000001405.40); patches leave the versions of the chromosomes as they are.
_VERSIONS = {
    "GRCh37": (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9),
    "GRCh38": (11, 12, 12, 12, 10, 12, 14, 11, 12, 11, 10, 12, 11, 9, 10, 10, 11, 10, 10, 11, 9, 11, 11, 10),
}
_NAMES = (*map(str, range(1, 23)), "X", "Y")
MITOCHONDRION = "MT"
ACCESSIONS: dict[str, dict[str, str]] = {
    assembly: {
        **{name: f"NC_{number:06}.{versions[number - 1]}" for number, name in enumerate(_NAMES, 1)},
        MITOCHONDRION: "NC_012920.1",
    }
    for assembly, versions in _VERSIONS.items()
}
"""Accession by assembly and chromosome."""

_ONE_LETTER = {one: three for three, one in THREE_LETTERS.items()}
_CHANGE = re.compile(r"([A-Z*])([1-9][0-9]*)([A-Z*=])")
_BASES = re.compile(r"[ACGTN]+")


@dataclass(frozen=True, slots=True)
class GenomicName:
    """A name by HGVS; `shifted` says that it is certain to be at the 3' end of where it could stand, as HGVS asks."""

    text: str
    shifted: bool = True


def chromosome(name: str) -> str:
    """The name of a chromosome without prefix: chr17 -> 17, chrM and M -> MT."""
    found = name.removeprefix("chr")
    return MITOCHONDRION if found == "M" else found


def genomic_name(
    assembly: str | None, chrom: str | None, pos: int | None, ref: str | None, alt: str | None
) -> GenomicName | None:
    """The genomic name of a variant in the terms of a VCF; None for another assembly, or alleles that are no bases.

    Where a deletion or insertion lies in a repeat, HGVS names its last possible place, which only the reference tells:
    such a name is not `shifted`. Nor can a longer insertion be told from a duplication without it.
    """
    accession = ACCESSIONS.get(assembly or "", {}).get(chromosome(chrom or ""))
    if accession is None or pos is None or not _BASES.fullmatch(ref or "") or not _BASES.fullmatch(alt or ""):
        return None
    kind = "m" if chromosome(chrom or "") == MITOCHONDRION else "g"
    change, shifted = _change(pos, ref or "", alt or "")
    return GenomicName(f"{accession}:{kind}.{change}", shifted)


def _change(pos: int, ref: str, alt: str) -> tuple[str, bool]:
    if ref == alt:
        return f"{_span(pos, len(ref))}=", True
    start, ref, alt, before = _trimmed(pos, ref, alt)
    if not alt:
        return f"{_span(start, len(ref))}del", False
    if not ref:
        again = before.endswith(alt)
        return f"{_span(start - len(alt), len(alt))}dup" if again else f"{start - 1}_{start}ins{alt}", False
    if len(ref) == len(alt) == 1:
        return f"{start}{ref}>{alt}", True
    turned = len(ref) > 1 and alt == reverse_complement(ref)
    return f"{_span(start, len(ref))}{'inv' if turned else f'delins{alt}'}", True


def _trimmed(pos: int, ref: str, alt: str) -> tuple[int, str, str, str]:
    """Start and alleles without what both share at the beginning, then at the end; and what was shared before them."""
    shared = next((i for i, (one, other) in enumerate(zip(ref, alt, strict=False)) if one != other), None)
    first = min(len(ref), len(alt)) if shared is None else shared
    before, ref, alt = ref[:first], ref[first:], alt[first:]
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    return pos + first, ref, alt, before


def _span(start: int, length: int) -> str:
    return str(start) if length == 1 else f"{start}_{start + length - 1}"


def protein_name(change: str | None) -> str | None:
    """The predicted change of a protein, `R7C` -> `p.(Arg7Cys)`; None for anything but one changed residue.

    A lost start is `p.(Met1?)`, a lost stop an extension of unknown length, a synonymous change `p.(Arg7=)`.
    """
    found = _CHANGE.fullmatch(change or "")
    if found is None or not {found[1], found[3]} <= {*_ONE_LETTER, "="}:
        return None
    ref, number, alt = found.groups()
    before = _ONE_LETTER[ref]
    if alt in {ref, "="}:
        return f"p.({before}{number}=)"
    if ref == "M" and number == "1":
        return "p.(Met1?)"
    if ref == "*":
        return f"p.(Ter{number}{_ONE_LETTER[alt]}extTer?)"
    return f"p.({before}{number}{_ONE_LETTER[alt]})"
