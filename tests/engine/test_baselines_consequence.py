from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.baselines.consequence import SEVERITY, severity, severity_with_blosum62
from engine.baselines.substitution import blosum62_table
from engine.names import Consequence


def _task(*rows: tuple[str | None, str | None]) -> SimpleNamespace:
    items = pd.DataFrame(rows, columns=["consequence", "protein_variant"], dtype="string")
    return SimpleNamespace(items=items)


def test_every_consequence_has_a_grade() -> None:
    assert SEVERITY.keys() == set(Consequence)


@pytest.mark.parametrize(
    ("word", "grade"),
    [
        ("synonymous", 0), ("intronic", 0), ("5' UTR", 0), ("3' UTR", 0), ("RNA gene", 0), ("splice region", 1),
        ("missense", 2), ("stop loss", 3), ("canonical splice", 4), ("nonsense", 4), ("start loss", 4),
    ],
)  # fmt: skip
def test_the_grades_are_the_declared_ones(word: str, grade: float) -> None:
    assert severity(_task((word, None))).tolist() == [grade]


def test_an_unknown_consequence_has_no_grade() -> None:
    data = _task((None, None), ("inframe indel", None), ("missense", "I5V"))
    assert np.isnan(severity(data)).tolist() == [True, True, False]
    assert np.isnan(severity_with_blosum62(data)).tolist() == [True, True, False]


def test_missense_variants_are_ordered_by_blosum62() -> None:
    # BLOSUM62: I-V 3, M-R -1, C-W -2.
    data = _task(("missense", "I5V"), ("missense", "M1775R"), ("missense", "C61W"))
    assert severity_with_blosum62(data) == pytest.approx([2.0, 2.4, 2.5])


def test_only_missense_variants_are_moved_by_blosum62() -> None:
    data = _task(("splice region", "C61W"), ("synonymous", "S4S"), ("nonsense", "E5*"))
    assert severity_with_blosum62(data).tolist() == [1, 0, 4]


def test_a_missense_variant_without_residues_has_no_score() -> None:
    assert np.isnan(severity_with_blosum62(_task(("missense", None)))).all()


def test_no_missense_variant_reaches_the_next_grade() -> None:
    lowest = blosum62_table().min()
    assert SEVERITY[Consequence.MISSENSE] + (3 - lowest) / 10 < SEVERITY[Consequence.STOP_LOSS]
