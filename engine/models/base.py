"""What all adapters share: identity, cost, encoding, batches on the device, hidden states."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.errors import SpecError
from engine.models.batching import Batcher, BatchTooLargeError, stack
from engine.models.foreign import is_built_in, try_out
from engine.models.loading import guarded
from engine.models.options import DEFAULT_BATCH_TOKENS
from engine.models.tokenisation import build
from engine.protocols import Meter, ModelIdentity
from engine.registry.adapters import context_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.models.loading import Loaded
    from engine.models.options import Options
    from engine.models.tokenisation import Encoder
    from engine.protocols import TokenRow
    from engine.registry.adapters import AdapterCard

_PADDED = {"esm", "bert", "roberta"}
"""Architectures whose attention mask hides padding completely. All others get rows of equal length only."""


class LoadedModel:
    """A model and its tokeniser on a device; fulfils `engine.protocols.SequenceModel`."""

    def __init__(self, card: AdapterCard, options: Options, loaded: Loaded) -> None:
        """Take over a loaded model.

        Raises:
            SpecError: the tokeniser is not what the card says.
        """
        self._model = loaded.model
        self._device = loaded.device
        self._padding = loaded.tokenizer.pad_token_id or 0
        self._vocabulary = dict(loaded.tokenizer.get_vocab())
        self._encoder = build(loaded.tokenizer, card, _context(card, loaded.model))
        self._identity = _identity(card, loaded, self._encoder)
        if not is_built_in(loaded.model):
            guarded(card, loaded.weights, lambda: try_out(loaded.model, self._trial_row(card)))
        self._batcher = make_batcher(card.model_id, loaded.device, options.batch_tokens, pad=_is_padded(loaded.model))

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
        """Token id by its text, special tokens included."""
        return self._vocabulary

    def encode(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Token rows of sequences, special tokens included; nothing is cut off.

        Raises:
            SequenceError: a letter is outside the alphabet, or a row is longer than the context.
        """
        return self._encoder.rows(sequences)

    def encode_within(self, sequences: Sequence[str]) -> tuple[list[TokenRow], NDArray[np.int64]]:
        """Token rows that fit into the context, and how many letters of each sequence they hold, shape (n,).

        A longer sequence loses tokens at its end, special tokens stay. Bases that a model of words cannot read alone
        are lost too.

        Raises:
            SequenceError: a letter is outside the alphabet, or a sequence is too short for any row.
        """
        return self._encoder.rows_within(sequences)

    def token_letters(self, row: TokenRow) -> NDArray[np.int64]:
        """Letters that each token of a row stands for, shape (tokens,); 0 for special tokens."""
        return self._encoder.tokens.letters_of(row)

    def embeddings(self, rows: Sequence[TokenRow], *, layer: int = -1) -> list[NDArray[np.float32]]:
        """Hidden states of one layer, shape (tokens, width) for each row.

        Args:
            rows: As `encode` makes them.
            layer: 0 is after the embedding, -1 the last, what the model's own head reads.

        Raises:
            SpecError: there is no such layer.
        """

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            batch = [rows[index] for index in indices]
            states = to_numpy(self._hidden(*self._tensors(batch), layer=layer))
            return [states[number, : len(row)].copy() for number, row in enumerate(batch)]

        return self._run(rows, forward)

    def pooled(
        self, rows: Sequence[TokenRow], weights: Sequence[NDArray[np.float32]], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Weighted sums of a layer's hidden states over the tokens of each row, shape (rows, width).

        Args:
            rows: As `encode` makes them.
            weights: One number per token, for each row.
            layer: 0 is after the embedding, -1 the last, what the model's own head reads.

        Raises:
            SpecError: there is no such layer.
        """

        def forward(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            hidden = self._hidden(*self._tensors([rows[index] for index in indices]), layer=layer)
            return list(to_numpy(weighted_sums(hidden, [weights[index] for index in indices])))

        found = self._run(rows, forward)
        return np.stack(found) if found else np.zeros((0, self._model.config.hidden_size), dtype=np.float32)

    def _trial_row(self, card: AdapterCard) -> torch.Tensor:
        letters = "ACGTTGCA" if card.alphabet == "dna" else "MKTAYIAK"
        ids = self._encoder.tokens.ids(letters * (card.kmer or 1))
        return torch.from_numpy(np.resize(ids, (1, max(16, card.multiple)))).to(self._device)

    def _run(
        self, rows: Sequence[TokenRow], forward: Callable[[NDArray[np.int64]], list[NDArray[np.float32]]]
    ) -> list[NDArray[np.float32]]:
        def guarded(indices: NDArray[np.int64]) -> list[NDArray[np.float32]]:
            with torch.inference_mode(), memory_guard():
                return forward(indices)

        return self._batcher.run(rows, guarded)

    def _tensors(self, batch: Sequence[TokenRow]) -> tuple[torch.Tensor, torch.Tensor | None]:
        ids, mask = stack(batch, self._padding)
        placed = torch.from_numpy(ids).to(self._device)
        return placed, None if mask is None else torch.from_numpy(mask).to(self._device)

    def _hidden(self, ids: torch.Tensor, mask: torch.Tensor | None, *, layer: int) -> torch.Tensor:
        """Hidden states, shape (rows, longest, width)."""
        built_in = is_built_in(self._model)
        trunk = self._model.base_model if built_in else self._model
        # A built-in trunk says which states are its last; keeping all layers' would fill the memory.
        output = trunk(input_ids=ids, output_hidden_states=not built_in or layer != -1, **_mask_option(mask))
        return layer_of(output, layer, self._identity.model_id)


def weighted_sums(states: torch.Tensor, weights: Sequence[NDArray[np.float32]]) -> torch.Tensor:
    """Sums over the tokens of each row, shape (rows, width), in float32.

    Args:
        states: shape (rows, longest, width).
        weights: for each row one number per token, at most `longest`.
    """
    table = np.zeros(states.shape[:2], dtype=np.float32)
    for line, row in zip(table, weights, strict=True):
        line[: len(row)] = row
    return torch.bmm(torch.from_numpy(table[:, None]).to(states.device), states.float()).squeeze(1)


def trunk_output(trunk: Any, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Last hidden states of a trunk of transformers, shape (rows, longest, width)."""
    found: torch.Tensor = trunk(input_ids=ids, **_mask_option(mask))[0]
    return found


def logits_of(model: Any, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Logits of a model whose parts are not known, shape (rows, longest, vocabulary)."""
    output = model(input_ids=ids, **_mask_option(mask))
    found: torch.Tensor = output.logits if hasattr(output, "logits") else output[0]
    return found


def to_numpy(tensor: torch.Tensor) -> NDArray[np.float32]:
    """The same numbers in float32 in the machine's memory."""
    found: NDArray[np.float32] = tensor.float().cpu().numpy()
    return found


def make_batcher(model_id: str, device: torch.device, batch_tokens: int | None, *, pad: bool) -> Batcher:
    """A batcher with the device's default size and ways to read and free its memory.

    Raises:
        SpecError: `batch_tokens` is not positive.
    """
    if batch_tokens is not None and batch_tokens < 1:
        raise SpecError(f"A batch of {batch_tokens} tokens is not possible; say --batch-tokens 1 or more.")
    on_gpu = device.type == "cuda"
    return Batcher(
        model_id=model_id,
        device=str(device),
        tokens=batch_tokens or DEFAULT_BATCH_TOKENS[device.type],
        pad=pad,
        meter=Meter(),
        peak=(lambda: torch.cuda.max_memory_allocated(device)) if on_gpu else _peak_of_process,
        release=torch.cuda.empty_cache if on_gpu else _nothing,
    )


@contextmanager
def memory_guard() -> Iterator[None]:
    """Turn torch's ways of saying that memory is short into one.

    Raises:
        BatchTooLargeError: in their place; it holds no reference to what filled the memory.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise BatchTooLargeError from None
    except RuntimeError as error:
        if "not enough memory" in str(error) or "DefaultCPUAllocator" in str(error):
            raise BatchTooLargeError from None
        raise


def _mask_option(mask: torch.Tensor | None) -> dict[str, torch.Tensor]:
    # Code that came with weights does not always take a mask; without padding none is needed.
    return {} if mask is None else {"attention_mask": mask}


def layer_of(output: Any, layer: int, model_id: str) -> torch.Tensor:
    """Hidden states of one layer of a model's output: 0 is after the embedding, -1 the last.

    Raises:
        SpecError: there is no such layer.
    """
    states = getattr(output, "hidden_states", None)
    if layer == -1 and (last := getattr(output, "last_hidden_state", None)) is not None:
        found: torch.Tensor = last
    elif states is not None and -len(states) <= layer < len(states):
        found = states[layer]
    elif states is None and layer == -1:
        found = output[0]
    else:
        last_layer = "the last (-1) only" if states is None else f"layers 0 to {len(states) - 1}"
        raise SpecError(f"{model_id} has no layer {layer}; it gives {last_layer}.")
    return found


def _context(card: AdapterCard, model: Any) -> int | None:
    stated = [length for length in (card.context, context_of(model.config.to_dict())) if length is not None]
    return min(stated, default=None)


def _is_padded(model: Any) -> bool:
    return is_built_in(model) and model.config.model_type in _PADDED


def _identity(card: AdapterCard, loaded: Loaded, encoder: Encoder) -> ModelIdentity:
    return ModelIdentity(
        model_id=card.model_id,
        source=loaded.weights.source,
        revision=loaded.weights.revision,
        kind=card.kind,
        alphabet=card.alphabet,
        tokens=card.tokens,
        kmer=card.kmer,
        context=encoder.context,
        prefix=len(encoder.prefix),
        suffix=len(encoder.suffix),
        parameters=sum(parameter.numel() for parameter in loaded.model.parameters()),
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def _peak_of_process() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _nothing() -> None:
    """A CPU's memory comes back by itself."""
