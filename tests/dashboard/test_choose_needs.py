"""What somebody needs, held against what is stated of a model: yes, no, not stated, or the question does not apply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.components import choose_words as words
from dashboard.queries.choose import Candidate
from dashboard.queries.choose_needs import Fit, Needs, Variant, gigabytes, judged, overall
from dashboard.view import COMPUTE, RESOLUTIONS


def variant(**known: Any) -> Variant:
    """A DNA model of which nothing is stated but what is given."""
    nothing = dict.fromkeys(Variant.__slots__)
    return Variant(**{**nothing, "system": "S", "name": "S 1", "modality": "DNA", "stated_windows": (), **known})


def answer(model: Variant, **needs: Any) -> tuple[Fit, str]:
    """The one answer to the one need."""
    (found,) = judged(model, Needs(**needs))
    return found.fit, found.why


@pytest.mark.parametrize(
    ("known", "fit", "why"),
    [
        ({"context_bp": 8192}, Fit.NO, "sees 8,192 bp"),
        ({"context_bp": 10000}, Fit.YES, "sees 10,000 bp"),
        ({"context_value": 512, "context_unit": "tokens"}, Fit.UNKNOWN, "window stated as 512 tokens, not in bp"),
        ({}, Fit.UNKNOWN, "window not stated"),
        ({"stated_windows": ((9, "tokens"), (200000, "bp"))}, Fit.YES, "sees 200,000 bp, as the literature states it"),
        ({"modality": "protein", "context_value": 1022}, Fit.OTHER, "it reads protein, not DNA"),
        ({"modality": "structure"}, Fit.OTHER, "it predicts structures: no window of DNA"),
        ({"modality": "single-cell"}, Fit.OTHER, "it reads counts of genes, not DNA"),
        ({"access_kind": "algorithm"}, Fit.OTHER, "a rule without a window"),
    ],
)
def test_a_window_is_held_against_base_pairs_and_never_converted(known: dict[str, Any], fit: Fit, why: str) -> None:
    assert answer(variant(**known), window=10_000) == (fit, why)


@pytest.mark.parametrize(
    ("known", "met", "why"),
    [
        ({"bp_per_token": 1.0}, {"base", "bin"}, "works by single base"),
        ({"bp_per_token": 6.0}, {"bin"}, "tokens of about 6 bp"),
        (
            {"bp_per_token": 1.0, "stated_architecture": "Long-context model, output bins of 128 bp or 32 bp (pooled)"},
            {"bin"},
            "output bins of 128 bp or 32 bp",
        ),
        ({"modality": "protein"}, {"residue"}, "works by residue"),
        ({"modality": "structure"}, {"residue"}, "works by residue or atom"),
        ({"modality": "single-cell"}, {"cell"}, "works by cell"),
    ],
)
def test_a_resolution_is_met_by_what_is_as_fine(known: dict[str, Any], met: set[str], why: str) -> None:
    fits = {wanted: answer(variant(**known), resolution=wanted) for wanted in RESOLUTIONS[1:]}
    assert {wanted for wanted, (fit, _) in fits.items() if fit is Fit.YES} == met
    assert {told for wanted, (_, told) in fits.items() if wanted in met} == {why}


def test_bases_a_token_that_nobody_stated_are_not_guessed() -> None:
    assert answer(variant(), resolution="base")[0] is Fit.UNKNOWN


@pytest.mark.parametrize(
    ("parameters", "met"),
    [
        (4_000_000_000, {"laptop", "one-gpu", "many-gpus"}),  # 8 GB: half of 16 GB
        (4_000_000_001, {"one-gpu", "many-gpus"}),
        (20_000_000_000, {"one-gpu", "many-gpus"}),  # 40 GB: half of 80 GB
        (40_000_000_000, {"many-gpus"}),
    ],
)
def test_weights_at_two_bytes_a_parameter_may_take_half_of_the_memory(parameters: int, met: set[str]) -> None:
    model = variant(parameters=parameters)
    assert {name for name in COMPUTE[1:] if answer(model, compute=name)[0] is Fit.YES} == met


def test_parameters_that_nobody_stated_leave_compute_open_unless_nothing_is_run() -> None:
    assert answer(variant(), compute="laptop") == (Fit.UNKNOWN, "parameters not stated")
    assert answer(variant(access_kind="lookup"), compute="laptop")[0] is Fit.YES


@pytest.mark.parametrize(
    ("known", "fit"),
    [
        ({"access_kind": "open"}, Fit.YES),
        ({"access_kind": "gated"}, Fit.NO),
        ({"access_kind": "lookup"}, Fit.NO),
        ({"access_kind": "algorithm"}, Fit.YES),
        ({"access_kind": "gated", "stated_access": "open weights"}, Fit.NO),
        ({"stated_access": "API-only"}, Fit.NO),
        ({"stated_access": "not stated"}, Fit.UNKNOWN),
        ({}, Fit.UNKNOWN),
    ],
)
def test_open_weights_are_a_matter_of_the_models_access_then_of_what_was_stated(
    known: dict[str, Any], fit: Fit
) -> None:
    assert answer(variant(**known), weights=True)[0] is fit


def test_a_licence_that_nobody_established_is_neither_a_yes_nor_a_no() -> None:
    assert answer(variant(licence="mit", licence_group="permissive"), commercial=True) == (Fit.YES, "licence mit")
    assert answer(variant(licence="nc", licence_group="non-commercial"), commercial=True)[0] is Fit.NO
    assert answer(variant(licence_group="not established"), commercial=True)[0] is Fit.UNKNOWN
    assert answer(variant(stated_terms="Non-commercial"), commercial=True)[0] is Fit.NO


def test_of_several_models_the_one_that_meets_the_needs_speaks_for_the_system() -> None:
    large = variant(name="large", parameters=40_000_000_000, context_bp=1_000_000)
    small = variant(name="small", parameters=1_000_000_000, context_bp=8192)
    system = Candidate("S", "first choice", (large, small))
    assert system.best(Needs(compute="laptop"))[0] is small
    assert system.fit(Needs(compute="laptop")) is Fit.YES
    assert system.fit(Needs(compute="laptop", window=100_000)) is Fit.NO
    assert "small" in words.answer_line(system, Needs(compute="laptop"))
    assert "1 of its 2 models" in words.answer_line(system, Needs(compute="laptop"))


@given(some.integers(0, 10**7), some.integers(0, 10**7), some.integers(1, 10**7))
def test_who_meets_a_wider_window_meets_a_narrower_one(first: int, second: int, context: int) -> None:
    low, high = sorted((first, second))
    wide, narrow = (overall(judged(variant(context_bp=context), Needs(window=asked))) for asked in (high, low))
    assert wide is not Fit.YES or narrow is Fit.YES


def test_without_needs_nothing_is_judged() -> None:
    assert judged(variant(), Needs()) == []


@pytest.mark.parametrize(
    ("parameters", "told"), [(7e9, "14 GB"), (54.6e6, "0.11 GB"), (100e9, "200 GB"), (1e9, "2 GB")]
)
def test_memory_is_said_in_gigabytes(parameters: float, told: str) -> None:
    assert gigabytes(parameters) == told
