"""Token ids from tables against the tokenisers they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")

from engine import models
from engine.errors import SequenceError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable


def _by_tokenizer(folder: Any, text: str) -> list[int]:
    hf = pytest.importorskip("transformers")
    kind = hf.PreTrainedTokenizerFast if (folder / "tokenizer.json").exists() else hf.EsmTokenizer
    found: list[int] = kind.from_pretrained(folder)(text)["input_ids"]
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("esm2", "MKTAYIAKQRXBZUO"),
        ("nt-6mer", "ACGTACGGTTAA"),
        ("nt-6mer", "ACGTACGGTTAACGT"),
        ("nt-6mer", "ACGTACGNGTTAACGTNNA"),
        ("nt-3mer", "NACGTACGGTN"),
        ("llama-letters", "ACGTNACG"),
        ("llama-6mer", "ACGTACGGTTAA"),
        ("bert-bpe", "ACGTACGGTTAACGTAAACCC"),
        ("gpt2-bpe", "ACGTACGGTTAACGTAAACCC"),
        ("mistral-bpe", "ACGTACGGTTAACGTAAACCC"),
    ],
)
def test_rows_are_those_of_the_tokeniser(
    name: str, text: str, loaded: Callable[..., Any], folder: Callable[[str], Any]
) -> None:
    assert loaded(name).encode([text])[0].tolist() == _by_tokenizer(folder(name), text)


def test_rows_by_hand(loaded: Callable[..., Any]) -> None:
    assert loaded("esm2").encode(["LAGV"])[0].tolist() == [0, 4, 5, 6, 7, 2]
    # <unk> <pad> <mask> <cls>, then 64 words of A T C G in that order, then the single letters A T C G N.
    assert loaded("nt-3mer").encode(["AAAAATGGGAN"])[0].tolist() == [3, 4, 5, 4 + 63, 68, 72]
    assert loaded("bert-letters").encode(["NACGT"])[0].tolist() == [2, 5, 6, 7, 8, 9, 3]


def test_a_vocabulary_of_spaced_letters_is_read(loaded: Callable[..., Any]) -> None:
    assert [len(row) for row in loaded("bert-letters").encode(["ACGT", "A" * 40])] == [6, 42]


def test_the_position_and_the_letter_that_cannot_be_read_are_named(loaded: Callable[..., Any]) -> None:
    with pytest.raises(SequenceError) as caught:
        loaded("esm2").encode(["MKT", "MKj"])
    assert str(caught.value) == (
        "esm2 does not read the letter 'j' at position 3 of sequence 2; it reads ACDEFGHIKLMNPQRSTVWYXBZUO."
    )


def test_n_is_read_only_where_the_vocabulary_has_it(loaded: Callable[..., Any]) -> None:
    assert len(loaded("llama-letters").encode(["ACGN"])[0]) == 5
    with pytest.raises(SequenceError, match="does not read the letter 'N'"):
        loaded("llama-6mer").encode(["ACGTAN"])


def test_bases_left_over_are_single_tokens_or_refused(loaded: Callable[..., Any]) -> None:
    assert len(loaded("nt-6mer").encode(["ACGTACG"])[0]) == 1 + 1 + 1
    assert len(loaded("nt-6mer").encode(["ACGTANACGTACGG"])[0]) == 1 + 5 + 1 + 1 + 1 + 1
    with pytest.raises(SequenceError, match="multiple of 6"):
        loaded("llama-6mer").encode(["ACGTACG"])


def test_a_card_of_other_tokens_than_the_tokenisers_is_refused(card: Callable[[str], Any]) -> None:
    with pytest.raises(SpecError, match="does not cut DNA into words of 4"):
        models.load(replace(card("nt-3mer"), kmer=4), device="cpu")
    with pytest.raises(SpecError, match="does not read ACGT as nucleotide tokens"):
        models.load(replace(card("bert-bpe"), tokens="nucleotide"), device="cpu")
    with pytest.raises(SpecError, match="does not read ACGT as bpe tokens"):
        models.load(replace(card("llama-letters"), tokens="bpe"), device="cpu")
    with pytest.raises(SpecError, match="as residue tokens"):
        models.load(replace(card("llama-letters"), tokens="residue", alphabet="protein"), device="cpu")


def test_rows_whose_length_the_network_cannot_take_are_refused(card: Callable[[str], Any]) -> None:
    model = models.load(replace(card("llama-letters"), multiple=8), device="cpu")
    assert len(model.encode(["ACGTACG"])[0]) == 8
    with pytest.raises(SequenceError, match="multiples of 8 only"):
        model.encode(["ACGT"])


def test_the_vocabulary_names_every_token(loaded: Callable[..., Any]) -> None:
    vocabulary = loaded("nt-6mer").vocabulary
    assert len(vocabulary) == 4 + 4096 + 5
    assert vocabulary["ACGTAC"] == loaded("nt-6mer").encode(["ACGTAC"])[0][1]
    assert loaded("esm2").mask_id == loaded("esm2").vocabulary["<mask>"] == 32


def test_a_tokeniser_file_is_taken_word_for_word(loaded: Callable[..., Any], folder: Callable[[str], Any]) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    text = "ACGTTGCAGGCTAAACCCGGGTTTACGATCG"
    for name in ("mistral-bpe", "gpt2-bpe", "llama-letters", "bert-bpe"):
        plain = tokenizers.Tokenizer.from_file(str(folder(name) / "tokenizer.json")).encode(text).ids
        assert np.array_equal(loaded(name).encode([text])[0], plain), name
