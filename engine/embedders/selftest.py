"""The pad and batch self-test: an embedding may not change with its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.embedders.embed import embed_unit
from engine.genome import BASES, RESIDUES
from engine.protocols import Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, SequenceModel

_TOLERANCE = 1e-3
_TOKENS = 512
# Of the longest: the sequence itself, one so little longer that both may share a padded batch, the longest, a shorter.
_SHARES = (0.6, 0.64, 1.0, 0.3)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What came of it.

    Attributes:
        worst: largest difference between a sequence's vectors alone and in company, relative to the length of the
            former; None where there are not as many vectors as sequences.
        ok: whether the model passed.
        sentence: that in words.
    """

    worst: float | None
    ok: bool
    sentence: str


def check_company(model: SequenceModel, recipe: Recipe | None = None, *, tolerance: float = _TOLERANCE) -> SelfTest:
    """Embed a sequence alone, before and behind a slightly longer, a much longer and a shorter one.

    Source: the flag PAD_OR_BATCH_SENSITIVE: a record changes by more than 1e-3 when batched with a longer one.

    Args:
        model: Any adapter.
        recipe: How it will be used; None: the mean of the last layer.
        tolerance: Largest relative difference that passes.

    Raises:
        SpecError: the model has no answer to the recipe, or its numbers are not finite.
    """
    recipe, model_id = recipe or Recipe(), model.identity.model_id
    texts = _texts(model.identity, recipe.letters)
    alone = [_embed(model, [text], recipe) for text in texts]
    pairs = [order for other in range(1, len(texts)) for order in ((0, other), (other, 0))]
    found = [(order, _embed(model, [texts[number] for number in order], recipe)) for order in pairs]
    counts = [(1, len(vectors)) for vectors in alone] + [(2, len(vectors)) for _, vectors in found]
    if wrong := [(given, got) for given, got in counts if given != got]:
        given, got = wrong[0]
        return SelfTest(None, ok=False, sentence=f"{model_id} gives {got} vectors for {given} sequences.")
    worst = max(
        _difference(alone[number][0], vectors[at]) for order, vectors in found for at, number in enumerate(order)
    )
    if worst <= tolerance:
        said = "gives a sequence the same vector alone and in company"
    else:
        said = "gives a sequence another vector in company than alone, so its numbers depend on the batch"
    return SelfTest(
        worst,
        ok=worst <= tolerance,
        sentence=f"{model_id} {said}: largest relative difference {worst:.1e}, {tolerance:.0e} allowed.",
    )


def _embed(model: SequenceModel, texts: list[str], recipe: Recipe) -> NDArray[np.float32]:
    middles = np.array([len(text) // 2 for text in texts], dtype=np.int64)
    return embed_unit(model, texts, recipe, middles)[0]


def _texts(identity: ModelIdentity, cut: int | None) -> list[str]:
    """Random sequences that fit into the context, and into the recipe's cut."""
    room = _TOKENS if identity.context is None else identity.context - identity.prefix - identity.suffix
    word = identity.kmer or 1
    longest = min(room, _TOKENS) * word if cut is None else min(room * word, _TOKENS * word, cut)
    alphabet = np.array(list(BASES if identity.alphabet == "dna" else RESIDUES))
    rng = np.random.default_rng(0)
    lengths = [max(1, round(longest * share / word)) * word for share in _SHARES]
    return ["".join(rng.choice(alphabet, length)) for length in lengths]


def _difference(alone: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    size = float(np.linalg.norm(alone))
    moved = float(np.linalg.norm(alone - other))
    return moved / size if size else moved
