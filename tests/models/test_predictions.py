"""Predictions against what transformers itself says in one plain pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from engine import models  # noqa: E402 - without torch the file is skipped
from engine.errors import SpecError  # noqa: E402
from engine.models import causal  # noqa: E402
from engine.registry.adapters import resolve  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

MASKED = ["esm2", "esm1b", "nt-3mer", "nt-6mer", "bert-bpe", "bert-letters"]
CAUSAL = ["llama-letters", "llama-6mer", "gpt2-bpe", "mistral-bpe"]


def _plain(kind: Any, folder: Any, row: Any) -> Any:
    """Log-softmax of every position, shape (tokens, vocabulary)."""
    model = kind.from_pretrained(folder)
    with torch.no_grad():
        return torch.log_softmax(model(torch.from_numpy(row)[None]).logits[0], dim=-1).numpy()


@pytest.mark.parametrize("name", MASKED)
def test_masked_log_probabilities_are_those_of_a_plain_pass(
    name: str, loaded: Callable[..., Any], folder: Callable[[str], Any], sequences: Any
) -> None:
    model = loaded(name)
    rows = model.encode(sequences(model.identity.alphabet, [30, 24]))
    for row, at in zip(rows, (1, 2), strict=True):
        row[at] = model.mask_id
    asked = [np.array([1, 0, 2]), np.array([2])]
    found = model.log_probabilities(rows, asked)
    for row, where, table in zip(rows, asked, found, strict=True):
        expected = _plain(transformers.AutoModelForMaskedLM, folder(name), row)[where]
        np.testing.assert_allclose(table, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CAUSAL)
def test_token_likelihoods_are_those_of_a_plain_pass(
    name: str, loaded: Callable[..., Any], folder: Callable[[str], Any], sequences: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = loaded(name)
    rows = model.encode(sequences("dna", [30, 30, 24]))
    # So few logits at once that a row takes several chunks.
    monkeypatch.setattr(causal, "_CHUNK_ELEMENTS", 3 * len(model.vocabulary))
    for row, found in zip(rows, model.token_log_likelihoods(rows), strict=True):
        plain = _plain(transformers.AutoModelForCausalLM, folder(name), row)
        expected = [plain[index, token] for index, token in enumerate(row[1:])]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CAUSAL)
def test_the_next_token_is_predicted_from_the_last_position(
    name: str, loaded: Callable[..., Any], folder: Callable[[str], Any], sequences: Any
) -> None:
    model = loaded(name)
    rows = model.encode(sequences("dna", [30, 12]))
    for row, found in zip(rows, model.next_log_probabilities(rows), strict=True):
        expected = _plain(transformers.AutoModelForCausalLM, folder(name), row)[-1]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert model.next_log_probabilities([]).shape == (0, len(model.vocabulary))


def test_a_likelihood_does_not_change_with_what_comes_after(loaded: Callable[..., Any], sequences: Any) -> None:
    model = loaded("llama-letters")
    (text,) = sequences("dna", [40])
    whole, start = model.token_log_likelihoods(model.encode([text, text[:15]]))
    np.testing.assert_allclose(whole[:15], start, rtol=0, atol=1e-5)


def test_a_single_token_has_no_likelihood(loaded: Callable[..., Any]) -> None:
    (found,) = loaded("llama-letters").token_log_likelihoods([np.array([1])])
    assert found.shape == (0,)


def test_a_masked_position_does_not_see_its_own_letter(loaded: Callable[..., Any]) -> None:
    model = loaded("esm2")
    rows = model.encode(["MKTAYIAK", "MKTWYIAK"])
    for row in rows:
        row[4] = model.mask_id
    one, other = model.log_probabilities(rows, [np.array([4])] * 2)
    assert one.tolist() == other.tolist()


def test_positions_may_be_none_for_a_row(loaded: Callable[..., Any]) -> None:
    model = loaded("esm2")
    rows = model.encode(["MKTAYIAK", "MKTAYIAKMKTAYIAK"])
    none, one = model.log_probabilities(rows, [np.array([], dtype=np.int64), np.array([3])])
    assert (none.shape, one.shape) == ((0, 33), (1, 33))


def test_a_model_whose_parts_are_not_known_gives_the_same_numbers(
    loaded: Callable[..., Any], sequences: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("esm2", "llama-letters"):
        known, unknown = loaded(name), loaded(name)
        monkeypatch.setattr(unknown, "_parts", None)
        rows = known.encode(sequences(known.identity.alphabet, [20, 20, 9]))
        if name == "esm2":
            asked = [np.array([3, 5])] * 3
            pairs = zip(known.log_probabilities(rows, asked), unknown.log_probabilities(rows, asked), strict=True)
        else:
            pairs = zip(known.token_log_likelihoods(rows), unknown.token_log_likelihoods(rows), strict=True)
        for one, other in pairs:
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", ["esm2", "llama-letters"])
def test_half_precision_is_said_and_stays_near(
    name: str, dtype: str, loaded: Callable[..., Any], sequences: Any
) -> None:
    half, full = loaded(name, dtype=dtype), loaded(name)
    assert (half.identity.dtype, full.identity.dtype) == (dtype, "float32")
    rows = full.encode(sequences(full.identity.alphabet, [20]))
    if name == "esm2":
        (one,), (other,) = (model.log_probabilities(rows, [np.arange(20)]) for model in (half, full))
        np.testing.assert_allclose(np.exp(one.astype(float)).sum(axis=1), 1, atol=1e-5)
    else:
        (one,), (other,) = (model.token_log_likelihoods(rows) for model in (half, full))
    assert one.dtype == np.float32
    assert 0 < np.abs(one - other).max() < 0.5


def test_attention_is_the_fused_one(loaded: Callable[..., Any]) -> None:
    found = {name: loaded(name)._model.config._attn_implementation for name in ("esm2", "bert-bpe", "llama-letters")}
    assert set(found.values()) == {"sdpa"}


def test_only_architectures_with_a_mask_are_padded(loaded: Callable[..., Any]) -> None:
    assert {name: loaded(name)._batcher.pad for name in MASKED + CAUSAL} == dict.fromkeys(MASKED, True) | dict.fromkeys(
        CAUSAL, False
    )


def test_out_of_memory_halves_the_batch_and_keeps_the_numbers(loaded: Callable[..., Any], sequences: Any) -> None:
    model, plain = loaded("esm2", batch_tokens=10_000), loaded("esm2")
    rows = model.encode(sequences("protein", [20] * 16))
    trunk, head = model._parts
    seen: list[int] = []

    class Small:
        """A trunk on a device that holds three rows."""

        def __call__(self, input_ids: Any, **options: Any) -> Any:
            seen.append(len(input_ids))
            if len(input_ids) > 3:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return trunk(input_ids=input_ids, **options)

    model._parts = (Small(), head)
    asked = [np.array([index % 20]) for index in range(16)]
    found = model.log_probabilities(rows, asked)
    for one, other in zip(found, plain.log_probabilities(rows, asked), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    # 16 rows, then 8, then 4, then 2 at a time.
    assert seen == [16, 8, 4] + [2] * 8
    assert (model.meter.halvings, model.meter.batches) == (3, 8)


@pytest.mark.parametrize(
    "fault",
    [torch.OutOfMemoryError("x"), RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried")],
)
def test_a_row_that_does_not_fit_is_said_with_a_way_out(fault: Exception, loaded: Callable[..., Any]) -> None:
    model = loaded("esm2")

    def full(*_: Any, **__: Any) -> Any:
        raise fault

    model._parts = (full, None)
    rows = model.encode(["MKTAYIAK"] * 2)
    with pytest.raises(
        SpecError, match="esm2: one row of 10 tokens does not fit into the memory of cpu; take a shorter"
    ):
        model.log_probabilities(rows, [np.array([1])] * 2)
    assert model.meter.halvings == 1


def test_another_fault_of_the_device_is_not_taken_for_memory(loaded: Callable[..., Any]) -> None:
    model = loaded("esm2")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("shapes do not match")

    model._parts = (broken, None)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        model.log_probabilities(model.encode(["MKTAYIAK"]), [np.array([1])])


def test_a_trained_checkpoint_of_the_mirror_gives_embeddings(mirror: Any) -> None:
    card = resolve(str(mirror / "weights" / "mistral_dna_1M_tf0"))
    model = models.load(card, device="cpu")
    identity = model.identity
    assert (identity.kind, identity.alphabet, identity.tokens, identity.context) == ("encoder", "dna", "bpe", 256)
    assert (identity.prefix, identity.suffix) == (1, 1)
    text = "ACGTTGCAGGCTAAACCCGGGTTTACGATCGATCGGCTA"
    rows = model.encode([text, text * 3, text])
    alone = model.embeddings([rows[0]])[0]
    assert alone.shape == (len(rows[0]), 64)
    for found in model.embeddings(rows)[::2]:
        np.testing.assert_allclose(found, alone, rtol=0, atol=1e-5)
    plain = transformers.AutoModel.from_pretrained(mirror / "weights" / "mistral_dna_1M_tf0")
    with torch.no_grad():
        expected = plain(torch.from_numpy(rows[0])[None]).last_hidden_state[0].numpy()
    np.testing.assert_allclose(alone, expected, rtol=0, atol=1e-5)


def test_parameters_are_counted_as_they_are(loaded: Callable[..., Any]) -> None:
    # Vocabulary 9 x 16 twice (untied head), two layers, final norm.
    llama = loaded("llama-letters").identity
    attention = 16 * 16 + 2 * 16 * 8 + 16 * 16
    assert llama.parameters == 2 * 9 * 16 + 2 * (attention + 3 * 16 * 32 + 2 * 16) + 16
