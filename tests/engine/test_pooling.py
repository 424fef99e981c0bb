"""Weights of tokens, worked out by hand and on toy models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedders.pooling import (
    _STATES_AT_ONCE,
    _chunks,
    check_recipe,
    pool,
    position_weights,
    token_weights,
)
from engine.errors import SequenceError, SpecError
from engine.protocols import Recipe
from tests.engine.toy_models import ToyEncoder, random_sequence

LETTERS = ToyEncoder("nucleotide")
BARE = ToyEncoder("nucleotide", prefix=0, suffix=0)
WORDS = ToyEncoder("kmer", kmer=3)
PIECES = ToyEncoder("bpe")
TEXTS = ["ACGTAC", "TTTACGGA", "GATTACA"]


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", [0, 0.25, 0.25, 0.25, 0.25, 0]),
        ("mean-special", [1 / 6] * 6),
        ("cls", [1, 0, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 1, 0]),
    ],
)
def test_weights_of_a_row_of_four_letters_between_special_tokens(pooling: str, expected: list[float]) -> None:
    found = token_weights(pooling, 6, LETTERS.identity)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_without_special_tokens_every_token_is_a_sequences_own() -> None:
    assert token_weights("mean", 4, BARE.identity).tolist() == [0.25] * 4
    assert token_weights("mean-special", 4, BARE.identity).tolist() == [0.25] * 4
    assert token_weights("last", 4, BARE.identity).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("position", "expected"),
    [(0, [0, 1, 0, 0, 0]), (2, [0, 1, 0, 0, 0]), (3, [0, 0, 1, 0, 0]), (4, [0, 0, 0, 1, 0]), (5, None), (-1, None)],
)
def test_a_letter_is_pooled_where_a_token_covers_it(position: int, expected: list[float] | None) -> None:
    found = position_weights(np.array([0, 3, 1, 1, 0]), position)
    assert (None if found is None else found.tolist()) == expected


@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=20), data=st.data())
def test_the_token_that_covers_a_letter_is_the_one_that_spells_it(lengths: list[int], data: st.DataObject) -> None:
    owner = np.repeat(np.arange(len(lengths)), lengths)
    position = data.draw(st.integers(0, 100))
    found = position_weights(np.array(lengths), position)
    if position >= len(owner):
        assert found is None
    else:
        assert found is not None
        assert found.tolist() == np.eye(len(lengths))[owner[position]].tolist()


@given(
    pooling=st.sampled_from(["mean", "mean-special", "cls", "last"]),
    tokens=st.integers(3, 500),
)
def test_weights_add_to_one(pooling: str, tokens: int) -> None:
    assert token_weights(pooling, tokens, LETTERS.identity).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("model", [LETTERS, BARE, WORDS, PIECES], ids=["letters", "bare", "words", "pieces"])
@pytest.mark.parametrize("layer", [0, -1])
def test_pooled_vectors_are_those_of_the_hidden_states(model: ToyEncoder, layer: int) -> None:
    rows, _ = model.encode_within(TEXTS)
    states = model.embeddings(rows, layer=layer)
    own = [state[model.identity.prefix : len(state) - model.identity.suffix] for state in states]
    expected = {
        "mean": [state.mean(axis=0) for state in own],
        "mean-special": [state.mean(axis=0) for state in states],
        "last": [state[-1] for state in own],
        "max": [state.max(axis=0) for state in own],
    }
    for pooling, vectors in expected.items():
        found = pool(model, rows, Recipe(pooling=pooling, layer=layer))
        np.testing.assert_allclose(found, vectors, rtol=0, atol=1e-6)
    if model.identity.prefix:
        cls = pool(model, rows, Recipe(pooling="cls", layer=layer))
        np.testing.assert_allclose(cls, [state[0] for state in states], rtol=0, atol=1e-6)


def test_a_position_takes_the_token_of_several_letters_that_covers_it() -> None:
    recipe = Recipe(pooling="position")
    rows, _ = WORDS.encode_within(["ACGTACA"])
    (states,) = WORDS.embeddings(rows)
    # Words ACG and TAC, then the letter A; the special token comes before them.
    for position, token in enumerate([1, 1, 1, 2, 2, 2, 3]):
        found = pool(WORDS, rows, recipe, np.array([position]))
        np.testing.assert_allclose(found[0], states[token], rtol=0, atol=1e-6)


def test_a_position_that_was_cut_off_is_refused_with_its_sequence() -> None:
    model = ToyEncoder("nucleotide", context=6)
    rows, _ = model.encode_within(["ACGTA", "ACGTA"])
    with pytest.raises(SequenceError, match="Letter 5 of sequence 2 is not among the 4 letters of it that toy-encoder"):
        pool(model, rows, Recipe(pooling="position"), np.array([3, 4]))


def test_tokens_whose_letters_are_not_known_have_no_position() -> None:
    model = ToyEncoder("bpe")
    model.token_letters = lambda row: np.zeros(len(row), dtype=np.int64)
    rows, _ = model.encode_within(TEXTS)
    with pytest.raises(SpecError, match="do not say how many letters each stands for"):
        pool(model, rows, Recipe(pooling="position"), np.zeros(3, dtype=np.int64))


def test_pooling_at_a_position_without_positions_is_refused() -> None:
    rows, _ = LETTERS.encode_within(TEXTS)
    with pytest.raises(SpecError, match="none are given: add the column, or set pooling to 'mean'"):
        pool(LETTERS, rows, Recipe(pooling="position"))


@pytest.mark.parametrize(
    ("model", "recipe", "words"),
    [
        (BARE, Recipe(pooling="cls"), "no cls token to pool: set pooling to 'mean' or 'last'"),
        (ToyEncoder("residue"), Recipe(strands="both"), "no other strand: set strands to 'forward'"),
        (LETTERS, Recipe(letters=0), "cannot be cut to 0 letters"),
    ],
)
def test_a_recipe_without_an_answer_is_refused(model: ToyEncoder, recipe: Recipe, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        check_recipe(recipe, model.identity)


def test_other_recipes_are_taken() -> None:
    check_recipe(Recipe(pooling="cls", strands="both", letters=1), LETTERS.identity)
    check_recipe(Recipe(pooling="cls"), ToyEncoder("residue").identity)


def test_a_maximum_never_holds_the_states_of_all_rows() -> None:
    model = ToyEncoder("nucleotide")
    rows, _ = model.encode_within([random_sequence(_STATES_AT_ONCE // 4 - 2, seed=seed) for seed in range(9)])
    found = pool(model, rows, Recipe(pooling="max"))
    assert model.largest_call == 4
    np.testing.assert_array_equal(found, [state[1:-1].max(axis=0) for state in model.embeddings(rows)])


@given(st.lists(st.integers(1, 2 * _STATES_AT_ONCE), max_size=30))
def test_chunks_cover_all_rows_in_order(lengths: list[int]) -> None:
    bounds = list(_chunks(lengths))
    assert [number for first, last in bounds for number in range(first, last)] == list(range(len(lengths)))
    for first, last in bounds:
        assert last - first == 1 or sum(lengths[first:last]) <= _STATES_AT_ONCE


def test_no_rows_have_a_width_all_the_same() -> None:
    assert pool(LETTERS, [], Recipe(pooling="max")).shape == (0, 6)
    assert pool(LETTERS, [], Recipe()).shape == (0, 6)
