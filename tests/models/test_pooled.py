"""What an adapter owes an embedding: rows that fit, letters of tokens, weighted sums on the device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.errors import SequenceError, SpecError

pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTHS = [12, 30, 12, 18, 24, 30, 12]


@pytest.fixture
def texts(name: str, card: Any, sequences: Any) -> list[str]:
    found: list[str] = sequences(card(name).alphabet, LENGTHS)
    return found


def test_what_fits_is_encoded_whole(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    rows, letters = model.encode_within(texts)
    assert [row.tolist() for row in rows] == [row.tolist() for row in model.encode(texts)]
    assert letters.tolist() == LENGTHS


def test_what_is_too_long_loses_tokens_at_its_end(name: str, loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded(name)
    identity = model.identity
    text = sequences(identity.alphabet, [1500 if name == "esm2" else 600])[0]
    (row,), (held,) = model.encode_within([text])
    assert len(row) == identity.context
    (whole,) = model.encode([text[:held]])
    if identity.tokens == "bpe":
        # The piece on its own may be cut differently at its end, not at its start.
        assert whole[: len(row) // 2].tolist() == row[: len(row) // 2].tolist()
    else:
        assert whole.tolist() == row.tolist()
        assert held == (identity.context - identity.prefix - identity.suffix) * (identity.kmer or 1)
    assert row[len(row) - identity.suffix :].tolist() == whole[len(whole) - identity.suffix :].tolist()


def test_the_letters_of_the_tokens_spell_the_sequence(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    spelt = {number: text for text, number in model.vocabulary.items()}
    for row, text in zip(model.encode(texts), texts, strict=True):
        letters = model.token_letters(row)
        own = slice(model.identity.prefix, len(row) - model.identity.suffix)
        assert letters[: own.start].tolist() + letters[own.stop :].tolist() == [0] * (len(row) - len(row[own]))
        pieces = np.split(np.array(list(text)), np.cumsum(letters[own])[:-1])
        assert ["".join(piece) for piece in pieces] == [spelt[number] for number in row[own]]


def test_n_and_left_over_bases_are_single_letters_beside_words(loaded: Callable[..., Any]) -> None:
    model = loaded("nt-6mer")
    (row,), held = model.encode_within(["ACGTACGTNACGTACA"])
    assert model.token_letters(row).tolist() == [0, 6, 1, 1, 1, 6, 1]
    assert held.tolist() == [16]


def test_a_model_that_cannot_read_left_over_bases_loses_them(loaded: Callable[..., Any]) -> None:
    model = loaded("llama-6mer")
    rows, held = model.encode_within(["ACGTAC" * 2 + "ACGTA", "ACGTAC"])
    assert [model.token_letters(row).tolist() for row in rows] == [[0, 6, 6], [0, 6]]
    assert held.tolist() == [12, 6]
    with pytest.raises(SequenceError, match="Sequence 2 has 5 letters, too few for any row that llama-6mer takes"):
        model.encode_within(["ACGTAC", "ACGTA"])


def test_rows_are_cut_down_to_the_multiple_that_a_model_takes(card: Callable[[str], Any], sequences: Any) -> None:
    model = models.load(replace(card("bert-letters"), multiple=16), device="cpu")
    rows, held = model.encode_within(sequences("dna", [14, 15, 61, 62, 63]))
    assert [len(row) for row in rows] == [16, 16, 48, 64, 64]
    assert held.tolist() == [14, 14, 46, 62, 62]
    assert [row[-1] for row in rows] == [model.vocabulary["[SEP]"]] * 5
    with pytest.raises(SequenceError, match="Sequence 1 has 13 letters"):
        model.encode_within(sequences("dna", [13]))


def test_a_wrong_letter_is_refused_also_where_it_would_be_cut_off(name: str, loaded: Callable[..., Any]) -> None:
    with pytest.raises(SequenceError, match="letter '-' at position 2001 of sequence 1"):
        loaded(name).encode_within(["ACGT" * 500 + "-"])


def test_tokens_whose_letters_are_not_known_cannot_be_cut(loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded("mistral-bpe")
    model._encoder = replace(model._encoder, tokens=replace(model._encoder.tokens, lengths=np.zeros(96, dtype=int)))
    assert model.encode_within(sequences("dna", [30]))[1].tolist() == [30]
    with pytest.raises(SpecError, match="do not say how many letters"):
        model.encode_within(sequences("dna", [600]))


@pytest.mark.parametrize("layer", [0, 1, -1])
@pytest.mark.parametrize("budget", [1, 64, 10_000])
def test_pooled_is_the_weighted_sum_of_the_hidden_states(
    name: str, layer: int, budget: int, loaded: Callable[..., Any], texts: list[str]
) -> None:
    model = loaded(name, batch_tokens=budget)
    rows = model.encode(texts)
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=len(row)).astype(np.float32) for row in rows]
    found = model.pooled(rows, weights, layer=layer)
    assert (found.shape, found.dtype) == ((len(rows), 16), np.float32)
    states = model.embeddings(rows, layer=layer)
    expected = [weight.astype(float) @ state.astype(float) for weight, state in zip(weights, states, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_no_rows_have_a_width_all_the_same(name: str, loaded: Callable[..., Any]) -> None:
    assert loaded(name).pooled([], []).shape == (0, 16)


def test_sums_are_in_float32_where_the_weights_are_not(loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded("bert-letters", dtype="bfloat16")
    rows = model.encode(sequences("dna", [60]))
    weights = [np.full(62, 1 / 62, dtype=np.float32)]
    found = model.pooled(rows, weights)
    np.testing.assert_allclose(found[0], model.embeddings(rows)[0].mean(axis=0), rtol=0, atol=1e-6)
    # In bfloat16 itself the mean would have two or three digits.
    rounded = (found.view(np.uint32) >> 16 << 16).view(np.float32)
    assert np.abs(found - rounded).max() > 1e-5


def test_the_meter_counts_pooled_rows(loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded("llama-letters")
    rows = model.encode(sequences("dna", [12, 30]))
    model.pooled(rows, [np.ones(len(row), dtype=np.float32) for row in rows])
    assert (model.meter.tokens, model.meter.batches) == (13 + 31, 2)
    assert model.meter.seconds > 0


def test_an_unknown_layer_is_refused(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    rows = model.encode(texts[:1])
    with pytest.raises(SpecError, match="has no layer 3; it gives layers 0 to 2"):
        model.pooled(rows, [np.ones(len(rows[0]), dtype=np.float32)], layer=3)
