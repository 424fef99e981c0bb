from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, Window, reverse_complement
from engine.scorers.first_base_marginal import FirstBaseMarginal, context_window
from tests.engine.toy_models import ToyCausal, random_changes, random_sequence, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _toy(k: int, **options: object) -> ToyCausal:
    return ToyCausal("kmer", kmer=k, **options)


def _one(model: ToyCausal, before: str, ref: str, alt: str, width: int) -> float:
    k = model.identity.kmer
    context = before[len(before) - min(len(before), width) // k * k :]
    row = model.encode([context])[0]
    found = model.next_token(row[: len(row) - model.identity.suffix])
    sums = {
        base: sum(
            math.exp(found[number]) for kmer, number in model.vocabulary.items() if len(kmer) == k and kmer[0] == base
        )
        for base in BASES
    }
    return math.log(sums[alt]) - math.log(sums[ref])


def _naive(model: ToyCausal, changes: Substitutions, width: int, *, both: bool) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        found = [_one(model, sequence[:index], sequence[index], alt, width)]
        if both:
            after = reverse_complement(sequence[index + 1 :])
            found.append(_one(model, after, reverse_complement(sequence[index]), reverse_complement(alt), width))
        scores[owner] += float(np.mean(found))
    return scores


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 6), st.booleans())
def test_kmers_are_added_up_like_one_by_one(seed: int, k: int, tokens: int, both: bool) -> None:  # noqa: FBT001
    model = _toy(k, seed=seed, prefix=seed % 3, suffix=seed % 2)
    changes = random_changes([random_sequence(60, seed=seed), random_sequence(2 * k + 1, seed=seed)], 8, margin=k)
    scored = FirstBaseMarginal(window=k * tokens, both_strands=both, chunk=3).score(model, changes)
    assert scored.scores == pytest.approx(_naive(model, changes, k * tokens, both=both), abs=1e-5)
    assert model.largest_call <= 3


def test_every_kmer_with_the_right_first_base_counts_and_no_other() -> None:
    """Four equal probabilities for A, one of them tripled, against four equal ones for C: log(6 / 4)."""
    model = _toy(2, prefix=1, suffix=0, by_position=False)
    model.left[:] = 0
    model.left[:, model.vocabulary["AG"]] = math.log(3)
    model.left[:, model.vocabulary["A"]] = 9  # a token of one base is no k-mer
    scored = FirstBaseMarginal(window=4).score(model, substitutions(["GGGGCT"], [(0, 4, "A")]))
    assert scored.scores == pytest.approx([math.log(6 / 4)], abs=1e-6)


def test_generators_context_ends_before_the_change_and_has_at_most_8192_bases() -> None:
    model, sequence = _toy(2, context=16_384), random_sequence(20_000)
    FirstBaseMarginal().score(model, substitutions([sequence], [(0, 10_001, "A"), (0, 5_001, "A")]))
    assert model.encoded == [sequence[1:5_001], sequence[10_001 - 8_192 : 10_001]]
    identity = _toy(6, context=16_384).identity
    cost = FirstBaseMarginal().cost(substitutions([sequence], [(0, 10_000, "A")]), identity)
    assert (cost.rows, cost.tokens) == (1, 8_190 // 6 + 1)


@pytest.mark.parametrize(
    ("index", "reverse", "window"),
    [
        (20, False, Window(8, 20, 12)),
        (7, False, Window(1, 7, 6)),
        (20, True, Window(21, 33, -1)),
        (40, True, Window(41, 47, -1)),
    ],
)
def test_a_context_is_whole_kmers_next_to_the_change(index: int, reverse: bool, window: Window) -> None:  # noqa: FBT001
    assert context_window(index, 50, k=6, width=12, reverse=reverse) == window


def test_less_context_than_the_window_is_said_so() -> None:
    changes = substitutions(["A" * 50], [(0, 12, "C"), (0, 11, "C"), (0, 37, "C"), (0, 38, "C")])
    for both, expected in ((False, [False, True, False, False]), (True, [False, True, False, True])):
        scored = FirstBaseMarginal(window=12, both_strands=both).score(_toy(3), changes)
        assert scored.details["clipped"].tolist() == expected


@pytest.mark.parametrize(("index", "both"), [(2, False), (9, True)])
def test_a_change_without_context_is_refused(index: int, both: bool) -> None:  # noqa: FBT001
    changes = substitutions(["ACGTACGTACGT"], [(0, index, "T")])
    with pytest.raises(SequenceError, match=r"has 2 letters (before|after) it, and 3 are needed"):
        FirstBaseMarginal(window=9, both_strands=both).score(_toy(3), changes)


def test_changes_at_one_place_share_a_row() -> None:
    model = _toy(3, suffix=0)
    FirstBaseMarginal(window=9).score(model, substitutions(["T" * 60], [(0, 30, base) for base in "ACG"]))
    assert model.fed == [4]


def test_a_context_that_breaks_into_other_tokens_is_refused() -> None:
    with pytest.raises(SequenceError, match="tokens where 3 were expected"):
        FirstBaseMarginal(window=9).score(_toy(3), substitutions(["ACGTNCGTACGT"], [(0, 10, "A")]))


def test_a_window_that_is_no_multiple_of_k_is_refused() -> None:
    with pytest.raises(SpecError, match="such as 8190"):
        FirstBaseMarginal(window=8_192).check(_toy(6).identity)


def test_a_flag_that_is_none_is_refused() -> None:
    with pytest.raises(SpecError, match="'both_strands' is None"):
        FirstBaseMarginal(both_strands=None)
