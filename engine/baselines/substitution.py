"""How unlike two residues are: four rules that know nothing about the protein.

All are high for damaging, and NaN where `protein_variant` is not one standard residue replaced by another.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from Bio.Align import substitution_matrices

from engine.baselines.residues import read_residues
from engine.genome import RESIDUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.variants import VariantTask

# Side chain: carbon-weighted composition, polarity, molecular volume (Grantham 1974, table 1).
_GRANTHAM = {
    "S": (1.42, 9.2, 32.0), "R": (0.65, 10.5, 124.0), "L": (0.0, 4.9, 111.0), "P": (0.39, 8.0, 32.5),
    "T": (0.71, 8.6, 61.0), "A": (0.0, 8.1, 31.0), "V": (0.0, 5.9, 84.0), "G": (0.74, 9.0, 3.0),
    "I": (0.0, 5.2, 111.0), "F": (0.0, 5.2, 132.0), "Y": (0.2, 6.2, 136.0), "C": (2.75, 5.5, 55.0),
    "H": (0.58, 10.4, 96.0), "Q": (0.89, 10.5, 85.0), "N": (1.33, 11.6, 56.0), "K": (0.33, 11.3, 119.0),
    "D": (1.38, 13.0, 54.0), "E": (0.92, 12.3, 83.0), "M": (0.0, 5.7, 105.0), "W": (0.13, 5.4, 170.0),
}  # fmt: skip
_GRANTHAM_WEIGHTS = (1.833, 0.1018, 0.000399)
_GRANTHAM_SCALE = 50.723

_HYDROPATHY = {
    "A": 1.8, "R": -4.5, "N": -3.5, "D": -3.5, "C": 2.5, "Q": -3.5, "E": -3.5, "G": -0.4, "H": -3.2, "I": 4.5,
    "L": 3.8, "K": -3.9, "M": 1.9, "F": 2.8, "P": -1.6, "S": -0.8, "T": -0.7, "W": -0.9, "Y": -1.3, "V": 4.2,
}  # fmt: skip

_VOLUME = {
    "A": 88.6, "R": 173.4, "N": 114.1, "D": 111.1, "C": 108.5, "Q": 143.8, "E": 138.4, "G": 60.1, "H": 153.2,
    "I": 166.7, "L": 166.7, "K": 168.6, "M": 162.9, "F": 189.9, "P": 112.7, "S": 89.0, "T": 116.1, "W": 227.8,
    "Y": 193.6, "V": 140.0,
}  # fmt: skip


@cache
def blosum62_table() -> NDArray[np.float64]:
    """BLOSUM62 in half-bits, shape (20, 20), in the order of `genome.RESIDUES`; Henikoff & Henikoff, PNAS 1992."""
    matrix = substitution_matrices.load("BLOSUM62")  # type: ignore[no-untyped-call]  # biopython types it in part
    return _read_only(np.array([[matrix[one, other] for other in RESIDUES] for one in RESIDUES], dtype=np.float64))


@cache
def grantham_table() -> NDArray[np.float64]:
    """Grantham's distance of all pairs, shape (20, 20), not rounded.

    D = 50.723 sqrt(1.833 dc^2 + 0.1018 dp^2 + 0.000399 dv^2) with composition c, polarity p and volume v of the side
    chain; Grantham, Science 1974;185:862-864. The printed table is rounded to whole numbers.
    """
    properties = np.array([_GRANTHAM[residue] for residue in RESIDUES])
    squares = (properties[:, None, :] - properties[None, :, :]) ** 2
    return _read_only(_GRANTHAM_SCALE * np.sqrt(squares @ np.array(_GRANTHAM_WEIGHTS)))


@cache
def hydropathy_table() -> NDArray[np.float64]:
    """Absolute difference in hydropathy of all pairs, shape (20, 20); Kyte & Doolittle, J Mol Biol 1982;157:105-132."""
    return _differences(_HYDROPATHY)


@cache
def volume_table() -> NDArray[np.float64]:
    """Absolute difference in volume of all pairs, in cubic angstrom, shape (20, 20).

    Zamyatnin, Prog Biophys Mol Biol 1972;24:107-123.
    """
    return _differences(_VOLUME)


def blosum62(data: VariantTask) -> NDArray[np.float64]:
    """Minus BLOSUM62 of the two residues, shape (n,)."""
    return read_residues(data.items["protein_variant"]).look_up(0 - blosum62_table())


def grantham(data: VariantTask) -> NDArray[np.float64]:
    """Grantham's distance of the two residues, shape (n,)."""
    return read_residues(data.items["protein_variant"]).look_up(grantham_table())


def hydropathy(data: VariantTask) -> NDArray[np.float64]:
    """Absolute Kyte-Doolittle difference of the two residues, shape (n,)."""
    return read_residues(data.items["protein_variant"]).look_up(hydropathy_table())


def volume(data: VariantTask) -> NDArray[np.float64]:
    """Absolute difference in volume of the two residues in cubic angstrom, shape (n,)."""
    return read_residues(data.items["protein_variant"]).look_up(volume_table())


def _differences(scale: Mapping[str, float]) -> NDArray[np.float64]:
    values = np.array([scale[residue] for residue in RESIDUES])
    return _read_only(np.abs(values[:, None] - values[None, :]))


def _read_only(table: NDArray[np.float64]) -> NDArray[np.float64]:
    # Cached: a caller that wrote into it would change every later score.
    table.flags.writeable = False
    return table
