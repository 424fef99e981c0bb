from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise, permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from engine.baselines.shuffling import dinucleotide_shuffled, shuffled
from engine.sequences import Split

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"


def _pairs(sequence: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(sequence))


@given(st.one_of(st.text("ACGTN", max_size=60), st.text(RESIDUES, max_size=60)), st.integers(0, 1000))
def test_pairs_of_neighbours_and_both_ends_stay(sequence: str, seed: int) -> None:
    (found,) = dinucleotide_shuffled([sequence], seed=seed)
    assert _pairs(found) == _pairs(sequence)
    assert (found[:1], found[-1:]) == (sequence[:1], sequence[-1:])


def test_every_sequence_with_the_same_pairs_is_equally_likely() -> None:
    sequence = "ACABCBAACC"
    middle = {"".join(letters) for letters in permutations(sequence[1:-1])}
    possible = {found for inner in middle if _pairs(found := f"A{inner}C") == _pairs(sequence)}
    drawn = Counter(dinucleotide_shuffled([sequence], seed=seed)[0] for seed in range(6_000))
    assert set(drawn) == possible
    assert len(possible) > 10
    assert chisquare(list(drawn.values())).pvalue > 0.001


def test_a_shuffle_depends_on_the_seed_and_the_sequence_alone() -> None:
    sequence = "ACGTTGCAACGGTCATTGCA" * 3
    alone = dinucleotide_shuffled([sequence], seed=7)[0]
    assert dinucleotide_shuffled(["GATTACA" * 5, sequence, sequence], seed=7)[1:] == [alone, alone]
    assert dinucleotide_shuffled([sequence], seed=8)[0] != alone != sequence


def test_a_split_keeps_everything_but_the_order_of_its_letters() -> None:
    split = Split(
        sequences=["ACGTTGCAACGGTCATTGCA", "AAAA"],
        labels=np.array([1, 0]),
        positions=np.array([3, 2]),
        groups=np.array(["chr1", "chr2"]),
    )
    found = shuffled(split, seed=0)
    assert found.sequences == dinucleotide_shuffled(split.sequences, seed=0)
    assert found.sequences[0] != split.sequences[0]
    assert (found.labels, found.positions, found.groups) == (split.labels, split.positions, split.groups)


def test_a_thousand_sequences_of_a_hundred_bases_take_under_a_second() -> None:
    letters = np.random.default_rng(0).choice(list("ACGT"), (1_000, 100))
    sequences = ["".join(row) for row in letters]
    started = time.process_time()
    dinucleotide_shuffled(sequences, seed=0)
    assert time.process_time() - started < 1
