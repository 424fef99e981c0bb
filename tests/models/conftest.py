"""Tiny checkpoints of the real classes, written with save_pretrained and loaded from their folders as a user would."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.registry.adapters import AdapterCard, resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ESM_ALPHABET = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"]
_SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
# Far enough from zero that a wrong position or a wrong row changes every number visibly.
_WIDE = {"initializer_range": 0.3}


def _random_dna(count: int, length: int) -> list[str]:
    drawn = np.random.default_rng(7).integers(0, 4, (count, length))
    return ["".join("ACGT"[base] for base in row) for row in drawn]


def _esm_folder(folder: Path, vocabulary: list[str], tokenizer_options: dict[str, Any], **options: Any) -> None:
    hf = pytest.importorskip("transformers")
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    hf.EsmTokenizer(str(folder / "vocab.txt"), **tokenizer_options).save_pretrained(folder)
    config = hf.EsmConfig(
        vocab_size=len(vocabulary),
        mask_token_id=vocabulary.index("<mask>"),
        pad_token_id=vocabulary.index("<pad>"),
        **_SMALL,
        **_WIDE,
        **options,
    )
    hf.EsmForMaskedLM(config).save_pretrained(folder)


def _esm2(folder: Path) -> None:
    options = {"position_embedding_type": "rotary", "token_dropout": True, "max_position_embeddings": 1026}
    _esm_folder(folder, ESM_ALPHABET, {}, emb_layer_norm_before=False, **options)


def _esm1b(folder: Path) -> None:
    options = {"position_embedding_type": "absolute", "token_dropout": True, "max_position_embeddings": 66}
    _esm_folder(folder, ESM_ALPHABET, {}, emb_layer_norm_before=True, **options)


def _nucleotide_transformer(k: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        words = ["".join(word) for word in product("ATCG", repeat=k)]
        vocabulary = ["<unk>", "<pad>", "<mask>", "<cls>", *words, *"ATCGN"]
        options = {"position_embedding_type": "absolute", "max_position_embeddings": 66}
        _esm_folder(folder, vocabulary, {"eos_token": None}, **options)

    return write


def _bpe(special: list[str], ends: tuple[str, str] | None, *, byte_level: bool = False) -> Any:
    tk = pytest.importorskip("tokenizers")
    tokenizer = tk.Tokenizer(tk.models.BPE(unk_token=None if byte_level else special[0]))
    tokenizer.pre_tokenizer = (
        tk.pre_tokenizers.ByteLevel(add_prefix_space=False) if byte_level else tk.pre_tokenizers.Whitespace()
    )
    tokenizer.decoder = tk.decoders.ByteLevel() if byte_level else tk.decoders.BPEDecoder()
    trainer = tk.trainers.BpeTrainer(vocab_size=96, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([*_random_dna(200, 60), "N A C G T"], trainer)
    if ends:
        pair = [(token, tokenizer.token_to_id(token)) for token in ends]
        tokenizer.post_processor = tk.processors.TemplateProcessing(
            single=f"{ends[0]} $A {ends[1]}", special_tokens=pair
        )
    return tokenizer


def _save_fast(tokenizer: Any, folder: Path, special: dict[str, str]) -> int:
    hf = pytest.importorskip("transformers")
    named = {f"{role}_token": token for role, token in special.items()}
    hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    return int(tokenizer.get_vocab_size())


def _bert(folder: Path, size: int, **options: Any) -> None:
    hf = pytest.importorskip("transformers")
    config = hf.BertConfig(vocab_size=size, max_position_embeddings=64, **_SMALL, **_WIDE, **options)
    hf.BertForMaskedLM(config).save_pretrained(folder)


def _bert_bpe(folder: Path) -> None:
    tokenizer = _bpe(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], ("[CLS]", "[SEP]"))
    names = {"unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "mask": "[MASK]"}
    _bert(folder, _save_fast(tokenizer, folder, names), pad_token_id=3)


def _bert_letters(folder: Path) -> None:
    """As SpliceBERT: a BERT vocabulary of bases, which the tokeniser finds only if spaces stand between them."""
    hf = pytest.importorskip("transformers")
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"NACGT"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    hf.BertTokenizer(
        vocab={token: number for number, token in enumerate(vocabulary)}, do_lower_case=False
    ).save_pretrained(folder)
    _bert(folder, len(vocabulary), pad_token_id=0)


def _words(tokens: list[str], pattern: str, special: list[str], start: str) -> Any:
    tk = pytest.importorskip("tokenizers")
    vocabulary = {token: number for number, token in enumerate([*special, *tokens])}
    tokenizer = tk.Tokenizer(tk.models.WordLevel(vocabulary, unk_token=special[0]))
    tokenizer.pre_tokenizer = tk.pre_tokenizers.Split(tk.Regex(pattern), "isolated")
    tokenizer.post_processor = tk.processors.TemplateProcessing(
        single=f"{start} $A", special_tokens=[(start, vocabulary[start])]
    )
    return tokenizer


def _llama(tokens: list[str], pattern: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        hf = pytest.importorskip("transformers")
        tokenizer = _words(tokens, pattern, ["<oov>", "<s>", "</s>", "<pad>"], "<s>")
        size = _save_fast(tokenizer, folder, {"unk": "<oov>", "bos": "<s>", "eos": "</s>", "pad": "<pad>"})
        config = hf.LlamaConfig(
            vocab_size=size, max_position_embeddings=64, num_key_value_heads=1, bos_token_id=1, **_SMALL, **_WIDE
        )
        hf.LlamaForCausalLM(config).save_pretrained(folder)

    return write


def _gpt2_bpe(folder: Path) -> None:
    hf = pytest.importorskip("transformers")
    tokenizer = _bpe(["<|endoftext|>"], None, byte_level=True)
    size = _save_fast(tokenizer, folder, {"bos": "<|endoftext|>", "eos": "<|endoftext|>"})
    options = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64, "bos_token_id": 0, "eos_token_id": 0}
    hf.GPT2LMHeadModel(hf.GPT2Config(vocab_size=size, **options, **_WIDE)).save_pretrained(folder)


def _mistral_bpe(folder: Path) -> None:
    hf = pytest.importorskip("transformers")
    tokenizer = _bpe(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], ("[CLS]", "[SEP]"))
    size = _save_fast(tokenizer, folder, {"unk": "[UNK]", "pad": "[PAD]"})
    config = hf.MistralConfig(
        vocab_size=size, max_position_embeddings=64, num_key_value_heads=1, sliding_window=None, **_SMALL, **_WIDE
    )
    hf.MistralForCausalLM(config).save_pretrained(folder)


CHECKPOINTS: dict[str, Callable[[Path], None]] = {
    "esm2": _esm2,
    "esm1b": _esm1b,
    "nt-3mer": _nucleotide_transformer(3),
    "nt-6mer": _nucleotide_transformer(6),
    "bert-bpe": _bert_bpe,
    "bert-letters": _bert_letters,
    "llama-letters": _llama([*"ACGTN"], "."),
    "llama-6mer": _llama(["".join(word) for word in product("ACGT", repeat=6)], "[ACGT]{6}|.+"),
    "gpt2-bpe": _gpt2_bpe,
    "mistral-bpe": _mistral_bpe,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint by its name, written once; read only."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    top = tmp_path_factory.mktemp("checkpoints")

    def find(name: str) -> Path:
        if not (top / name).exists():
            torch.manual_seed(1)
            CHECKPOINTS[name](top / name)
        return top / name

    return find


@pytest.fixture(scope="session")
def card(folder: Callable[[str], Path]) -> Callable[[str], AdapterCard]:
    """The card of a tiny checkpoint, as `resolve` finds it from the folder."""

    def find(name: str) -> AdapterCard:
        found = resolve(str(folder(name)))
        assert isinstance(found, AdapterCard)
        return found

    return find


@pytest.fixture(scope="session")
def loaded(card: Callable[[str], AdapterCard]) -> Callable[..., Any]:
    """A tiny checkpoint loaded on the CPU; options as those of `engine.models.load`."""
    return lambda name, **options: models.load(card(name), device="cpu", **options)


@pytest.fixture(params=sorted(CHECKPOINTS))
def name(request: pytest.FixtureRequest) -> str:
    """Every checkpoint in turn."""
    return str(request.param)


def sequences_for(alphabet: str, lengths: list[int]) -> list[str]:
    """Fixed random sequences, one for each length."""
    letters = "ACDEFGHIKLMNPQRSTVWY" if alphabet == "protein" else "ACGT"
    rng = np.random.default_rng(3)
    return ["".join(letters[index] for index in rng.integers(0, len(letters), length)) for length in lengths]


@pytest.fixture(scope="session")
def sequences() -> Callable[[str, list[int]], list[str]]:
    return sequences_for


@pytest.fixture
def altered_config() -> Callable[[Path, dict[str, Any]], None]:
    """Change keys of a folder's config.json."""

    def change(folder: Path, keys: dict[str, Any]) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | keys), encoding="utf-8")

    return change
