from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SequenceError, SpecError
from engine.genome import RESIDUES, centred_window, residue_window, reverse_complement
from engine.scorers.pll_difference import PllDifference
from tests.engine.toy_models import ToyMasked, random_changes, random_sequence, replaced, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _pll(model: ToyMasked, text: str) -> float:
    row = model.encode([text])[0]
    total = 0.0
    for at in range(model.identity.prefix, len(row) - model.identity.suffix):
        hidden = row.copy()
        hidden[at] = model.mask_id
        total += float(model.predict(hidden, at).astype(np.float32)[row[at]])
    return total


def _naive(
    model: ToyMasked, changes: Substitutions, width: int, *, both: bool = False, mean: bool = False
) -> list[float]:
    scores = [0.0] * changes.count
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        if model.identity.alphabet == "protein":
            piece = residue_window(int(index) + 1, len(sequence), width)
        else:
            piece = centred_window(int(index), len(sequence), width)
        texts = [text[piece.start : piece.end] for text in (sequence, replaced(sequence, int(index), alt))]
        found = [_pll(model, texts[1]) - _pll(model, texts[0])]
        if both:
            found.append(_pll(model, reverse_complement(texts[1])) - _pll(model, reverse_complement(texts[0])))
        scores[owner] += float(np.mean(found)) / (len(texts[0]) if mean else 1)
    return scores


def test_the_first_and_the_last_letter_count() -> None:
    """Only the own token's identity decides: each letter adds its own term, the ends like the rest."""
    model = ToyMasked("residue", by_position=False)
    model.left[:], model.right[:] = 0, 0
    model.at[:] = model.own[0]
    row = model.own[0] - np.log(np.exp(model.own[0]).sum())
    changes = substitutions(["MKVA"], [(0, 0, "W"), (0, 1, "W"), (0, 3, "W")])
    expected = [row[model.vocabulary["W"]] - row[model.vocabulary[letter]] for letter in "MKA"]
    assert PllDifference(window=9).score(model, changes).scores == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("specials", [(0, 0), (1, 1), (0, 1), (2, 0)])
def test_proteins_are_scored_like_one_by_one(specials: tuple[int, int]) -> None:
    model = ToyMasked("residue", prefix=specials[0], suffix=specials[1])
    changes = random_changes([random_sequence(40, RESIDUES), random_sequence(7, RESIDUES)], 16, RESIDUES)
    scored = PllDifference(window=18, chunk=5).score(model, changes)
    assert scored.scores == pytest.approx(_naive(model, changes, 18), rel=1e-9, abs=1e-9)
    assert model.largest_call <= 5


@given(st.integers(0, 10_000), st.sampled_from(["nucleotide", "bpe", "kmer"]), st.booleans(), st.booleans())
def test_dna_is_scored_like_one_by_one_whatever_the_tokens(seed: int, tokens: str, both: bool, mean: bool) -> None:  # noqa: FBT001
    model = ToyMasked(tokens, kmer=3 if tokens == "kmer" else None, seed=seed)
    changes = random_changes([random_sequence(30, seed=seed), random_sequence(5, seed=seed)], 5, seed=seed)
    scorer = PllDifference(window=12, both_strands=both, reduction="mean" if mean else "sum", chunk=7)
    expected = _naive(model, changes, 12, both=both, mean=mean)
    assert scorer.score(model, changes).scores == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_change_that_moves_token_boundaries_is_counted_and_flagged() -> None:
    model = ToyMasked("bpe")
    assert model.cut("GATTAC") == ["GATTA", "C"]
    changes = substitutions(["GATTAC", "AAAAAA"], [(0, 0, "C"), (1, 2, "G")])
    scored = PllDifference(window=64).score(model, changes)
    assert model.cut("CATTAC") == ["C", "A", "T", "T", "AC"]
    assert scored.details["tokens_ref"].tolist() == [2, 6]
    assert scored.details["tokens_alt"].tolist() == [5, 6]
    assert scored.details["tokenisation_changed"].tolist() == [True, False]


def test_the_same_number_of_tokens_with_other_boundaries_is_a_change_of_tokenisation() -> None:
    model = ToyMasked("bpe")
    assert (model.cut("TACG"), model.cut("TGCG")) == (["T", "ACG"], ["T", "G", "C", "G"])
    assert (model.cut("AACT"), model.cut("AGCT")) == (["A", "AC", "T"], ["A", "G", "C", "T"])
    assert (model.cut("ACT"), model.cut("AGT")) == (["AC", "T"], ["A", "GT"])
    scored = PllDifference(window=9).score(model, substitutions(["ACT"], [(0, 1, "G")]))
    assert scored.details["tokens_ref"].tolist() == scored.details["tokens_alt"].tolist() == [2]
    assert scored.details["tokenisation_changed"].tolist() == [True]


def test_single_letters_are_never_cut_anew() -> None:
    changes = random_changes([random_sequence(40)], 20)
    scored = PllDifference(window=10).score(ToyMasked("nucleotide"), changes)
    assert not scored.details["tokenisation_changed"].any()


def test_sum_and_mean_are_both_there() -> None:
    changes = random_changes([random_sequence(60)], 10, margin=8)
    model = ToyMasked("bpe")
    by_sum, by_mean = (PllDifference(window=16, reduction=how).score(model, changes) for how in ("sum", "mean"))
    assert by_sum.scores.tolist() == by_sum.details["sum"].tolist() == by_mean.details["sum"].tolist()
    assert by_mean.scores.tolist() == by_mean.details["mean"].tolist()
    assert by_mean.scores * 16 == pytest.approx(by_sum.scores, rel=1e-12)


def test_the_reference_of_a_window_is_read_once() -> None:
    model, sequence = ToyMasked("residue", context=64), random_sequence(20, RESIDUES)
    changes = substitutions([sequence], [(0, i, "A" if sequence[i] != "A" else "G") for i in (0, 5, 19, 5)])
    PllDifference().score(model, changes)
    assert model.encoded.count(sequence) == 1
    assert len(model.fed) == 20 * (1 + 3)


def test_in_dna_the_usual_window_is_512() -> None:
    changes = substitutions([random_sequence(3_000)], [])
    assert PllDifference().cost(changes, ToyMasked("nucleotide", context=None).identity).rows == 0
    one = substitutions(["A" * 3_000], [(0, 1_500, "C")])
    assert PllDifference().cost(one, ToyMasked("nucleotide", context=4_096).identity).rows == 2 * 512
    assert PllDifference().cost(one, ToyMasked("nucleotide", context=66).identity).rows == 2 * 64


def test_a_window_of_bpe_tokens_may_have_more_letters_than_the_row_has_tokens() -> None:
    model = ToyMasked("bpe", context=12)
    changes = substitutions(["GATTA" * 6], [(0, 15, "C")])
    scored = PllDifference(window=30).score(model, changes)
    assert scored.details["tokens_ref"].tolist() == [6]
    with pytest.raises(SequenceError, match="do not fit"):
        PllDifference(window=30).score(model, substitutions(["TTTTT" * 6], [(0, 15, "C")]))


def test_an_unknown_reduction_is_refused() -> None:
    with pytest.raises(SpecError, match="'reduction' is 'median': choose sum or mean"):
        PllDifference(reduction="median")
