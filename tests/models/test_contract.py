"""What every adapter owes a scorer, checked over every tiny checkpoint."""

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


def _answers(model: Any, rows: list[Any]) -> list[Any]:
    """What a model of its kind predicts for each row."""
    if model.identity.kind == "masked":
        found: list[Any] = model.log_probabilities(rows, [np.arange(len(row)) for row in rows])
    else:
        found = model.token_log_likelihoods(rows)
    return found


def _assert_close(left: list[Any], right: list[Any]) -> None:
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_an_embedding_does_not_depend_on_the_company(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    short, longer = model.encode(texts[:2])
    alone = model.embeddings([short])[0]
    assert alone.shape == (len(short), 16)
    assert alone.dtype == np.float32
    _assert_close([alone, alone], [model.embeddings([short, longer])[0], model.embeddings([longer, short])[1]])


@pytest.mark.parametrize("budget", [1, 20, 64, 10_000])
def test_a_batch_of_many_equals_one_by_one_in_input_order(
    name: str, budget: int, loaded: Callable[..., Any], texts: list[str]
) -> None:
    model = loaded(name, batch_tokens=budget)
    rows = model.encode(texts)
    single = loaded(name)
    _assert_close(_answers(model, rows), [_answers(single, [row])[0] for row in rows])
    _assert_close(model.embeddings(rows), [single.embeddings([row])[0] for row in rows])


def test_log_probabilities_sum_to_one(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    rows = model.encode(texts)
    if model.identity.kind == "masked":
        tables = model.log_probabilities(rows, [np.array([1, len(row) - 2]) for row in rows])
        assert [table.shape for table in tables] == [(2, len(model.vocabulary))] * len(rows)
        found = np.concatenate(tables)
    else:
        found = model.next_log_probabilities(rows)
        assert found.shape == (len(rows), len(model.vocabulary))
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.exp(found.astype(float)).sum(axis=1), 1, atol=1e-5)


def test_different_sequences_get_different_numbers(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    one, other = _answers(model, model.encode([texts[0], texts[2]]))
    assert np.abs(one[: min(len(one), len(other))] - other[: min(len(one), len(other))]).max() > 0.01


def test_lower_case_is_read_as_upper_case(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    for lower, upper in zip(model.encode([text.lower() for text in texts]), model.encode(texts), strict=True):
        assert lower.dtype == np.int64
        assert lower.tolist() == upper.tolist()


def test_the_same_question_gets_the_same_answer(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    rows = model.encode(texts)
    for one, other in zip(_answers(model, rows), _answers(model, rows), strict=True):
        assert one.tolist() == other.tolist()


def test_no_rows_give_no_results(name: str, loaded: Callable[..., Any]) -> None:
    model = loaded(name)
    assert (model.encode([]), model.embeddings([]), _answers(model, [])) == ([], [], [])


@pytest.mark.parametrize("text", ["", "NNNNNN", "ACG-TA", "ACGÄTA", "ACG TA"])
def test_what_is_no_sequence_is_refused(name: str, text: str, loaded: Callable[..., Any]) -> None:
    model = loaded(name)
    if text == "NNNNNN" and model.identity.alphabet == "protein":
        text = "XXXXXX"
    with pytest.raises(SequenceError):
        model.encode(["ACGTAC", text])


def test_a_row_longer_than_the_context_is_refused(name: str, loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded(name)
    identity = model.identity
    fits = (identity.context - identity.prefix - identity.suffix) * (identity.kmer or 1)
    if identity.tokens != "bpe":
        assert len(model.encode(sequences(identity.alphabet, [fits]))[0]) == identity.context
    with pytest.raises(SequenceError, match=f"takes {identity.context}"):
        model.encode(sequences(identity.alphabet, [fits * 12]))


def test_special_tokens_are_counted(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name)
    identity = model.identity
    expected = {"esm": (1, 1), "nt-": (1, 0), "ber": (1, 1), "lla": (1, 0), "gpt": (0, 0), "mis": (1, 1)}[name[:3]]
    assert (identity.prefix, identity.suffix) == expected
    if identity.tokens != "bpe":
        inside = [len(row) - sum(expected) for row in model.encode(texts)]
        assert inside == [length // (identity.kmer or 1) for length in LENGTHS]


def test_layers_are_counted_from_the_input_and_the_last_is_what_the_head_reads(
    name: str, loaded: Callable[..., Any], texts: list[str]
) -> None:
    model = loaded(name)
    rows = model.encode(texts[:2])
    _assert_close(model.embeddings(rows, layer=2), model.embeddings(rows))
    assert np.abs(model.embeddings(rows, layer=0)[0] - model.embeddings(rows, layer=1)[0]).max() > 0.01
    with pytest.raises(SpecError, match="layers 0 to 2"):
        model.embeddings(rows, layer=3)


def test_the_meter_counts_what_was_fed(name: str, loaded: Callable[..., Any], texts: list[str]) -> None:
    model = loaded(name, batch_tokens=1)
    rows = model.encode(texts)
    assert model.meter.batches == 0
    _answers(model, rows)
    assert (model.meter.batches, model.meter.tokens) == (len(rows), sum(len(row) for row in rows))
    assert model.meter.seconds > 0
    assert model.meter.peak_bytes > 1_000_000
    assert model.meter.halvings == 0


def test_every_checkpoint_also_gives_embeddings_without_its_head(
    name: str, card: Callable[[str], Any], loaded: Callable[..., Any], texts: list[str]
) -> None:
    encoder = models.load(replace(card(name), kind="encoder", loader="engine.models.encoder:load"), device="cpu")
    assert encoder.identity.parameters <= loaded(name).identity.parameters + 16 * 17
    assert not hasattr(encoder, "log_probabilities")
    rows = encoder.encode(texts[:3])
    _assert_close(encoder.embeddings(rows), loaded(name).embeddings(rows))
