from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.baselines import substitution
from engine.baselines.residues import read_residues
from engine.baselines.substitution import blosum62_table, grantham_table, hydropathy_table, volume_table
from engine.genome import RESIDUES, parse_residue_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TABLES = [blosum62_table, grantham_table, hydropathy_table, volume_table]


def _task(*variants: str | None) -> SimpleNamespace:
    return SimpleNamespace(items=pd.DataFrame({"protein_variant": pd.array(variants, dtype="string")}))


@pytest.mark.parametrize(
    ("pair", "published"),
    [
        ("SR", 110), ("SL", 145), ("SP", 74), ("LI", 5), ("CW", 215), ("LR", 102), ("FW", 40), ("AV", 64),
        ("DE", 45), ("KR", 26), ("GW", 184), ("HQ", 24), ("MI", 10), ("YC", 194), ("NT", 65), ("PA", 27),
    ],
)  # fmt: skip
def test_grantham_gives_the_published_distance(pair: str, published: int) -> None:
    # Rounded inputs: the printed table differs by up to 1 from what they give.
    assert substitution.grantham(_task(f"{pair[0]}7{pair[1]}"))[0] == pytest.approx(published, abs=1)


def test_grantham_is_worked_out_by_hand_for_one_pair() -> None:
    # A to G: composition 0 and 0.74, polarity 8.1 and 9.0, volume 31 and 3.
    expected = 50.723 * (1.833 * 0.74**2 + 0.1018 * 0.9**2 + 0.000399 * 28**2) ** 0.5
    assert substitution.grantham(_task("A2G"))[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("variant", "expected"), [("M1775R", 1.0), ("I10V", -3.0), ("C61W", 2.0), ("W4W", -11.0)])
def test_blosum62_is_negated(variant: str, expected: float) -> None:
    assert substitution.blosum62(_task(variant))[0] == expected


def test_hydropathy_and_volume_are_absolute_differences() -> None:
    both = _task("I5R", "R5I")
    assert substitution.hydropathy(both) == pytest.approx([9.0, 9.0])
    assert substitution.volume(_task("G5W", "W5G")) == pytest.approx([167.7, 167.7])


@pytest.mark.parametrize("table", TABLES)
@given(one=st.sampled_from(range(20)), other=st.sampled_from(range(20)))
def test_every_table_is_symmetric(table: Callable[[], NDArray[np.float64]], one: int, other: int) -> None:
    assert table()[one, other] == table()[other, one]


@pytest.mark.parametrize("table", [grantham_table, hydropathy_table, volume_table])
def test_a_distance_is_zero_on_the_diagonal_and_nowhere_negative(table: Callable[[], NDArray[np.float64]]) -> None:
    assert not table().diagonal().any()
    assert (table() >= 0).all()


@pytest.mark.parametrize("table", TABLES)
def test_no_caller_can_change_a_table(table: Callable[[], NDArray[np.float64]]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        table()[0, 0] = 1


@pytest.mark.parametrize("rule", [substitution.blosum62, substitution.grantham])
def test_what_is_no_substitution_has_no_score(rule: Callable[..., NDArray[np.float64]]) -> None:
    variants = (
        "E1836*",
        "*10R",
        "S4=",
        "M0R",
        "X5A",
        "M5",
        "R",
        "",
        "A1C:D5E",
        "M5fs",
        "M1234567890R",
        "K2_L3insAAAAAAAAAAAAAAAAAAAAA",
    )
    assert np.isnan(rule(_task(None, *variants))).all()


def test_no_variants_give_no_scores() -> None:
    assert substitution.blosum62(_task()).shape == (0,)


@given(
    st.sampled_from(RESIDUES),
    st.integers(min_value=1, max_value=10**9 - 1),
    st.sampled_from(RESIDUES),
)
def test_the_vectorised_reader_agrees_with_the_single_one(reference: str, position: int, alternate: str) -> None:
    text = f"{reference}{position}{alternate}"
    residues, change = read_residues(_task(text).items["protein_variant"]), parse_residue_change(text)
    assert RESIDUES[residues.reference[0]] == change.reference
    assert RESIDUES[residues.alternate[0]] == change.alternate
    assert residues.position[0] == change.position


@given(st.text(alphabet="ACM*XZacm0123456789=_:.é", max_size=20))
def test_nothing_else_is_read_as_a_substitution(text: str) -> None:
    known = bool(read_residues(_task(text).items["protein_variant"]).known[0])
    try:
        expected = "*" not in str(parse_residue_change(text)) and len(text) <= 16
    except ValueError:
        expected = False
    assert known == expected


def test_a_million_variants_take_seconds_not_minutes() -> None:
    rng = np.random.default_rng(3)
    letters = np.array(list(RESIDUES))
    parts = [letters[rng.integers(20, size=10**6)], rng.integers(1, 3000, 10**6), letters[rng.integers(20, size=10**6)]]
    variants = pd.Series([f"{ref}{position}{alt}" for ref, position, alt in zip(*parts, strict=True)], dtype="string")
    data = SimpleNamespace(items=pd.DataFrame({"protein_variant": variants}))
    began = time.process_time()
    scores = substitution.blosum62(data)
    assert time.process_time() - began < 5
    assert not np.isnan(scores).any()
