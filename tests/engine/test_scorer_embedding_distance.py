from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cosine, euclidean

from engine.errors import SpecError, StatisticError
from engine.genome import RESIDUES, centred_window, residue_window
from engine.names import Direction
from engine.scorers.embedding_distance import EmbeddingDistance
from tests.engine.toy_models import ToyEncoder, random_changes, random_sequence, replaced, substitutions

if TYPE_CHECKING:
    from engine.variants import Substitutions


def _vector(model: ToyEncoder, text: str, at: int | None, layer: int) -> np.ndarray:
    row = model.encode([text])[0]
    own = model.state(row, layer).astype(np.float32)[model.identity.prefix : len(row) - model.identity.suffix]
    return own.astype(np.float64).mean(axis=0) if at is None else own[at].astype(np.float64)


def _naive(model: ToyEncoder, changes: Substitutions, width: int, scorer: EmbeddingDistance) -> list[float]:
    scores = [0.0] * changes.count
    measure = cosine if scorer.metric == "cosine" else euclidean
    for which, index, alt, owner in zip(changes.sequence, changes.index, changes.alt, changes.owner, strict=True):
        sequence = changes.sequences[which]
        if model.identity.alphabet == "protein":
            piece = residue_window(int(index) + 1, len(sequence), width)
        else:
            piece = centred_window(int(index), len(sequence), width)
        texts = [text[piece.start : piece.end] for text in (sequence, replaced(sequence, int(index), alt))]
        at = piece.index if scorer.pooling == "variant" else None
        scores[owner] += measure(*(_vector(model, text, at, scorer.layer) for text in texts))
    return scores


@given(
    st.integers(0, 10_000),
    st.sampled_from(["nucleotide", "bpe"]),
    st.sampled_from(["cosine", "l2"]),
    st.sampled_from([0, 1, -1]),
)
def test_means_of_windows_are_compared_like_one_by_one(seed: int, tokens: str, metric: str, layer: int) -> None:
    model = ToyEncoder(tokens, seed=seed, prefix=seed % 3, suffix=seed % 2)
    changes = random_changes([random_sequence(50, seed=seed), random_sequence(7, seed=seed)], 10, seed=seed)
    scorer = EmbeddingDistance(metric=metric, layer=layer, window=20, chunk=3)
    expected = _naive(model, changes, 20, scorer)
    assert scorer.score(model, changes).scores == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert model.largest_call <= 3


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("pooling", ["mean", "variant"])
def test_long_proteins_are_compared_like_one_by_one(metric: str, pooling: str) -> None:
    model = ToyEncoder("residue", context=258)
    changes = random_changes([random_sequence(3_000, RESIDUES), random_sequence(100, RESIDUES)], 30, RESIDUES)
    scorer = EmbeddingDistance(metric=metric, pooling=pooling)
    expected = _naive(model, changes, 256, scorer)
    assert scorer.score(model, changes).scores == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_hand_worked_distance() -> None:
    model = ToyEncoder("nucleotide", prefix=1, suffix=1)
    model.states[:] = 0
    for base, vector in {"A": (3, 0), "C": (0, 4), "G": (3, 4)}.items():
        model.states[0, model.vocabulary[base], :2] = vector
    model.states[0, :2, 2] = 1_000  # special tokens take no part
    changes = substitutions(["AA"], [(0, 0, "C"), (0, 1, "G")])
    # Means: AA (3, 0), CA (1.5, 2), AG (3, 2).
    assert EmbeddingDistance(metric="l2", window=9).score(model, changes).scores.tolist() == [2.5, 2.0]
    found = EmbeddingDistance(window=9).score(model, changes).scores
    assert found == pytest.approx([1 - 1.5 / 2.5, 1 - 3 / 13**0.5])
    alone = EmbeddingDistance(metric="l2", pooling="variant", window=9).score(model, changes).scores
    assert alone.tolist() == [5.0, 4.0]


def test_it_declares_that_it_has_no_sign() -> None:
    assert not EmbeddingDistance.is_signed
    assert EmbeddingDistance.higher_is is Direction.DAMAGING


def test_the_reference_of_a_window_is_read_once_over_all_batches() -> None:
    model, sequence = ToyEncoder("residue", context=64), random_sequence(40, RESIDUES)
    changes = substitutions([sequence], [(0, i, "A" if sequence[i] != "A" else "G") for i in range(40)])
    EmbeddingDistance(chunk=7).score(model, changes)
    assert model.encoded.count(sequence) == 1
    assert len(model.fed) == 41


def test_a_moved_token_boundary_is_flagged() -> None:
    changes = substitutions(["GATTAC", "AAAAAA"], [(0, 0, "C"), (1, 2, "G")])
    scored = EmbeddingDistance(window=64).score(ToyEncoder("bpe"), changes)
    assert scored.details["tokenisation_changed"].tolist() == [True, False]


def test_a_zero_embedding_has_no_angle() -> None:
    model = ToyEncoder("nucleotide")
    model.states[:] = 0
    changes = substitutions(["AA"], [(0, 0, "C")])
    with pytest.raises(StatisticError, match="choose the metric 'l2'"):
        EmbeddingDistance(window=9).score(model, changes)
    assert EmbeddingDistance(metric="l2", window=9).score(model, changes).scores.tolist() == [0.0]


@pytest.mark.parametrize("tokens", ["kmer", "bpe"])
def test_a_change_inside_a_longer_token_has_no_token_of_its_own(tokens: str) -> None:
    identity = ToyEncoder(tokens, kmer=3 if tokens == "kmer" else None).identity
    EmbeddingDistance(window=9).check(identity)
    with pytest.raises(SpecError, match="set the option 'pooling' to 'mean'"):
        EmbeddingDistance(window=9, pooling="variant").check(identity)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"metric": "l1"}, "'metric' is 'l1'"),
        ({"pooling": "last"}, "'pooling' is 'last'"),
        ({"layer": -2}, "'layer' is -2"),
        ({"layer": None}, "'layer' is None"),
    ],
)
def test_an_impossible_option_is_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        EmbeddingDistance(**options)
