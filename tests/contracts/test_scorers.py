"""What every scorer promises, asked of every scorer with every kind of model that it suits."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.errors import SpecError
from engine.genome import BASES, RESIDUES
from engine.names import Direction, Protocol
from engine.registry.scorers import SCORERS, make, resolve
from engine.scorers.contract import suitable
from engine.variants import Substitutions
from tests.engine.toy_models import (
    Toy,
    ToyCausal,
    ToyEncoder,
    ToyMasked,
    random_changes,
    random_sequence,
    substitutions,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKENS = ("residue", "nucleotide", "kmer", "bpe")
_TOYS = {"masked": ToyMasked, "causal": ToyCausal, "encoder": ToyEncoder}
_OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "masked-marginal": ({}, {"both_strands": False}, {"chunk": 3}),
    "wt-marginal": ({}, {"tiling": "optimal"}, {"both_strands": False, "chunk": 1}),
    "pll-diff": ({}, {"reduction": "mean", "chunk": 5}, {"both_strands": None}),
    "causal-llr": ({}, {"reduction": "mean", "chunk": 5}, {"both_strands": False}),
    "kmer-llr": ({}, {"both_strands": False, "chunk": 3}),
    "first-base-marginal": ({}, {"both_strands": True, "chunk": 3}),
    "embedding-distance": ({}, {"metric": "l2", "layer": 0, "chunk": 3}),
}


@dataclass(frozen=True)
class Case:
    """A scorer with options, and how to make a model that it suits."""

    scorer: Any
    toy: Callable[[], Toy]
    tokens: str
    alphabet: str

    @property
    def changes(self) -> Substitutions:
        sequences = [random_sequence(n, self.alphabet, seed=n) for n in (60, 25, 9)]
        return random_changes(sequences, 16, self.alphabet, margin=3, seed=1)


def _cases() -> list[Any]:
    found = []
    for kind, tokens in product(_TOYS, _TOKENS):
        made = {"kmer": 3 if tokens == "kmer" else None}

        def toy(kind: str = kind, tokens: str = tokens, made: dict[str, Any] = made) -> Toy:
            return _TOYS[kind](tokens, **made)

        for name in suitable(toy().identity):
            for options in _OPTIONS[name]:
                case = Case(
                    make(name, {"window": 12} | options), toy, tokens, RESIDUES if tokens == "residue" else BASES
                )
                words = "-".join(f"{key}={value}" for key, value in options.items())
                found.append(pytest.param(case, id=f"{name}-{kind}-{tokens}-{words}"))
    return found


every_scorer = pytest.mark.parametrize("case", _cases())


def test_every_scorer_is_asked_here() -> None:
    assert {param.values[0].scorer.name for param in _cases()} == SCORERS.keys() == _OPTIONS.keys()


@every_scorer
def test_a_score_does_not_depend_on_what_else_is_scored(case: Case) -> None:
    changes = case.changes
    together = case.scorer.score(case.toy(), changes)
    for variant in range(changes.count):
        alone = case.scorer.score(case.toy(), take(changes, [variant]))
        assert alone.scores.tolist() == [together.scores[variant]]
        assert {name: values[0] for name, values in alone.details.items()} == {
            name: values[variant] for name, values in together.details.items()
        }


@every_scorer
def test_a_score_does_not_depend_on_the_order(case: Case) -> None:
    changes = case.changes
    order = np.random.default_rng(7).permutation(changes.count)
    given = case.scorer.score(case.toy(), changes).scores
    assert case.scorer.score(case.toy(), take(changes, order.tolist())).scores.tolist() == given[order].tolist()


@every_scorer
def test_a_score_does_not_depend_on_how_much_is_read_at_once(case: Case) -> None:
    changes = case.changes
    given = case.scorer.score(case.toy(), changes).scores
    for chunk in (1, 2, 1_000):
        assert replace(case.scorer, chunk=chunk).score(case.toy(), changes).scores.tolist() == given.tolist()


@every_scorer
def test_the_same_question_has_the_same_answer(case: Case) -> None:
    model = case.toy()
    first, second = (case.scorer.score(model, case.changes).scores for _ in range(2))
    assert first.tolist() == second.tolist()


@every_scorer
def test_scores_differ_between_variants(case: Case) -> None:
    assert len(set(case.scorer.score(case.toy(), case.changes).scores.tolist())) > 8


@every_scorer
def test_the_changes_of_a_variant_add(case: Case) -> None:
    changes = case.changes
    together = replace(changes, owner=np.zeros_like(changes.owner), count=1)
    expected = case.scorer.score(case.toy(), changes).scores.sum()
    assert case.scorer.score(case.toy(), together).scores == pytest.approx([expected], rel=1e-12)


@every_scorer
def test_a_variant_named_twice_is_read_once(case: Case) -> None:
    changes = case.changes
    twice = take(changes, [*range(changes.count)] * 2)
    one, two = case.toy(), case.toy()
    single, double = case.scorer.score(one, changes).scores, case.scorer.score(two, twice).scores
    assert double.tolist() == [*single, *single]
    assert one.fed == two.fed


@every_scorer
def test_a_change_to_the_reference_itself_scores_zero(case: Case) -> None:
    sequence = random_sequence(30, case.alphabet)
    scored = case.scorer.score(case.toy(), substitutions([sequence], [(0, 15, sequence[15])]))
    assert scored.scores == pytest.approx([0.0], abs=1e-12)


@every_scorer
def test_lower_case_is_read_as_upper_case(case: Case) -> None:
    changes = case.changes
    low = Substitutions(
        sequences=tuple(sequence.lower() for sequence in changes.sequences),
        sequence=changes.sequence,
        index=changes.index,
        ref=np.strings.lower(changes.ref),
        alt=np.strings.lower(changes.alt),
        owner=changes.owner,
        count=changes.count,
    )
    upper = case.scorer.score(case.toy(), changes).scores
    assert case.scorer.score(case.toy(), low).scores.tolist() == upper.tolist()


@every_scorer
def test_the_cost_is_what_the_model_is_fed(case: Case) -> None:
    model = case.toy()
    cost = case.scorer.cost(case.changes, model.identity)
    case.scorer.score(model, case.changes)
    if cost.exact:
        assert (cost.rows, cost.tokens) == (len(model.fed), sum(model.fed))
    else:
        assert case.tokens in ("bpe", "kmer")
        assert cost.rows >= len(model.fed)
        assert cost.tokens >= sum(model.fed) > 0


@every_scorer
def test_nothing_costs_nothing_and_gives_nothing(case: Case) -> None:
    for sequences in ([], ["", case.changes.sequences[0]]):
        nothing, model = substitutions(sequences, []), case.toy()
        cost, scored = case.scorer.cost(nothing, model.identity), case.scorer.score(model, nothing)
        assert (cost.rows, cost.tokens, model.fed) == (0, 0, [])
        assert scored.scores.shape == (0,)
        assert scored.scores.dtype == np.float64
        assert {values.shape for values in scored.details.values()} <= {(0,)}


@every_scorer
def test_scores_and_details_have_one_value_for_each_variant(case: Case) -> None:
    changes = case.changes
    scored = case.scorer.score(case.toy(), changes)
    assert scored.scores.dtype == np.float64
    assert {values.shape for values in (scored.scores, *scored.details.values())} == {(changes.count,)}
    assert {values.dtype.kind for values in scored.details.values()} <= set("bif")


def test_a_wrong_reference_letter_never_reaches_a_scorer() -> None:
    with pytest.raises(ValueError, match="the sequence has C at index 1, the variant says G"):
        Substitutions(("ACGT",), np.array([0]), np.array([1]), np.array(["G"]), np.array(["T"]), np.array([0]), 1)


@pytest.mark.parametrize("name", SCORERS)
def test_a_scorer_declares_its_facts_before_anything_is_scored(name: str) -> None:
    scorer = resolve(name)
    assert isinstance(scorer.name, Protocol)
    assert scorer.higher_is is (Direction.FIT if scorer.is_signed else Direction.DAMAGING)
    assert scorer.needs.kinds
    assert scorer.needs.tokens
    with pytest.raises((FrozenInstanceError, TypeError)):
        scorer().chunk = 5


@pytest.mark.parametrize(("kind", "tokens"), list(product(_TOYS, _TOKENS)))
@pytest.mark.parametrize("name", SCORERS)
def test_a_model_is_refused_exactly_where_other_scorers_are_named(name: str, kind: str, tokens: str) -> None:
    identity = _TOYS[kind](tokens, kmer=3 if tokens == "kmer" else None).identity
    scorer = make(name, {"window": 12})
    if name in suitable(identity):
        scorer.check(identity)
        return
    with pytest.raises(SpecError, match="cannot be scored with") as refusal:
        scorer.check(identity)
    assert str(refusal.value).endswith(f"use {' or '.join(suitable(identity))}.")
    for ask in (lambda: scorer.cost(substitutions([], []), identity), lambda: scorer.score(_as_model(identity), None)):
        with pytest.raises(SpecError, match="cannot be scored with"):
            ask()


def _as_model(identity: Any) -> Any:
    return type("Model", (), {"identity": identity})()


def test_bpe_is_refused_with_the_reason() -> None:
    with pytest.raises(SpecError, match=r"one SNV can change the number of tokens; use pll-diff or embedding-distance"):
        make("masked-marginal", {}).check(ToyMasked("bpe").identity)


def test_a_scorer_of_dna_refuses_proteins() -> None:
    identity = replace(ToyMasked("kmer", kmer=3).identity, alphabet="protein")
    with pytest.raises(SpecError, match=r"it reads protein; use pll-diff or embedding-distance"):
        make("kmer-llr", {"window": 12}).check(identity)
