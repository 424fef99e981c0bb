"""Evo 2's adapter as far as it goes without its package and a GPU."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from engine.errors import NotHereError, SequenceError, SpecError
from engine.models import load
from engine.models.evo2 import Evo2Adapter, byte_encoder
from engine.protocols import CausalModel
from engine.registry.adapters import AdapterCard, cards

CARDS = [card for card in cards().values() if isinstance(card, AdapterCard) and card.loader.endswith("evo2:load")]


def test_every_evo2_of_the_registry_is_here() -> None:
    assert [str(card.hf_id).rpartition("/")[2] for card in CARDS] == [
        "evo2_7b",
        "evo2_7b_base",
        "evo2_7b_262k",
        "evo2_1b_base",
        "evo2_20b",
        "evo2_40b",
    ]


def test_without_the_package_the_sentence_names_it() -> None:
    with pytest.raises(NotHereError, match="evo-2-7b needs the package 'evo2', which cannot be imported"):
        load(CARDS[0])


def test_letters_are_bytes_without_special_tokens() -> None:
    (row,) = byte_encoder(CARDS[0]).rows(["acgtN"])
    assert row.tolist() == [65, 67, 71, 84, 78]
    with pytest.raises(SequenceError, match="letter 'U' at position 2"):
        byte_encoder(CARDS[0]).rows(["AUG"])


def test_a_window_beyond_the_trained_context_is_refused() -> None:
    base = next(card for card in CARDS if card.model_id == "evo-2-1b-base-8k")
    assert len(byte_encoder(base).rows(["A" * 8192])[0]) == 8192
    with pytest.raises(SequenceError, match="8193 tokens, and evo-2-1b-base-8k takes 8192"):
        byte_encoder(base).rows(["A" * 8193])


def test_a_window_beyond_it_is_cut_where_that_is_asked_for() -> None:
    base = next(card for card in CARDS if card.model_id == "evo-2-1b-base-8k")
    rows, letters = byte_encoder(base).rows_within(["ACGTN", "A" * 9000])
    assert ([len(row) for row in rows], letters.tolist()) == ([5, 8192], [5, 8192])
    assert byte_encoder(base).tokens.letters_of(rows[0]).tolist() == [1] * 5


def test_it_has_no_randomly_initialised_twin() -> None:
    with pytest.raises(SpecError, match="from a checkpoint only; take another model's twin"):
        load(CARDS[0], random_init=0)


def test_it_has_every_member_of_a_causal_model() -> None:
    wanted = {name for base in CausalModel.__mro__ for name in vars(base) if not name.startswith("_")}
    assert wanted == {
        "identity",
        "meter",
        "vocabulary",
        "encode",
        "encode_within",
        "token_letters",
        "pooled",
        "embeddings",
        "token_log_likelihoods",
        "next_log_probabilities",
    }
    assert wanted <= set(dir(Evo2Adapter))
