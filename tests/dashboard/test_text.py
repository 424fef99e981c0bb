from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.text import DASH, capital, count, dense, in_words, interval, listed, size, stated, three

NAN = float("nan")
SHARES = st.floats(-1, 1)
FACTOR = {"": 1, "K": 1e3, "M": 1e6, "B": 1e9}


def as_number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (NAN, ""),
        (0.0, ".00"),
        (-0.0, ".00"),
        (0.536, ".54"),
        (-0.02, "−.02"),
        (-0.004, ".00"),
        (0.994, ".99"),
        (0.996, "1.0"),
        (1.0, "1.0"),
        (-1.0, "−1.0"),
    ],
)
def test_a_cell_has_two_digits_and_no_leading_zero(value: float | None, text: str) -> None:
    assert dense(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, DASH),
        (NAN, DASH),
        (0.6049, "0.605"),
        (-0.0312, "−0.031"),
        (-0.0004, "0.000"),
        (-0.0, "0.000"),
        (1.0, "1.000"),
        (-1.0, "−1.000"),
    ],
)
def test_running_text_has_three_digits_and_a_dash_for_nothing(value: float | None, text: str) -> None:
    assert three(value) == text


@given(SHARES)
def test_what_is_shown_is_the_value_rounded_and_zero_has_no_sign(value: float) -> None:
    assert as_number(dense(value)) == pytest.approx(value, abs=0.00501)
    assert as_number(three(value)) == pytest.approx(value, abs=0.000501)
    for text in (dense(value), three(value)):
        assert "-" not in text
        assert not text.startswith("−") or as_number(text) < 0


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, 0.9, DASH),
        (0.9, None, DASH),
        (NAN, 0.9, DASH),
        (0.9, NAN, DASH),
        (0.5, 0.9, "0.50–0.90"),
        (0.9705, 0.9744, "0.971–0.974"),
        (0.8, 0.8, "0.800–0.800"),
        (0.99, 1.0, "0.990–1.000"),
        (-0.1, 0.2, "−0.10 to 0.20"),
        (-0.31, -0.3, "−0.310 to −0.300"),
    ],
)
def test_an_interval_shows_its_width(low: float | None, high: float | None, text: str) -> None:
    assert interval(low, high) == text


@pytest.mark.parametrize(("low", "high"), [(-0.004, 0.3), (-0.0004, 0.01)])
def test_an_interval_has_no_negative_zero(low: float, high: float) -> None:
    assert re.search(r"[−-]0\.0+\b", interval(low, high)) is None


@given(SHARES, SHARES)
def test_the_bounds_of_an_interval_are_never_shown_equal_unless_they_nearly_are(first: float, second: float) -> None:
    low, high = sorted((first, second))
    shown = [as_number(part) for part in re.split("–| to ", interval(low, high))]
    assert shown == pytest.approx([low, high], abs=0.00501)
    assert shown[0] < shown[1] or high - low < 0.002


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (None, DASH),
        (NAN, DASH),
        (1, "1"),
        (999, "999"),
        (1_000, "1K"),
        (1_930_000, "1.93M"),
        (1_500_000, "1.5M"),
        (54_600_000, "55M"),
        (1_000_000, "1M"),
        (2_500_000_000, "2.5B"),
        (40_300_000_000, "40B"),
        (100_000_000_000, "100B"),
    ],
)
def test_a_size_reads_as_people_say_it(parameters: float | None, text: str) -> None:
    assert size(parameters) == text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (999_999_999, "1B"),
        (999_600_000, "1B"),
        (999_999, "1M"),
        (999.7, "1K"),
        (9_996_000, "10M"),
        (99_600_000, "100M"),
    ],
)
def test_a_size_that_rounds_up_to_the_next_unit_is_written_in_it(parameters: float, text: str) -> None:
    assert size(parameters) == text


@given(st.integers(1, 999_000_000_000))
def test_a_size_has_at_most_three_digits_and_is_right_to_five_percent(parameters: int) -> None:
    found = re.fullmatch(r"(\d{1,3}|\d\.\d{1,2})([KMB]?)", size(parameters))
    assert found, size(parameters)
    assert float(found[1]) * FACTOR[found[2]] == pytest.approx(parameters, rel=0.0511)


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (241_509, "variant", "241,509 variants"),
        (1, "task", "1 task"),
        (1.0, "task", "1 task"),
        (0, "task", "0 tasks"),
        (1234.0, "", "1,234"),
        (None, "variant", "variants: not stated"),
        (NAN, "assay", "assays: not stated"),
        (None, "", "not stated"),
        (NAN, "", "not stated"),
    ],
)
def test_a_count_groups_its_digits_and_bends_its_noun(number: float | None, noun: str, text: str) -> None:
    assert count(number, noun) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "no"), (1, "one"), (12, "twelve"), (13, "13"), (-1, "-1"), (100, "100")]
)
def test_small_numbers_are_words(number: int, text: str) -> None:
    assert in_words(number) == text


@pytest.mark.parametrize(("given_", "text"), [("", ""), ("two models", "Two models"), ("pLDDT", "PLDDT"), ("µ", "Μ")])
def test_only_the_first_letter_is_raised(given_: str, text: str) -> None:
    assert capital(given_) == text


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        ([], 3, "none"),
        (["A"], 3, "A"),
        (["A", "B"], 3, "A and B"),
        (["A", "B", "C"], 3, "A, B and C"),
        (["A", "B", "C", "D"], 3, "A, B, C and 1 more"),
        (["A", "B", "C", "D", "E"], 1, "A and 4 more"),
    ],
)
def test_names_are_listed_with_an_and(names: list[str], most: int, text: str) -> None:
    assert listed(names, most) == text


@given(st.lists(st.text("ABC", min_size=1), min_size=1, max_size=30), st.integers(1, 10))
def test_no_name_is_lost_from_a_list(names: list[str], most: int) -> None:
    text = listed(names, most)
    more = re.search(r"and (\d+) more$", text)
    assert len(names) == (min(most, len(names)) + int(more[1]) if more else len(re.split(", | and ", text)))


def test_an_interval_stands_behind_a_value_where_it_says_something() -> None:
    assert stated(0.573, 0.555, 0.598) == "0.573 (0.555–0.598)"
    assert stated(0.067, -0.169, 0.24) == "0.067 (−0.17 to 0.24)"
    assert stated(0.0, 0.0, 0.0) == stated(0.0, NAN, NAN) == stated(0.0, None, None)
    assert stated(0.0, 0.0, 0.0) == "0.000"
