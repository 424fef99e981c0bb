"""What scorers share: letters, places, pairs, batches and the check of results."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError, StatisticError
from engine.genome import BASES, RESIDUES, centred_window
from engine.scorers.contract import Scored
from engine.scorers.letters import COMPLEMENT, numbers, token_ids
from engine.scorers.pairs import batches, find_pairs
from engine.scorers.places import find_places, rows_per_call
from engine.scorers.pll_difference import count_tokens
from tests.engine.toy_models import ToyMasked, random_changes, random_sequence, substitutions


def test_letters_of_either_case_have_the_same_number() -> None:
    identity = ToyMasked("nucleotide").identity
    assert numbers(np.array(list("ACGTacgt")), identity).tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert [BASES[n] for n in COMPLEMENT] == ["T", "G", "C", "A"]
    assert numbers(np.array(list(RESIDUES)), ToyMasked("residue").identity).tolist() == list(range(20))


def test_a_vocabulary_without_a_letter_is_refused() -> None:
    model = ToyMasked("residue")
    del model.vocabulary["W"]
    with pytest.raises(SpecError, match="toy-masked-residue has no token 'W'"):
        token_ids(model, RESIDUES)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_places_are_distinct_sorted_and_those_of_the_changes(seed: int, count: int) -> None:
    changes = random_changes([random_sequence(n, seed=seed) for n in (9, 30, 5)], count, seed=seed)
    places = find_places(changes, lambda index, length: centred_window(index, length, 8))
    pairs = list(zip(places.sequence.tolist(), places.index.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert np.array_equal(places.sequence[places.of_change], changes.sequence)
    assert np.array_equal(places.index[places.of_change], changes.index)
    for place, (which, index) in enumerate(pairs):
        window = centred_window(index, len(changes.sequences[which]), 8)
        assert (places.start[place], places.end[place]) == (window.start, window.end)


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([("residue", RESIDUES), ("nucleotide", BASES)]))
def test_items_are_each_window_followed_by_its_alternates(seed: int, count: int, of: tuple[str, str]) -> None:
    tokens, alphabet = of
    changes = random_changes([random_sequence(n, alphabet, seed=seed) for n in (9, 30, 5)], count, alphabet, seed=seed)
    pairs = find_pairs(changes, ToyMasked(tokens).identity, 8)
    places = pairs.places
    windows = list(zip(places.sequence, places.start, places.end, strict=True))
    alternates = {(places.of_change[m], alt) for m, alt in enumerate(changes.alt)}
    assert pairs.items == len(set(windows)) + len(alternates)
    assert sorted({*pairs.alt_item.tolist(), *pairs.ref_item.tolist()}) == list(range(pairs.items))
    assert (pairs.ref_item < pairs.alt_item).all()
    reference = {}
    for place, item in zip(pairs.alt_place, pairs.ref_item, strict=True):
        assert reference.setdefault(windows[place], item) == item
    assert len(set(reference.values())) == len(reference)
    assert np.array_equal(pairs.alt_letter[pairs.of_change], changes.alt)
    assert np.array_equal(pairs.alt_place[pairs.of_change], places.of_change)


def test_batches_hold_everything_in_order() -> None:
    assert list(batches(iter(range(7)), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []


def test_long_rows_are_handed_over_a_few_at_a_time() -> None:
    assert rows_per_call(1_024, 1_024) == 1_024
    assert rows_per_call(1_024, 131_072) == 8
    assert rows_per_call(1_024, 10**9) == 1
    assert rows_per_call(1_024, 0) == 1_024


@pytest.mark.parametrize(("text", "count"), [("ACGTAC", 2), ("ACGTA", 3), ("ACGNACGTA", 5), ("", 0), ("NN", 2)])
def test_kmers_break_at_other_letters_and_leave_single_ones_over(text: str, count: int) -> None:
    model = ToyMasked("kmer", kmer=3)
    assert count_tokens(text, model.identity) == count == len(model.cut(text))


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(StatisticError, match=r"2 scores are not finite, the first one that of variant 1 \(nan\)"):
        Scored(np.array([0.0, np.nan, np.inf]))


def test_no_places_are_found_where_nothing_changes() -> None:
    places = find_places(substitutions([], []), lambda index, length: centred_window(index, length, 8))
    assert len(places.index) == len(places.of_change) == 0
