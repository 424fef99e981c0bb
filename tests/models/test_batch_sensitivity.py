"""The pad and batch self-test over every adapter, and over models that must fail it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.embedders.selftest import check_company
from engine.protocols import Recipe
from engine.registry.adapters import AdapterCard, resolve

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_RECIPES = {pooling: Recipe(pooling=pooling) for pooling in ("mean", "mean-special", "last", "max", "position")} | {
    "layer 1": Recipe(layer=1),
    "cut": Recipe(letters=24),
}


class _Altered:
    """A model with another way of pooling."""

    def __init__(self, model: Any, pooled: Callable[..., Any]) -> None:
        self._model, self._pooled = model, pooled

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def pooled(self, rows: Sequence[Any], weights: Sequence[Any], *, layer: int = -1) -> Any:
        return self._pooled(self._model, rows, weights, layer)


def _fed_row_lengths(model: Any) -> list[list[int]]:
    fed: list[list[int]] = []
    inner = model._tensors

    def listening(batch: Sequence[Any]) -> Any:
        fed.append([len(row) for row in batch])
        return inner(batch)

    model._tensors = listening
    return fed


@pytest.mark.parametrize("recipe", _RECIPES.values(), ids=_RECIPES)
def test_every_adapter_passes(name: str, recipe: Recipe, loaded: Callable[..., Any]) -> None:
    found = check_company(loaded(name), recipe)
    assert found.ok
    assert found.worst is not None
    assert found.worst < 1e-5
    assert "the same vector alone and in company" in found.sentence


def test_every_adapter_without_its_head_and_every_twin_passes(
    name: str, card: Callable[[str], Any], loaded: Callable[..., Any]
) -> None:
    encoder = replace(card(name), kind="encoder", loader="engine.models.encoder:load")
    assert check_company(models.load(encoder, device="cpu")).ok
    assert check_company(loaded(name, random_init=1)).ok


@pytest.mark.parametrize("padded", ["esm2", "esm1b", "bert-letters", "nt-3mer"])
def test_the_test_feeds_a_padded_batch(padded: str, loaded: Callable[..., Any]) -> None:
    model = loaded(padded)
    fed = _fed_row_lengths(model)
    assert check_company(model).ok
    assert any(len(set(lengths)) > 1 for lengths in fed)


@pytest.mark.parametrize("padded", ["esm2", "esm1b", "bert-letters", "nt-3mer"])
def test_a_model_that_reads_its_padding_fails(padded: str, loaded: Callable[..., Any]) -> None:
    model = loaded(padded)
    inner = model._hidden
    model._hidden = lambda ids, _, *, layer: inner(ids, None, layer=layer)
    found = check_company(model)
    assert not found.ok
    assert found.worst is not None
    assert found.worst > 1e-3
    assert found.sentence.startswith(f"{padded} gives a sequence another vector in company than alone")


def test_a_model_that_returns_its_rows_in_another_order_fails(loaded: Callable[..., Any]) -> None:
    def by_length(model: Any, rows: Sequence[Any], weights: Sequence[Any], layer: int) -> Any:
        found = model.pooled(rows, weights, layer=layer)
        return found[np.argsort([-len(row) for row in rows], kind="stable")]

    found = check_company(_Altered(loaded("llama-letters"), by_length))  # type: ignore[arg-type]
    assert not found.ok


def test_a_model_that_averages_with_its_neighbours_fails(loaded: Callable[..., Any]) -> None:
    def mixed(model: Any, rows: Sequence[Any], weights: Sequence[Any], layer: int) -> Any:
        found = model.pooled(rows, weights, layer=layer)
        return found + 0.01 * found.mean(axis=0) * (len(rows) - 1)

    found = check_company(_Altered(loaded("gpt2-bpe"), mixed))  # type: ignore[arg-type]
    assert not found.ok
    assert found.worst is not None
    assert 0.001 < found.worst < 0.1


def test_a_model_that_keeps_one_row_of_a_batch_fails(loaded: Callable[..., Any]) -> None:
    def first(model: Any, rows: Sequence[Any], weights: Sequence[Any], layer: int) -> Any:
        return model.pooled(rows[:1], weights[:1], layer=layer)

    found = check_company(_Altered(loaded("llama-letters"), first))  # type: ignore[arg-type]
    assert (found.ok, found.worst) == (False, None)
    assert found.sentence == "llama-letters gives 1 vectors for 2 sequences."


def test_the_trained_checkpoint_of_the_mirror_and_its_twin_pass(mirror: Any) -> None:
    card = resolve(str(mirror / "weights" / "mistral_dna_1M_tf0"))
    assert isinstance(card, AdapterCard)
    for seed in (None, 0):
        model = models.load(card, device="cpu", random_init=seed)
        assert check_company(model, Recipe(strands="both")).ok
        assert check_company(model).worst < 1e-5  # type: ignore[operator]
