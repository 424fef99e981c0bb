"""What the exchanged base and its surroundings say without any model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError
from engine.genome import BASES, to_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from engine.variants import Region, VariantTask

GC_WINDOW = 501
"""Bases over which regional GC is taken, the variant in the middle."""

_UNKNOWN = ord("N")
_CODES = np.array([ord(base) for base in BASES], dtype=np.uint8)
_PURINES = np.array([ord("A"), ord("G")], dtype=np.uint8)
_STRONG = np.array([ord("C"), ord("G")], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Covered:
    """The variants that lie in one region: `rows` of the items and the 0-based `index` of each in `codes`."""

    rows: NDArray[np.int64]
    index: NDArray[np.int64]
    codes: NDArray[np.uint8]


def transversion(data: VariantTask) -> NDArray[np.float64]:
    """1 for a purine exchanged with a pyrimidine, 0 for a transition, shape (n,), high for damaging.

    NaN where the variant is not one base for another.
    """
    ref, alt, single = _single_bases(data.items)
    changes_kind = np.isin(ref, _PURINES) != np.isin(alt, _PURINES)
    return np.where(single, changes_kind, np.nan)


def cpg(data: VariantTask) -> NDArray[np.float64]:
    """1 where the variant removes a CpG of the reference: the C or the G of CG; else 0; shape (n,), high for damaging.

    Declared high for damaging: the two bases can carry methylation. NaN where no region covers the base, its neighbour
    is not known, or the variant is not one base for another.

    Raises:
        SequenceError: a reference base is not the region's.
    """
    scores = np.full(len(data.items), np.nan)
    ref, _, single = _single_bases(data.items)
    for covered in _covered(data):
        padded = np.pad(covered.codes, 1, constant_values=_UNKNOWN)
        of_c, of_g = ref[covered.rows] == ord("C"), ref[covered.rows] == ord("G")
        # In the padded sequence index + 2 is the base after, index the base before.
        neighbour = np.where(of_c, padded[covered.index + 2], padded[covered.index])
        partner = np.where(of_c, ord("G"), ord("C"))
        unknown = (of_c | of_g) & ~np.isin(neighbour, _CODES)
        destroyed = (of_c | of_g) & (neighbour == partner)
        scores[covered.rows] = np.where(unknown, np.nan, destroyed)
    return np.where(single, scores, np.nan)


def gc(data: VariantTask) -> NDArray[np.float64]:
    """Share of C and G among the known bases of the reference within 250 bases of the variant, shape (n,).

    Declared high for damaging: coding and regulatory sequence is richer in GC than the rest. The window of 501 bases
    is cut at a region's ends. NaN where no region covers the position.

    Raises:
        SequenceError: a reference base is not the region's.
    """
    scores = np.full(len(data.items), np.nan)
    for covered in _covered(data):
        start = np.maximum(covered.index - GC_WINDOW // 2, 0)
        end = np.minimum(covered.index + GC_WINDOW // 2 + 1, len(covered.codes))
        strong = _counts_between(np.isin(covered.codes, _STRONG), start, end)
        known = _counts_between(np.isin(covered.codes, _CODES), start, end)
        scores[covered.rows] = np.divide(strong, known, out=np.full(len(known), np.nan), where=known > 0)
    return scores


def _single_bases(items: pd.DataFrame) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.bool_]]:
    """Codes of `ref` and `alt`, and whether the variant is one base for another one, each of shape (n,)."""
    ref, ref_single = _first_letters(items["ref"])
    alt, alt_single = _first_letters(items["alt"])
    return ref, alt, ref_single & alt_single & (ref != alt)


def _first_letters(alleles: pd.Series) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Code of each allele's first letter, 0 where it is missing, and whether the allele is one of ACGT alone."""
    letters = alleles.fillna("").to_numpy(dtype=object).astype("U2").view(np.uint32).reshape(len(alleles), 2)
    return letters[:, 0], np.isin(letters[:, 0], _CODES) & (letters[:, 1] == 0)


def _counts_between(flags: NDArray[np.bool_], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many `flags` are set in each [start, end)."""
    before = np.concatenate([[0], np.cumsum(flags, dtype=np.int64)])
    counts: NDArray[np.int64] = before[end] - before[start]
    return counts


def _covered(data: VariantTask) -> Iterator[_Covered]:
    """The variants of each region, their reference bases checked."""
    positions = data.items["pos"].to_numpy(dtype=np.int64, na_value=0)
    ref, _ = _first_letters(data.items["ref"])
    for chrom, region in data.regions.items():
        codes = np.frombuffer(region.sequence.encode("ascii"), dtype=np.uint8)
        # Index of the 1-based position 0: added to a position it gives that position's index.
        index = positions + to_index(0, region.start)
        here = (data.items["chrom"] == chrom).to_numpy(dtype=bool, na_value=False) & (positions > 0)
        rows = np.flatnonzero(here & (index >= 0) & (index < len(codes)))
        covered = _Covered(rows, index[rows], codes)
        _check_reference(data.items, region, covered, ref[rows])
        yield covered


def _check_reference(items: pd.DataFrame, region: Region, covered: _Covered, ref: NDArray[np.uint32]) -> None:
    found = covered.codes[covered.index]
    wrong = np.flatnonzero(np.isin(ref, _CODES) & np.isin(found, _CODES) & (ref != found))
    if len(wrong):
        row = items.iloc[covered.rows[wrong[0]]]
        raise SequenceError(
            f"{row['chrom']}:{row['pos']} {row['ref']}>{row['alt']} (item {row['item_id']}): {region.assembly} has "
            f"{chr(found[wrong[0]])} there; check the variant's assembly and strand."
        )
