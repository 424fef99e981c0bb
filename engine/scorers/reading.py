"""What whole-window scores record of each sequence they read, and how that becomes a score per variant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from engine.scorers.contract import Scored
from engine.scorers.pairs import retokenised
from engine.scorers.places import any_by_variant, count_by_variant, shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.protocols import ModelIdentity
    from engine.scorers.pairs import Item, Pairs
    from engine.variants import Substitutions

Reduction = Literal["sum", "mean"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One strand, read: log-likelihood, own tokens, units to divide by for a mean, two flags; each shape (items,).

    `retokenised`: the change moved a token boundary. `unscored`: its token is the first one, which nothing predicts.
    """

    value: NDArray[np.float64]
    tokens: NDArray[np.int64]
    units: NDArray[np.int64]
    retokenised: NDArray[np.bool_]
    unscored: NDArray[np.bool_]

    @classmethod
    def empty(cls, items: int) -> Self:
        """All zeros."""
        whole, flags = np.zeros((2, items), dtype=np.int64), np.zeros((2, items), dtype=bool)
        return cls(np.zeros(items), whole[0], whole[1], flags[0], flags[1])

    def note(self, item: Item, *, own: slice, units: int) -> None:
        """Record what is known before the model is asked; `own` are the sequence's own tokens in the row."""
        self.tokens[item.number] = len(item.row[own])
        self.units[item.number] = units
        self.retokenised[item.number] = retokenised(item)


def own_tokens(row_length: int, identity: ModelIdentity) -> slice:
    """Where the sequence's own tokens stand in a row."""
    return slice(identity.prefix, row_length - identity.suffix)


def as_scored(
    changes: Substitutions,
    pairs: Pairs,
    readings: list[Reading],
    *,
    reduction: Reduction,
    identity: ModelIdentity,
    width: int,
) -> Scored:
    """Scores by `reduction`, the mean of the strands; token counts are those of the given strand, the first reading."""
    changed, first = pairs.of_change, readings[0]
    ref, alt = pairs.ref_item[changed], pairs.alt_item[changed]
    total = sum(pairs.differences(reading.value) for reading in readings) / len(readings)
    mean = sum(pairs.differences(reading.value / reading.units) for reading in readings) / len(readings)
    details: dict[str, NDArray[Any]] = {
        "sum": changes.sum_by_variant(np.asarray(total)),
        "mean": changes.sum_by_variant(np.asarray(mean)),
        "tokens_ref": count_by_variant(changes, first.tokens[ref]),
        "tokens_alt": count_by_variant(changes, first.tokens[alt]),
        "tokenisation_changed": any_by_variant(changes, np.any([r.retokenised[alt] for r in readings], axis=0)),
        "change_unscored": any_by_variant(changes, np.any([r.unscored[alt] for r in readings], axis=0)),
    }
    return Scored(details[reduction], details | shortened(changes, pairs.places, identity, width))
