"""Reference windows and the alternates in them, for scores that read whole windows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from engine.scorers.letters import ALPHABET, numbers
from engine.scorers.places import find_places, rows_per_call, text_of, window_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity, SequenceModel, TokenRow
    from engine.scorers.places import Places
    from engine.variants import Substitutions

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Distinct windows and the distinct alternates in each, numbered in reading order.

    An item is one sequence to read: a window's reference, then its alternates, then the next window's.

    Attributes:
        places: the p places of change.
        alt_place: shape (a,), place of each alternate.
        alt_letter: shape (a,), the alternate's letter.
        alt_item: shape (a,), item of each alternate.
        ref_item: shape (a,), item of the reference of its window.
        of_change: shape (m,), alternate of each change.
    """

    places: Places
    alt_place: NDArray[np.int64]
    alt_letter: NDArray[np.str_]
    alt_item: NDArray[np.int64]
    ref_item: NDArray[np.int64]
    of_change: NDArray[np.int64]

    @property
    def items(self) -> int:
        """How many sequences there are to read on one strand."""
        return len(self.alt_item) + len(np.unique(self.ref_item))

    @property
    def place_of_item(self) -> NDArray[np.int64]:
        """A place that has the item's window, shape (items,)."""
        place = np.empty(self.items, dtype=np.int64)
        place[self.alt_item], place[self.ref_item] = self.alt_place, self.alt_place
        return place

    def differences(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Alternate minus reference for each change; shape (items,) -> (m,)."""
        return (values[self.alt_item] - values[self.ref_item])[self.of_change]


@dataclass(frozen=True, slots=True)
class Item:
    """One encoded sequence: its number, its row, and its window's reference row, which is its own for a reference."""

    number: int
    row: TokenRow
    reference: TokenRow

    @property
    def is_reference(self) -> bool:
        """Whether it is a window's reference."""
        return self.row is self.reference


def find_pairs(changes: Substitutions, identity: ModelIdentity, width: int) -> Pairs:
    """Windows of `width` letters around all changes, and what stands in them.

    Raises:
        SequenceError: a letter is outside the model's alphabet.
    """
    numbers(changes.ref, identity)
    letter = numbers(changes.alt, identity)
    places = find_places(changes, window_around(identity, width))
    alphabet = np.array(list(ALPHABET[identity.alphabet]))
    keys, of_change = np.unique(places.of_change * len(alphabet) + letter, return_inverse=True)
    alt_place, alt_number = np.divmod(keys, len(alphabet))
    windows = np.column_stack([places.sequence, places.start, places.end])
    # Places are sorted, so those that share a window stand together.
    window = np.cumsum(np.any(np.diff(windows, axis=0, prepend=-1) != 0, axis=1))[alt_place]
    alt_item = np.arange(len(keys)) + window
    _, first = np.unique(window, return_index=True)
    ref_item = (alt_item[first] - 1)[window - 1] if len(keys) else alt_item
    return Pairs(places, alt_place, alphabet[alt_number], alt_item, ref_item, of_change)


def read_items(
    model: SequenceModel, changes: Substitutions, pairs: Pairs, *, reverse: bool, chunk: int
) -> Iterator[Item]:
    """All items of one strand in order, encoded a few at a time."""
    reference: TokenRow = np.empty(0, dtype=np.int64)
    widest = int(pairs.places.letters.max(initial=1))
    for some in batches(_texts(changes, pairs, reverse=reverse), rows_per_call(chunk, widest)):
        rows = model.encode([text for _, text, _ in some])
        for (number, _, starts_window), row in zip(some, rows, strict=True):
            reference = row if starts_window else reference
            yield Item(number, row, reference)


def _texts(changes: Substitutions, pairs: Pairs, *, reverse: bool) -> Iterator[tuple[int, str, bool]]:
    """Number and text of each item, and whether it is the reference that starts a window."""
    places, seen = pairs.places, -1
    columns = (pairs.alt_item, pairs.ref_item, pairs.alt_place, pairs.alt_letter)
    for item, reference, place, letter in zip(*(column.tolist() for column in columns), strict=True):
        sequence = changes.sequences[places.sequence[place]]
        start, end, index = int(places.start[place]), int(places.end[place]), int(places.index[place])
        if reference != seen:
            seen = reference
            yield reference, text_of(sequence, start, end, reverse=reverse), True
        altered = sequence[start:index] + letter + sequence[index + 1 : end]
        yield item, text_of(altered, 0, len(altered), reverse=reverse), False


def retokenised(item: Item) -> bool:
    """Whether the change moved a token boundary: then other tokens than the one that holds it differ as well."""
    return len(item.row) != len(item.reference) or int(np.count_nonzero(item.row != item.reference)) > 1


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of `size` items, the last one shorter."""
    stream = iter(items)
    while some := list(islice(stream, size)):
        yield some
