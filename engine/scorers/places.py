"""Where changes are: distinct places, and the window that a model sees around each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError
from engine.genome import centred_window, residue_window, reverse_complement, to_position

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.genome import Window
    from engine.names import Protocol
    from engine.protocols import ModelIdentity
    from engine.variants import Substitutions

    WindowOf = Callable[[int, int], Window]

_TOKENS_PER_CALL = 2**20


@dataclass(frozen=True, slots=True)
class Places:
    """Distinct places of change, ordered by sequence and index; everything 0-based.

    Attributes:
        sequence: shape (p,), number of the sequence.
        index: shape (p,), index of the changed letter in its sequence.
        start: shape (p,), first letter of its window.
        end: shape (p,), one past the last letter of its window.
        of_change: shape (m,), number of the place of each change.
    """

    sequence: NDArray[np.int64]
    index: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    of_change: NDArray[np.int64]

    @property
    def letters(self) -> NDArray[np.int64]:
        """Letters in each window, shape (p,)."""
        return self.end - self.start


def find_places(changes: Substitutions, window_of: WindowOf) -> Places:
    """Distinct places; `window_of` takes the 0-based index and the length of the sequence."""
    sizes = [len(sequence) for sequence in changes.sequences]
    stride = max(sizes, default=1)
    keys, of_change = np.unique(changes.sequence.astype(np.int64) * stride + changes.index, return_inverse=True)
    sequence, index = np.divmod(keys, stride)
    bounds = np.empty((len(keys), 2), dtype=np.int64)
    for row, (which, at) in enumerate(zip(sequence.tolist(), index.tolist(), strict=True)):
        window = window_of(at, sizes[which])
        bounds[row] = window.start, window.end
    return Places(sequence, index, bounds[:, 0], bounds[:, 1], of_change)


def window_around(identity: ModelIdentity, width: int) -> WindowOf:
    """How a window of `width` letters lies: shifted at the ends of a protein, centred and clipped in DNA."""
    if identity.alphabet == "protein":
        return lambda index, length: residue_window(to_position(index), length, width)
    return lambda index, length: centred_window(index, length, width)


def shortened(
    changes: Substitutions, places: Places, identity: ModelIdentity, width: int
) -> dict[str, NDArray[np.bool_]]:
    """Flags of variants that were seen with less than one would expect, by name; shape (count,).

    Protein, `truncated`: the model saw a part of it only. DNA, `clipped`: the window ran over an end of the sequence.
    """
    if identity.alphabet == "protein":
        sizes = np.array([len(sequence) for sequence in changes.sequences], dtype=np.int64)
        part = places.letters < sizes[places.sequence]
        return {"truncated": any_by_variant(changes, part[places.of_change])}
    return {"clipped": any_by_variant(changes, (places.letters < width)[places.of_change])}


def any_by_variant(changes: Substitutions, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where a flag is true for one of a variant's changes; shape (m,) -> (count,)."""
    return changes.sum_by_variant(flags.astype(np.float64)) > 0


def count_by_variant(changes: Substitutions, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers added over a variant's changes; shape (m,) -> (count,)."""
    return changes.sum_by_variant(counts.astype(np.float64)).astype(np.int64)


def text_of(sequence: str, start: int, end: int, *, reverse: bool) -> str:
    """The letters `[start, end)` in upper case, on the other strand if `reverse`."""
    piece = sequence[start:end].upper()
    return reverse_complement(piece) if reverse else piece


def capacity(identity: ModelIdentity) -> int | None:
    """Letters that certainly fit into the model's longest row; None where it states no limit."""
    if identity.context is None:
        return None
    own = identity.context - identity.prefix - identity.suffix
    return own * (identity.kmer or 1) if identity.tokens == "kmer" else own


def window_letters(name: Protocol, asked: int | None, identity: ModelIdentity, *, most_dna: int | None = None) -> int:
    """Letters of a window: as asked, else what fits into the model, in DNA at most `most_dna`.

    Raises:
        SpecError: more is asked than fits, or nothing is asked and the model states no limit.
    """
    fits = capacity(identity)
    if asked is not None:
        # A BPE token holds several letters: how many fit is known once they are encoded.
        if fits is not None and asked > fits and identity.tokens != "bpe":
            raise SpecError(
                f"{name} asks {identity.model_id} to read windows of {asked} letters, and {fits} fit: "
                f"set the option 'window' to {fits} or less."
            )
        return asked
    limits = [limit for limit in (fits, most_dna if identity.alphabet == "dna" else None) if limit is not None]
    if not limits:
        raise SpecError(f"{identity.model_id} states no context: set the option 'window' of {name}, in letters.")
    return min(limits)


def strands(both: bool | None, identity: ModelIdentity) -> tuple[bool, ...]:  # noqa: FBT001 - an option as it is stored
    """Strands to read, False being the given one; None means both in DNA.

    Raises:
        SpecError: both strands of a protein are asked for.
    """
    if both and identity.alphabet == "protein":
        raise SpecError(f"{identity.model_id} reads proteins, which have one strand: leave out 'both_strands'.")
    if both is None:
        both = identity.alphabet == "dna"
    return (False, True) if both else (False,)


def rows_per_call(chunk: int, widest: int, tokens: int = _TOKENS_PER_CALL) -> int:
    """Rows to hand over at once: at most `chunk`, and at most about `tokens` tokens, but at least one."""
    return max(1, min(chunk, tokens // max(1, widest)))
