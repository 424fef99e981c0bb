from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError
from engine.genome import RESIDUES, centred_window, residue_window, reverse_complement
from engine.scorers.causal_llr import CausalLlr
from tests.engine.toy_models import ToyCausal, log_softmax, random_changes, random_sequence, replaced, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _likelihood(model: ToyCausal, text: str, *, mean: bool) -> float:
    row = model.encode([text])[0]
    first, last = max(1, model.identity.prefix), len(row) - model.identity.suffix
    terms = [float(np.float32(model.next_token(row[:t])[row[t]])) for t in range(first, last)]
    return float(np.mean(terms)) if mean else sum(terms)


def _naive(
    model: ToyCausal, changes: Substitutions, width: int, *, both: bool = False, mean: bool = False
) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        if model.identity.alphabet == "protein":
            piece = residue_window(int(index) + 1, len(sequence), width)
        else:
            piece = centred_window(int(index), len(sequence), width)
        ref, alternate = (text[piece.start : piece.end] for text in (sequence, replaced(sequence, int(index), alt)))
        found = [_likelihood(model, alternate, mean=mean) - _likelihood(model, ref, mean=mean)]
        if both:
            ref, alternate = reverse_complement(ref), reverse_complement(alternate)
            found.append(_likelihood(model, alternate, mean=mean) - _likelihood(model, ref, mean=mean))
        scores[owner] += float(np.mean(found))
    return scores


def _chain(model: ToyCausal) -> dict[tuple[str, str], float]:
    """log p(next | previous) of a chain that does not depend on the place."""
    texts = {number: text for text, number in model.vocabulary.items()}
    rows = log_softmax(model.left)
    return {(texts[a], texts[b]): float(rows[a, b]) for a in texts for b in texts}


def test_the_change_and_its_successor_make_the_ratio_worked_out_by_hand() -> None:
    model = ToyCausal("nucleotide", prefix=0, suffix=0, by_position=False)
    p = _chain(model)
    changes = substitutions(["ACGT"], [(0, 0, "T"), (0, 1, "T"), (0, 3, "A")])
    expected = [
        p["T", "C"] - p["A", "C"],  # without a token in front the first base itself is unscored
        p["A", "T"] + p["T", "G"] - p["A", "C"] - p["C", "G"],
        p["G", "A"] - p["G", "T"],
    ]
    scored = CausalLlr(window=100, both_strands=False).score(model, changes)
    assert scored.scores == pytest.approx(expected, abs=1e-5)
    assert scored.details["change_unscored"].tolist() == [True, False, False]


def test_behind_a_special_token_the_first_base_is_scored() -> None:
    model = ToyCausal("nucleotide", prefix=1, suffix=0, by_position=False)
    p = _chain(model)
    scored = CausalLlr(window=9, both_strands=False).score(model, substitutions(["ACGT"], [(0, 0, "T")]))
    assert scored.scores == pytest.approx([p["<cls>", "T"] + p["T", "C"] - p["<cls>", "A"] - p["A", "C"]], abs=1e-5)
    assert scored.details["change_unscored"].tolist() == [False]


def test_the_token_that_closes_a_row_is_not_scored() -> None:
    model = ToyCausal("nucleotide", prefix=0, suffix=1, by_position=False)
    p = _chain(model)
    scored = CausalLlr(window=9, both_strands=False).score(model, substitutions(["ACGT"], [(0, 3, "A")]))
    assert scored.scores == pytest.approx([p["G", "A"] - p["G", "T"]], abs=1e-5)


def test_the_mean_is_the_sum_by_scored_token() -> None:
    changes = substitutions([random_sequence(40)], [(0, 20, "A"), (0, 20, "C")])
    for prefix, scored_tokens in ((0, 15), (1, 16)):
        found = CausalLlr(window=16).score(ToyCausal("nucleotide", prefix=prefix), changes)
        assert found.scores.tolist() == found.details["sum"].tolist()
        assert found.details["mean"] * scored_tokens == pytest.approx(found.scores, rel=1e-9, abs=1e-12)


def test_both_strands_are_the_mean_of_a_change_and_its_complement() -> None:
    model, sequence = ToyCausal("nucleotide"), random_sequence(41)
    changes = substitutions([sequence, reverse_complement(sequence)], [(0, 10, "G"), (1, 30, "C")])
    one, both = (CausalLlr(window=99, both_strands=flag).score(model, changes).scores for flag in (False, True))
    assert both == pytest.approx([one.mean(), one.mean()], rel=1e-12)


@given(st.integers(0, 10_000), st.sampled_from(["nucleotide", "bpe"]), st.booleans(), st.booleans())
def test_dna_is_scored_like_one_by_one(seed: int, tokens: str, both: bool, mean: bool) -> None:  # noqa: FBT001
    model = ToyCausal(tokens, seed=seed, prefix=seed % 3, suffix=seed % 2)
    changes = random_changes([random_sequence(40, seed=seed), random_sequence(9, seed=seed)], 8, seed=seed)
    scorer = CausalLlr(window=24, both_strands=both, reduction="mean" if mean else "sum", chunk=3)
    expected = _naive(model, changes, 24, both=both, mean=mean)
    assert scorer.score(model, changes).scores == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert model.largest_call <= 3


def test_long_proteins_are_scored_like_one_by_one() -> None:
    model = ToyCausal("residue", context=258, prefix=1)
    changes = random_changes([random_sequence(3_000, RESIDUES), random_sequence(100, RESIDUES)], 12, RESIDUES)
    scored = CausalLlr().score(model, changes)
    assert scored.scores == pytest.approx(_naive(model, changes, 256), rel=1e-9, abs=1e-9)


def test_the_window_is_the_one_of_evo_2_and_clipped_at_the_ends() -> None:
    model, sequence = ToyCausal("nucleotide", prefix=0, suffix=0, context=1_000_000), random_sequence(9_000)
    changes = substitutions([sequence], [(0, 4_500, "A"), (0, 4_095, "A"), (0, 4_904, "A"), (0, 4_905, "A")])
    model.token_log_likelihoods = lambda rows: [np.zeros(len(row) - 1, dtype=np.float32) for row in rows]
    scored = CausalLlr(both_strands=False).score(model, changes)
    assert model.encoded[2] == sequence[4_500 - 4_096 : 4_500 + 4_096]
    assert scored.details["clipped"].tolist() == [False, True, False, True]


def test_changes_at_one_place_share_the_row_of_the_reference() -> None:
    model = ToyCausal("nucleotide")
    CausalLlr(window=8, both_strands=False).score(model, substitutions(["T" * 50], [(0, 20, b) for b in "ACG"]))
    assert len(model.fed) == 4
    assert model.encoded == ["TTTTTTTT", "TTTTATTT", "TTTTCTTT", "TTTTGTTT"]


def test_places_with_the_same_window_share_the_row_of_the_reference() -> None:
    model = ToyCausal("residue", context=64)
    CausalLlr().score(model, substitutions(["MKVLA"], [(0, 4, "W"), (0, 0, "W"), (0, 4, "W")]))
    assert model.encoded == ["MKVLA", "WKVLA", "MKVLW"]


def test_a_window_of_one_unpredicted_token_is_refused() -> None:
    with pytest.raises(SequenceError, match="predicts no token of a window of 1"):
        CausalLlr(window=9).score(ToyCausal("nucleotide", prefix=0, suffix=0), substitutions(["A"], [(0, 0, "C")]))
