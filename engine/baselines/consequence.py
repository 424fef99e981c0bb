"""What a variant does to its transcript, as a number: the rule that a variant effect model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.baselines.residues import read_residues
from engine.baselines.substitution import blosum62_table
from engine.names import Consequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.variants import VariantTask

SEVERITY: dict[Consequence, float] = {
    Consequence.SYNONYMOUS: 0,
    Consequence.INTRONIC: 0,
    Consequence.UTR5: 0,
    Consequence.UTR3: 0,
    Consequence.RNA_GENE: 0,
    Consequence.SPLICE_REGION: 1,
    Consequence.MISSENSE: 2,
    Consequence.STOP_LOSS: 3,
    Consequence.NONSENSE: 4,
    Consequence.CANONICAL_SPLICE: 4,
    Consequence.START_LOSS: 4,
}
"""Declared before any label was looked at."""

_HIGHEST_BLOSUM62 = 3
_SHARE_OF_BLOSUM62 = 10


def severity(data: VariantTask) -> NDArray[np.float64]:
    """`SEVERITY` of the consequence, shape (n,), high for damaging, NaN where the consequence is not known.

    Three entries follow from the biology alone. A lost start (4) leaves no protein of the annotated frame, like a
    stop. A lost stop (3) keeps the whole protein and adds a tail: worse than one exchanged residue, better than a
    protein cut short. An RNA gene (0) has no reading frame to break, so the rule has nothing to say against it.
    """
    grades: NDArray[np.float64] = data.items["consequence"].map(SEVERITY).to_numpy(np.float64, na_value=np.nan)
    return grades


def severity_with_blosum62(data: VariantTask) -> NDArray[np.float64]:
    """Severity, missense variants ordered by (3 - BLOSUM62) / 10 in addition, shape (n,), high for damaging.

    3 is BLOSUM62's highest value off the diagonal, so the addition lies in 0 .. 0.7 and never reaches the next step.
    NaN where the consequence is not known, or a missense variant does not say which residues it exchanges.
    """
    unlikeness = read_residues(data.items["protein_variant"]).look_up(_HIGHEST_BLOSUM62 - blosum62_table())
    missense = (data.items["consequence"] == Consequence.MISSENSE).to_numpy(dtype=bool, na_value=False)
    return severity(data) + np.where(missense, unlikeness / _SHARE_OF_BLOSUM62, 0)
