"""One masked token per place of change: the rows, and the log-probability differences read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SequenceError
from engine.scorers.places import rows_per_call, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.protocols import MaskedModel, SequenceModel, TokenRow
    from engine.scorers.places import Places
    from engine.variants import Substitutions

    Read = Callable[[range], NDArray[np.floating]]
    Piece = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """How one strand is read.

    Attributes:
        reverse: the other strand.
        token: shape (p,), index of the token to mask, counted in the window's own tokens.
        tokens: shape (p,), own tokens that a window must have.
        ref: shape (m,), token id of each change's reference.
        alt: shape (m,), token id of each change's alternate.
    """

    reverse: bool
    token: NDArray[np.int64]
    tokens: NDArray[np.int64]
    ref: NDArray[np.int64]
    alt: NDArray[np.int64]


def differences(
    places: Places, read: Read, *, ref: NDArray[np.int64], alt: NDArray[np.int64], rows: int
) -> NDArray[np.float64]:
    """Alternate minus reference of each change, shape (m,), from one table row per place.

    Args:
        places: the p places.
        read: log-probabilities for a range of places, shape (places in it, columns).
        ref: shape (m,), column of each change's reference.
        alt: shape (m,), column of each change's alternate.
        rows: places to read at once.
    """
    values = np.empty(len(ref))
    order = np.argsort(places.of_change, kind="stable")
    count = len(places.index)
    bounds = np.searchsorted(places.of_change[order], np.arange(count + 1))
    for first in range(0, count, rows):
        last = min(first + rows, count)
        table = read(range(first, last))
        here = order[bounds[first] : bounds[last]]
        row = places.of_change[here] - first
        values[here] = table[row, alt[here]].astype(np.float64) - table[row, ref[here]]
    return values


def masked_differences(
    model: MaskedModel, changes: Substitutions, places: Places, *, strand: Strand, chunk: int
) -> NDArray[np.float64]:
    """Difference log p(alt) - log p(ref) of each change with its token masked, shape (m,), on one strand."""
    identity = model.identity
    expected = np.empty(len(places.index), dtype=np.int64)
    expected[places.of_change] = strand.ref
    token = strand.token + identity.prefix
    held: dict[Piece, TokenRow] = {}

    def read(some: range) -> NDArray[np.floating]:
        nonlocal held
        pieces = [(int(places.sequence[p]), int(places.start[p]), int(places.end[p])) for p in some]
        held = encode_once(model, changes, pieces, reverse=strand.reverse, held=held)
        rows = []
        for piece, place in zip(pieces, some, strict=True):
            row = held[piece]
            check_tokens(model, row, own=int(strand.tokens[place]), at=token[[place]], ids=expected[[place]])
            rows.append(row.copy())
            rows[-1][token[place]] = model.mask_id
        return np.concatenate(model.log_probabilities(rows, [token[[place]] for place in some]))

    widest = int(strand.tokens.max(initial=1)) + identity.prefix + identity.suffix
    return differences(places, read, ref=strand.ref, alt=strand.alt, rows=rows_per_call(chunk, widest))


def encode_once(
    model: SequenceModel,
    changes: Substitutions,
    pieces: list[Piece],
    *,
    reverse: bool,
    held: dict[Piece, TokenRow],
) -> dict[Piece, TokenRow]:
    """Token rows of distinct pieces (sequence, start, end); those already held are not encoded again."""
    wanted = dict.fromkeys(pieces)
    missing = [piece for piece in wanted if piece not in held]
    texts = [text_of(changes.sequences[which], start, end, reverse=reverse) for which, start, end in missing]
    fresh = dict(zip(missing, model.encode(texts), strict=True)) if missing else {}
    return {piece: held[piece] if piece in held else fresh[piece] for piece in wanted}


def check_tokens(
    model: SequenceModel, row: TokenRow, *, own: int, at: NDArray[np.int64], ids: NDArray[np.int64]
) -> None:
    """Refuse a row that is not cut as assumed: its length, and the tokens `ids` at the indices `at`.

    Raises:
        SequenceError: another number of tokens, or another token where the reference should be.
    """
    identity = model.identity
    if len(row) - identity.prefix - identity.suffix != own:
        found = len(row) - identity.prefix - identity.suffix
        raise SequenceError(
            f"{identity.model_id} cuts a window into {found} tokens where {own} were expected: look for letters "
            "other than the alphabet's in the sequence."
        )
    if not np.array_equal(row[at], ids):
        raise SequenceError(
            f"{identity.model_id} has another token than the reference at the place of a change: "
            "check the special tokens that are declared for this model."
        )
