"""Distance between the embeddings of the reference and the alternate window: says how much, not in which direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from engine.errors import SpecError, StatisticError
from engine.names import Direction, Protocol
from engine.scorers.contract import Cost, Needs, Scored, check_choice, check_needs, check_option
from engine.scorers.pairs import batches, find_pairs, read_items, retokenised
from engine.scorers.places import any_by_variant, rows_per_call, shortened, window_letters
from engine.scorers.reading import own_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, SequenceModel
    from engine.scorers.pairs import Pairs
    from engine.variants import Substitutions

_DNA_LETTERS = 512
_TOKENS_PER_CALL = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingDistance:
    """Cosine (1 - cos) or Euclidean distance of two windows' embeddings; special tokens take no part.

    It has no sign: it cannot tell a gain from a loss.

    Attributes:
        metric: `cosine` or `l2`.
        pooling: `mean` over the window's own tokens, or `variant`, the token of the change, where letters are tokens.
        layer: hidden layer, 0 after the embedding, -1 the last.
        window: letters around the change; None is what fits into the model, in DNA at most 512.
        chunk: most rows handed to the model at once.
    """

    name: ClassVar[Protocol] = Protocol.EMBEDDING_DISTANCE
    higher_is: ClassVar[Direction] = Direction.DAMAGING
    is_signed: ClassVar[bool] = False
    needs: ClassVar[Needs] = Needs(
        kinds=frozenset({"masked", "causal", "encoder"}), tokens=frozenset({"residue", "nucleotide", "kmer", "bpe"})
    )

    metric: Literal["cosine", "l2"] = "cosine"
    pooling: Literal["mean", "variant"] = "mean"
    layer: int = -1
    window: int | None = None
    chunk: int = 256

    def __post_init__(self) -> None:
        """Check the options; SpecError names the one that is wrong."""
        check_choice("metric", self.metric, ("cosine", "l2"))
        check_choice("pooling", self.pooling, ("mean", "variant"))
        check_option("layer", self.layer, least=-1)
        check_option("window", self.window, optional=True)
        check_option("chunk", self.chunk)

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""
        check_needs(self.name, self.needs, identity)
        self._width(identity)
        if self.pooling == "variant" and identity.tokens not in ("residue", "nucleotide"):
            raise SpecError(
                f"{identity.model_id} has tokens of several letters, so a change has none of its own: "
                "set the option 'pooling' to 'mean'."
            )

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """A row for each distinct alternate and window; with k-mers and BPE at most a token for each letter."""
        self.check(identity)
        pairs = find_pairs(changes, identity, self._width(identity))
        letters = int(pairs.places.letters[pairs.place_of_item].sum())
        tokens = letters + (identity.prefix + identity.suffix) * pairs.items
        return Cost(pairs.items, tokens, exact=identity.tokens in ("residue", "nucleotide"))

    def score(self, model: SequenceModel, changes: Substitutions) -> Scored:
        """Distances, shape (count,), with flags as details.

        Raises:
            SpecError: the model cannot be scored this way.
            SequenceError: a letter is outside the alphabet.
            StatisticError: an embedding is zero, to which there is no angle.
        """
        identity = model.identity
        self.check(identity)
        width = self._width(identity)
        pairs = find_pairs(changes, identity, width)
        distance, moved = self._distances(model, changes, pairs)
        alternate = pairs.alt_item[pairs.of_change]
        details = {"tokenisation_changed": any_by_variant(changes, moved[alternate])}
        details |= shortened(changes, pairs.places, identity, width)
        return Scored(changes.sum_by_variant(distance[alternate]), details)

    def _width(self, identity: ModelIdentity) -> int:
        return window_letters(self.name, self.window, identity, most_dna=_DNA_LETTERS)

    def _distances(
        self, model: SequenceModel, changes: Substitutions, pairs: Pairs
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Distance of each item to its reference, and whether the change moved a token boundary; shape (items,)."""
        identity = model.identity
        distance, moved = np.zeros(pairs.items), np.zeros(pairs.items, dtype=bool)
        widest = int(pairs.places.letters.max(initial=1)) + identity.prefix + identity.suffix
        size = rows_per_call(self.chunk, widest, _TOKENS_PER_CALL)
        reference = np.empty((0, 0))
        offset = (pairs.places.index - pairs.places.start)[pairs.place_of_item]
        for some in batches(read_items(model, changes, pairs, reverse=False, chunk=size), size):
            found = model.embeddings([item.row for item in some], layer=self.layer)
            for item, states in zip(some, found, strict=True):
                own = states[own_tokens(len(item.row), identity)].astype(np.float64)
                vectors = own if self.pooling == "variant" else own.mean(axis=0, keepdims=True)
                if item.is_reference:
                    reference = vectors
                    continue
                at = int(offset[item.number]) if self.pooling == "variant" else 0
                distance[item.number] = _distance(reference[at], vectors[at], self.metric)
                moved[item.number] = retokenised(item)
        return distance, moved


def _distance(one: NDArray[np.float64], other: NDArray[np.float64], metric: Literal["cosine", "l2"]) -> float:
    if metric == "l2":
        return float(np.linalg.norm(one - other))
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    if scale == 0:
        raise StatisticError("An embedding is zero, so its cosine distance is undefined: choose the metric 'l2'.")
    return 1.0 - float(one @ other) / scale
