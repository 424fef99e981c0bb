from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.names import LicenceGroup, licence_group, size_in_name, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AIDO Protein-RAG (16B)", "aido-protein-rag-16b"),
        ("ProtSSN (k=10, h=512)", "protssn-k-10-h-512"),
        ("ESM3 open (1.4B)", "esm3-open-1.4b"),
        ("  GEMME  ", "gemme"),
    ],
)
def test_a_slug_is_lower_case_with_single_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_a_slug_holds_nothing_but_letters_digits_dots_and_single_inner_hyphens(name: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9.]+(?:-[a-z0-9.]+)*)?", slug(name))


@given(st.text())
def test_a_slug_of_a_slug_is_itself(name: str) -> None:
    assert slug(slug(name)) == slug(name)


@pytest.mark.parametrize(
    "text", ["mit", "MIT (repo)", "apache-2.0", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0"]
)
def test_a_licence_without_a_commercial_limit_is_permissive(text: str) -> None:
    assert licence_group(text) == LicenceGroup.PERMISSIVE


@pytest.mark.parametrize(
    "text",
    [
        "cc-by-nc-4.0",
        "CC-BY-NC-SA-4.0",
        "cc-by-nc-sa-4.0",
        "predictions CC BY-NC-SA 4.0",
        "PolyForm Noncommercial 1.0.0",
        "polyform-strict",
        "non-commercial model terms (gated)",
        "Noncommercial use",
    ],
)
def test_a_licence_with_a_commercial_limit_is_non_commercial(text: str) -> None:
    assert licence_group(text) == LicenceGroup.NON_COMMERCIAL


@pytest.mark.parametrize("text", [None, ""])
def test_no_licence_is_not_established(text: str | None) -> None:
    assert licence_group(text) == LicenceGroup.UNKNOWN


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SaProt (650M)", 650_000_000),
        ("AIDO Protein-RAG (16B)", 16_000_000_000),
        ("ESM3 open (1.4B)", 1_400_000_000),
        ("xTrimoPGLM-100B-int4", 100_000_000_000),
        ("xTrimoPGLM-1B-CLM", 1_000_000_000),
        ("CARP (600K)", 600_000),
        ("Progen3 112m", 112_000_000),
        ("Progen3 3B", 3_000_000_000),
    ],
)
def test_a_size_stated_in_a_name_is_a_parameter_count(name: str, expected: int) -> None:
    assert size_in_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "ProSST (K=1024)",
        "ProtSSN (k=10, h=512)",
        "TranceptEVE L",
        "Progen2 M",
        "ESM-IF1",
        "ProtGPT2",
        "SIFT4G",
        "ESM-1v (ensemble)",
        "ESM-1b",  # a version: the model has 650 million parameters
        "MSA Transformer (single)",
    ],
)
def test_a_name_that_states_no_size_gives_none(name: str) -> None:
    assert size_in_name(name) is None


@given(number=st.integers(1, 999), unit=st.sampled_from("KMB"))
def test_the_unit_scales_the_number_before_it(number: int, unit: str) -> None:
    factor = {"K": 10**3, "M": 10**6, "B": 10**9}[unit]
    assert size_in_name(f"System ({number}{unit})") == number * factor
