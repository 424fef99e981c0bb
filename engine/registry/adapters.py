"""Which of the 100 systems run here, with which adapter; `adapters.csv` says what `models.csv` does not."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from engine.errors import SpecError
from engine.genome import BASES, RESIDUES
from engine.names import TOKENIZER_OF, Protocol, Tokenizer
from engine.registry.systems import SystemRow, read_systems
from engine.tables import Count, Optional, Row, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.protocols import Kind, Tokens

Alphabet = Literal["protein", "dna"]
Loader = Literal[
    "engine.models.masked:load", "engine.models.causal:load", "engine.models.encoder:load", "engine.models.evo2:load"
]
SCORERS_OF: dict[Kind, tuple[Protocol, ...]] = {
    "masked": (
        Protocol.MASKED_MARGINAL,
        Protocol.WT_MARGINAL,
        Protocol.KMER_LLR,
        Protocol.PLL_DIFFERENCE,
        Protocol.EMBEDDING_DISTANCE,
    ),
    "causal": (Protocol.CAUSAL_LLR, Protocol.FIRST_BASE_MARGINAL, Protocol.EMBEDDING_DISTANCE),
    "encoder": (Protocol.EMBEDDING_DISTANCE,),
}
"""What each kind of model can be asked; which of these fits depends on its tokens too."""

_KIND_OF: dict[Loader, Kind] = {
    "engine.models.masked:load": "masked",
    "engine.models.causal:load": "causal",
    "engine.models.encoder:load": "encoder",
    "engine.models.evo2:load": "causal",
}
_TOKENS_OF: dict[Tokenizer, Tokens] = {
    Tokenizer.NUCLEOTIDE: "nucleotide",
    Tokenizer.KMER: "kmer",
    Tokenizer.BPE: "bpe",
    Tokenizer.RESIDUE: "residue",
}
_ENDINGS: dict[str, Kind] = {
    "ForMaskedLM": "masked",
    "ForPreTraining": "masked",
    "ForCausalLM": "causal",
    "LMHeadModel": "causal",
    "ForSequenceClassification": "encoder",
    "ForTokenClassification": "encoder",
    "Model": "encoder",
}
_BPE_WINDOW = 512
_POSITION_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len")


def _scorer(value: str) -> Protocol:
    known = {str(scorer): scorer for scorers in SCORERS_OF.values() for scorer in scorers}
    if value not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return known[value]


def _names(value: str) -> str:
    if not all(name.isidentifier() for name in value.split(";")):
        raise ValueError("import names, separated by semicolons")
    return value


class AdapterRow(Row):
    """One line of `adapters.csv`: how a system is run, or the sentence why it is not."""

    model_id: str
    loader: Optional[Loader]
    scorer: Optional[Annotated[str, AfterValidator(_scorer)]]
    window: Optional[Count]
    packages: Optional[Annotated[str, AfterValidator(_names)]]
    multiple: Optional[Count]
    cannot: Optional[Annotated[str, Field(pattern=r"^[^.]+(\.\d[^.]*)*$")]]
    notes: Optional[str]

    @model_validator(mode="after")
    def _one_of_both(self) -> AdapterRow:
        if (self.loader is None) == (self.cannot is None):
            raise ValueError("either a loader or the sentence why the system cannot be run")
        if self.loader is not None and (self.scorer is None or self.window is None):
            raise ValueError("a scorer and a window beside the loader")
        if self.loader is not None and self.scorer not in SCORERS_OF[_KIND_OF[self.loader]]:
            raise ValueError("a scorer that this kind of model can be asked for")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCard:
    """How a model is loaded and asked.

    Attributes:
        model_id: the registry's id, or a folder's name.
        kind: what it predicts.
        alphabet: what its letters are.
        tokens: what one token is; `kmer` is its letters where `tokens` is "kmer".
        loader: "module:function" below `engine.models`, resolved when a model is loaded.
        hf_id: repository on the hub, None where there is none.
        revision: commit of it, None where none is pinned.
        folder: the weights' folder where the model is one.
        trust_remote_code: whether it needs code of its own repository.
        context: longest row in tokens, special tokens included; None where nothing states one.
        packages: import names it needs beyond torch and transformers.
        scorer: the scorer taken where none is asked for.
        window: letters of sequence given to it where nothing else is asked for.
        multiple: row lengths must be multiples of this many tokens.
        parameters: as published.
        notes: what a user should know.
    """

    model_id: str
    kind: Kind
    alphabet: Alphabet
    tokens: Tokens
    kmer: int | None
    loader: Loader
    hf_id: str | None
    revision: str | None
    folder: Path | None = None
    trust_remote_code: bool
    context: int | None
    packages: tuple[str, ...] = ()
    scorer: Protocol
    window: int
    multiple: int = 1
    parameters: int | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class CannotRun:
    """A system that no adapter loads, and the sentence that says why."""

    model_id: str
    sentence: str


def adapters_path() -> Path:
    """Path of the shipped table."""
    return Path(__file__).with_name("adapters.csv")


def read_adapters(path: Path | None = None) -> list[AdapterRow]:
    """All lines of `adapters.csv`.

    Raises:
        TableError: a row is not as `AdapterRow` says, or a model_id repeats.
    """
    return read_table(path or adapters_path(), AdapterRow, unique=("model_id",))


@cache
def cards() -> dict[str, AdapterCard | CannotRun]:
    """Every system of the registry, by model_id in the registry's order.

    Raises:
        TableError: one of the two tables is damaged.
        SpecError: they do not name the same systems.
    """
    rows = {row.model_id: row for row in read_adapters()}
    systems = {row.model_id: row for row in read_systems()}
    if odd := sorted(rows.keys() ^ systems.keys()):
        raise SpecError(f"models.csv and adapters.csv do not name the same systems: {', '.join(odd)}.")
    return {model_id: _card(system, rows[model_id]) for model_id, system in systems.items()}


def resolve(model_id: str) -> AdapterCard | CannotRun:
    """The adapter of a system, or of a local folder with a config.json.

    Raises:
        SpecError: no system has this id and no such folder exists, or the folder does not say what it holds.
    """
    known = cards() | _esm_1v_seeds()
    if model_id in known:
        return known[model_id]
    if (Path(model_id) / "config.json").is_file():
        return card_for_folder(Path(model_id))
    lowered = {name.lower(): name for name in known}
    close = [lowered[name] for name in difflib.get_close_matches(model_id.lower(), lowered, n=3, cutoff=0.5)]
    hint = f"Did you mean {' or '.join(close)}" if close else "`vledger list adapters` names them"
    raise SpecError(f"No model is called '{model_id}' and no such folder has a config.json. {hint}?")


def _esm_1v_seeds() -> dict[str, AdapterCard | CannotRun]:
    """The five networks whose mean is the registry's ESM-1v; each has the architecture of ESM-1b."""
    model = cards()["esm-1b"]
    if isinstance(model, CannotRun):
        return {}
    return {
        f"esm-1v:{seed}": replace(
            model, model_id=f"esm-1v:{seed}", hf_id=f"facebook/esm1v_t33_650M_UR90S_{seed}", revision=None, notes=None
        )
        for seed in range(1, 6)
    }


def _card(system: SystemRow, row: AdapterRow) -> AdapterCard | CannotRun:
    if row.loader is None or row.window is None or row.scorer is None:
        return CannotRun(row.model_id, f"{system.display_name} cannot be run here: {row.cannot}.")
    tokens = _TOKENS_OF[TOKENIZER_OF[system.tokenizer_kind or "single-nucleotide"]]
    beyond = 2 if system.context_unit == "residues" else 0
    return AdapterCard(
        model_id=row.model_id,
        kind=_KIND_OF[row.loader],
        alphabet="protein" if system.modality == "protein" else "dna",
        tokens=tokens,
        kmer=int(system.bp_per_token or 0) if tokens == "kmer" else None,
        loader=row.loader,
        hf_id=system.hf_id.split(" ")[0] if system.hf_id else None,
        revision=system.hf_revision,
        trust_remote_code=system.trust_remote_code == "yes",
        context=system.context_value + beyond if system.context_value else None,
        packages=tuple(row.packages.split(";")) if row.packages else (),
        scorer=Protocol(row.scorer),
        window=row.window,
        multiple=row.multiple or 1,
        parameters=system.params,
        notes=row.notes,
    )


def card_for_folder(
    path: Path, *, alphabet: Alphabet | None = None, kind: Kind | None = None, tokens: Tokens | None = None
) -> AdapterCard:
    """The adapter of a folder as `save_pretrained` writes it; nothing but JSON and text is read.

    Args:
        path: Holds config.json and the tokeniser's files.
        alphabet: Decides where the vocabulary does not.
        kind: Decides where the architecture's name does not.
        tokens: Decides where the vocabulary does not.

    Raises:
        SpecError: the folder does not say what it holds; the sentence names the option that does.
    """
    config = _json(path / "config.json")
    letters = [token for token in _vocabulary(path) if token.isalpha()]
    alphabet = alphabet or _alphabet(path, letters)
    kind = kind or _kind(path, config)
    tokens, kmer = (tokens, None) if tokens and tokens != "kmer" else _tokens(path, alphabet, letters)
    context = context_of(config)
    return AdapterCard(
        model_id=path.resolve().name,
        kind=kind,
        alphabet=alphabet,
        tokens=tokens,
        kmer=kmer,
        loader=next(loader for loader in get_args(Loader) if _KIND_OF[loader] == kind),
        hf_id=None,
        revision=None,
        folder=path,
        trust_remote_code="auto_map" in config or "auto_map" in _json(path / "tokenizer_config.json"),
        context=context,
        scorer=_default_scorer(kind, tokens),
        window=_window(tokens, kmer or 1, context),
    )


def context_of(config: Mapping[str, Any]) -> int | None:
    """Longest row in tokens that a configuration states, special tokens included.

    ESM numbers its positions from the padding token's id on, so that its table is that much longer than a row.
    """
    stated = next((config[key] for key in _POSITION_KEYS if config.get(key)), None)
    if stated is None:
        return None
    padding = config.get("pad_token_id")
    return int(stated) - (2 if padding is None else int(padding) + 1) * (config.get("model_type") == "esm")


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecError(f"{path} is not JSON ({error}); restore it from where the model came from.") from error
    return content if isinstance(content, dict) else {}


def _vocabulary(path: Path) -> list[str]:
    if (path / "vocab.txt").is_file():
        return (path / "vocab.txt").read_text(encoding="utf-8").split()
    model = _json(path / "tokenizer.json").get("model", {})
    found: Iterable[Any] = model.get("vocab", []) or _json(path / "vocab.json")
    return [str(entry[0]) if isinstance(entry, list) else str(entry) for entry in found]


def _alphabet(path: Path, letters: list[str]) -> Alphabet:
    # A byte-level vocabulary has every letter on its own; what was learnt from the data are the longer tokens.
    learnt = [token for token in letters if len(token) > 1] or letters
    if learnt and all(set(token.upper()) <= {*BASES, "N"} for token in learnt):
        return "dna"
    if set(RESIDUES) <= {token.upper() for token in letters} and learnt is letters:
        return "protein"
    raise SpecError(f"The vocabulary in {path} is neither of bases nor of residues; say alphabet = dna or protein.")


def _tokens(path: Path, alphabet: Alphabet, letters: list[str]) -> tuple[Tokens, int | None]:
    spelt = [token for token in letters if set(token.upper()) <= {*BASES, "N", *(RESIDUES * (alphabet == "protein"))}]
    long = {token for token in spelt if len(token) > 1}
    lengths = {len(token) for token in long}
    if spelt and not long:
        return ("residue" if alphabet == "protein" else "nucleotide"), None
    if len(lengths) == 1 and len(long) == len(BASES) ** (kmer := lengths.pop()):
        return "kmer", kmer
    if long:
        return "bpe", None
    raise SpecError(f"No vocabulary that can be read stands in {path}; say tokens = residue, nucleotide or bpe.")


def _kind(path: Path, config: dict[str, Any]) -> Kind:
    for name in config.get("architectures") or ():
        for ending, kind in _ENDINGS.items():
            if str(name).endswith(ending):
                return kind
    raise SpecError(f"config.json in {path} names no architecture; say kind = masked, causal or encoder.")


def _default_scorer(kind: Kind, tokens: Tokens) -> Protocol:
    if kind == "encoder":
        return Protocol.EMBEDDING_DISTANCE
    if kind == "causal":
        return Protocol.FIRST_BASE_MARGINAL if tokens == "kmer" else Protocol.CAUSAL_LLR
    by_tokens = {"kmer": Protocol.KMER_LLR, "bpe": Protocol.PLL_DIFFERENCE}
    return by_tokens.get(tokens, Protocol.MASKED_MARGINAL)


def _window(tokens: Tokens, kmer: int, context: int | None) -> int:
    if tokens == "bpe" or context is None:
        return _BPE_WINDOW
    return max(1, context - 2) * kmer
