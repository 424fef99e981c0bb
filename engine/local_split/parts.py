"""Which rows are of train and which of test: as the table says, or drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets.delimited import SHOWN
from engine.errors import one_line
from engine.local_split.columns import is_missing
from engine.local_split.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.local_split.columns import Words

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

_TRAIN = frozenset({"train", "training", "tr"})
_TEST = frozenset({"test", "testing", "heldout", "holdout", "eval", "evaluation"})
_ASIDE = frozenset({"dev", "development", "valid", "validation", "val"})
HELD_OUT = 5
"""One row in this many is held out where no split is stated."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a split column says.

    Attributes:
        train, test: shape (n,).
        faults: rows of validation, and rows whose word says nothing.
        missing: why nothing can be evaluated.
    """

    train: Mask
    test: Mask
    faults: tuple[Fault, ...]
    missing: str | None


def read_parts(column: str, words: Words) -> Stated:
    """Rows of train and of test by their words."""
    plain = [str(word).lower().replace("-", "").replace("_", "").replace(" ", "") for word in words.words]
    empty = is_missing(words.words)
    train, test, aside = (words.flags([word in known for word in plain]) for known in (_TRAIN, _TEST, _ASIDE))
    none = words.flags(empty)
    kinds = (
        (
            aside,
            "split-set-aside",
            "this row belongs to validation",
            "nothing needs to be done: such rows are counted, not used",
        ),
        (none, "split-missing", "the row says neither train nor test", "write train or test"),
        (
            ~(train | test | aside | none),
            "split-unknown",
            "this is neither train nor test",
            "write train or test, or say that no column is the split",
        ),
    )
    faults = [
        Fault(
            kind=kind,
            at=at,
            problem=problem,
            remedy=remedy,
            column=column,
            values=words.words[words.codes[at]],
            set_aside=mask is aside,
        )
        for mask, kind, problem, remedy in kinds
        if (at := np.flatnonzero(mask)).size
    ]
    missing = None
    if not test.any():
        shown = ", ".join(one_line(str(word)) for word in words.words[:8])
        missing = (
            f"No row of the column '{column[:SHOWN]}' says test (it has {shown}): write train and test there, or say "
            f"that no column is the split."
        )
    return Stated(train, test, tuple(faults), missing)


def draw_test(labels: Numbers, units: Numbers, seed: int) -> Mask:
    """Rows to hold out, shape (n,): one in five of each class, units whole.

    Args:
        labels: shape (n,), class numbers from 0.
        units: shape (n,), a number that rows which stay together share.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    different, first, unit = np.unique(units, return_index=True, return_inverse=True)
    sizes = np.bincount(unit, minlength=len(different))
    of_class = labels[first]
    chosen = np.zeros(len(different), dtype=np.bool_)
    for one in np.unique(of_class).tolist():
        members = generator.permutation(np.flatnonzero(of_class == one))
        wanted = round(int(sizes[members].sum()) / HELD_OUT)
        chosen[_filled(members, sizes, max(1, wanted))] = True
    return chosen[unit]


def _filled(members: Numbers, sizes: Numbers, wanted: int) -> Sequence[int]:
    """Members in their order as long as they fit; never all of them, and at least one where there are two."""
    if len(members) < 2:
        return []
    taken: list[int] = []
    room = wanted
    for member in members.tolist():
        if sizes[member] <= room:
            taken.append(member)
            room -= int(sizes[member])
        if not room:
            break
    return taken[: len(members) - 1] or [min(members.tolist(), key=lambda one: sizes[one])]


def together(*keys: Numbers) -> Numbers:
    """A number for each row, shape (n,): rows that share a value of any key, directly or through others, share it."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    count = len(keys[0])
    rows, places, offset = [], [], count
    for key in keys:
        codes = np.unique(key, return_inverse=True)[1]
        rows.append(np.arange(count))
        places.append(codes + offset)
        offset += int(codes.max(initial=-1)) + 1
    edges = (np.ones(count * len(keys), dtype=np.int8), (np.concatenate(rows), np.concatenate(places)))
    number = connected_components(coo_array(edges, shape=(offset, offset)), directed=False)[1]
    return number[:count].astype(np.int64)
