"""What stages ask of a loaded model: token rows in, numpy out. Adapters in `engine.models` fulfil these.

Token rows are 1-D int64 arrays with the special tokens that the model was trained with. Log-probabilities are
natural logarithms in float32, computed in float32 whatever the weights are in. Results come in input order and do not
depend on what else is in a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    TokenRow = NDArray[np.int64]

Kind = Literal["masked", "causal", "encoder"]
Tokens = Literal["residue", "nucleotide", "kmer", "bpe"]
Pooling = Literal["mean", "mean-special", "cls", "last", "max", "position"]
Strands = Literal["forward", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a sequence becomes one vector.

    Attributes:
        pooling: over the sequence's own tokens `mean` or `max`, over special ones too `mean-special`;
            `cls` the first token of the row, `last` the last of the sequence's own, `position` the mean of those that
            cover the letter of interest.
        layer: 0 after the embedding, -1 the last.
        strands: `both` is the mean of the sequence's vector and of its reverse complement's.
        letters: sequences are cut to this many letters first; None: to what the model's context holds.
    """

    pooling: Pooling = "mean"
    layer: int = -1
    strands: Strands = "forward"
    letters: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """What exactly is loaded.

    `context` is the longest row in tokens, special tokens included; `prefix` and `suffix` are how many special tokens
    stand before and after the sequence's own. `kmer` is the letters per token where `tokens` is "kmer".
    """

    model_id: str
    source: str
    revision: str | None
    kind: Kind
    alphabet: Literal["protein", "dna"]
    tokens: Tokens
    kmer: int | None
    context: int | None
    prefix: int
    suffix: int
    parameters: int
    dtype: str
    device: str


@dataclass(slots=True)
class Meter:
    """What a model has cost so far: tokens fed, seconds in forward passes, batches, halvings, peak memory in bytes."""

    tokens: int = 0
    seconds: float = 0.0
    batches: int = 0
    halvings: int = 0
    peak_bytes: int = 0


class SequenceModel(Protocol):
    """Common to all kinds."""

    @property
    def identity(self) -> ModelIdentity:
        """What exactly is loaded."""

    @property
    def meter(self) -> Meter:
        """What it has cost so far."""

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """Token id by its text, special tokens included."""

    def encode(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Token rows of sequences, special tokens included; nothing is cut off.

        Raises:
            SequenceError: a letter is outside the alphabet, or a row is longer than the context.
        """

    def encode_within(self, sequences: Sequence[str]) -> tuple[list[TokenRow], NDArray[np.int64]]:
        """Token rows that fit into the context, and how many letters of each sequence they hold, shape (n,).

        A longer sequence loses tokens at its end, special tokens stay.

        Raises:
            SequenceError: a letter is outside the alphabet.
        """

    def token_letters(self, row: TokenRow) -> NDArray[np.int64]:
        """Letters that each token of a row stands for, shape (tokens,); 0 for special tokens."""

    def embeddings(self, rows: Sequence[TokenRow], *, layer: int = -1) -> list[NDArray[np.float32]]:
        """Hidden states of one layer (0: after the embedding, -1: last), shape (tokens, width) for each row."""

    def pooled(
        self, rows: Sequence[TokenRow], weights: Sequence[NDArray[np.float32]], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Weighted sums of a layer's hidden states over the tokens of each row, shape (rows, width).

        Computed on the device in float32; `weights[i]` has one number per token of `rows[i]`.
        """


class MaskedModel(SequenceModel, Protocol):
    """Predicts hidden tokens."""

    @property
    def mask_id(self) -> int:
        """The mask token."""

    def log_probabilities(
        self, rows: Sequence[TokenRow], positions: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Log-softmax over the vocabulary at the given token indices, shape (len(positions[i]), vocabulary) per row."""


class CausalModel(SequenceModel, Protocol):
    """Predicts the next token."""

    def token_log_likelihoods(self, rows: Sequence[TokenRow]) -> list[NDArray[np.float32]]:
        """Log p(token t | tokens before) for t = 1 .. length - 1, shape (length - 1,) for each row."""

    def next_log_probabilities(self, rows: Sequence[TokenRow]) -> NDArray[np.float32]:
        """Log-softmax of the token after each row, shape (rows, vocabulary)."""
