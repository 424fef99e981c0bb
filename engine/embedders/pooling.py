"""From the tokens of a row to one vector: which of them count, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, Pooling, Recipe, SequenceModel, TokenRow

_STATES_AT_ONCE = 1 << 15
"""Most tokens whose hidden states are held at once for a maximum: half a GiB at a width of 4,096."""


def check_recipe(recipe: Recipe, identity: ModelIdentity) -> None:
    """Refuse a recipe that a model has no answer to; whether it has the layer, it says itself.

    Raises:
        SpecError: the sentence names what to choose instead.
    """
    if recipe.letters is not None and recipe.letters < 1:
        raise SpecError(f"Sequences cannot be cut to {recipe.letters} letters: give 1 or more, or none for no cut.")
    if recipe.strands == "both" and identity.alphabet != "dna":
        raise SpecError(f"{identity.model_id} reads proteins, which have no other strand: set strands to 'forward'.")
    if recipe.pooling == "cls" and not identity.prefix:
        raise SpecError(
            f"{identity.model_id} puts no special token before a sequence, so there is no cls token to pool: "
            "set pooling to 'mean' or 'last'."
        )


def check_positions(recipe: Recipe, positions: NDArray[np.int64] | None) -> None:
    """Refuse to pool at a position where none is given.

    Raises:
        SpecError: the sentence names what to give or choose.
    """
    if recipe.pooling == "position" and positions is None:
        raise SpecError(
            "Pooling at a position needs one for each sequence and none are given: add the column, "
            "or set pooling to 'mean'."
        )


def pool(
    model: SequenceModel, rows: Sequence[TokenRow], recipe: Recipe, positions: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """One vector per row, shape (rows, width).

    Args:
        model: Makes the hidden states.
        rows: As `encode_within` makes them.
        recipe: `pooling` and `layer` are followed here.
        positions: shape (rows,), 0-based index of the letter of interest; read for pooling at a position only.

    Raises:
        SequenceError: no token of a row covers its letter of interest.
        SpecError: there is no such layer, or the letters of the tokens are not known.
    """
    check_positions(recipe, positions)
    if recipe.pooling == "max":
        return _maxima(model, rows, recipe.layer)
    if recipe.pooling == "position" and positions is not None:
        pairs = zip(rows, positions, strict=True)
        weights = [_weights_at(model, row, int(at), number) for number, (row, at) in enumerate(pairs)]
    else:
        weights = [token_weights(recipe.pooling, len(row), model.identity) for row in rows]
    return model.pooled(rows, weights, layer=recipe.layer)


def token_weights(pooling: Pooling, tokens: int, identity: ModelIdentity) -> NDArray[np.float32]:
    """Weights adding to 1 of the tokens of a row, shape (tokens,), for `mean`, `mean-special`, `cls` and `last`."""
    own = _own(tokens, identity)
    counted = {
        "mean": own,
        "mean-special": slice(0, tokens),
        "cls": slice(0, 1),
        "last": slice(own.stop - 1, own.stop),
    }[pooling]
    weights = np.zeros(tokens, dtype=np.float32)
    weights[counted] = 1 / (counted.stop - counted.start)
    return weights


def position_weights(letters: NDArray[np.int64], position: int) -> NDArray[np.float32] | None:
    """Weights adding to 1 of the tokens that cover a letter, shape (tokens,); None where no token does.

    Args:
        letters: shape (tokens,), how many letters each stands for.
        position: 0-based index of the letter.
    """
    ends = np.cumsum(letters)
    covering = (ends - letters <= position) & (position < ends)
    return (covering / covering.sum()).astype(np.float32) if covering.any() else None


def _weights_at(model: SequenceModel, row: TokenRow, position: int, number: int) -> NDArray[np.float32]:
    letters = model.token_letters(row)
    if not letters[_own(len(row), model.identity)].all():
        raise SpecError(
            f"The texts of the tokens of {model.identity.model_id} do not say how many letters each stands for, so "
            "none can be pooled at a position: set pooling to 'mean'."
        )
    weights = position_weights(letters, position)
    if weights is None:
        raise SequenceError(
            f"Letter {position + 1} of sequence {number + 1} is not among the {letters.sum()} letters of it that "
            f"{model.identity.model_id} holds: cut the sequences closer around it, or set pooling to 'mean'."
        )
    return weights


def _maxima(model: SequenceModel, rows: Sequence[TokenRow], layer: int) -> NDArray[np.float32]:
    found = [
        states[_own(len(states), model.identity)].max(axis=0)
        for first, last in _chunks([len(row) for row in rows])
        for states in model.embeddings(rows[first:last], layer=layer)
    ]
    return np.stack(found) if found else model.pooled([], [], layer=layer)


def _chunks(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Bounds of consecutive rows that together stay within what is held at once; at least one row each."""
    first, tokens = 0, 0
    for number, length in enumerate(lengths):
        if number > first and tokens + length > _STATES_AT_ONCE:
            yield first, number
            first, tokens = number, 0
        tokens += length
    if first < len(lengths):
        yield first, len(lengths)


def _own(tokens: int, identity: ModelIdentity) -> slice:
    """A sequence's own tokens in its row."""
    return slice(identity.prefix, tokens - identity.suffix)
