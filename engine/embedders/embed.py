"""Sequences to vectors: what is still to be embedded, cut into units, and the embedding of one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.embedders.cache import digests_of
from engine.embedders.pooling import check_recipe, pool
from engine.errors import SpecError
from engine.genome import reverse_complement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.embedders.cache import Collection, Digests
    from engine.protocols import Recipe, SequenceModel

_LETTERS = 1 << 18
_MOST_SEQUENCES = 4096
_SHORTEST_SHARE = 0.5
"""A sequence joins longer ones only if it has at least this share of the longest one's letters."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Sequences of similar length that nothing has embedded yet, with what their vectors will be found by."""

    sequences: tuple[str, ...]
    positions: NDArray[np.int64] | None
    digests: Digests


def units(
    sequences: Sequence[str],
    recipe: Recipe,
    collection: Collection | None,
    *,
    positions: NDArray[np.int64] | None = None,
    size: int = _LETTERS,
) -> list[Unit]:
    """What of these sequences is to be embedded: each once, none that the collection has, longest first.

    Args:
        sequences: n sequences, of one task or of many.
        recipe: How they are to be embedded.
        collection: Of the same model and recipe; None where there is none yet.
        positions: shape (n,), 0-based index of the letter of interest, for pooling there.
        size: Most letters in a unit; a longer sequence gets one of its own.

    Raises:
        SpecError: a position is pooled and none are given, or the size is not positive.
    """
    if size < 1:
        raise SpecError(f"A unit of {size} letters holds no sequence; give a size of 1 or more.")
    digests = digests_of(sequences, recipe, positions)
    first = np.sort(np.unique(digests, return_index=True)[1])
    rows = first if collection is None else first[collection.missing(digests[first])]
    lengths = np.array([len(sequences[row][: recipe.letters]) for row in rows], dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    return [
        Unit(
            tuple(sequences[row] for row in rows[some]),
            None if positions is None else positions[rows[some]],
            digests[rows[some]],
        )
        for some in _buckets(lengths, order, size)
    ]


def _buckets(lengths: NDArray[np.int64], order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Consecutive pieces of an order of falling length."""
    first, letters = 0, 0
    for number, row in enumerate(order):
        length = int(lengths[row])
        full = letters + length > size or number - first >= _MOST_SEQUENCES
        if number > first and (full or length < _SHORTEST_SHARE * lengths[order[first]]):
            yield order[first:number]
            first, letters = number, 0
        letters += length
    if first < len(order):
        yield order[first:]


def embed_unit(
    model: SequenceModel, sequences: Sequence[str], recipe: Recipe, positions: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One vector per sequence, shape (n, width), and how many letters of each the model held, shape (n,).

    The other strand is that of the letters held, so that both strands are of the same piece; where it needs more tokens
    and is cut too, the smaller number of letters counts.

    Args:
        model: Any adapter.
        sequences: n sequences.
        recipe: How they are embedded.
        positions: shape (n,), 0-based index of the letter of interest, for pooling there.

    Raises:
        SpecError: the model has no answer to the recipe, or its numbers are not finite.
        SequenceError: a letter is outside the alphabet, or a letter of interest is not among those held.
    """
    check_recipe(recipe, model.identity)
    pieces = [sequence[: recipe.letters] for sequence in sequences]
    rows, letters = model.encode_within(pieces)
    vectors = pool(model, rows, recipe, positions)
    if recipe.strands == "both":
        others = [reverse_complement(piece[:held]) for piece, held in zip(pieces, letters, strict=True)]
        mirrored = None if positions is None else letters - 1 - positions
        rows, held = model.encode_within(others)
        vectors = (vectors + pool(model, rows, recipe, mirrored)) / np.float32(2)
        letters = np.minimum(letters, held)
    if not np.isfinite(vectors).all():
        raise SpecError(
            f"{model.identity.model_id} in {model.identity.dtype} gives numbers that are not finite; "
            "take --dtype float32 or bfloat16."
        )
    return vectors, letters


def fill(model: SequenceModel, unit: Unit, recipe: Recipe, collection: Collection) -> None:
    """Embed a unit and put its vectors down; the collection is that of the model and the recipe.

    Raises:
        SpecError: as `embed_unit`.
        SequenceError: as `embed_unit`.
        StoreError: the collection cannot be written.
    """
    vectors, letters = embed_unit(model, unit.sequences, recipe, unit.positions)
    collection.add(unit.digests, vectors, letters)
