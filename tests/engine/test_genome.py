from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.genome import (
    RESIDUES,
    ResidueChange,
    Window,
    centred_window,
    parse_residue_change,
    residue_window,
    reverse_complement,
    to_index,
    to_position,
)


@pytest.mark.parametrize(
    "text", ["M1775R", "p.M1775R", "p.(M1775R)", "Met1775Arg", "p.Met1775Arg", "p.(Met1775Arg)", " M1775R\n"]
)
def test_every_spelling_of_a_substitution_is_read_the_same(text: str) -> None:
    assert parse_residue_change(text) == ResidueChange("M", 1775, "R")


@pytest.mark.parametrize(("text", "alternate"), [("p.Trp24Ter", "*"), ("W24*", "*"), ("p.Trp24*", "*")])
def test_a_stop_is_written_as_a_star(text: str, alternate: str) -> None:
    assert parse_residue_change(text).alternate == alternate


@pytest.mark.parametrize(
    "text",
    ["", "M1775", "1775R", "M0R", "B12C", "p.Xyz12Ala", "p.Met12Xyz", "M12RR", "M-1R", "c.12A>G", "p.Met12=", "m12r"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"substitution|residues"):
        parse_residue_change(text)


@given(st.sampled_from(RESIDUES), st.integers(1, 40_000), st.sampled_from(RESIDUES + "*"))
def test_a_change_is_read_back_from_its_own_text(reference: str, position: int, alternate: str) -> None:
    change = ResidueChange(reference, position, alternate)
    assert parse_residue_change(str(change)) == change


@given(st.text(alphabet="ACGTNacgtn"))
def test_the_reverse_complement_of_the_reverse_complement_is_the_sequence(sequence: str) -> None:
    assert reverse_complement(reverse_complement(sequence)) == sequence


def test_the_reverse_complement_keeps_case_and_n() -> None:
    assert reverse_complement("AACgtN") == "NacGTT"


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_position_is_an_index_and_back(position: int, start: int) -> None:
    assert to_position(to_index(position, start), start) == position


def test_the_first_base_of_a_region_has_index_zero() -> None:
    assert to_index(43_044_295, 43_044_295) == 0
    assert to_position(0, 43_044_295) == 43_044_295


@pytest.mark.parametrize(
    ("position", "length", "window"),
    [
        (1, 1022, Window(0, 1022, 0)),
        (1022, 1022, Window(0, 1022, 1021)),
        (1, 3000, Window(0, 1022, 0)),
        (511, 3000, Window(0, 1022, 510)),  # index 510 is the last one that is nearer to the start than half a window
        (512, 3000, Window(0, 1022, 511)),
        (513, 3000, Window(1, 1023, 511)),
        (2489, 3000, Window(1977, 2999, 511)),
        (2490, 3000, Window(1978, 3000, 511)),
        (2491, 3000, Window(1978, 3000, 512)),
        (3000, 3000, Window(1978, 3000, 1021)),
    ],
)
def test_a_protein_window_is_shifted_at_the_ends(position: int, length: int, window: Window) -> None:
    assert residue_window(position, length) == window


@given(st.data(), st.integers(1, 200), st.integers(1, 60))
def test_a_protein_window_is_inside_is_full_and_holds_the_change(data: st.DataObject, length: int, width: int) -> None:
    position = data.draw(st.integers(1, length))
    window = residue_window(position, length, width)
    assert 0 <= window.start < window.end <= length
    assert window.end - window.start == min(width, length)
    assert window.start + window.index == position - 1
    assert 0 <= window.index < window.end - window.start


@pytest.mark.parametrize(
    ("index", "window"),
    [(4, Window(0, 8, 4)), (5, Window(1, 9, 4)), (3, Window(0, 7, 3)), (0, Window(0, 4, 0)), (19, Window(15, 20, 4))],
)
def test_a_centred_window_has_the_change_in_its_middle_and_is_clipped(index: int, window: Window) -> None:
    assert centred_window(index, 20, 8) == window


def test_a_centred_window_may_have_another_offset() -> None:
    assert centred_window(10, 100, 12, offset=3) == Window(7, 19, 3)


@given(st.data(), st.integers(1, 200), st.integers(1, 60))
def test_a_centred_window_holds_the_change_and_what_there_is_on_both_sides(
    data: st.DataObject, length: int, width: int
) -> None:
    index = data.draw(st.integers(0, length - 1))
    window = centred_window(index, length, width)
    wanted = set(range(index - width // 2, index - width // 2 + width))
    assert set(range(window.start, window.end)) == wanted & set(range(length))
    assert window.start + window.index == index
