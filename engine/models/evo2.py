"""Evo 2 through its authors' own package (https://github.com/ArcInstitute/evo2).

Written from that package's documentation and source. Without an NVIDIA GPU of compute capability 8.9 or later, which
the package asks for, only the error sentences, the byte tokens and the arithmetic on logits could be exercised; loading
weights, the layout of the network's output and the names of its layers could not.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from huggingface_hub import hf_hub_download

from engine.errors import NotHereError, SpecError
from engine.genome import BASES
from engine.models.base import make_batcher, memory_guard, to_numpy, weighted_sums
from engine.models.causal import likelihoods
from engine.models.loading import choose_device, import_packages
from engine.models.tokenisation import Encoder, LetterTokens
from engine.models.weights import fingerprint
from engine.protocols import Meter, ModelIdentity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.models.options import Options
    from engine.protocols import TokenRow
    from engine.registry.adapters import AdapterCard

_LETTERS = BASES + "N"


class Evo2Adapter:
    """Fulfils `engine.protocols.CausalModel`. Rows are never padded: its scoring lets padding into a mean."""

    def __init__(self, card: AdapterCard, options: Options, network: Any, revision: str) -> None:
        """Take over what `evo2.Evo2(...)` made."""
        self._network = network
        self._device = choose_device(options.device)
        self._encoder = byte_encoder(card)
        self._batcher = make_batcher(card.model_id, self._device, options.batch_tokens, pad=False)
        parameters = list(network.model.parameters())
        self._identity = ModelIdentity(
            model_id=card.model_id,
            source=str(options.weights or card.hf_id),
            revision=revision,
            kind="causal",
            alphabet="dna",
            tokens="nucleotide",
            kmer=None,
            context=card.context,
            prefix=0,
            suffix=0,
            parameters=sum(parameter.numel() for parameter in parameters),
            dtype=str(parameters[0].dtype).removeprefix("torch."),
            device=str(self._device),
        )

    @property
    def identity(self) -> ModelIdentity:
        """What exactly is loaded."""
        return self._identity

    @property
    def meter(self) -> Meter:
        """What it has cost so far."""
        return self._batcher.meter

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """ASCII codes of the letters it reads."""
        return {letter: ord(letter) for letter in _LETTERS}

    def encode(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Bytes of the upper-case letters, no special tokens.

        Raises:
            SequenceError: a letter is outside ACGTN, or a row is longer than the context.
        """
        return self._encoder.rows(sequences)

    def encode_within(self, sequences: Sequence[str]) -> tuple[list[TokenRow], NDArray[np.int64]]:
        """Rows of at most the context's bytes, and how many letters of each sequence they hold, shape (n,).

        Raises:
            SequenceError: a letter is outside ACGTN.
        """
        return self._encoder.rows_within(sequences)

    def token_letters(self, row: TokenRow) -> NDArray[np.int64]:
        """Letters that each token of a row stands for, shape (tokens,): one each."""
        return self._encoder.tokens.letters_of(row)

    def embeddings(self, rows: Sequence[TokenRow], *, layer: int = -1) -> list[NDArray[np.float32]]:
        """Output of block `layer` (counted from 1) or, for -1, of the final norm: shape (tokens, width) for each row.

        Raises:
            SpecError: there is no such block; layer 0 has no module of its own in this package.
        """
        return self._run(rows, self._states(layer))

    def pooled(
        self, rows: Sequence[TokenRow], weights: Sequence[NDArray[np.float32]], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Weighted sums of what `embeddings` gives, over the tokens of each row, shape (rows, width).

        Raises:
            SpecError: there is no such block.
        """
        found = self._run(rows, self._states(layer), weights)
        return np.stack(found) if found else np.zeros((0, 0), dtype=np.float32)

    def token_log_likelihoods(self, rows: Sequence[TokenRow]) -> list[NDArray[np.float32]]:
        """Log p(token t | tokens before) for t = 1 .. length - 1, shape (length - 1,) for each row."""
        return self._run(rows, lambda ids: likelihoods(ids, self._logits(ids), lambda logits: logits))

    def next_log_probabilities(self, rows: Sequence[TokenRow]) -> NDArray[np.float32]:
        """Log-softmax of the token after each row, shape (rows, vocabulary)."""
        return np.stack(self._run(rows, lambda ids: torch.log_softmax(self._logits(ids)[:, -1].float(), dim=-1)))

    def _logits(self, ids: torch.Tensor) -> torch.Tensor:
        # The network returns (what StripedHyena returns, embeddings); the former is (logits, state).
        outputs, _ = self._network(ids)
        found: torch.Tensor = outputs[0]
        return found

    def _states(self, layer: int) -> Callable[[torch.Tensor], torch.Tensor]:
        name = self._layer_name(layer)

        def forward(ids: torch.Tensor) -> torch.Tensor:
            _, states = self._network(ids, return_embeddings=True, layer_names=[name])
            found: torch.Tensor = states[name]
            return found

        return forward

    def _layer_name(self, layer: int) -> str:
        count = len(self._network.model.blocks)
        if layer == -1:
            return "norm"
        if not 1 <= layer <= count:
            raise SpecError(f"{self._identity.model_id} has no layer {layer}; it gives layers 1 to {count}, and -1.")
        return f"blocks.{layer - 1}"

    def _run(
        self,
        rows: Sequence[TokenRow],
        forward: Callable[[torch.Tensor], torch.Tensor],
        weights: Sequence[NDArray[np.float32]] | None = None,
    ) -> list[NDArray[np.float32]]:
        def batch(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            with torch.inference_mode(), memory_guard():
                ids = torch.from_numpy(np.stack([rows[index] for index in indices])).to(self._device)
                found = forward(ids)
                if weights is not None:
                    found = weighted_sums(found, [weights[index] for index in indices])
                return list(to_numpy(found))

        return self._batcher.run(rows, batch)


def byte_encoder(card: AdapterCard) -> Encoder:
    """Letters as their ASCII codes, which is what CharLevelTokenizer does with UTF-8."""
    table = np.full(256, -1, dtype=np.int64)
    codes = [ord(letter) for letter in _LETTERS]
    table[codes] = codes
    nothing = np.zeros(0, dtype=np.int64)
    return Encoder(
        model_id=card.model_id,
        alphabet="dna",
        tokens=LetterTokens(_LETTERS, table),
        prefix=nothing,
        suffix=nothing,
        context=card.context,
        multiple=card.multiple,
    )


def load(card: AdapterCard, options: Options) -> Evo2Adapter:
    """An Evo 2 checkpoint: `--weights` is its `.pt` file or the folder with it, else the pinned one from the hub.

    The package places the model on the GPU, or across several, by itself; CUDA_VISIBLE_DEVICES decides which.

    Raises:
        NotHereError: the package, the checkpoint or a GPU is missing.
        SpecError: no revision is pinned and no weights are given, or a randomly initialised twin is asked for.
    """
    if options.random_init is not None:
        raise SpecError(
            f"{card.model_id} cannot be built: the package evo2 makes networks from a checkpoint only; "
            "take another model's twin as the control."
        )
    import_packages(card)
    if choose_device(options.device).type == "cpu":
        raise NotHereError(f"{card.model_id} needs an NVIDIA GPU, and torch finds none here.")
    name = str(card.hf_id).rpartition("/")[2]
    path = _checkpoint(card, options, f"{name}.pt")
    try:
        network = import_module("evo2").Evo2(name, local_path=str(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise NotHereError(f"{card.model_id} from {path} cannot be loaded by the package evo2: {error}.") from error
    revision = fingerprint([path]) if options.weights else str(card.revision)
    return Evo2Adapter(card, options, network, revision)


def _checkpoint(card: AdapterCard, options: Options, name: str) -> Path:
    if options.weights is not None:
        path = options.weights / name if options.weights.is_dir() else options.weights
        if not path.is_file():
            raise NotHereError(f"{path} is not there; give the folder with {name} with --weights DIR.")
        return path
    if card.revision is None:
        raise SpecError(f"{card.model_id}: no revision of {card.hf_id} is pinned; give its file with --weights DIR.")
    try:
        return Path(hf_hub_download(str(card.hf_id), name, revision=card.revision))
    except (OSError, ValueError) as error:
        raise NotHereError(
            f"{name} of {card.hf_id} at revision {card.revision} could not be downloaded ({type(error).__name__}); "
            "larger checkpoints come in parts to be joined first: give the joined file with --weights DIR."
        ) from error
