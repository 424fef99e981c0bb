"""Every tiny checkpoint with every scorer that suits it: what toy models promise holds for loaded ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.genome import BASES, RESIDUES, reverse_complement
from engine.names import Protocol
from engine.registry import scorers
from engine.scorers.contract import suitable
from engine.variants import Substitutions

pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 60
COUNT = 8
# Small enough for the tiny contexts; a whole number of k-mers for every checkpoint (k is 3 or 6).
WINDOW = {
    Protocol.MASKED_MARGINAL: 24,
    Protocol.WT_MARGINAL: 24,
    Protocol.PLL_DIFFERENCE: 18,
    Protocol.CAUSAL_LLR: 24,
    Protocol.KMER_LLR: 18,
    Protocol.FIRST_BASE_MARGINAL: 18,
    Protocol.EMBEDDING_DISTANCE: 24,
}


def _changes(alphabet: str, chosen: slice | None = None) -> Substitutions:
    letters = RESIDUES if alphabet == "protein" else BASES
    rng = np.random.default_rng(7)
    sequence = "".join(rng.choice(list(letters), LENGTH))
    index = np.sort(rng.choice(np.arange(18, LENGTH - 18), COUNT, replace=False))[chosen or slice(None)]
    ref = np.array([sequence[at] for at in index])
    alt = np.array([letters[(letters.index(letter) + 1) % len(letters)] for letter in ref])
    number = np.arange(len(index))
    return Substitutions((sequence,), np.zeros_like(index), index, ref, alt, number, len(index))


def _scorers(model: Any) -> list[Any]:
    made = []
    for name in suitable(model.identity):
        options = {"window": WINDOW[name]}
        if name in {Protocol.PLL_DIFFERENCE, Protocol.CAUSAL_LLR} and model.identity.alphabet == "dna":
            made.append(scorers.make(name, options | {"both_strands": True}))
        made.append(scorers.make(name, options))
    return made


def test_all_variants_at_once_score_as_one_by_one(name: str, loaded: Callable[..., Any]) -> None:
    model = loaded(name)
    changes = _changes(model.identity.alphabet)
    for scorer in _scorers(model):
        scorer.check(model.identity)
        together = scorer.score(model, changes).scores
        single = [
            scorer.score(model, _changes(model.identity.alphabet, slice(k, k + 1))).scores[0] for k in range(COUNT)
        ]
        np.testing.assert_allclose(together, single, rtol=0, atol=2e-5, err_msg=str(scorer))
        assert np.ptp(together) > 0, scorer


def test_the_plan_says_what_is_fed(name: str, loaded: Callable[..., Any]) -> None:
    model = loaded(name)
    changes = _changes(model.identity.alphabet)
    for scorer in _scorers(model):
        cost = scorer.cost(changes, model.identity)
        before = model.meter.tokens
        scorer.score(model, changes)
        fed = model.meter.tokens - before
        assert fed <= cost.tokens, scorer
        if cost.exact:
            assert fed == cost.tokens, scorer


def test_the_other_strand_scores_the_same_where_both_are_read(name: str, loaded: Callable[..., Any]) -> None:
    model = loaded(name)
    if model.identity.alphabet != "dna" or model.identity.tokens != "nucleotide":
        pytest.skip("only DNA has another strand, and only single letters lie the same way on both")
    changes = _changes("dna")
    sequence = changes.sequences[0]
    other = Substitutions(
        (reverse_complement(sequence),),
        changes.sequence,
        len(sequence) - 1 - changes.index,
        np.array([reverse_complement(letter) for letter in changes.ref]),
        np.array([reverse_complement(letter) for letter in changes.alt]),
        changes.owner,
        changes.count,
    )
    for scorer in _scorers(model):
        if getattr(scorer, "both_strands", False) is True:
            # An odd window has the change in its middle on both strands.
            odd = scorers.make(scorer.name, {"window": 23, "both_strands": True})
            np.testing.assert_allclose(
                odd.score(model, changes).scores, odd.score(model, other).scores, rtol=0, atol=2e-5
            )
