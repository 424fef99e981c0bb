from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError, SpecError
from engine.genome import BASES, Window, reverse_complement
from engine.scorers.kmer_llr import KmerLlr, kmer_window
from tests.engine.toy_models import ToyMasked, random_changes, random_sequence, replaced, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _toy(k: int, **options: object) -> ToyMasked:
    return ToyMasked("kmer", kmer=k, **({"suffix": 0} | options))


def _one(model: ToyMasked, window: str, at: int, alt: str) -> float:
    """Cut by hand, replace the token that differs by the mask and read two probabilities off."""
    k = model.identity.kmer
    cut = [window[i : i + k] for i in range(0, len(window), k)]
    changed = replaced(window, at, alt)
    new = [changed[i : i + k] for i in range(0, len(window), k)]
    (token,) = [number for number, (a, b) in enumerate(zip(cut, new, strict=True)) if a != b]
    row = model.encode([window])[0].copy()
    row[token + model.identity.prefix] = model.mask_id
    found = model.predict(row, token + model.identity.prefix).astype("float32")
    return float(found[model.vocabulary[new[token]]]) - float(found[model.vocabulary[cut[token]]])


def _naive(model: ToyMasked, changes: Substitutions, tokens: int) -> list[float]:
    k, scores = model.identity.kmer, [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        piece = kmer_window(int(index), len(sequence), k=k, tokens=tokens)
        text = sequence[piece.start : piece.end]
        other, at = reverse_complement(text), len(text) - 1 - piece.index
        found = (_one(model, text, piece.index, alt), _one(model, other, at, reverse_complement(alt)))
        scores[owner] += sum(found) / 2
    return scores


@pytest.mark.parametrize(("k", "tokens"), [(6, 9), (6, 8), (3, 5), (2, 7), (1, 11)])
def test_kmers_are_scored_like_one_by_one(k: int, tokens: int) -> None:
    model = _toy(k, context=tokens + 1)
    changes = random_changes([random_sequence(400), random_sequence(4 * k, seed=3)], 40, margin=k)
    scored = KmerLlr(chunk=6).score(model, changes)
    assert scored.scores.tolist() == _naive(model, changes, tokens)
    assert model.largest_call <= 6


def test_traitgyms_window_is_999_six_mers_with_the_change_at_offset_three() -> None:
    model, asked = _toy(6, context=1_000), []
    inner = model.log_probabilities
    model.log_probabilities = lambda rows, positions: (asked.extend(positions), inner(rows, positions))[1]
    sequence = random_sequence(8_000)
    scored = KmerLlr().score(model, substitutions([sequence], [(0, 4_000, "A" if sequence[4_000] != "A" else "C")]))
    assert model.encoded == [sequence[1_003:6_997], reverse_complement(sequence[1_003:6_997])]
    assert kmer_window(4_000, 8_000, k=6, tokens=999) == Window(1_003, 6_997, 499 * 6 + 3)
    assert [at.tolist() for at in asked] == [[500], [500]]  # behind <cls>; from the other side the same central token
    assert scored.details["clipped"].tolist() == [False]


@pytest.mark.parametrize(
    ("index", "length", "window"),
    [
        (50, 100, Window(29, 71, 21)),  # 7 tokens, change at offset 3 of token 3
        (3, 100, Window(0, 42, 3)),  # no whole token before: the window moves to the right
        (9, 100, Window(0, 42, 9)),
        (8, 100, Window(5, 47, 3)),
        (96, 100, Window(57, 99, 39)),
        (10, 20, Window(1, 19, 9)),  # the sequence holds fewer than 7 tokens in this frame
    ],
)
def test_near_an_end_the_window_moves_by_whole_tokens(index: int, length: int, window: Window) -> None:
    assert kmer_window(index, length, k=6, tokens=7) == window


@given(st.data(), st.integers(1, 7), st.integers(1, 9), st.integers(1, 80))
def test_a_window_keeps_the_offset_and_is_the_longest_there_is(
    data: st.DataObject, k: int, tokens: int, length: int
) -> None:
    index = data.draw(st.integers(0, length - 1))
    if index < k // 2 or index - k // 2 + k > length:
        with pytest.raises(SequenceError, match="too close to an end"):
            kmer_window(index, length, k=k, tokens=tokens)
        return
    window = kmer_window(index, length, k=k, tokens=tokens)
    assert 0 <= window.start <= index < window.end <= length
    assert window.start + window.index == index
    assert window.index % k == k // 2
    there = (index - k // 2) // k + (length - (index - k // 2)) // k
    assert window.end - window.start == k * min(tokens, there)


def test_a_window_that_is_not_centred_or_not_full_is_said_so() -> None:
    sequences = ["A" * 200, "A" * 30]
    changes = substitutions(sequences, [(0, 3, "C"), (0, 100, "C"), (0, 196, "C"), (1, 15, "C")])
    scored = KmerLlr(window=42).score(_toy(6), changes)
    assert scored.details["clipped"].tolist() == [True, False, True, True]


def test_changes_at_one_place_share_a_row_on_each_strand() -> None:
    model = _toy(3)
    KmerLlr(window=15).score(model, substitutions(["T" * 60], [(0, 30, base) for base in "ACG"]))
    assert model.fed == [6, 6]


def test_one_strand_is_the_forward_one() -> None:
    model, sequence = _toy(3), random_sequence(60)
    alt = next(base for base in BASES if base != sequence[30])
    piece = kmer_window(30, 60, k=3, tokens=5)
    expected = _one(model, sequence[piece.start : piece.end], piece.index, alt)
    scored = KmerLlr(window=15, both_strands=False).score(model, substitutions([sequence], [(0, 30, alt)]))
    assert scored.scores.tolist() == [expected]


def test_a_window_with_n_is_refused_and_one_beside_it_is_not() -> None:
    sequence = "A" * 40 + "N" + "A" * 40
    KmerLlr(window=15).score(_toy(3), substitutions([sequence], [(0, 20, "C"), (0, 60, "C")]))
    with pytest.raises(SequenceError, match=r"window \[26, 41\) of sequence 0 holds the letter 'N'"):
        KmerLlr(window=15).score(_toy(3), substitutions([sequence], [(0, 20, "C"), (0, 33, "C")]))


def test_a_model_that_cuts_otherwise_than_declared_is_noticed() -> None:
    model = _toy(3)
    model.encode = _toy(3, prefix=0, suffix=1).encode
    with pytest.raises(SequenceError, match="another token than the reference"):
        KmerLlr(window=15).score(model, substitutions([random_sequence(60)], [(0, 30, "A")]))
    model.encode = ToyMasked("nucleotide").encode
    with pytest.raises(SequenceError, match="tokens where 5 were expected"):
        KmerLlr(window=15).score(model, substitutions([random_sequence(60)], [(0, 30, "A")]))


def test_a_window_that_is_no_multiple_of_k_is_refused() -> None:
    with pytest.raises(SpecError, match="such as 510"):
        KmerLlr(window=512).check(_toy(6).identity)
    KmerLlr(window=510).check(_toy(6).identity)


def test_the_usual_window_is_what_fits() -> None:
    changes = substitutions(["A" * 20_000], [(0, 10_000, "C")])
    for context, tokens in ((1_000, 999), (2_048, 2_047)):
        cost = KmerLlr().cost(changes, _toy(6, context=context).identity)
        assert (cost.rows, cost.tokens, cost.exact) == (2, 2 * (tokens + 1), True)
